import DynamicsModel
import DynamicsWorkspace
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// Records from a billing system: `POST /api/v1/ledger/transactions` and its siblings.
///
/// The body goes to a file as it arrives, as fast as the disk takes it, and is imported when it is complete: a client that breaks off
/// leaves nothing, and memory does not grow with the body.
enum IngestionAPI {
    static var routes: [Route] {
        IntakeFile.Kind.allCases.map { kind in
            Route(.post, "/api/v1/ledger/\(kind.rawValue)", for: .ledgerWriters) { try await take(kind, $0) }
        }
    }

    /// What is answered.
    private struct Document: Encodable {
        let added: Int
        let replaced: Int
        let removed: Int
        let unchanged: Int
        let revision: Int64
        let durationMilliseconds: Int

        enum CodingKeys: String, CodingKey {
            case added, replaced, removed, unchanged, revision
            case durationMilliseconds = "duration_ms"
        }
    }

    private static func take(_ kind: IntakeFile.Kind, _ visit: Visit) async throws -> Response {
        let account = try visit.viewer()
        let format = try format(visit.request)
        let isGzipped = try isGzipped(visit.request)
        let place = try visit.parts.uploads.enter()
        defer { place.leave() }
        let start = ContinuousClock.now
        func note(_ outcome: WebMetrics.Intake, rows: Int = 0) {
            visit.parts.metrics.noteIntake(outcome, rows: rows, time: start.duration(to: .now))
        }
        let path = try await place.store(visit.request.body, declared: visit.request.headers[.contentLength])
        let file = IntakeFile(
            kind: kind, format: format, isGzipped: isGzipped, path: path, baseCurrency: visit.query["base_currency"])
        do {
            let outcome = try await visit.parts.intake.take(file)
            note(.taken, rows: outcome.added + outcome.replaced + outcome.removed + outcome.unchanged)
            try await visit.parts.workspace.note(
                .imported, by: account, subject: "\(kind.rawValue), revision \(outcome.revision)",
                address: visit.context.address,
                detail:
                    "\(outcome.added) added, \(outcome.replaced) replaced, \(outcome.removed) removed, \(outcome.unchanged) unchanged"
            )
            return try .document(
                Document(
                    added: outcome.added, replaced: outcome.replaced, removed: outcome.removed,
                    unchanged: outcome.unchanged, revision: outcome.revision,
                    durationMilliseconds: Int(outcome.seconds * 1000)))
        } catch let refusal as IntakeRefusal {
            note(.refused)
            return badRows(refusal, kind, requestID: visit.context.id)
        } catch {
            note((error as? DynamicsError)?.kind == .data ? .refused : .failed)
            throw error
        }
    }

    // MARK: - What arrives

    private static func format(_ request: Request) throws -> IntakeFile.Format {
        let type = request.headers[.contentType]?.split(separator: ";").first?
            .trimmingCharacters(in: .whitespaces).lowercased()
        switch type {
        case "text/csv": return .csv
        case "application/x-ndjson", "application/ndjson": return .ndjson
        default:
            throw WebError.unsupportedMediaType("Send the records as text/csv or as application/x-ndjson.")
        }
    }

    private static func isGzipped(_ request: Request) throws -> Bool {
        switch request.headers[.contentEncoding]?.lowercased() {
        case nil, "identity": return false
        case "gzip": return true
        default: throw WebError.unsupportedMediaType("The body may be compressed with gzip, or not at all.")
        }
    }

    // MARK: - Bad rows

    /// Problem details (RFC 9457) with the first bad rows beside them.
    private static func badRows(_ refusal: IntakeRefusal, _ kind: IntakeFile.Kind, requestID: String) -> Response {
        let status = HTTPResponse.Status.unprocessableContent
        let first = refusal.rows.first.map { row in
            (row.line.map { "line \($0): " } ?? "") + (row.field.map { "\($0): " } ?? "") + row.detail
        }
        var object: [String: Any] = [
            "type": "about:blank", "title": status.reasonPhrase, "status": status.code, "code": "bad_rows",
            "detail": "Nothing was imported, as rows of \(kind.rawValue) are not right: \(first ?? "").",
            "request_id": requestID,
            "errors": refusal.rows.map { row in
                var error: [String: Any] = ["detail": row.detail]
                if let line = row.line { error["line"] = line }
                if let field = row.field { error["field"] = field }
                return error
            },
        ]
        if let field = refusal.rows.first?.field { object["field"] = field }
        let data = (try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])) ?? Data()
        return Response(
            status: status, headers: [.contentType: "application/problem+json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
    }
}
