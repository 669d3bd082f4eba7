import DynamicsModel
import DynamicsReports
import DynamicsWorkspace
import Foundation
import HTTPTypes
import Hummingbird

/// Saved queries for programs.
enum TemplatesAPI {
    static var routes: [Route] {
        [
            Route(.get, "/api/v1/templates", for: .viewers, list),
            Route(.post, "/api/v1/templates", for: .viewers, add),
            Route(.get, "/api/v1/templates/{id}", for: .viewers) { try await answer(try await template($0), $0) },
            Route(.put, "/api/v1/templates/{id}", for: .viewers, change),
            Route(.delete, "/api/v1/templates/{id}", for: .viewers) { visit in
                try await visit.parts.workspace.deleteTemplate(
                    visit.parameter("id"), by: try visit.viewer(), address: visit.context.address)
                return Response(status: .noContent)
            },
        ] + SchedulesAPI.routes
    }

    /// A template as programs read it.
    struct Document: Encodable {
        let id: String
        let name: String
        let description: String
        let visibility: String
        /// nil: of another company.
        let owner: String?
        let query: QueryDraft
        let output: String
        let sendTo: [String]
        let createdAt: String
        let changedAt: String
        /// For who may change the template; nil: it does not run by itself.
        let schedule: SchedulesAPI.Document?

        enum CodingKeys: String, CodingKey {
            case id, name, description, visibility, owner, query, output, schedule
            case sendTo = "send_to"
            case createdAt = "created_at"
            case changedAt = "changed_at"
        }

        init(_ template: Template, _ schedule: TemplateSchedule?, _ visit: Visit) throws {
            let viewer = try visit.viewer()
            id = template.id
            name = template.name
            description = template.description
            visibility = template.visibility.rawValue
            owner = template.name(for: viewer)
            query = template.draft
            output = template.output
            sendTo = template.recipients(for: viewer)
            createdAt = template.createdAt.utcText
            changedAt = template.changedAt.utcText
            self.schedule = try schedule.map { try SchedulesAPI.Document($0, visit) }
        }
    }

    private struct List: Encodable { let templates: [Document] }

    @Sendable private static func list(_ visit: Visit) async throws -> Response {
        let viewer = try visit.viewer()
        let schedules = try await visit.parts.workspace.schedules(for: viewer)
        let templates = try await visit.parts.workspace.templates(for: viewer)
        return try .document(List(templates: templates.map { try Document($0, schedules[$0.id], visit) }))
    }

    /// The template that the path names.
    static func template(_ visit: Visit) async throws -> Template {
        let id = visit.parameter("id")
        guard let template = try await visit.parts.workspace.template(id: id, for: try visit.viewer()) else {
            throw WebError.notFound
        }
        return template
    }

    private static func answer(
        _ template: Template, _ visit: Visit, status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let schedule = try await visit.parts.workspace.schedule(of: template.id, for: try visit.viewer())
        return try .document(try Document(template, schedule, visit), status: status)
    }

    // MARK: - Changing

    private struct Body: Decodable {
        let name: String
        let description: String?
        let visibility: String?
        let query: QueryDraft
        let output: String?
        let send_to: [String]?

        static let fields: Set = ["name", "description", "visibility", "query", "output", "send_to"]
        static let example = "{\"name\": \"Last month\", \"query\": {\"preset\": \"last_month\"}}"
    }

    /// What the body says, checked; what is missing has its default.
    private static func content(
        _ visit: Visit
    ) async throws -> (body: Body, visibility: Template.Visibility, output: String, sendTo: [String]) {
        let data = try await visit.body()
        let body = try RequestBody.read(
            Body.self, data, fields: Body.fields, required: ["name", "query"], example: Body.example)
        try checkFields(ofQueryIn: data)
        guard let visibility = Template.Visibility(rawValue: body.visibility ?? Template.Visibility.me.rawValue) else {
            let known = Template.Visibility.allCases.map(\.rawValue).joined(separator: ", ")
            throw DynamicsError(.usage, "bad_visibility", field: "visibility", "must be one of \(known)")
        }
        // A template that can never run helps nobody.
        let text = try body.query.resolved(at: visit.parts.clock(), zones: visit.parts.zones)
        try text.parsed().check(in: visit.parts.zones.rules(named: text.timezone))
        let output = body.output ?? "web"
        let deliveries = try DeliveriesAPI.request(body.send_to ?? [], output: output, visit)
        return (body, visibility, output, deliveries?.recipients ?? [])
    }

    private static func checkFields(ofQueryIn data: Data) throws {
        let object = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        let query = object?["query"] as? [String: Any] ?? [:]
        if let unknown = query.keys.filter({ !QueryDraft.fieldNames.contains($0) }).min() {
            throw DynamicsError(
                .usage, "unknown_field", field: unknown,
                "there is no such field; the fields are \(QueryDraft.fieldNames.sorted().joined(separator: ", "))")
        }
    }

    @Sendable private static func add(_ visit: Visit) async throws -> Response {
        let (body, visibility, output, sendTo) = try await content(visit)
        let template = try await visit.parts.workspace.addTemplate(
            name: body.name, description: body.description ?? "", visibility: visibility, draft: body.query,
            output: output, sendTo: sendTo, by: try visit.viewer(), address: visit.context.address)
        var response = try await answer(template, visit, status: .created)
        response.headers[.location] = "/api/v1/templates/\(template.id)"
        return response
    }

    @Sendable private static func change(_ visit: Visit) async throws -> Response {
        let (body, visibility, output, sendTo) = try await content(visit)
        let template = try await visit.parts.workspace.changeTemplate(
            visit.parameter("id"), name: body.name, description: body.description ?? "", visibility: visibility,
            draft: body.query, output: output, sendTo: sendTo, by: try visit.viewer(), address: visit.context.address)
        return try await answer(template, visit)
    }
}
