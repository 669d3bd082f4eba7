import DynamicsModel
import DynamicsTestSupport
import DynamicsWeb
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

/// The description of the HTTP interface against the interface.
@Suite struct DescriptionTests {
    private func document() async throws -> [String: Any] {
        let site = try await ReportSite(LedgerRecords(baseCurrency: .eur))
        return try await site.server.application().test(.router) { client in
            let answer = try await client.executeRequest(
                uri: "/api/openapi.json", method: .get, headers: [:], body: nil)
            #expect(answer.status == .ok && answer.headers[.contentType] == "application/json")
            return try #require(
                try JSONSerialization.jsonObject(with: Data(answer.body.readableBytesView)) as? [String: Any])
        }
    }

    private func operations(_ document: [String: Any]) throws -> [(name: String, operation: [String: Any])] {
        let paths = try #require(document["paths"] as? [String: [String: [String: Any]]])
        return paths.flatMap { path, methods in methods.map { ("\($0.key.uppercased()) \(path)", $0.value) } }
    }

    @Test func everyRouteIsDescribedAndEveryDescriptionIsOfARoute() async throws {
        let described = Set(try operations(try await document()).map(\.name))
        let outside = ["/healthz", "/readyz", "/metrics", "/api/openapi.json"]
        let there = WebServer.routeTable.filter { $0.path.hasPrefix("/api/v1/") || outside.contains($0.path) }
        #expect(described.symmetricDifference(there.map { "\($0.method) \($0.path)" }).sorted() == [])
    }

    @Test func whatRefusesIsDescribed() async throws {
        let table = Dictionary(
            uniqueKeysWithValues: WebServer.routeTable.map { ("\($0.method) \($0.path)", $0.access) })
        var ids: Set<String> = []
        for (name, operation) in try operations(try await document()) {
            let answers = try #require(operation["responses"] as? [String: Any])
            #expect(ids.insert(try #require(operation["operationId"] as? String)).inserted, "\(name)")
            #expect(
                operation["summary"] != nil && operation["description"] != nil && operation["tags"] != nil, "\(name)")
            if table[name] != .everyone { #expect(answers["401"] != nil && answers["403"] != nil, "\(name)") }
            if name.contains("{id}") { #expect(answers["404"] != nil && operation["parameters"] != nil, "\(name)") }
            if operation["requestBody"] != nil {
                #expect(answers["400"] != nil && answers["413"] != nil && answers["422"] != nil, "\(name)")
            }
        }
    }

    /// Every `$ref` leads somewhere, and no schema is left over.
    @Test func referencesHold() async throws {
        let document = try await document()
        let schemas = try #require((document["components"] as? [String: Any])?["schemas"] as? [String: Any])
        var used: Set<String> = []
        func walk(_ value: Any) {
            if let object = value as? [String: Any] {
                if let name = (object["$ref"] as? String)?.split(separator: "/").last { used.insert(String(name)) }
                object.values.forEach(walk)
            } else if let list = value as? [Any] {
                list.forEach(walk)
            }
        }
        walk(document)
        #expect(used.symmetricDifference(schemas.keys).sorted() == [])
    }

    @Test func thePageShowsAllOfIt() async throws {
        let site = try await ReportSite(LedgerRecords(baseCurrency: .eur))
        let names = try operations(try await document()).map(\.name)
        try await site.visit { client in
            let answer = try await client.executeRequest(
                uri: "/api", method: .get, headers: site.analyst.headers(), body: nil)
            let text = String(buffer: answer.body)
            for name in names {
                let parts = name.split(separator: " ")
                #expect(text.contains("<code class=\"method\">\(parts[0])</code> <code>\(parts[1])</code>"), "\(name)")
            }
        }
    }
}
