import Crypto
public import DynamicsModel
import Foundation
import GRDB

/// Somebody whom the operator's billing system vouches for, by a token whose signature has been checked.
public struct BillingIdentity: Sendable, Hashable {
    /// Which system it is, and who it is there: together they are one person for ever. 1 to 255 scalars each.
    public var issuer: String
    public var subject: String
    /// As pages show the person; is used when it comes for the first time.
    public var name: String
    /// Not `.ledgerWriter`.
    public var role: Role
    /// Exactly with the role `.reseller`.
    public var reseller: ExactText?
    /// nil: the billing system says nothing of it, and what is known stays.
    public var email: String?
    /// What makes this token different from all others of the issuer (`jti`), and when it ends by itself.
    public var tokenID: String
    public var tokenExpiresAt: Instant

    public init(
        issuer: String, subject: String, name: String, role: Role, reseller: ExactText?, email: String? = nil,
        tokenID: String, tokenExpiresAt: Instant
    ) {
        self.issuer = issuer
        self.subject = subject
        self.name = name
        self.role = role
        self.reseller = reseller
        self.email = email
        self.tokenID = tokenID
        self.tokenExpiresAt = tokenExpiresAt
    }
}

extension Workspace {
    /// Begins a session for somebody whom the billing system vouches for, with the role that it names.
    ///
    /// Who comes for the first time gets an account, with a password that nobody knows; a name that somebody else has already gets a
    /// number behind it, so that nobody gets into an account by its name. A token opens one session only, also when it comes twice at
    /// the same time.
    ///
    /// - Parameter address: where the attempt comes from: an IP address as text.
    /// - Throws: `DynamicsError` (`.usage`): `token_used`, `disabled`, or the claim that makes no sense as `field`.
    public func signIn(_ identity: BillingIdentity, address: String) async throws -> Session {
        let (name, role, reseller, email) = try Self.checked(identity)
        let isKnown = try await file.read { db in try db.accountID(of: identity) != nil }
        let password = isKnown ? nil : try await passwords.hash(Secret.text(bits: 256))
        let now = clock()
        let token = Secret.text(bits: 256)
        let settings = settings
        let found = try await file.write { db in
            try db.use(identity, at: now)
            let account = try db.account(
                of: identity, name: name, role: role, reseller: reseller, email: email, password, at: now)
            guard !account.isDisabled else {
                throw DynamicsError(
                    .usage, "disabled", field: "sub", "the account is disabled here; an administrator can enable it")
            }
            try db.update(account, role: role, reseller: reseller, email: email, issuer: identity.issuer, at: now)
            return try db.insertSession(
                of: account, hash: Secret.hash(token), settings, address: address,
                detail: "by a token of \(identity.issuer)", at: now)
        }
        return session(found, token: token)
    }

    /// Writes down that somebody came with a token that was not taken.
    /// - Parameter reason: why, in a sentence.
    public func noteRefusedToken(_ reason: String, address: String) async throws {
        let now = clock()
        try await file.write { db in
            let origin = Origin(account: nil, name: "unknown name", address: address)
            try db.note(.signInRefused, by: origin, subject: "", detail: "A token was not taken: \(reason).", at: now)
        }
    }

    private static func checked(_ identity: BillingIdentity) throws -> (String, Role, ExactText?, String?) {
        for (field, text) in [("iss", identity.issuer), ("sub", identity.subject), ("jti", identity.tokenID)] {
            _ = try Bounds.checked(text, 1...255, field: field)
        }
        // A number may come behind it.
        let name = try Bounds.checked(identity.name, 1...(nameLengths.upperBound - 5), field: "name")
        let reseller = try checkedForPerson(identity.role, identity.reseller)
        let email = try identity.email.map { try MailAddress($0, field: "email").description }
        return (name, identity.role, reseller, email)
    }
}

extension Database {
    /// Notes that the token was used, until it ends by itself.
    /// - Throws: `DynamicsError` (`token_used`) when it was before.
    fileprivate func use(_ identity: BillingIdentity, at now: Instant) throws {
        let hash = Data(SHA256.hash(data: Data("\(identity.issuer)\0\(identity.tokenID)".utf8)))
        try execute(sql: "DELETE FROM used_token WHERE expires_at < ?", arguments: [now.seconds])
        try execute(
            sql: "INSERT INTO used_token (hash, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
            arguments: [hash, identity.tokenExpiresAt.seconds])
        guard changesCount == 1 else {
            throw DynamicsError(
                .usage, "token_used", field: "jti", "this token has been used already; make a new one for each sign-in")
        }
    }

    /// nil: that person has never been here.
    fileprivate func accountID(of identity: BillingIdentity) throws -> Int64? {
        try Int64.fetchOne(
            self, sql: "SELECT account FROM billing_identity WHERE issuer = ? AND subject = ?",
            arguments: [identity.issuer, identity.subject])
    }

    /// The account of that person, made if there is none.
    /// - Parameter password: the hash of a new account's password.
    fileprivate func account(
        of identity: BillingIdentity, name: String, role: Role, reseller: ExactText?, email: String?,
        _ password: String?, at now: Instant
    ) throws -> Account {
        if let id = try accountID(of: identity), let account = try account(id: id) { return account }
        let free = try freeName(name)
        let id = try insertAccount(
            kind: .person, name: free, role: role, reseller: reseller, password: password, at: now)
        try execute(sql: "UPDATE account SET email = ? WHERE id = ?", arguments: [email, id])
        try execute(
            sql: "INSERT INTO billing_identity (issuer, subject, account) VALUES (?, ?, ?)",
            arguments: [identity.issuer, identity.subject, id])
        try note(
            .userAdded, by: Origin(account: nil, name: identity.issuer, address: nil), subject: free,
            detail: Workspace.inWords(role, reseller), at: now)
        guard let account = try account(id: id) else { throw DynamicsError.damagedWorkspace("account") }
        return account
    }

    private func freeName(_ name: String) throws -> String {
        if try person(named: name) == nil { return name }
        for number in 2...999 where try person(named: "\(name) \(number)") == nil { return "\(name) \(number)" }
        throw DynamicsError(
            .usage, "name_taken", field: "name", "\"\(name)\" and names like it are taken; choose another name")
    }

    /// What the billing system says counts from now on, for all sessions of the account.
    fileprivate func update(
        _ account: Account, role: Role, reseller: ExactText?, email: String?, issuer: String, at now: Instant
    ) throws {
        let email = email ?? account.email
        guard account.role != role || account.reseller != reseller || account.email != email else { return }
        try execute(
            sql: "UPDATE account SET role = ?, reseller = ?, email = ? WHERE id = ?",
            arguments: [role.rawValue, reseller?.string, email, account.id])
        let words = Workspace.inWords(role, reseller) + (email.map { ", mail to \($0)" } ?? "")
        try note(
            .userChanged, by: Origin(account: nil, name: issuer, address: nil), subject: account.name, detail: words,
            at: now)
    }
}
