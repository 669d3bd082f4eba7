import ArgumentParser
import DynamicsLedger
import DynamicsModel
import DynamicsReports
import Foundation
import Synchronization

/// `bench`: times reports in a process that has the ledger open, for `make bench`.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Time a report again and again on an open ledger, and print the milliseconds as JSON.",
        shouldDisplay: false)

    @OptionGroup var data: DataFolder
    @OptionGroup var query: QueryOptions

    @Option(help: "How many times.")
    var runs = 5

    /// Times in milliseconds, one of each for each run.
    private struct Times: Encodable {
        /// Of opening the ledger and its columns, once.
        var openMS = 0.0
        /// From the query to the plan, of the backend, of settling, and all together.
        var planMS: [Double] = []
        var sumsMS: [Double] = []
        var settleMS: [Double] = []
        var reportMS: [Double] = []
        /// At most, during one more report: memory of the process that is no file's (`RssAnon` of proc_pid_status(5)).
        var anonymousBytes = 0

        enum CodingKeys: String, CodingKey {
            case openMS = "open_ms"
            case planMS = "plan_ms"
            case sumsMS = "sums_ms"
            case settleMS = "settle_ms"
            case reportMS = "report_ms"
            case anonymousBytes = "anonymous_bytes"
        }
    }

    func run() async throws {
        let query = try query.text.parsed()
        let zones = TimeZoneDirectory()
        let clock = ContinuousClock()
        var times = Times()
        let begin = clock.now
        let snapshot = try await LedgerBackend(try Ledger(folder: data.path)).snapshot()
        times.openMS = (clock.now - begin) / .milliseconds(1)
        for _ in 0..<max(1, runs) {
            let start = clock.now
            let plan = try await makePlan(query, scope: .everything, on: snapshot, zones: zones)
            let planned = clock.now
            let sums = try await snapshot.sums(for: plan) { _ in }
            let summed = clock.now
            _ = try ReportResult(settling: sums, of: plan, catalog: snapshot.catalog)
            let settled = clock.now
            times.planMS.append((planned - start) / .milliseconds(1))
            times.sumsMS.append((summed - planned) / .milliseconds(1))
            times.settleMS.append((settled - summed) / .milliseconds(1))
            times.reportMS.append((settled - start) / .milliseconds(1))
        }
        times.anonymousBytes = try await AnonymousMemory.peak {
            let plan = try await makePlan(query, scope: .everything, on: snapshot, zones: zones)
            let sums = try await snapshot.sums(for: plan) { _ in }
            _ = try ReportResult(settling: sums, of: plan, catalog: snapshot.catalog)
        }
        try FileOutput.print([UInt8](JSONEncoder().encode(times)) + [UInt8(ascii: "\n")])
    }
}

/// The process's memory that is no file's, watched while something runs.
private enum AnonymousMemory {
    /// The most bytes that there were at any of the moments, a millisecond from one to the next, at which they were counted.
    static func peak(during body: () async throws -> Void) async throws -> Int {
        let watch = Watch()
        Thread { watch.run() }.start()
        defer { watch.isDone.store(true, ordering: .releasing) }
        try await body()
        return watch.peak.withLock { $0 }
    }

    private final class Watch: Sendable {
        let isDone = Atomic<Bool>(false)
        let peak = Mutex(AnonymousMemory.present())

        func run() {
            while !isDone.load(ordering: .acquiring) {
                let bytes = AnonymousMemory.present()
                peak.withLock { $0 = max($0, bytes) }
                usleep(1000)
            }
        }
    }

    /// 0 where the system does not tell.
    private static func present() -> Int {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("RssAnon:") }),
            let kilobytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
        else { return 0 }
        return kilobytes * 1024
    }
}
