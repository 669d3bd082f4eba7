import DynamicsExport
import DynamicsModel
import DynamicsReports
import DynamicsWorkspace
import Foundation
import HTTPTypes
import Hummingbird

/// Reports by mail, for programs: who got a report and how that went, and sending it to more.
enum DeliveriesAPI {
    static var routes: [Route] {
        [
            Route(.get, "/api/v1/reports/{id}/deliveries", for: .viewers, list),
            Route(.post, "/api/v1/reports/{id}/deliveries", for: .viewers, send),
        ]
    }

    /// A delivery as programs read it.
    struct Document: Encodable {
        let id: String
        let recipient: String
        let format: String
        /// A raw value of `Delivery.State`.
        let state: String
        let attempts: Int
        let nextAttemptAt: String?
        let error: String?
        let createdAt: String
        let changedAt: String

        enum CodingKeys: String, CodingKey {
            case id, recipient, format, state, attempts, error
            case nextAttemptAt = "next_attempt_at"
            case createdAt = "created_at"
            case changedAt = "changed_at"
        }

        init(_ delivery: Delivery) {
            id = delivery.id
            recipient = delivery.recipient
            format = if case .report(_, let format) = delivery.content { format.rawValue } else { "" }
            state = delivery.state.rawValue
            attempts = delivery.attempts
            nextAttemptAt = delivery.state == .queued ? delivery.dueAt?.utcText : nil
            error = delivery.lastError
            createdAt = delivery.createdAt.utcText
            changedAt = delivery.changedAt.utcText
        }
    }

    private struct List: Encodable { let deliveries: [Document] }

    @Sendable private static func list(_ visit: Visit) async throws -> Response {
        let found = try await visit.parts.workspace.deliveries(of: visit.parameter("id"), for: try visit.viewer())
        return try .document(List(deliveries: found.map(Document.init)))
    }

    private struct Body: Decodable {
        let output: String
        let send_to: [String]
    }

    @Sendable private static func send(_ visit: Visit) async throws -> Response {
        let viewer = try visit.viewer()
        let body = try RequestBody.read(
            Body.self, try await visit.body(), fields: ["output", "send_to"], required: ["output", "send_to"],
            example: "{\"output\": \"xlsx\", \"send_to\": [\"ann@example.com\"]}")
        guard let request = try request(body.send_to, output: body.output, visit) else {
            throw DynamicsError(.usage, "no_recipients", field: "send_to", "give at least one address")
        }
        let queued = try await visit.parts.workspace.send(
            visit.parameter("id"), request, by: viewer, address: visit.context.address)
        visit.parts.deliveries?.wake()
        return try .document(List(deliveries: queued.map(Document.init)), status: .accepted)
    }

    /// Whom a report goes to; nil: nobody.
    /// - Throws: `DynamicsError` for the field `output` or `send_to`.
    static func request(_ recipients: [String], output: String, _ visit: Visit) throws -> DeliveryRequest? {
        guard Template.outputs.contains(output) else {
            throw DynamicsError(
                .usage, "bad_output", field: "output",
                "\"\(output.prefix(40))\" is not a choice; the choices are \(Template.outputs.joined(separator: ", "))")
        }
        if recipients.isEmpty { return nil }
        guard let format = Delivery.Format(rawValue: output) else { throw DynamicsError.nothingToSend }
        let checked = try RecipientCheck(visit.parts.deliveries, try visit.viewer()).checked(recipients)
        return DeliveryRequest(recipients: checked, format: format)
    }
}

extension Visit {
    /// The body of a program's request, of at most `ReportsAPI.largestQuery_bytes`.
    func body() async throws -> Data {
        var request = request
        return Data(
            try await Authentication.collect(&request, limit_bytes: ReportsAPI.largestQuery_bytes).readableBytesView)
    }
}

extension Response {
    /// JSON for programs, with its fields in the order of their names.
    static func document(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return .json(try encoder.encode(value), status: status)
    }
}
