import DynamicsModel
import Foundation
import Hummingbird

/// What the HTTP interface says of itself: the OpenAPI 3.1 description in `Assets/openapi.json`, and a page that shows it. A test compares it
/// with the routes.
struct Description: Sendable {
    static var routes: [Route] {
        [
            Route(.get, "/api/openapi.json", for: .everyone) { visit in .json(visit.parts.description.bytes) },
            Route(.get, "/api", for: .everyone, show),
        ]
    }

    private let bytes: [UInt8]
    private let groups: [Group]

    /// - Throws: `DynamicsError` (`.unavailable`) when the executable's resources are not where they belong.
    init() throws {
        let file = try Assets.folder(named: "openapi.json")
        guard let data = try? Data(contentsOf: file),
            let document = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
        else { throw Assets.missing(file.path) }
        bytes = Array(data)
        groups = Self.groups(document)
    }

    // MARK: - The page

    /// Operations of one kind.
    struct Group: Sendable {
        let title: String
        let operations: [Operation]
    }

    /// One thing that can be called.
    struct Operation: Sendable {
        let method: String
        let path: String
        let anchor: String
        let summary: String
        let description: String
        let parameters: [Parameter]
        let hasParameters: Bool
        /// JSON; empty: none.
        let example: String
        /// What a body's object has, by name; empty: there is none.
        let body: String
        let answers: [Answer]
    }

    struct Parameter: Sendable {
        let name: String
        let place: String
        let isRequired: Bool
        let description: String
    }

    struct Answer: Sendable {
        let status: String
        let description: String
    }

    private struct PageModel {
        let chrome: PageChrome
        let groups: [Group]
    }

    @Sendable private static func show(_ visit: Visit) async throws -> Response {
        let model = PageModel(
            chrome: PageChrome(title: "HTTP interface", visit.context), groups: visit.parts.description.groups)
        return visit.parts.pages.respond("api", model)
    }

    private static let order = ["Reports", "Mail", "Templates", "Schedules", "Ledger", "Accounts", "Operation"]
    private static let methods = ["get", "post", "put", "patch", "delete"]

    private static func groups(_ document: [String: Any]) -> [Group] {
        let paths = document["paths"] as? [String: [String: [String: Any]]] ?? [:]
        var found: [String: [Operation]] = [:]
        for (path, operations) in paths.sorted(by: { $0.key < $1.key }) {
            for method in methods {
                guard let operation = operations[method] else { continue }
                let tag = (operation["tags"] as? [String])?.first ?? ""
                found[tag, default: []].append(Self.operation(method, path, operation))
            }
        }
        return order.compactMap { title in found[title].map { Group(title: title, operations: $0) } }
    }

    private static func operation(_ method: String, _ path: String, _ object: [String: Any]) -> Operation {
        let parameters = (object["parameters"] as? [[String: Any]] ?? []).map { parameter in
            Parameter(
                name: text(parameter["name"]), place: text(parameter["in"]),
                isRequired: parameter["required"] as? Bool ?? false, description: text(parameter["description"]))
        }
        let contents = (object["requestBody"] as? [String: Any])?["content"] as? [String: [String: Any]] ?? [:]
        let example = contents["application/json"]?["example"].flatMap {
            try? JSONSerialization.data(
                withJSONObject: $0, options: [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted])
        }
        let responses = object["responses"] as? [String: [String: Any]] ?? [:]
        return Operation(
            method: method.uppercased(), path: path, anchor: text(object["operationId"]),
            summary: text(object["summary"]), description: text(object["description"]), parameters: parameters,
            hasParameters: !parameters.isEmpty, example: example.map { String(decoding: $0, as: UTF8.self) } ?? "",
            body: contents.keys.sorted().joined(separator: ", "),
            answers: responses.sorted { $0.key < $1.key }.map {
                Answer(status: $0.key, description: text($0.value["description"]))
            })
    }

    private static func text(_ value: Any?) -> String { value as? String ?? "" }
}
