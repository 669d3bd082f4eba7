import DynamicsModel
import DynamicsWorkspace
import Foundation
import Hummingbird

/// What the form's fields for tags, owners and packages offer while one types: `GET /suggestions?kind=tags&q=vi`.
enum Suggestions {
    /// How many are offered at most.
    static let limit = 20
    /// No name or tag is longer.
    static let longestText = 255

    static var routes: [Route] { [Route(.get, "/suggestions", for: .viewers, respond)] }

    private struct Answer: Encodable {
        struct Choice: Encodable {
            let id: String
            let name: String
        }
        let suggestions: [Choice]
    }

    @Sendable static func respond(_ visit: Visit) async throws -> Response {
        guard let kind = visit.query["kind"].flatMap(SuggestionKind.init(rawValue:)) else {
            let kinds = SuggestionKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw WebError.badRequest("Give kind, one of \(kinds).")
        }
        guard let scope = try visit.viewer().scope else { throw WebError.notAllowed }
        let text = QueryInput.trimmed(visit.query["q"] ?? "")
        guard text.unicodeScalars.count <= longestText else { return try json([]) }
        let snapshot = try await visit.parts.backend.recentSnapshot()
        return try json(try await snapshot.suggestions(kind, matching: text, scope: scope, limit: limit))
    }

    private static func json(_ suggestions: [Suggestion]) throws -> Response {
        let choices = suggestions.map { Answer.Choice(id: $0.id.string, name: $0.name.string) }
        return .json(try JSONEncoder().encode(Answer(suggestions: choices)))
    }
}
