import DynamicsModel
import DynamicsWorkspace
import Hummingbird

/// Access tokens, for administrators.
enum Tokens {
    static var routes: [Route] {
        [
            Route(.get, "/administration/tokens", for: .administrators, show),
            Route(.get, "/administration/tokens/new", for: .administrators, showNew),
            Route(.post, "/administration/tokens", for: .administrators, add),
            Route(.get, "/administration/tokens/{id}/revoke", for: .administrators, confirmRevoking),
            Route(.post, "/administration/tokens/{id}/revoke", for: .administrators, revoke),
        ]
    }

    static let address = "/administration/tokens"

    /// What the list shows.
    struct ListModel {
        let chrome: PageChrome
        let place: Administration.Place
        let rows: [TokenRow]
        let isEmpty: Bool
    }

    @Sendable static func show(_ visit: Visit) async throws -> Response {
        let tokens = try await visit.parts.workspace.tokens()
        let resellers = try await visit.resellerNames(tokens.compactMap(\.reseller))
        let now = visit.parts.clock()
        let rows = tokens.map { TokenRow($0, resellers: resellers, at: now) }
        let model = ListModel(
            chrome: chrome("Access tokens", visit), place: .init(.tokens), rows: rows, isEmpty: rows.isEmpty)
        return visit.parts.pages.respond("tokens", model)
    }

    private static func chrome(_ title: String, _ visit: Visit) -> PageChrome {
        var chrome = PageChrome(title: title, section: "administration", visit.context)
        chrome.notice = visit.notice
        return chrome
    }

    // MARK: - Creating

    /// What the page for a new token shows.
    struct NewModel {
        let chrome: PageChrome
        let place = Administration.Place(.tokens)
        let today: String
        var name = ""
        var role: RoleFields
        /// The last day, `2024-03-31`; empty: never expires.
        var date = ""
        var nameProblem: String?
        var dateProblem: String?

        mutating func note(_ error: DynamicsError) throws {
            switch error.field {
            case "name": nameProblem = error.sentence
            case "date", "expires_at", "timezone": dateProblem = error.sentence
            default: if !role.note(error) { throw error }
            }
        }
    }

    private static func newModel(role: RoleFields, _ visit: Visit) -> NewModel {
        NewModel(
            chrome: chrome("Create a token", visit), today: CivilDate(utc: visit.parts.clock()).description, role: role)
    }

    @Sendable static func showNew(_ visit: Visit) async throws -> Response {
        let model = newModel(role: RoleFields(role: "", reseller: "", of: Role.allCases), visit)
        return visit.parts.pages.respond("token-new", model)
    }

    @Sendable static func add(_ visit: Visit) async throws -> Response {
        var model = newModel(role: RoleFields(visit.form, of: Role.allCases), visit)
        model.name = visit.form["name"] ?? ""
        model.date = visit.form["date"] ?? ""
        do {
            let (role, reseller) = try await model.role.checked(visit)
            let expiresAt =
                model.date.isEmpty ? nil : try Expiry.end(of: model.date, timezone: visit.form["timezone"], visit)
            let (token, secret) = try await visit.parts.workspace.createToken(
                name: model.name, role: role, reseller: reseller, owner: try visit.viewer(), expiresAt: expiresAt,
                address: visit.context.address)
            return secretPage(token, secret, visit)
        } catch let error as DynamicsError where error.kind == .usage {
            try model.note(error)
            return visit.parts.pages.respond("token-new", model, status: .unprocessableContent)
        }
    }

    private static func secretPage(_ token: AccessToken, _ secret: String, _ visit: Visit) -> Response {
        let model = SecretModel(
            chrome: chrome("Token \(token.name)", visit), place: .init(.tokens),
            heading: "Token \(token.name) is created",
            explanation: "This is the only time that the secret is shown. Programs send it as "
                + "“Authorization: Bearer …”. Whoever has it acts as \(token.role.title).",
            label: "Secret of \(token.name)", secret: secret, next: "\(address)#token-\(token.id)")
        return visit.parts.pages.respond("secret", model)
    }

    // MARK: - Revoking

    private static func token(_ visit: Visit) async throws -> AccessToken {
        let id = Int64(visit.parameter("id"))
        guard let token = try await visit.parts.workspace.tokens().first(where: { $0.id == id }) else {
            throw WebError.notFound
        }
        return token
    }

    @Sendable static func confirmRevoking(_ visit: Visit) async throws -> Response {
        let token = try await token(visit)
        let lastUsed = token.lastUsedAt.map { "It was last used on \(ShownTime($0).utc)." } ?? "It was never used."
        return Confirmation(
            chrome: chrome("Revoke the token", visit), heading: "Revoke the token \(token.name)?",
            consequences: [
                "Programs that use it are refused from now on. \(lastUsed)",
                "A token cannot be restored; create another one.",
            ], action: "\(address)/\(token.id)/revoke", button: "Revoke token", back: "\(address)#token-\(token.id)"
        ).respond(visit)
    }

    @Sendable static func revoke(_ visit: Visit) async throws -> Response {
        let token = try await token(visit)
        try await visit.parts.workspace.revokeToken(
            id: token.id, by: try visit.viewer(), address: visit.context.address)
        return .redirect(to: "\(address)#token-\(token.id)", notice: .tokenRevoked)
    }
}

/// An access token in a list.
struct TokenRow {
    enum State: String {
        case active = "Active"
        case expired = "Expired"
        case revoked = "Revoked"

        init(_ token: AccessToken, at now: Instant) {
            self =
                if token.revokedAt != nil {
                    .revoked
                } else if let expiresAt = token.expiresAt, expiresAt <= now {
                    .expired
                } else {
                    .active
                }
        }
    }

    let id: Int64
    let name: String
    let role: String
    let reseller: String?
    let creator: String
    let created: ShownTime
    let lastUsed: ShownTime?
    let expires: ShownTime?
    let state: String
    let isActive: Bool
    let isRevoked: Bool

    init(_ token: AccessToken, resellers: [ExactText: String], at now: Instant) {
        let state = State(token, at: now)
        id = token.id
        name = token.name
        role = token.role.title
        reseller = token.reseller.map { resellers[$0] ?? $0.string }
        creator = token.ownerName ?? "command line"
        created = ShownTime(token.createdAt)
        lastUsed = token.lastUsedAt.map(ShownTime.init)
        expires = token.expiresAt.map(ShownTime.init)
        self.state = state.rawValue
        isActive = state == .active
        isRevoked = state == .revoked
    }
}
