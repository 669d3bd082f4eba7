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

    @Option(help: ArgumentHelp("Start of the period: a local date or date and time.", valueName: "date"))
    var from: String

    @Option(
        help: ArgumentHelp("End of the period: a local date (included) or date and time (excluded).", valueName: "date")
    )
    var to: String

    @Option(help: ArgumentHelp("An IANA timezone, such as Europe/Kyiv.", valueName: "name"))
    var timezone = "UTC"

    @Option(
        help: ArgumentHelp(
            "year, month, date, package: any of them, separated by commas, in the order of the columns.",
            valueName: "list"))
    var groupBy: [String] = []

    @Option(
        help: ArgumentHelp(
            "Only clients of this type: client, reseller, calling_card or call_shop. May be repeated.",
            valueName: "type"))
    var clientType: [String] = []

    @Option(help: "Only clients with this tag. May be repeated.")
    var tag: [String] = []

    @Option(help: ArgumentHelp("Whether clients need any of the tags or all of them: any, all.", valueName: "mode"))
    var tagMode = "any"

    @Option(
        help: ArgumentHelp(
            "Only clients of the reseller with this id, owned directly or through others; \"\": the operator's own. May be repeated.",
            valueName: "id"))
    var owner: [String] = []

    @Option(help: ArgumentHelp("Only subscribers of the package with this id. May be repeated.", valueName: "id"))
    var package: [String] = []

    @Option(help: ArgumentHelp("The currency of all values. (default: the ledger's base currency)", valueName: "code"))
    var currency: String?

    @Option(
        help: ArgumentHelp(
            "Clients are active when they used paid services within so many months, 1 to 120.", valueName: "n"))
    var activeMonths = 3

    @Option(help: "The form of the report. (default: table on a terminal, else csv)")
    var format: OutputFormat?

    @Option(help: ArgumentHelp("The file to write, replaced as a whole. (default: standard output)", valueName: "file"))
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
