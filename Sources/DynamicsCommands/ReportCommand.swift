import ArgumentParser
import DynamicsClickHouse
import DynamicsExport
import DynamicsLedger
import DynamicsModel
import DynamicsReports
import Foundation

/// `report`: asks the ledger once, and shows or writes the answer.
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Run one Customer Dynamics report.",
        discussion: """
            Dates are local to the timezone: --to 2024-12-31 means the end of that day; 2024-12-31T18:00 is exclusive.
            Example: customer-dynamics report --from 2024-01-01 --to 2024-12-31 --timezone Europe/Kyiv --group-by month,package
            """)

    @OptionGroup var data: DataFolder

    @OptionGroup var clickHouse: ClickHouseOption

    @OptionGroup var query: QueryOptions

    @Option(help: "The form of the report. (default: table on a terminal, else csv)")
    var format: OutputFormat?

    @Option(help: ArgumentHelp("The file to write, replaced as a whole. (default: standard output)", valueName: "file"))
    var output: String?

    func run() async throws {
        let query = try query.text.parsed()
        if let format, format.needsFile, output == nil {
            throw DynamicsError(
                .usage, "no_output", field: "format",
                "\(format.rawValue) is written to a file; name it with --output FILE")
        }
        let preparing = ProgressLine("Preparing the ledger for reports")
        let backend: any ReportBackend
        if let server = try await clickHouse.server(folder: data.path) {
            backend = ClusterBackend(server)
        } else {
            backend = LedgerBackend(try Ledger(folder: data.path), building: preparing.show(part:))
        }
        let progress = ProgressLine("Working")
        defer {
            preparing.clear()
            progress.clear()
        }
        let start = ContinuousClock.now
        let generatedAt = Instant(seconds: Int64(Date().timeIntervalSince1970))
        let result = try await runReport(query, scope: .everything, on: backend, zones: TimeZoneDirectory()) {
            preparing.clear()
            progress.show(part: $0)
        }
        progress.clear()
        preparing.clear()
        let format = self.format ?? (output == nil && Terminal.isOutput ? .table : .csv)
        let info = ReportInfo(
            facts: result.query.facts(), generatedBy: "command line", generatedAt: generatedAt,
            duration_ms: Int((.now - start) / .milliseconds(1)))
        let bytes = try format.bytes(result, info)
        if let output { try FileOutput.replace(output, with: bytes) } else { try FileOutput.print(bytes) }
        if result.revision == 0 { Terminal.note("Nothing has been imported into \"\(data.path)\" yet.") }
        for warning in result.warnings where format != .table { Terminal.note("Warning: \(warning).") }
    }
}

/// What a report can be written as. A new one does not compile until it can be made.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
    case table, json, csv, xls, xlsx

    /// Not for terminals and pipes.
    var needsFile: Bool { self == .xls || self == .xlsx }

    func bytes(_ result: ReportResult, _ info: ReportInfo) throws -> [UInt8] {
        switch self {
        case .table: Array(TerminalTable(result, width: Terminal.width).text.utf8)
        case .json: ReportJSON.bytes(result)
        case .csv: try ReportFile.csv.bytes(result, info: info)
        case .xls: try ReportFile.xls.bytes(result, info: info)
        case .xlsx: try ReportFile.xlsx.bytes(result, info: info)
        }
    }
}
