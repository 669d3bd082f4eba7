import ArgumentParser
import DynamicsLedger
import DynamicsModel
import DynamicsReports
import Foundation

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

        enum CodingKeys: String, CodingKey {
            case openMS = "open_ms"
            case planMS = "plan_ms"
            case sumsMS = "sums_ms"
            case settleMS = "settle_ms"
            case reportMS = "report_ms"
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
        try FileOutput.print([UInt8](JSONEncoder().encode(times)) + [UInt8(ascii: "\n")])
    }
}
