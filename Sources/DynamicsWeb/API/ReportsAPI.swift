import DynamicsExport
import DynamicsModel
import DynamicsReports
import DynamicsWorkspace
import Foundation
import HTTPTypes
import Hummingbird

/// Reports for programs: run one, read a stored one, take it as a file. *HTTP* in `docs/interfaces.md`.
enum ReportsAPI {
    static var routes: [Route] {
        [
            Route(.post, "/api/v1/reports", for: .viewers, run),
            Route(.get, "/api/v1/reports/{id}", for: .viewers, show),
            Route(.get, "/api/v1/reports/{id}/export", for: .viewers) { visit in
                try await ReportDownload.respond(to: visit, id: visit.parameter("id"))
            },
        ]
    }

    /// Queries are short, however many tags they name.
    static let largestQuery_bytes = 1 << 20

    @Sendable static func run(_ visit: Visit) async throws -> Response {
        let account = try visit.viewer()
        var request = visit.request
        let body = try await Authentication.collect(&request, limit_bytes: largestQuery_bytes)
        let asked = try ReportRequest.read(Data(body.readableBytesView))
        let deliveries = try DeliveriesAPI.request(asked.sendTo ?? [], output: asked.output ?? "web", visit)
        let run = try await visit.parts.runs.start(
            QueryDraft(text: asked.query), by: account, address: visit.context.address,
            purpose: RunPurpose(deliveries: deliveries))
        if prefersAsync(request) {
            var response = RunsAPI.answer(run, status: .accepted)
            response.headers[.location] = "/api/v1/runs/\(run.id)"
            response.headers[HTTPField.Name("Preference-Applied")!] = "respond-async"
            return response
        }
        let id = try await finished(run, request, visit, account)
        guard let report = try await visit.parts.workspace.report(id: id, for: account) else { throw WebError.notFound }
        var response = Response.json(document(report), status: .created)
        response.headers[.location] = "/view?id=\(id)"
        return response
    }

    /// Waits for the report; when the client closes the connection meanwhile, the run is cancelled.
    private static func finished(
        _ run: Run, _ request: Request, _ visit: Visit, _ account: Account
    ) async throws -> String {
        // Watching for the client's going away does.
        visit.context.connection.useUp()
        do {
            return try await request.body.consumeWithCancellationOnInboundClose { _ in try await run.finished() }
        } catch let error as CancellationError {
            _ = visit.parts.runs.cancel(id: run.id, for: account)
            throw error
        }
    }

    /// RFC 7240.
    private static func prefersAsync(_ request: Request) -> Bool {
        request.headers[values: HTTPField.Name("Prefer")!]
            .flatMap { $0.split(separator: ",") }
            .contains { $0.trimmingCharacters(in: .whitespaces).lowercased() == "respond-async" }
    }

    @Sendable static func show(_ visit: Visit) async throws -> Response {
        let report = try await visit.storedReport(id: visit.parameter("id"))
        let tag = "\"\(report.facts.id)\""
        // A stored report never changes, and its id is its name.
        if visit.request.headers[values: .ifNoneMatch].contains(where: { $0 == tag || $0 == "*" }) {
            return Response(status: .notModified, headers: [.eTag: tag, .cacheControl: "private, no-cache"])
        }
        var response = Response.json(document(report))
        response.headers[.eTag] = tag
        response.headers[.cacheControl] = "private, no-cache"
        return response
    }

    /// The stored report as JSON: the same bytes each time.
    static func document(_ report: StoredReport) -> [UInt8] {
        let facts = report.facts
        return ReportJSON.bytes(
            report.result,
            stored: ReportJSON.Stored(
                id: facts.id, generatedAt: facts.generatedAt.utcText, generatedBy: facts.generatedBy.rawValue,
                duration_ms: facts.duration_ms))
    }
}

extension Visit {
    /// A stored report that the viewer may see; the opening is written down.
    /// - Throws: `WebError.notFound` for what is not there, or not for them.
    func storedReport(id: String) async throws -> StoredReport {
        let viewer = try viewer()
        guard let report = try await parts.workspace.report(id: id, for: viewer) else { throw WebError.notFound }
        if report.facts.owner != viewer.id {
            try await noteReading("report opened", of: id) {
                try await parts.workspace.noteOpening(of: id, by: viewer, address: context.address)
            }
        }
        return report
    }
}
