import DynamicsModel
import DynamicsTestSupport
import DynamicsWeb
import DynamicsWorkspace
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

/// The application over a ledger with two resellers, `r1` and `r2`, each with a client, a tag and a package of its own.
struct FormSite {
    let site: ReportSite

    init(_ records: LedgerRecords = Self.records()) async throws { site = try await ReportSite(records) }

    /// An answer to a browser.
    struct Answer {
        let status: HTTPResponse.Status
        let location: String?
        let text: String

        func form() async throws -> HTMLForm { try await HTMLForm(text) }
    }

    func get(
        _ address: String, as visitor: ReportSite.Visitor? = nil, accept: String = "text/html"
    ) async throws -> Answer {
        try await site.server.application().test(.router) { client in
            let response = try await client.executeRequest(
                uri: address, method: .get, headers: (visitor ?? site.analyst).headers(accept: accept), body: nil)
            return Answer(response)
        }
    }

    /// Sends the query form.
    func post(
        _ fields: [(String, String)], as visitor: ReportSite.Visitor? = nil, accept: String = "text/html"
    ) async throws -> Answer {
        try await post("/query", fields, as: visitor, accept: accept)
    }

    /// Sends a form, with the session's token.
    func post(
        _ address: String, _ fields: [(String, String)], as visitor: ReportSite.Visitor? = nil,
        accept: String = "text/html", csrf: String? = nil
    ) async throws -> Answer {
        let visitor = visitor ?? site.analyst
        var form = visitor.headers(accept: accept)
        form[.contentType] = "application/x-www-form-urlencoded"
        let headers = form
        let all = [("csrf", csrf ?? visitor.session.csrfToken)] + fields
        let body = ByteBuffer(string: all.map { "\(Self.encoded($0))=\(Self.encoded($1))" }.joined(separator: "&"))
        return try await site.server.application().test(.router) { client in
            Answer(try await client.executeRequest(uri: address, method: .post, headers: headers, body: body))
        }
    }

    static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    /// A query without problems.
    static let query = [
        ("preset", "custom"), ("from", "2024-01-01"), ("to", "2024-03-31"), ("timezone", "Europe/Kyiv"),
        ("group_by", "month"), ("output", "web"), ("currency", ""), ("active_months", "3"),
    ]

    /// The good query with other values in one field.
    static func query(_ field: String, _ values: String...) -> [(String, String)] {
        query.filter { $0.0 != field } + values.map { (field, $0) }
    }

    static func records(tagCount: Int = 0) -> LedgerRecords {
        let start = Instant(seconds: 1_704_067_200)
        func client(
            _ id: String, _ type: ClientType, of owner: String?, tags: Set<ExactText> = [], name: String? = nil
        ) -> Client {
            Client(
                id: ExactText(id), name: ExactText(name ?? id), type: type, ownerID: owner.map { ExactText($0) },
                tags: tags, currency: .eur, createdAt: start, closedAt: nil)
        }
        func subscription(_ client: String, _ package: String) -> Subscription {
            Subscription(
                id: ExactText("\(client)-\(package)"), clientID: ExactText(client), packageID: ExactText(package),
                startedAt: start, endedAt: nil)
        }
        let many = Set((0..<tagCount).map { ExactText("many-\($0)") })
        return LedgerRecords(
            baseCurrency: .eur,
            clients: [
                client("r1", .reseller, of: nil, name: "Rivers"), client("r2", .reseller, of: nil, name: "Roads"),
                client("r11", .reseller, of: "r1", name: "Rivulet"),
                client("c1", .client, of: "r11", tags: ["water", "vip"]),
                client("c2", .client, of: "r2", tags: ["stone", "vip"]),
                client("c0", .client, of: nil, tags: many.union(["house"])),
            ],
            packages: [
                Package(id: "p1", name: "Wave"), Package(id: "p2", name: "Wheel"), Package(id: "p0", name: "Wall"),
            ],
            subscriptions: [subscription("c1", "p1"), subscription("c2", "p2")], transactions: [], rates: [])
    }
}

extension FormSite.Answer {
    fileprivate init(_ response: TestResponse) {
        self.init(
            status: response.status, location: response.headers[.location], text: String(buffer: response.body))
    }
}
