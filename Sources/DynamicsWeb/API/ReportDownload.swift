import DynamicsExport
import DynamicsModel
import DynamicsWorkspace
import HTTPTypes
import Hummingbird

/// A stored report as a file: the same bytes from the page, the HTTP interface and the command line.
enum ReportDownload {
    /// The formats that a report can be taken as.
    static let formats = ["csv"]

    /// Answers with the stored report `id` in the format that the address's query asks for (`?format=csv`).
    /// - Throws: `WebError.notFound`; `DynamicsError` with the field `format`.
    static func respond(to visit: Visit, id: String) async throws -> Response {
        let format = visit.query["format"] ?? "csv"
        guard formats.contains(format) else {
            throw DynamicsError(
                .usage, "bad_format", field: "format",
                "\"\(format)\" is not a format; the formats are \(formats.joined(separator: ", "))")
        }
        let report = try await visit.storedReport(id: id)
        let response = try respond(report, format: format)
        try await visit.parts.workspace.note(
            .reportExported, by: try visit.viewer(), subject: id, address: visit.context.address, detail: format)
        return response
    }

    /// - Parameter format: one of `formats`.
    static func respond(_ report: StoredReport, format: String) throws -> Response {
        let query = report.result.query
        let name = "customer-dynamics-\(query.from.text)-\(query.to.text).\(format)"
            .replacing(":", with: "")
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8",
                .contentDisposition: "attachment; filename=\"\(name)\"",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: ReportCSV.bytes(report.result))))
    }
}
