import DynamicsImport
import DynamicsLedger
import DynamicsModel
import DynamicsReports
import DynamicsTestSupport
import DynamicsWorkspace
import Foundation
import Synchronization
import Testing

struct ReportRunsTests {
    private static let zones = TimeZoneDirectory()
    /// 2024-02-15.
    private static let now = Instant(seconds: 1_707_955_200)
    private let folder: RunFolder
    private let people: RunAccounts
    private let shelf = Shelf()

    init() async throws {
        folder = try RunFolder()
        people = try await RunAccounts(in: folder)
    }

    private func runs(
        _ backend: any ReportBackend, _ limits: RunLimits = RunLimits(),
        clock: @escaping @Sendable () -> Instant = { now },
        log: @escaping @Sendable (any Error, Run) -> Void = { error, _ in Issue.record(error) }
    ) -> ReportRuns {
        ReportRuns(
            backend: backend, zones: Self.zones, limits: limits, clock: clock, store: shelf.store, log: log)
    }

    // MARK: - From the question to the stored answer

    @Test func aRunIsComputedAndStored() async throws {
        let backend = MemoryBackend(try runLedger())
        var draft = january()
        draft = QueryDraft(preset: .lastMonth, text: draft.text)
        let run = try await runs(backend).start(draft, by: people.north)
        #expect(try await run.finished() == "report 1")
        #expect(run.state() == .finished(reportID: "report 1"))
        let expected = try await runReport(
            january().text.parsed(), scope: .reseller("north"), on: backend, zones: Self.zones)
        let stored = try #require(shelf.all.first)
        #expect(shelf.all.count == 1 && stored.account == people.north && stored.report.result == expected)
        #expect(stored.report.draft == draft && stored.report.generatedAt == Self.now)
        #expect((0..<10_000).contains(stored.report.duration_ms))
        let characters = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        #expect(run.id.count == 22 && run.id.allSatisfy(characters.contains))
    }

    /// Import files, the embedded ledger and the workspace; columns have to be built.
    @Test func theWholeWay() async throws {
        let files = folder.path + "/files"
        try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
        try LedgerFiles.write(try runLedger(), to: URL(filePath: files))
        let ledger = try Ledger(folder: folder.path)
        _ = try await ledger.importSources(ImportSource.find(at: [files]), baseCurrency: CurrencyCode("EUR"))
        let workspace = people.workspace
        let runs = ReportRuns(backend: LedgerBackend(ledger), zones: Self.zones, clock: { Self.now }) {
            report, account in
            try await workspace.store(
                report.result, draft: report.draft, duration_ms: report.duration_ms, generatedAt: report.generatedAt,
                by: account
            ).id
        }
        let run = try await runs.start(january(), by: people.south)
        var states: [RunState] = []
        for await state in run.states() { states.append(state) }
        // Building columns is part of what is shown.
        #expect(states.contains { $0.isRunning } || states.count == 1)
        let stored = try #require(try await workspace.report(id: run.finished(), for: people.south))
        let expected = try await runReport(
            january().text.parsed(), scope: .reseller("south"), on: MemoryBackend(try runLedger()), zones: Self.zones)
        #expect(stored.result.rows == expected.rows && stored.result.total == expected.total)
        #expect(stored.facts.draft == january() && stored.facts.owner == people.south.id)
        await runs.shutDown()
    }

    @Test func mistakesAreToldAtOnce() async throws {
        let runs = runs(MemoryBackend(try runLedger()))
        func refusal(_ change: (inout QueryDraft) -> Void) async -> DynamicsError? {
            var draft = january()
            change(&draft)
            return await #expect(throws: DynamicsError.self) { try await runs.start(draft, by: people.analyst) }
        }
        #expect(await refusal { $0.text.from = "yesterday" }?.field == "from")
        #expect(await refusal { $0.text.to = "2023-01-01" }?.code == "empty_period")
        #expect(await refusal { $0.text.timezone = "Europe/Kiew" }?.field == "timezone")
        #expect(await refusal { $0.text.groupBy = ["date", "date"] }?.code == "duplicate_grouping")
        #expect(await refusal { $0.text.activeMonths = 0 }?.code == "bad_active_months")
        #expect(await refusal { $0.text.to = "2199-12-31" }?.code == "too_many_buckets")
        #expect(await refusal { $0.preset = .today }?.code == "preset_and_dates")
        let (writer, _) = try await people.workspace.createToken(name: "billing", role: .ledgerWriter)
        let account = try #require(try await people.workspace.account(id: writer.id))
        let noScope = await #expect(throws: DynamicsError.self) { try await runs.start(january(), by: account) }
        #expect(noScope?.code == "no_scope")
        #expect(shelf.all.isEmpty)
    }

    @Test func whatOnlyTheLedgerKnowsIsToldByTheRun() async throws {
        let runs = runs(MemoryBackend(try runLedger()))
        var draft = january()
        draft.text.owners = ["south"]
        let run = try await runs.start(draft, by: people.north)
        let error = await #expect(throws: DynamicsError.self) { try await run.finished() }
        #expect(error?.code == "unknown_owner" && error?.field == "owners" && shelf.all.isEmpty)
        _ = try await runs.start(draft, by: people.south).finished()
        #expect(shelf.all.count == 1)
    }

    @Test func foreignErrorsShowNothingOfThemselves() async throws {
        struct Secret: Error {}
        let logged = Mutex<[String]>([])
        let log = { @Sendable (error: any Error, _: Run) in logged.withLock { $0.append("\(error)") } }
        let failing = SlowBackend(try runLedger()) { throw Secret() }
        let run = try await runs(failing, log: log).start(january(), by: people.analyst)
        let error = await #expect(throws: DynamicsError.self) { try await run.finished() }
        #expect(error?.kind == .fault && error?.description.contains("Secret") == false)
        let storeless = ReportRuns(
            backend: MemoryBackend(try runLedger()), zones: Self.zones, clock: { Self.now },
            store: { _, _ in throw Secret() }, log: log)
        let other = try await storeless.start(january(), by: people.analyst)
        #expect(await #expect(throws: DynamicsError.self) { try await other.finished() } == error)
        #expect(logged.withLock { $0 } == ["Secret()", "Secret()"])
    }

    // MARK: - Sharing and cancelling

    @Test func theSameQuestionIsComputedOnce() async throws {
        let gate = Gate()
        let backend = SlowBackend(try runLedger(), pause: gate.pass)
        let runs = runs(backend, RunLimits(maxConcurrent: 3, perAccount: 9))
        var all: [Run] = []
        for account in people.all { all.append(try await runs.start(january(), by: account)) }
        all.append(try await runs.start(january(), by: people.analyst))
        // Everything (3 runs), north, south.
        #expect(try await eventually { backend.meter.begun == 3 })
        try await Task.sleep(for: .milliseconds(50))
        gate.open()
        let ids = try await finished(all)
        #expect(backend.meter.begun == 3 && Set(ids).count == 5 && shelf.all.count == 5)
        for (report, account) in shelf.all {
            let scope = try #require(account.scope)
            let expected = try await runReport(
                january().text.parsed(), scope: scope, on: backend.inner, zones: Self.zones)
            #expect(report.result == expected, "\(account.name)")
        }
        // What is over is not shared any more.
        _ = try await runs.start(january(), by: people.analyst).finished()
        #expect(backend.meter.begun == 4)
    }

    private func finished(_ runs: [Run]) async throws -> [String] {
        var ids: [String] = []
        for run in runs { ids.append(try await run.finished()) }
        return ids
    }

    @Test func oneCancelsAndTheOthersGoOn() async throws {
        let gate = Gate()
        let backend = SlowBackend(try runLedger(), pause: gate.pass)
        let runs = runs(backend)
        let leaving = try await runs.start(january(), by: people.analyst)
        let staying = try await runs.start(january(), by: people.administrator)
        #expect(try await eventually { leaving.state().isRunning && staying.state().isRunning })
        #expect(runs.cancel(id: leaving.id, for: people.analyst))
        #expect(leaving.state() == .cancelled)
        #expect(!runs.cancel(id: leaving.id, for: people.analyst))
        await #expect(throws: CancellationError.self) { try await leaving.finished() }
        gate.open()
        _ = try await staying.finished()
        #expect(!runs.cancel(id: staying.id, for: people.administrator))
        #expect(backend.meter.begun == 1 && shelf.all.map(\.account) == [people.administrator])
    }

    @Test func theLastOneStopsTheComputation() async throws {
        // On a machine that is busy with other things, not each attempt gets a processor in time.
        var quickest = Duration.seconds(60)
        for _ in 0..<5 where quickest >= .milliseconds(100) { quickest = min(quickest, try await timeToStop()) }
        print("runs: a computation stopped \(quickest) after the last one had left")
        #expect(quickest < .milliseconds(100))
        #expect(shelf.all.isEmpty)
    }

    /// How long after the last of two had left a computation stopped, which is real, and would go on for a minute.
    private func timeToStop() async throws -> Duration {
        let random = RandomLedger(seed: 1).records
        let long = MemoryBackend(random)
        let backend = SlowBackend(random) {
            let query = try january(by: ["date", "package"]).text.parsed()
            let until = ContinuousClock.now + .seconds(60)
            while ContinuousClock.now < until {
                _ = try await runReport(query, scope: .everything, on: long, zones: Self.zones)
            }
        }
        let runs = runs(backend)
        let two = [
            try await runs.start(january(), by: people.analyst),
            try await runs.start(january(), by: people.administrator),
        ]
        #expect(try await eventually { two.allSatisfy { $0.state().isRunning } && backend.meter.present == 1 })
        #expect(runs.cancel(id: two[0].id, for: people.analyst))
        try await Task.sleep(for: .milliseconds(100))
        #expect(backend.meter.present == 1)
        let asked = ContinuousClock.now
        // An administrator may cancel what others run.
        #expect(runs.cancel(id: two[1].id, for: people.administrator))
        #expect(try await eventually { backend.meter.present == 0 })
        return try #require(backend.meter.counts.withLock { $0.ended.last }) - asked
    }

    @Test func timeIsLimited() async throws {
        let backend = SlowBackend(try runLedger()) { try await Task.sleep(for: .seconds(60)) }
        let runs = runs(backend, RunLimits(maxConcurrent: 1, timeout_seconds: 1))
        let two = [
            try await runs.start(january(), by: people.analyst),
            try await runs.start(january(months: 4), by: people.analyst),
        ]
        for run in two {
            let error = await #expect(throws: DynamicsError.self) { try await run.finished() }
            #expect(error?.kind == .unavailable && error?.code == "timeout")
        }
        #expect(try await eventually { backend.meter.present == 0 })
        #expect(shelf.all.isEmpty)
    }

    // MARK: - Limits and order

    @Test func limitsRefuse() async throws {
        let gate = Gate()
        let backend = SlowBackend(try runLedger(), pause: gate.pass)
        let runs = runs(backend, RunLimits(maxConcurrent: 1, maxWaiting: 3, perAccount: 2))
        var all: [Run] = []
        func start(_ account: Account, _ months: Int) async throws {
            all.append(try await runs.start(january(months: months), by: account))
        }
        try await start(people.analyst, 1)
        #expect(try await eventually { backend.meter.present == 1 })
        try await start(people.analyst, 2)
        let own = await #expect(throws: DynamicsError.self) { try await start(people.analyst, 3) }
        #expect(own?.kind == .usage && own?.code == "too_many_runs")
        try await start(people.north, 4)
        try await start(people.south, 5)
        let all4 = await #expect(throws: DynamicsError.self) { try await start(people.administrator, 6) }
        #expect(all4?.kind == .unavailable && all4?.code == "too_busy")
        gate.open()
        _ = try await finished(all)
        try await start(people.analyst, 7)
        try await start(people.administrator, 8)
        _ = try await finished(all)
        #expect(backend.meter.most == 1)
    }

    @Test func accountsTakeTurns() async throws {
        let gate = Gate()
        let backend = SlowBackend(try runLedger(), pause: gate.pass)
        let runs = runs(backend, RunLimits(maxConcurrent: 1, perAccount: 30))
        var all: [Run] = []
        func isWaiting(_ run: Run, _ positions: ClosedRange<Int>) -> Bool {
            positions.contains { run.state() == .waiting(position: $0) }
        }
        all.append(try await runs.start(january(months: 1), by: people.analyst))
        #expect(try await eventually { backend.meter.present == 1 })
        for months in 2...20 { all.append(try await runs.start(january(months: months), by: people.analyst)) }
        let line = Set((1...19).map { RunState.waiting(position: $0) })
        #expect(try await eventually { Set(all.dropFirst().map { $0.state() }) == line })
        let late = [
            try await runs.start(january(), by: people.north), try await runs.start(january(), by: people.south),
        ]
        // Ahead of those of the analyst, who has been served just now.
        #expect(try await eventually { late.allSatisfy { isWaiting($0, 1...2) } && late[0].state() != late[1].state() })
        let third = try #require(all.first { isWaiting($0, 3...3) })
        #expect(runs.cancel(id: third.id, for: people.analyst))
        all.removeAll { $0 === third }
        #expect(try await eventually { all.contains { isWaiting($0, 3...3) } })
        gate.open()
        _ = try await finished(all + late)
        let order = backend.meter.counts.withLock { $0.scoped }
        #expect(order == [false, true, true] + Array(repeating: false, count: 18))
    }

    @Test func onlyOwnRunsAreThereAndNotForEver() async throws {
        let time = Mutex(Self.now)
        let runs = runs(MemoryBackend(try runLedger()), RunLimits(keepFinished_seconds: 300)) { time.withLock { $0 } }
        let run = try await runs.start(january(), by: people.north)
        #expect(runs.run(id: run.id, for: people.south) == nil && runs.run(id: run.id, for: people.analyst) == nil)
        #expect(!runs.cancel(id: run.id, for: people.south))
        _ = try await run.finished()
        for account in [people.north, people.administrator] { #expect(runs.run(id: run.id, for: account) === run) }
        time.withLock { $0.seconds += 299 }
        #expect(runs.run(id: run.id, for: people.north) === run)
        time.withLock { $0.seconds += 1 }
        #expect(runs.run(id: run.id, for: people.north) == nil)
        #expect(runs.run(id: "nothing", for: people.administrator) == nil)
    }

    @Test func shuttingDownWaitsAndRefuses() async throws {
        let gate = Gate()
        let backend = SlowBackend(try runLedger(), pause: gate.pass)
        let runs = runs(backend, RunLimits(maxConcurrent: 1))
        let two = [
            try await runs.start(january(), by: people.north), try await runs.start(january(), by: people.south),
        ]
        let down = Task { await runs.shutDown() }
        #expect(try await eventually { runs.isShuttingDown })
        let refusal = await #expect(throws: DynamicsError.self) { try await runs.start(january(), by: people.north) }
        #expect(refusal?.code == "shutting_down" && refusal?.kind == .unavailable)
        #expect(two.allSatisfy { !$0.state().isOver })
        gate.open()
        await down.value
        #expect(two.allSatisfy { $0.state().isOver } && shelf.all.count == 2)
    }

    @Test func shuttingDownInAHurryCancels() async throws {
        let backend = SlowBackend(try runLedger()) { try await Task.sleep(for: .seconds(60)) }
        let runs = runs(backend)
        let run = try await runs.start(january(), by: people.north)
        let down = Task { await runs.shutDown() }
        #expect(try await eventually { runs.isShuttingDown })
        down.cancel()
        await down.value
        #expect(run.state() == .cancelled && shelf.all.isEmpty)
    }

    // MARK: - States

    @Test func slowReadersGetTheLatestState() async throws {
        let gate = Gate()
        let backend = SlowBackend(try runLedger(), pause: gate.pass)
        let run = try await runs(backend).start(january(), by: people.analyst)
        let (slow, quick) = (run.states(), run.states())
        #expect(try await eventually { run.state().isRunning })
        gate.open()
        _ = try await run.finished()
        // Two are the most that a reader can be behind: the latest one, and the end.
        var seen: [RunState] = []
        for await state in slow { seen.append(state) }
        #expect(seen == [run.state()])
        var states: [RunState] = []
        for await state in quick { states.append(state) }
        #expect(states.last == run.state())
        var late: [RunState] = []
        for await state in run.states() { late.append(state) }
        #expect(late == [run.state()])
    }

    /// Who waits for the end of a run can stop waiting, and the run goes on.
    @Test func waitingIsNotRunning() async throws {
        let gate = Gate()
        let run = try await runs(SlowBackend(try runLedger(), pause: gate.pass)).start(january(), by: people.analyst)
        let waiting = Task { try await run.finished() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        #expect(!run.state().isOver)
        gate.open()
        #expect(try await run.finished() == "report 1")
    }

    /// Computations that never let go of a thread leave Swift's own threads alone, which are as many as there are processors.
    @Test func computationsKeepNobodyWaiting() async throws {
        let backend = SlowBackend(try runLedger()) {
            let until = ContinuousClock.now + .seconds(120)
            while !Task.isCancelled, ContinuousClock.now < until {}
            throw CancellationError()
        }
        let count = ProcessInfo.processInfo.activeProcessorCount + 1
        let runs = runs(backend, RunLimits(maxConcurrent: count, perAccount: count))
        var all: [Run] = []
        for months in 1...count { all.append(try await runs.start(january(months: months), by: people.analyst)) }
        #expect(try await eventually { backend.meter.present == count })
        for _ in 0..<20 { await Task { await Task.yield() }.value }
        #expect(backend.meter.present == count, "tasks waited for the computations")
        for run in all { #expect(runs.cancel(id: run.id, for: people.analyst)) }
        #expect(try await eventually { backend.meter.present == 0 })
    }
}

extension RunState {
    var isRunning: Bool {
        if case .running = self { true } else { false }
    }
}
