import DynamicsModel
import DynamicsReports
import Foundation
import HTTPTypes
import Hummingbird

/// Runs that were started with `Prefer: respond-async`: their progress, and cancelling them.
enum RunsAPI {
    static var routes: [Route] {
        [
            Route(.get, "/api/v1/runs/{id}", for: .viewers) { visit in answer(try run(visit), status: .ok) },
            Route(.delete, "/api/v1/runs/{id}", for: .viewers) { visit in
                let run = try run(visit)
                _ = visit.parts.runs.cancel(id: run.id, for: try visit.viewer())
                return Response(status: .noContent)
            },
        ]
    }

    private static func run(_ visit: Visit) throws -> Run {
        guard let run = visit.parts.runs.run(id: visit.parameter("id"), for: try visit.viewer()) else {
            throw WebError.notFound
        }
        return run
    }

    /// What is known of a run.
    private struct Document: Encodable {
        var id: String
        var state: String
        /// 0...1.
        var progress: Double?
        /// How many runs are before this one.
        var position: Int?
        var reportID: String?
        var report: String?
        var view: String?
        var code: String?
        var field: String?
        var detail: String?

        enum CodingKeys: String, CodingKey {
            case id, state, progress, position, report, view, code, field, detail
            case reportID = "report_id"
        }
    }

    static func answer(_ run: Run, status: HTTPResponse.Status) -> Response {
        var document = Document(id: run.id, state: "")
        switch run.state() {
        case .waiting(let position):
            document.state = "waiting"
            document.position = position
        case .running(let part):
            document.state = "running"
            document.progress = part
        case .finished(let id):
            document.state = "finished"
            document.reportID = id
            document.report = "/api/v1/reports/\(id)"
            document.view = "/view?id=\(id)"
        case .failed(let error):
            document.state = "failed"
            (document.code, document.field, document.detail) = (error.code, error.field, error.message)
        case .cancelled: document.state = "cancelled"
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return .json((try? encoder.encode(document)) ?? Data(), status: status)
    }
}
