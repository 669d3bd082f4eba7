import DynamicsModel
import DynamicsTestSupport
import DynamicsWeb
import DynamicsWorkspace
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

/// Who may call what: a table of routes × roles. A route that is missing from it fails the test.
@Suite struct RouteAccessTests {
    /// Everything that the server answers to, as it ought to be; written by hand, compared with what is there.
    static let table: [Access: [String]] = [
        .everyone: [
            "GET /sign-in", "POST /sign-in", "POST /sign-in/token", "GET /healthz", "GET /readyz",
            "GET /assets/{version}/{name}",
            "GET /api", "GET /api/openapi.json",
        ],
        .operations: ["GET /metrics"],
        .viewers: [
            "POST /sign-out", "GET /account", "POST /account/password", "POST /account/email",
            "GET /", "GET /query", "POST /query", "POST /query/save", "GET /suggestions",
            "GET /view", "GET /reports/{id}/rows", "GET /reports/{id}/table", "GET /reports/{id}/chart",
            "GET /reports/{id}/export",
            "GET /runs/{id}", "GET /runs/{id}/events", "POST /runs/{id}/cancel",
            "GET /reports", "POST /reports/{id}/revoke", "POST /reports/{id}/restore", "GET /reports/{id}/expiry",
            "POST /reports/{id}/expiry", "GET /reports/{id}/delete", "POST /reports/{id}/delete",
            "GET /templates", "GET /templates/{id}/edit", "POST /templates/{id}", "POST /templates/{id}/run",
            "POST /templates/{id}/duplicate", "POST /templates/{id}/default", "GET /templates/{id}/delete",
            "POST /templates/{id}/delete",
            "GET /templates/{id}/schedule", "POST /templates/{id}/schedule", "POST /templates/{id}/schedule/pause",
            "POST /templates/{id}/schedule/resume", "POST /templates/{id}/send", "GET /schedules/preview",
            "GET /reports/{id}/mail", "POST /reports/{id}/mail",
            "POST /api/v1/reports", "GET /api/v1/reports/{id}", "GET /api/v1/reports/{id}/export",
            "GET /api/v1/reports/{id}/deliveries", "POST /api/v1/reports/{id}/deliveries",
            "GET /api/v1/reports", "PATCH /api/v1/reports/{id}", "DELETE /api/v1/reports/{id}",
            "GET /api/v1/templates", "POST /api/v1/templates", "GET /api/v1/templates/{id}",
            "PUT /api/v1/templates/{id}", "DELETE /api/v1/templates/{id}", "GET /api/v1/templates/{id}/schedule",
            "PUT /api/v1/templates/{id}/schedule", "DELETE /api/v1/templates/{id}/schedule",
            "GET /api/v1/templates/{id}/runs", "POST /api/v1/templates/{id}/runs",
            "GET /api/v1/runs/{id}", "DELETE /api/v1/runs/{id}",
        ],
        .ledgerWriters: [
            "POST /api/v1/ledger/clients", "POST /api/v1/ledger/packages", "POST /api/v1/ledger/subscriptions",
            "POST /api/v1/ledger/transactions", "POST /api/v1/ledger/rates",
        ],
        .administrators: [
            "GET /api/v1/users", "POST /api/v1/users", "GET /api/v1/users/{id}", "PATCH /api/v1/users/{id}",
            "GET /api/v1/tokens", "POST /api/v1/tokens", "DELETE /api/v1/tokens/{id}",
            "GET /administration", "GET /administration/audit",
            "GET /administration/users", "GET /administration/users/new", "POST /administration/users",
            "GET /administration/users/{id}/disable", "POST /administration/users/{id}/disable",
            "POST /administration/users/{id}/enable", "GET /administration/users/{id}/password",
            "POST /administration/users/{id}/password", "GET /administration/users/{id}/role",
            "POST /administration/users/{id}/role", "GET /administration/users/{id}/email",
            "POST /administration/users/{id}/email", "GET /administration/mail", "POST /administration/mail/test",
            "GET /administration/tokens", "GET /administration/tokens/new", "POST /administration/tokens",
            "GET /administration/tokens/{id}/revoke", "POST /administration/tokens/{id}/revoke",
        ],
    ]

    @Test func everyRouteStandsInTheTable() {
        let there = Set(WebServer.routeTable.map { "\($0.access) \($0.method) \($0.path)" })
        let expected = Set(Self.table.flatMap { access, routes in routes.map { "\(access) \($0)" } })
        #expect(there.subtracting(expected).sorted() == [], "routes that nobody has decided about")
        #expect(expected.subtracting(there).sorted() == [], "routes that are gone")
        #expect(WebServer.routeTable.count == there.count, "no route stands there twice")
    }

    /// Somebody who knocks at every door.
    enum Caller: String, CaseIterable {
        case nobody, administrator, analyst, reseller, ledgerWriter, badToken, elsewhere

        /// Whether the doors with that access open for them.
        func mayEnter(_ access: Access) -> Bool {
            switch (self, access) {
            case (.badToken, _): false
            case (_, .everyone), (.administrator, _): true
            case (.analyst, .viewers), (.reseller, .viewers), (.ledgerWriter, .ledgerWriters): true
            default: false
            }
        }
    }

    @Test(arguments: Caller.allCases) func doorsOpenForThoseWhoMayEnter(caller: Caller) async throws {
        let site = try await ReportSite(LedgerRecords(baseCurrency: .eur))
        let headers = try await Self.headers(of: caller, site)
        try await site.visit { client in
            for route in WebServer.routeTable {
                let path = route.path.replacing("{id}", with: "7").replacing("{version}", with: "v")
                    .replacing("{name}", with: "app.css")
                guard let method = HTTPRequest.Method(rawValue: route.method) else { continue }
                let answer = try await client.executeRequest(uri: path, method: method, headers: headers, body: nil)
                // Tokens have no password to change; whoever sends one is refused there, inside or outside.
                let isExpected = caller.mayEnter(route.access) && !route.path.hasPrefix("/account/")
                let isInside = !Self.isTurnedAway(answer)
                #expect(isInside == isExpected, "\(caller) at \(route.method) \(route.path): \(answer.status)")
                #expect(answer.status.code < 500, "\(caller) at \(route.method) \(route.path)")
            }
        }
    }

    private static func isTurnedAway(_ answer: TestResponse) -> Bool {
        switch answer.status.code {
        case 401, 403: true
        case 303: answer.headers[.location]?.hasPrefix("/sign-in?") == true
        default: false
        }
    }

    private static func headers(of caller: Caller, _ site: ReportSite) async throws -> HTTPFields {
        func token(_ role: Role, _ reseller: ExactText? = nil) async throws -> HTTPFields {
            let (_, secret) = try await site.workspace.createToken(
                name: "\(role)", role: role, reseller: reseller, owner: nil, expiresAt: nil)
            return [.authorization: "Bearer \(secret)", .accept: "text/html"]
        }
        return switch caller {
        case .nobody: [.accept: "text/html"]
        case .badToken: [.authorization: "Bearer cdt_nothing", .accept: "text/html"]
        case .administrator: try await token(.administrator)
        case .analyst: try await token(.analyst)
        case .reseller: try await token(.reseller, "r1")
        case .ledgerWriter: try await token(.ledgerWriter)
        case .elsewhere: [.accept: "application/json", .cookie: "session=made-up"]
        }
    }

    /// With a session's cookie, nothing is changed without the session's own token, or from another site.
    @Test func formsOfOtherSitesChangeNothing() async throws {
        let site = try await ReportSite(LedgerRecords(baseCurrency: .eur))
        try await site.visit { client in
            for route in WebServer.routeTable where route.method != "GET" && route.access != .everyone {
                guard let method = HTTPRequest.Method(rawValue: route.method) else { continue }
                let path = route.path.replacing("{id}", with: "7")
                var headers = site.administrator.headers()
                let bare = try await client.executeRequest(uri: path, method: method, headers: headers, body: nil)
                #expect(bare.status == .forbidden, "\(route.method) \(route.path)")
                headers[HTTPField.Name("X-CSRF-Token")!] = site.administrator.session.csrfToken
                headers[HTTPField.Name("Sec-Fetch-Site")!] = "cross-site"
                let foreign = try await client.executeRequest(uri: path, method: method, headers: headers, body: nil)
                #expect(foreign.status == .forbidden, "\(route.method) \(route.path)")
            }
        }
    }

    @Test func everyAnswerCarriesItsHeaders() async throws {
        let site = try await ReportSite(LedgerRecords(baseCurrency: .eur))
        try await site.visit { client in
            for path in ["/", "/sign-in", "/nowhere", "/healthz", "/api/v1/reports/none", "/assets/v/app.css"] {
                let answer = try await client.executeRequest(
                    uri: path, method: .get, headers: site.analyst.headers(), body: nil)
                let policy = answer.headers[.contentSecurityPolicy] ?? ""
                #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "\(path)")
                #expect(!policy.contains("unsafe"), "\(path)")
                #expect(answer.headers[.xContentTypeOptions] == "nosniff", "\(path)")
                #expect(answer.headers[HTTPField.Name("Referrer-Policy")!] == "same-origin", "\(path)")
            }
        }
    }
}
