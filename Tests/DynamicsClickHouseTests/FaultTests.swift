import DynamicsClickHouse
import DynamicsImport
import DynamicsModel
import DynamicsReports
import DynamicsTestSupport
import Foundation
import Synchronization
import Testing

/// Shards that stop, at any time: an error that says what to do, never a figure that lacks something, and nothing lost or doubled.
@Suite(.serialized) struct FaultTests {
    private static let zones = TimeZoneDirectory()

    /// A ledger and a question with an answer.
    private static func example() async throws -> (LedgerRecords, RandomQuestion, ReportResult) {
        for seed in UInt64(90_000)..<90_100 {
            let ledger = RandomLedger(seed: seed)
            guard ledger.records.transactions.count > 60, ledger.records.clients.count > 6 else { continue }
            for question in ledger.questions(6) where question.scope == .everything {
                guard
                    let result = try? await runReport(
                        question.query, scope: question.scope, on: MemoryBackend(ledger.records), zones: zones),
                    !result.rows.isEmpty
                else { continue }
                return (ledger.records, question, result)
            }
        }
        throw DynamicsError(.fault, "no_example", "no random ledger is large enough")
    }

    private func error(_ body: () async throws -> Void) async -> DynamicsError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? DynamicsError
        }
    }

    @Test func aStoppedShardIsAnErrorAndComesBackWhole() async throws {
        let (records, question, expected) = try await Self.example()
        try await TestCluster.with(shards: 3) { cluster in
            let server = try await cluster.ledger("faults", of: records)
            let backend = ClusterBackend(server)
            func run() async throws -> ReportResult {
                var result = try await runReport(
                    question.query, scope: question.scope, on: backend, zones: Self.zones)
                result.revision = 1
                return result
            }
            #expect(try await run() == expected)
            let snapshot = try await backend.snapshot()

            // Before a question, also one of a snapshot that was taken while all was well.
            cluster.stop(2)
            var failure = await error { _ = try await run() }
            #expect(failure?.kind == .unavailable && failure?.code == "shard_unavailable", "\(failure as Any)")
            #expect(failure?.description.contains("start that server and try again") ?? false)
            failure = await error {
                _ = try await runReport(question.query, scope: question.scope, in: snapshot, zones: Self.zones)
            }
            #expect(failure?.code == "shard_unavailable")

            // An import that cannot reach it changes nothing, however far it comes.
            failure = await error { try await cluster.importRecords(records, into: server) }
            #expect(failure?.kind == .unavailable)
            try await cluster.start(2)
            #expect(try await run() == expected)
            #expect(try await backend.status().revision == snapshot.catalog.revision)

            // The coordinator itself.
            cluster.stop(0)
            failure = await error { _ = try await run() }
            #expect(failure?.code == "clickhouse_unreachable")
            #expect(failure?.description.contains("is not reachable") ?? false)
            try await cluster.start(0)
            #expect(try await run() == expected)
        }
    }

    /// The shard stops at some moment of the question: the answer is right, or there is none.
    @Test func aShardThatStopsDuringAQuestionGivesNoWrongFigure() async throws {
        let (records, question, expected) = try await Self.example()
        try await TestCluster.with(shards: 3) { cluster in
            let backend = ClusterBackend(try await cluster.ledger("faults", of: records))
            func run() async throws -> ReportResult {
                var result = try await runReport(
                    question.query, scope: question.scope, on: backend, zones: Self.zones)
                result.revision = 1
                return result
            }
            var failures = 0
            for delay in [5, 15, 30, 60, 100, 160, 250] {
                async let stopped: Void = {
                    try await Task.sleep(for: .milliseconds(delay))
                    cluster.stop(1)
                }()
                let failure = await error {
                    let result = try await run()
                    #expect(result == expected)
                }
                try await stopped
                if let failure {
                    failures += 1
                    #expect(failure.kind == .unavailable, "\(failure)")
                }
                try await cluster.start(1)
                #expect(try await run() == expected)
            }
            #expect(failures > 0)
        }
    }

    /// The shard stops at some moment of the import; run again it is as if nothing had been.
    @Test func aShardThatStopsDuringAnImportLeavesNothingHalf() async throws {
        let (records, question, expected) = try await Self.example()
        var early = records
        early.transactions = Array(records.transactions.prefix(20))
        let before = try await runReport(
            question.query, scope: question.scope, on: MemoryBackend(early), zones: Self.zones)
        try await TestCluster.with(shards: 2) { cluster in
            let server = try await cluster.ledger("faults", of: early)
            let backend = ClusterBackend(server)
            func run() async throws -> ReportResult {
                var result = try await runReport(
                    question.query, scope: question.scope, on: backend, zones: Self.zones)
                result.revision = 1
                return result
            }
            #expect(try await run() == before)
            var failures = 0
            for delay in [20, 120, 260] {
                async let stopped: Void = {
                    try await Task.sleep(for: .milliseconds(delay))
                    cluster.stop(1)
                }()
                let failure = await error { try await cluster.importRecords(records, into: server) }
                try await stopped
                try await cluster.start(1)
                // Whoever was told that it failed sees the ledger as it was; else all of it is there.
                let wanted = failure == nil ? expected : before
                #expect(try await run() == wanted)
                if failure == nil { break }
                failures += 1
                #expect(failure?.kind == .unavailable, "\(failure as Any)")
            }
            try await cluster.importRecords(records, into: server)
            #expect(try await run() == expected)
            #expect(try await backend.status().transactions == Int64(records.transactions.count))
            let again = try await cluster.importRecords(records, into: server)
            #expect(again.files.allSatisfy { $0.added + $0.replaced + $0.removed == 0 })
        }
    }

    /// The shard stops at some moment of the import and comes back: nobody has to run it again, and nothing is there twice.
    @Test func anImportOutlivesAShardsRestart() async throws {
        let (records, question, expected) = try await Self.example()
        try await TestCluster.with(shards: 2) { cluster in
            for delay in [0, 60, 150] {
                let server = try await cluster.ledger("faults\(delay)")
                async let restarted: Void = {
                    try await Task.sleep(for: .milliseconds(delay))
                    cluster.stop(1)
                    try await Task.sleep(for: .milliseconds(300))
                    try await cluster.start(1)
                }()
                try await cluster.importRecords(records, into: server, isPatient: true)
                try await restarted
                let backend = ClusterBackend(server)
                var result = try await runReport(question.query, scope: question.scope, on: backend, zones: Self.zones)
                result.revision = 1
                #expect(result == expected)
                #expect(try await backend.status().transactions == Int64(records.transactions.count))
            }
        }
    }

    /// Shards and the coordinator stop at some moment of the import and come back: nobody has to run it again, it goes on where it was,
    /// and nothing is there twice.
    @Test func anImportOutlivesRestarts() async throws {
        let (records, changed) = Self.longLedgers()
        try await TestCluster.with(shards: 2) { cluster in
            var interrupted = 0
            for (number, delay) in [50, 200, 500, 900, 1500].enumerated() {
                let server = try await cluster.ledger("faults\(number)")
                let pauses = Mutex(0)
                for (revision, ledger) in [records, changed].enumerated() {
                    let shard = (number + revision) % 2
                    async let restarted: Void = {
                        try await Task.sleep(for: .milliseconds(delay))
                        cluster.stop(shard)
                        try await Task.sleep(for: .milliseconds(300))
                        try await cluster.start(shard)
                    }()
                    try await cluster.importRecords(ledger, into: server, isPatient: true, batch_bytes: 1) {
                        doing, _, _ in
                        if doing.hasPrefix("The cluster does not answer") { pauses.withLock { $0 += 1 } }
                    }
                    try await restarted
                    let status = try await ClusterBackend(server).status()
                    // It kept the number that it took in the beginning, unless that was what the cluster did not answer.
                    #expect(status.revision == revision + 1 || delay < 100, "\(delay)")
                    #expect(status.transactions == Int64(ledger.transactions.count))
                    #expect(try await self.rows(in: server, cluster) == (ledger.transactions.count, Self.sum(ledger)))
                }
                interrupted += pauses.withLock { $0 > 0 ? 1 : 0 }
            }
            #expect(interrupted > 2)
        }
    }

    /// Enough for some batches, and the same with other amounts.
    private static func longLedgers() -> (LedgerRecords, LedgerRecords) {
        var records = LedgerRecords(baseCurrency: .init("EUR")!)
        let start = Instant(seconds: 1_700_000_000)
        records.clients = (0..<20).map {
            Client(id: ExactText("c\($0)"), name: "C", type: .client, currency: records.baseCurrency, createdAt: start)
        }
        records.transactions = (0..<150_000).map {
            Transaction(
                id: ExactText("t\($0)"), clientID: ExactText("c\($0 % 20)"),
                at: Instant(seconds: start.seconds + Int64($0)), kind: .refill,
                amount: Int64($0) + 1)
        }
        var changed = records
        for index in changed.transactions.indices { changed.transactions[index].amount += 7 }
        return (records, changed)
    }

    private static func sum(_ ledger: LedgerRecords) -> Int64 { ledger.transactions.reduce(0) { $0 + $1.amount } }

    /// How many transactions there are by the rows' signs, and the sum of their amounts, which no reader of ours worked out.
    private func rows(in server: ClickHouseServer, _ cluster: TestCluster) async throws -> (Int, Int64) {
        let answer = try await cluster.ask("SELECT sum(sign), sum(sign * amount) FROM \(server.database).transaction")
        let fields = answer.split(whereSeparator: \.isWhitespace)
        return (try #require(Int(fields[0])), try #require(Int64(fields[1])))
    }

    /// Of imports at the same time one after the other counts, each as a whole; those that come too late say so and are run again.
    @Test func importsAtTheSameTimeAreTakenInTurn() async throws {
        let (records, question, expected) = try await Self.example()
        let count = 5
        try await TestCluster.with(shards: 2) { cluster in
            var first = records
            first.transactions = []
            let server = try await cluster.ledger("faults", of: first)
            let overtaken = try await withThrowingTaskGroup(of: Int.self) { group in
                for part in 0..<count {
                    var some = LedgerRecords(baseCurrency: records.baseCurrency)
                    some.transactions = records.transactions.enumerated().filter { $0.offset % count == part }.map(
                        \.element)
                    let mine = some
                    group.addTask {
                        var tries = 0
                        while let failure = await self.error({ try await cluster.importRecords(mine, into: server) }) {
                            #expect(["import_overtaken", "import_busy"].contains(failure.code), "\(failure)")
                            tries += 1
                            if tries > 50 { return tries }
                        }
                        return tries
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(overtaken > 0, "none was in another's way")
            let backend = ClusterBackend(server)
            var result = try await runReport(question.query, scope: question.scope, on: backend, zones: Self.zones)
            result.revision = 1
            #expect(result == expected)
            #expect(try await backend.status().transactions == Int64(records.transactions.count))
            #expect(try await backend.status().revision >= Int64(1 + count))
        }
    }

    @Test func cancellingKillsTheQueryOnTheCluster() async throws {
        let euro = try #require(CurrencyCode("EUR"))
        var records = LedgerRecords(baseCurrency: euro)
        let start = Instant(seconds: 1_700_000_000)
        records.clients = [Client(id: "c", name: "C", type: .client, currency: euro, createdAt: start)]
        let refills = [start, Instant(seconds: start.seconds + 30_000_000)].enumerated().map { index, at in
            Transaction(id: ExactText("t\(index)"), clientID: "c", at: at, kind: .refill, amount: 1)
        }
        records.transactions = refills
        let query = ReportQuery(
            from: try PeriodLimit(parsing: "2023-01-01", field: "from"),
            to: try PeriodLimit(parsing: "2025-01-01", field: "to"), timezone: "UTC", groupBy: [.date])
        try await TestCluster.with(shards: 2) { cluster in
            let server = try await cluster.ledger("faults", of: records)
            // Makes each report take long.
            _ = try await cluster.ask(
                """
                INSERT INTO faults.transaction_local (id, client_id, at, kind, amount, package_id, sign, revision, place)
                SELECT toString(number), toString(number % 100000), 1700000000 + number, 'usage', number, '', 1, 1, 1
                FROM numbers(8000000)
                """)
            let backend = ClusterBackend(server)
            let snapshot = try await backend.snapshot()
            let task = Task {
                try await runReport(query, scope: .everything, in: snapshot, zones: Self.zones)
            }
            let running =
                "SELECT count() FROM system.processes WHERE query LIKE '%segment%' AND query NOT LIKE '%processes%'"
            for _ in 0..<400 where try await cluster.ask(running) == "0\n" {
                try await Task.sleep(for: .milliseconds(5))
            }
            let start = ContinuousClock.now
            task.cancel()
            let result = await task.result
            #expect(throws: CancellationError.self) { _ = try result.get() }
            #expect(ContinuousClock.now - start < .milliseconds(500))
            var left = "?"
            for _ in 0..<200 where left != "0\n" {
                try await Task.sleep(for: .milliseconds(25))
                left = try await cluster.ask(running)
            }
            #expect(left == "0\n")
        }
    }

    /// Who accepts a connection and says nothing is worse than who is not there.
    @Test func aSilentServerIsNotWaitedForForLong() async throws {
        let silent = try SilentListener()
        defer { silent.close() }
        var server = try ClickHouseServer(url: "http://127.0.0.1:\(silent.port)")
        server.silence_seconds = 2
        let alone = server
        let start = ContinuousClock.now
        let failure = await error { _ = try await ClusterBackend(alone).snapshot() }
        #expect(
            failure?.code == "clickhouse_unreachable" && failure?.description.contains("did not answer in time") == true
        )
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    /// A server says nothing before an answer is whole; whether it is at work is asked beside.
    @Test func whoWorksForLongIsNotTakenForDead() async throws {
        try await TestCluster.with(shards: 2) { cluster in
            var server = try await cluster.ledger("faults")
            server.silence_seconds = 1
            let start = ContinuousClock.now
            var answer = try await ClickHouseClient(server).rows(
                "SELECT toInt64(count()) FROM (SELECT sleep(1) FROM numbers(9)) SETTINGS max_block_size = 1")
            #expect(try answer.int() == 9)
            // It took longer than silence is waited for.
            #expect(ContinuousClock.now - start > .seconds(8))
        }
    }

    @Test func aSilentShardIsAnError() async throws {
        let (records, question, _) = try await Self.example()
        try await TestCluster.with(shards: 3) { cluster in
            var server = try await cluster.ledger("faults", of: records)
            server.silence_seconds = 2
            cluster.stop(2)
            let silent = try SilentListener(port: cluster.ports[2].native)
            defer { silent.close() }
            let backend = ClusterBackend(server)
            let start = ContinuousClock.now
            let failure = await error {
                _ = try await runReport(question.query, scope: question.scope, on: backend, zones: Self.zones)
            }
            // A server does not say which shard it waits for.
            #expect(
                failure?.kind == .unavailable && failure?.description.contains("shards") == true, "\(failure as Any)")
            #expect(ContinuousClock.now - start < .seconds(60))
        }
    }

    @Test func whatIsEncryptedIsTrustedOrNotAskedAtAll() async throws {
        let (records, question, expected) = try await Self.example()
        try await TestCluster.with(shards: 1, isEncrypted: true) { cluster in
            let plain = try await cluster.ledger("faults", of: records)
            var server = try ClickHouseServer(
                url: "https://localhost:\(cluster.ports[0].https)", user: plain.user, password: plain.password,
                database: plain.database)
            // Nobody vouches for the certificate.
            let doubted = server
            var failure = await error { _ = try await ClusterBackend(doubted).snapshot() }
            #expect(failure?.code == "clickhouse_unreachable", "\(failure as Any)")
            #expect(failure?.description.contains("certificate that is not trusted") == true)
            server.certificates = cluster.certificate.path
            let backend = ClusterBackend(server)
            var result = try await runReport(question.query, scope: question.scope, on: backend, zones: Self.zones)
            result.revision = 1
            #expect(result == expected)
            #expect(try await cluster.importRecords(records, into: server).files.allSatisfy { $0.added == 0 })
            // It is that of another name.
            server.url = "https://127.0.0.1:\(cluster.ports[0].https)"
            let renamed = server
            failure = await error { _ = try await ClusterBackend(renamed).snapshot() }
            #expect(failure?.description.contains("certificate that is not trusted") == true, "\(failure as Any)")
        }
    }

    @Test func limitsAndPasswordsAreClearAndSecret() async throws {
        try await TestCluster.with(shards: 1) { cluster in
            let server = try await cluster.ledger("limits")
            var wrong = try ClickHouseServer(
                url: server.url, user: "reports", password: "not-this-one", database: "limits")
            var failure = await error { _ = try await ClusterBackend(wrong).snapshot() }
            #expect(failure?.code == "clickhouse_refused", "\(failure as Any)")
            #expect(!(failure?.description.contains("not-this-one") ?? true))
            wrong = try cluster.server(database: "nowhere")
            failure = await error { _ = try await ClusterBackend(wrong).snapshot() }
            #expect(failure?.code == "clickhouse_no_ledger")
            #expect(failure?.description.contains("cluster create") ?? false)
            #expect(failure?.kind.exitStatus == 69)
            for url in ["host:8123", "http://", "http://u:secret@host", "http://host/db", "ftp://host"] {
                #expect(throws: DynamicsError.self) { _ = try ClickHouseServer(url: url) }
            }
            #expect(throws: DynamicsError.self) { _ = try ClickHouseServer(url: "http://h", database: "a; DROP") }
        }
    }
}
