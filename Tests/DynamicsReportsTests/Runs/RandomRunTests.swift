import DynamicsModel
import DynamicsReports
import DynamicsTestSupport
import DynamicsWorkspace
import Foundation
import Synchronization
import Testing

/// People who start, cancel and wait as it comes.
@Suite(.serialized)
struct RandomRunTests {
    private static let zones = TimeZoneDirectory()

    @Test func whateverHappensEachFinishedRunIsStoredOnce() async throws {
        let folder = try RunFolder()
        let people = try await RunAccounts(in: folder)
        let threads = Self.threadCount()
        var ends: [String: Int] = [:]
        for seed in UInt64(0)..<1000 {
            let (states, problems) = try await Self.play(seed, people)
            #expect(problems == [], "seed \(seed)")
            for state in states { ends[state, default: 0] += 1 }
        }
        // All ends have come about, often.
        for end in ["finished", "cancelled", "refused"] { #expect(ends[end, default: 0] > 200, "\(ends)") }
        // The threads of computations went with those who had started them.
        #expect(try await eventually { Self.threadCount() < threads + 50 })
    }

    /// One random afternoon; how the runs ended, and what is wrong.
    private static func play(_ seed: UInt64, _ people: RunAccounts) async throws -> ([String], [String]) {
        var random = SplitMix64(seed: seed)
        let shelf = Shelf()
        let pauses = Mutex(SplitMix64(seed: ~seed))
        let backend = SlowBackend(try runLedger()) {
            let pause = pauses.withLock { $0.between(0...3) }
            if pause > 0 { try await Task.sleep(for: .microseconds(pause * 300)) }
        }
        let limits = RunLimits(
            maxConcurrent: random.between(1...3), maxWaiting: random.between(2...12), perAccount: random.between(1...5))
        let runs = ReportRuns(
            backend: backend, zones: zones, limits: limits, clock: { Instant(seconds: 1_707_955_200) },
            store: shelf.store, log: { error, _ in Issue.record(error) })
        var started: [(run: Run, account: Account)] = []
        var states: [String] = []
        var problems: [String] = []
        for _ in 0..<random.between(3...20) {
            switch random.between(0...9) {
            case ..<6:
                let account = random.pick(people.all)
                do {
                    started.append(
                        (try await runs.start(january(months: random.between(1...3)), by: account), account))
                } catch let error as DynamicsError {
                    if !["too_many_runs", "too_busy"].contains(error.code) { problems.append("\(error)") }
                    states.append("refused")
                }
            case ..<9 where !started.isEmpty:
                let (run, account) = random.pick(started)
                let isCancelled = runs.cancel(id: run.id, for: account)
                if isCancelled != (run.state() == .cancelled), isCancelled { problems.append("cancelled, and is not") }
            default: try await Task.sleep(for: .microseconds(random.between(0...500)))
            }
        }
        await runs.shutDown()
        problems += check(started, shelf, backend, limits)
        for (run, _) in started { states.append(name(run.state())) }
        return (states, problems)
    }

    private static func check(
        _ started: [(run: Run, account: Account)], _ shelf: Shelf, _ backend: SlowBackend, _ limits: RunLimits
    ) -> [String] {
        var problems: [String] = []
        var reports: [String: Int64] = [:]
        for (run, account) in started {
            switch run.state() {
            case .finished(let id):
                if reports.updateValue(account.id, forKey: id) != nil { problems.append("\(id) is of two runs") }
            case .cancelled: break
            case .waiting, .running, .failed: problems.append("ended as \(run.state())")
            }
        }
        let stored = shelf.all.enumerated().map { ("report \($0 + 1)", $1.account.id) }
        if reports != Dictionary(uniqueKeysWithValues: stored) {
            problems.append("\(reports) finished, \(stored) stored")
        }
        for (report, account) in shelf.all where report.result.query != (try? report.draft.text.parsed())?.in(.base) {
            problems.append("\(account.name) got the report of another query")
        }
        if backend.meter.most > limits.maxConcurrent { problems.append("\(backend.meter.most) at once") }
        return problems
    }

    private static func name(_ state: RunState) -> String {
        switch state {
        case .waiting, .running: "under way"
        case .finished: "finished"
        case .failed: "failed"
        case .cancelled: "cancelled"
        }
    }

    private static func threadCount() -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count) ?? 0
    }
}

extension CurrencyCode {
    fileprivate static let base = CurrencyCode(number: 4 * 676 + 20 * 26 + 17)
}

extension ReportQuery {
    fileprivate func `in`(_ currency: CurrencyCode) -> ReportQuery {
        var query = self
        query.currency = currency
        return query
    }
}
