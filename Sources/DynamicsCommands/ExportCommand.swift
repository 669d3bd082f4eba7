import ArgumentParser
import DynamicsExport
import DynamicsModel
import DynamicsReports
import DynamicsWorkspace

/// `export`: a stored report as a file, the same bytes as over HTTP.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a stored report as a file.",
        discussion: """
            The report is the one that was stored, whatever has been imported since. Its id is what stands behind /view?id= in its address.
            Example: customer-dynamics export 3Qw8dK0n2sYc5VbTzR1uHgPx --format xlsx --output report.xlsx
            """)

    @OptionGroup var data: DataFolder

    @Argument(help: "The report's id.")
    var id: String

    @Option(help: "csv, xls or xlsx.", transform: Self.format)
    var format: ReportFile

    @Option(help: ArgumentHelp("The file to write, replaced as a whole.", valueName: "file"))
    var output: String

    private static func format(_ text: String) throws -> ReportFile {
        guard let format = ReportFile(rawValue: text) else {
            let known = ReportFile.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("'\(text)' is not a format; the formats are \(known)")
        }
        return format
    }

    func run() async throws {
        let workspace = try Workspace(folder: data.path)
        guard let report = try await workspace.report(id: id) else {
            throw DynamicsError(
                .usage, "not_found",
                "there is no stored report \"\(id)\" in \"\(data.path)\"; its id stands behind /view?id= in its address"
            )
        }
        try FileOutput.replace(output, with: try report.file(format))
        try await workspace.note(.reportExported, by: nil, subject: id, detail: format.rawValue)
    }
}
