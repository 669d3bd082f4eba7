import DynamicsExport
import DynamicsModel
import DynamicsReports
import DynamicsWorkspace
import Hummingbird

/// A stored report as a file: the same bytes from the page, the HTTP interface and the command line.
enum ReportDownload {
    /// Answers with the stored report `id` in the format that the address's query asks for (`?format=csv`), and for XLSX with the chart
    /// that it says (`ChartSettings`).
    /// - Throws: `WebError.notFound`; `DynamicsError` with the field `format`, or that of the chart.
    static func respond(to visit: Visit, id: String) async throws -> Response {
        let name = visit.query["format"] ?? ReportFile.csv.rawValue
        guard let format = ReportFile(rawValue: name) else {
            let known = ReportFile.allCases.map(\.rawValue).joined(separator: ", ")
            throw DynamicsError(
                .usage, "bad_format", field: "format", "\"\(name)\" is not a format; the formats are \(known)")
        }
        let report = try await visit.storedReport(id: id)
        let chart = try ChartSettings(fields: visit.query.fields)
        let bytes = try await visit.parts.exports.file(format, of: report, chart: chart)
        try await visit.noteReading("report exported", of: id) {
            try await visit.parts.workspace.note(
                .reportExported, by: try visit.viewer(), subject: id, address: visit.context.address, detail: name)
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: format.mediaType,
                // The name is ASCII without quotes (`ReportFile.name`).
                .contentDisposition: "attachment; filename=\"\(format.name(for: report.result.query))\"",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
