import ArgumentParser
import DynamicsExport
import DynamicsLedger
import DynamicsModel
import DynamicsReports

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

    @Option(help: "Start of the period: a local date or date and time.")
    var from: String

    @Option(help: "End of the period: a local date (included) or a date and time (excluded).")
    var to: String

    @Option(help: "An IANA timezone.")
    var timezone = "UTC"

    @Option(help: "year, month, date, package: any of them, separated by commas, in the order of the columns.")
    var groupBy: [String] = []

    @Option(help: "Only clients of this type: client, reseller, calling_card or call_shop. May be repeated.")
    var clientType: [String] = []

    @Option(help: "Only clients with this tag. May be repeated.")
    var tag: [String] = []

    @Option(help: "Whether clients need any of the tags or all of them.")
    var tagMode = "any"

    @Option(help: "Only clients of this reseller's id, owned directly or through others; \"\" for the operator's own. May be repeated.")
    var owner: [String] = []

    @Option(help: "Only subscribers of this package's id. May be repeated.")
    var package: [String] = []

    @Option(help: "The currency of all values. (default: the ledger's base currency)")
    var currency: String?

    @Option(help: "Clients are active when they used paid services within so many months, 1 to 120.")
    var activeMonths = 3

    @Option(help: "table, json or csv. (default: table on a terminal, else csv)")
    var format: OutputFormat?

    @Option(help: "The file to write, replaced as a whole. (default: standard output)")
    var output: String?

    func run() async throws {
        let query = try queryText.parsed()
        let preparing = ProgressLine("Preparing the ledger for reports")
        let backend = LedgerBackend(try Ledger(folder: data.path), building: preparing.show(part:))
        let progress = ProgressLine("Working")
        let result = try await runReport(query, scope: .everything, on: backend, zones: TimeZoneDirectory()) {
            preparing.clear()
            progress.show(part: $0)
        }
        progress.clear()
        let format = self.format ?? (output == nil && Terminal.isOutput ? .table : .csv)
        let bytes = format.bytes(result)
        if let output { try FileOutput.replace(output, with: bytes) } else { try FileOutput.print(bytes) }
        for warning in result.warnings where format != .table { Terminal.note("Warning: \(warning).") }
    }

    private var queryText: QueryText {
        var text = QueryText()
        text.from = from
        text.to = to
        text.timezone = timezone
        text.groupBy = groupBy.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        text.clientTypes = clientType
        text.tags = tag
        text.tagMode = tagMode
        text.owners = owner
        text.packages = package
        text.currency = currency
        text.activeMonths = activeMonths
        return text
    }
}

/// What a report can be written as. A new one does not compile until it can be made.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
    case table, json, csv

    func bytes(_ result: ReportResult) -> [UInt8] {
        switch self {
        case .table: Array(TerminalTable(result, width: Terminal.width).text.utf8)
        case .json: ReportJSON.bytes(result)
        case .csv: ReportCSV.bytes(result)
        }
    }
}
