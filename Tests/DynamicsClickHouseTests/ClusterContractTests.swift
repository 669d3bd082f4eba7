import DynamicsClickHouse
import DynamicsModel
import DynamicsReports
import DynamicsTestSupport
import Testing

/// Ledgers on real ClickHouse servers, from import files to settled reports, against the naive reference.
///
/// More of them, with other seeds: `LONG_RUN=10 LONG_RUN_SEED=5000 swift test -c release --filter ClusterContractTests`.
@Suite(.serialized) struct ClusterContractTests {
    private static let zones = TimeZoneDirectory()

    @Test func threeShardsSayWhatTheReferenceSays() async throws {
        try await check(shards: 3, first: 60_000, count: LongRun.count(50))
    }

    @Test func oneServerSaysWhatTheReferenceSays() async throws {
        try await check(shards: 1, first: 70_000, count: LongRun.count(20))
    }

    /// The same statements on a current ClickHouse, which is a library for Python: chdb.
    @Test func aCurrentVersionSaysWhatTheReferenceSays() async throws {
        let first = LongRun.seed(80_000)
        var number = 0
        try await CurrentServer.with { url in
            let findings = try await checkBackendContract(
                seeds: first..<first + UInt64(LongRun.count(6)), zones: Self.zones
            ) { records in
                number += 1
                let server = try ClickHouseServer(url: url, database: "ledger_\(number)")
                try await ClusterSetup(server).create()
                return ClusterBackend(try await TestCluster.importRecords(records, into: server))
            } run: { query, scope, backend in
                try await runReport(query, scope: scope, on: backend, zones: Self.zones)
            }
            #expect(findings.violations.isEmpty, "\(findings.violations.joined(separator: "\n"))")
            #expect(findings.outcomes["result", default: 0] > 6)
        }
    }

    private func check(shards: Int, first: UInt64, count: Int) async throws {
        let first = LongRun.seed(first)
        let half = first + UInt64(count / 2)
        try await TestCluster.with(shards: shards) { cluster in
            async let one: Void = check(cluster, "one", seeds: first..<half)
            async let other: Void = check(cluster, "other", seeds: half..<first + UInt64(count))
            _ = try await (one, other)
        }
    }

    private func check(_ cluster: TestCluster, _ name: String, seeds: Range<UInt64>) async throws {
        var number = 0
        let findings = try await checkBackendContract(seeds: seeds, zones: Self.zones) { records in
            if number > 0 { try await cluster.drop("\(name)_\(number)") }
            number += 1
            return ClusterBackend(try await cluster.ledger("\(name)_\(number)", of: records))
        } run: { query, scope, backend in
            try await runReport(query, scope: scope, on: backend, zones: Self.zones)
        }
        #expect(findings.violations.isEmpty, "\(findings.violations.joined(separator: "\n"))")
        #expect(findings.outcomes["result", default: 0] > seeds.count)
    }

    @Test func suggestionsAreTheNaiveOnes() async throws {
        try await TestCluster.with(shards: 2) { cluster in
            var number = 0
            let findings = try await checkSuggestions(seeds: 6000..<6006) { records in
                number += 1
                return ClusterBackend(try await cluster.ledger("ledger_\(number)", of: records))
            }
            #expect(findings.violations.isEmpty, "\(findings.violations.joined(separator: "\n"))")
            #expect(findings.outcomes["suggestions", default: 0] > 50 && findings.outcomes["hidden", default: 0] > 5)
        }
    }
}
