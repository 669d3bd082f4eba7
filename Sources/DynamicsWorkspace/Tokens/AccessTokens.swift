public import DynamicsModel
import GRDB

/// What programs identify themselves with.
extension Workspace {
    /// What every token's secret begins with.
    public static let tokenPrefix = "cdt_"

    /// Creates a token, and an account for it.
    ///
    /// - Parameters:
    ///   - name: 1 to 64 scalars without control characters; several tokens may have the same.
    ///   - role: any; a ledger writer may import and sees nothing.
    ///   - reseller: exactly with the role `.reseller`.
    ///   - owner: the person who creates it; nil: the command line. Administrators may create any, others those of their own role
    ///     (and reseller), tokens none.
    ///   - expiresAt: nil: never.
    /// - Returns: the token, and the secret, which is not stored and cannot be shown again.
    /// - Throws: `DynamicsError` (`.usage`) that names the field; `not_allowed`.
    public func createToken(
        name: String, role: Role, reseller: ExactText? = nil, owner: Account? = nil, expiresAt: Instant? = nil,
        address: String? = nil
    ) async throws -> (token: AccessToken, secret: String) {
        let name = try Bounds.checked(name, Self.nameLengths, field: "name")
        let reseller = try Database.checked(reseller, for: role)
        let now = clock()
        try Self.checkExpiry(expiresAt, at: now)
        let secret = Self.tokenPrefix + Secret.text(bits: 256)
        let hash = Secret.hash(secret)
        let token = try await file.write { db in
            if let owner {
                guard let current = try db.account(id: owner.id), Self.mayCreate(current, role, reseller) else {
                    throw DynamicsError(
                        .usage, "not_allowed", field: "role", "you may not create a token with this role")
                }
            }
            let id = try db.insertAccount(
                kind: .token, name: name, role: role, reseller: reseller, password: nil, at: now)
            try db.execute(
                sql: "INSERT INTO access_token (account, hash, owner, expires_at) VALUES (?, ?, ?, ?)",
                arguments: [id, hash, owner?.id, expiresAt?.seconds])
            try db.note(
                .tokenCreated, by: Origin(account: owner, address: address), subject: name,
                detail: Self.inWords(role, reseller), at: now)
            guard let token = try db.tokens(where: "account.id = ?", [id]).first else {
                throw DynamicsError.damagedWorkspace("access_token")
            }
            return token
        }
        return (token, secret)
    }

    /// All tokens, newest first, also those that were revoked or have expired.
    public func tokens() async throws -> [AccessToken] {
        try await file.read { db in try db.tokens(where: "1") }
    }

    /// Revokes a token for good. One that was revoked already is no error.
    /// - Throws: `DynamicsError` (`.usage`, `not_found`).
    public func revokeToken(id: Int64, by actor: Account? = nil, address: String? = nil) async throws {
        let now = clock()
        try await file.write { db in
            guard let token = try db.tokens(where: "account.id = ?", [id]).first else {
                throw DynamicsError.notFound("token")
            }
            guard token.revokedAt == nil else { return }
            try db.execute(sql: "UPDATE account SET disabled_at = ? WHERE id = ?", arguments: [now.seconds, id])
            try db.note(.tokenRevoked, by: Origin(account: actor, address: address), subject: token.name, at: now)
        }
    }

    /// The account of the token with this secret; nil: there is none, it was revoked or has expired, or who created it is
    /// disabled or may no longer do what it may.
    public func authenticate(secret: String) async throws -> Account? {
        guard secret.hasPrefix(Self.tokenPrefix), secret.utf8.count <= 100 else { return nil }
        let hash = Secret.hash(secret)
        let now = clock()
        let account = try await file.read { db -> Account? in
            guard let token = try db.tokens(where: "access_token.hash = ?", [hash]).first,
                token.revokedAt == nil, token.expiresAt.map({ now < $0 }) ?? true
            else { return nil }
            if let owner = token.owner {
                guard let owner = try db.account(id: owner), Self.mayCreate(owner, token.role, token.reseller) else {
                    return nil
                }
            }
            return try db.account(id: token.id)
        }
        guard var account else { return nil }
        if account.lastSignIn.map({ now.seconds - $0.seconds >= Self.useGrain_seconds }) ?? true {
            let id = account.id
            account.lastSignIn = now
            try await file.writeIfThereIsRoom { db in
                try db.execute(
                    sql: "UPDATE account SET last_sign_in = ? WHERE id = ?", arguments: [now.seconds, id])
            }
        }
        return account
    }

    /// Whether that account may give a token these rights: nobody can give more than they have. Tokens create no tokens, or one
    /// would outlive the person that it comes from.
    private static func mayCreate(_ owner: Account, _ role: Role, _ reseller: ExactText?) -> Bool {
        guard owner.kind == .person, !owner.isDisabled else { return false }
        return owner.isAdministrator || owner.role == role && owner.reseller == reseller
    }

    /// - Throws: `DynamicsError` (`.usage`) when it is not in the future.
    static func checkExpiry(_ expiresAt: Instant?, at now: Instant) throws {
        if let expiresAt, expiresAt <= now {
            throw DynamicsError(.usage, "bad_expiry", field: "expires_at", "must be in the future")
        }
    }
}

extension Database {
    fileprivate func tokens(where condition: String, _ arguments: StatementArguments = []) throws -> [AccessToken] {
        try Row.fetchAll(
            self,
            sql: """
                SELECT account.id, account.name, account.role, account.reseller, access_token.owner, person.name,
                    account.created_at, account.last_sign_in, access_token.expires_at, account.disabled_at
                FROM access_token JOIN account ON account.id = access_token.account
                LEFT JOIN account AS person ON person.id = access_token.owner
                WHERE \(condition) ORDER BY account.id DESC
                """, arguments: arguments
        ).map { row in
            guard let role = Role(rawValue: row[2]) else { throw DynamicsError.damagedWorkspace("account") }
            func instant(_ column: Int) -> Instant? { (row[column] as Int64?).map(Instant.init(seconds:)) }
            return AccessToken(
                id: row[0], name: row[1], role: role, reseller: (row[3] as String?).map { ExactText($0) },
                owner: row[4], ownerName: row[5], createdAt: Instant(seconds: row[6]), lastUsedAt: instant(7),
                expiresAt: instant(8), revokedAt: instant(9))
        }
    }
}
