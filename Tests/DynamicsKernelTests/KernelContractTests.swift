import DynamicsModel
import DynamicsReports
import DynamicsTestSupport
import Testing

/// The kernel against the naive reference, on random ledgers.
struct KernelContractTests {
    private static let zones = TimeZoneDirectory()

    /// Slices of the seeds, so that both cores work.
    @Test(arguments: 0..<8)
    func kernelSaysWhatTheReferenceSays(slice: UInt64) async throws {
        let first = slice * 80
        let findings = try await checkBackendContract(seeds: first..<first + 80, zones: Self.zones) { records in
            MemoryBackend(records, parts: Int(records.clients.count % 3) + 1)
        } run: { query, scope, backend in
            try await runReport(query, scope: scope, on: backend, zones: Self.zones)
        }
        #expect(findings.violations.isEmpty, "\(findings.violations.joined(separator: "\n"))")
        #expect(findings.outcomes["result", default: 0] > 100)
    }

    @Test func sumsOfDisjointClientsAddUp() async throws {
        let findings = try await checkAdditivity(seeds: 5000..<5060) {
            MemoryBackend($0)
        } plan: { query, scope, catalog in
            try ReportPlan(
                query, scope: scope, catalog: catalog, zone: Self.zones.rules(named: query.timezone), zoneVersion: "",
                packagesInScope: Set(catalog.packages.keys))
        }
        #expect(findings.violations.isEmpty, "\(findings.violations.joined(separator: "\n"))")
        #expect(findings.outcomes["result", default: 0] > 50)
    }

    @Test func suggestionsAreTheNaiveOnes() async throws {
        let findings = try await checkSuggestions(seeds: 6000..<6150) { records in
            MemoryBackend(records, parts: Int(records.clients.count % 3) + 1)
        }
        #expect(findings.violations.isEmpty, "\(findings.violations.joined(separator: "\n"))")
        #expect(findings.outcomes["suggestions", default: 0] > 500 && findings.outcomes["hidden", default: 0] > 100)
    }
}
