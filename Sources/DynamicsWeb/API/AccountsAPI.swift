import DynamicsModel
import DynamicsWorkspace
import Foundation
import HTTPTypes
import Hummingbird

/// Users and access tokens for programs of administrators.
enum AccountsAPI {
    static var routes: [Route] {
        [
            Route(.get, "/api/v1/users", for: .administrators, users),
            Route(.post, "/api/v1/users", for: .administrators, addUser),
            Route(.get, "/api/v1/users/{id}", for: .administrators) { try .document(User(try await person($0))) },
            Route(.patch, "/api/v1/users/{id}", for: .administrators, changeUser),
            Route(.get, "/api/v1/tokens", for: .administrators, tokens),
            Route(.post, "/api/v1/tokens", for: .administrators, addToken),
            Route(.delete, "/api/v1/tokens/{id}", for: .administrators, revokeToken),
        ]
    }

    // MARK: - Users

    /// A person as programs read it.
    private struct User: Encodable {
        let id: Int64
        let name: String
        let role: String
        let reseller: String?
        let email: String?
        let isDisabled: Bool
        let createdAt: String
        let lastSignInAt: String?

        enum CodingKeys: String, CodingKey {
            case id, name, role, reseller, email
            case isDisabled = "disabled"
            case createdAt = "created_at"
            case lastSignInAt = "last_sign_in_at"
        }

        init(_ account: Account) {
            id = account.id
            name = account.name
            role = account.role.rawValue
            reseller = account.reseller?.string
            email = account.email
            isDisabled = account.isDisabled
            createdAt = account.createdAt.utcText
            lastSignInAt = account.lastSignIn?.utcText
        }
    }

    private struct UserList: Encodable { let users: [User] }

    @Sendable private static func users(_ visit: Visit) async throws -> Response {
        try .document(UserList(users: try await visit.parts.workspace.accounts().map(User.init)))
    }

    private static func person(_ visit: Visit) async throws -> Account {
        guard let id = Int64(visit.parameter("id")), let account = try await visit.parts.workspace.account(id: id),
            account.kind == .person
        else { throw WebError.notFound }
        return account
    }

    private struct NewUser: Decodable {
        let name: String
        let role: String
        let reseller: String?
        let password: String
        let email: String?
    }

    @Sendable private static func addUser(_ visit: Visit) async throws -> Response {
        let body = try RequestBody.read(
            NewUser.self, try await visit.body(), fields: ["name", "role", "reseller", "password", "email"],
            required: ["name", "role", "password"],
            example: "{\"name\": \"ann\", \"role\": \"analyst\", \"password\": \"a long password\"}")
        if let email = body.email { _ = try MailAddress(email, field: "email") }
        let (role, reseller) = try await RoleFields(
            role: body.role, reseller: body.reseller ?? "", of: RoleFields.ofPeople
        ).checked(visit)
        let (workspace, viewer, address) = (visit.parts.workspace, try visit.viewer(), visit.context.address)
        var account = try await workspace.addAccount(
            name: body.name, role: role, reseller: reseller, password: body.password, by: viewer, address: address)
        if let email = body.email {
            account = try await workspace.setEmail(email, of: account, by: viewer, address: address)
        }
        var response = try Response.document(User(account), status: .created)
        response.headers[.location] = "/api/v1/users/\(account.id)"
        return response
    }

    private struct UserChange: Decodable {
        let role: String?
        let reseller: String?
        let password: String?
        let email: String?
        let disabled: Bool?
    }

    /// What the body does not name stays; `"email": null` takes the address away.
    @Sendable private static func changeUser(_ visit: Visit) async throws -> Response {
        let account = try await person(visit)
        let data = try await visit.body()
        let body = try RequestBody.read(
            UserChange.self, data, fields: ["role", "reseller", "password", "email", "disabled"],
            example: "{\"disabled\": true}")
        let names = (try JSONSerialization.jsonObject(with: data) as? [String: Any]).map { Set($0.keys) } ?? []
        let (workspace, viewer, address) = (visit.parts.workspace, try visit.viewer(), visit.context.address)
        if body.disabled == true, account.id == viewer.id {
            throw DynamicsError(
                .usage, "own_account", field: "disabled", "nobody disables the own account; another administrator can")
        }
        if let email = body.email { _ = try MailAddress(email, field: "email") }
        if body.role != nil || body.reseller != nil {
            let (role, reseller) = try await RoleFields(
                role: body.role ?? account.role.rawValue, reseller: body.reseller ?? account.reseller?.string ?? "",
                of: RoleFields.ofPeople
            ).checked(visit)
            try await workspace.setRole(role, reseller: reseller, of: account, by: viewer, address: address)
        }
        if let password = body.password {
            try await workspace.setPassword(password, of: account, by: viewer, address: address)
        }
        if names.contains("email") {
            try await workspace.setEmail(body.email, of: account, by: viewer, address: address)
        }
        if let isDisabled = body.disabled {
            try await workspace.setDisabled(isDisabled, of: account, by: viewer, address: address)
        }
        return try .document(User(try await person(visit)))
    }

    // MARK: - Tokens

    /// A token as programs read it; the secret only when it has just been made.
    private struct Token: Encodable {
        let id: Int64
        let name: String
        let role: String
        let reseller: String?
        let createdAt: String
        let lastUsedAt: String?
        let expiresAt: String?
        let isRevoked: Bool
        var secret: String?

        enum CodingKeys: String, CodingKey {
            case id, name, role, reseller, secret
            case createdAt = "created_at"
            case lastUsedAt = "last_used_at"
            case expiresAt = "expires_at"
            case isRevoked = "revoked"
        }

        init(_ token: AccessToken) {
            id = token.id
            name = token.name
            role = token.role.rawValue
            reseller = token.reseller?.string
            createdAt = token.createdAt.utcText
            lastUsedAt = token.lastUsedAt?.utcText
            expiresAt = token.expiresAt?.utcText
            isRevoked = token.revokedAt != nil
        }
    }

    private struct TokenList: Encodable { let tokens: [Token] }

    @Sendable private static func tokens(_ visit: Visit) async throws -> Response {
        try .document(TokenList(tokens: try await visit.parts.workspace.tokens().map(Token.init)))
    }

    private struct NewToken: Decodable {
        let name: String
        let role: String
        let reseller: String?
        let expires_at: String?
    }

    @Sendable private static func addToken(_ visit: Visit) async throws -> Response {
        let body = try RequestBody.read(
            NewToken.self, try await visit.body(), fields: ["name", "role", "reseller", "expires_at"],
            required: ["name", "role"], example: "{\"name\": \"nightly-import\", \"role\": \"ledger_writer\"}")
        let (role, reseller) = try await RoleFields(role: body.role, reseller: body.reseller ?? "", of: Role.allCases)
            .checked(visit)
        let viewer = try visit.viewer()
        let made = try await visit.parts.workspace.createToken(
            name: body.name, role: role, reseller: reseller, owner: viewer,
            expiresAt: try body.expires_at.map { try Timestamp.read($0, field: "expires_at") },
            address: visit.context.address)
        var document = Token(made.token)
        document.secret = made.secret
        return try .document(document, status: .created)
    }

    @Sendable private static func revokeToken(_ visit: Visit) async throws -> Response {
        guard let id = Int64(visit.parameter("id")) else { throw WebError.notFound }
        try await visit.parts.workspace.revokeToken(id: id, by: try visit.viewer(), address: visit.context.address)
        return Response(status: .noContent)
    }
}
