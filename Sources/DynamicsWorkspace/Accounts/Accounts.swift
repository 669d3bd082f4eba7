public import DynamicsModel
import Foundation
import GRDB

/// People's accounts.
extension Workspace {
    /// How many scalars a name may have.
    public static let nameLengths = 1...64
    /// How many scalars a password may have.
    public static let passwordLengths = 12...1024

    /// Adds a person.
    ///
    /// - Parameters:
    ///   - name: 1 to 64 scalars without control characters; blanks around it are left out. Unique in whatever ASCII case.
    ///   - role: not `.ledgerWriter`, which is for access tokens.
    ///   - reseller: the id of the reseller whose clients the account sees; exactly with the role `.reseller`. Whether the ledger
    ///     has such a reseller is not checked here.
    ///   - password: 12 to 1024 scalars, not the name.
    ///   - actor: who does it; nil: the command line.
    ///   - address: where it is done from.
    /// - Throws: `DynamicsError` (`.usage`) that names the field; `name_taken`.
    @discardableResult
    public func addAccount(
        name: String, role: Role, reseller: ExactText? = nil, password: String, by actor: Account? = nil,
        address: String? = nil
    ) async throws -> Account {
        let name = try Bounds.checked(name, Self.nameLengths, field: "name")
        let reseller = try Self.checkedForPerson(role, reseller)
        try Self.check(password, of: name)
        let hash = try await passwords.hash(password)
        let now = clock()
        let origin = Origin(account: actor, address: address)
        return try await file.write { db in
            if let other = try db.person(named: name) {
                throw DynamicsError(
                    .usage, "name_taken", field: "name", "\"\(other.name)\" is there already; choose another name")
            }
            let id = try db.insertAccount(
                kind: .person, name: name, role: role, reseller: reseller, password: hash, at: now)
            try db.note(
                .userAdded, by: origin, subject: name, detail: Self.inWords(role, reseller), at: now)
            guard let account = try db.account(id: id) else { throw DynamicsError.damagedWorkspace("account") }
            return account
        }
    }

    /// All people, by name; tokens are in `tokens()`.
    public func accounts() async throws -> [Account] {
        try await file.read { db in try db.accounts(where: "kind = 'person'") }
    }

    /// The person of that name, in whatever ASCII case; nil: there is none.
    public func account(named name: String) async throws -> Account? {
        try await file.read { db in try db.person(named: name) }
    }

    /// The person or token as it is now; nil: there is none.
    public func account(id: Int64) async throws -> Account? {
        try await file.read { db in try db.account(id: id) }
    }

    /// Gives a person another password, and ends all its sessions.
    /// - Throws: `DynamicsError` (`.usage`): `password`, or `not_found` when `account` is no person.
    public func setPassword(
        _ password: String, of account: Account, by actor: Account? = nil, address: String? = nil
    ) async throws {
        try Self.check(password, of: account.name)
        let hash = try await passwords.hash(password)
        let now = clock()
        let origin = Origin(account: actor, address: address)
        try await file.write { db in
            let account = try Self.person(account, db)
            try db.setPassword(hash, of: account, keeping: nil)
            try db.note(.passwordChanged, by: origin, subject: account.name, at: now)
        }
    }

    /// Disables a person or allows it again. Disabling ends its sessions and stops the tokens that it created; what it made
    /// stays: reports with their links, and templates.
    /// - Throws: `DynamicsError` (`.usage`): `last_administrator`, or `not_found` when `account` is no person.
    public func setDisabled(
        _ isDisabled: Bool, of account: Account, by actor: Account? = nil, address: String? = nil
    ) async throws {
        let now = clock()
        let origin = Origin(account: actor, address: address)
        try await file.write { db in
            let account = try Self.person(account, db)
            guard account.isDisabled != isDisabled else { return }
            if isDisabled { try Self.refuseLastAdministrator(account, "disabled", db) }
            try db.execute(
                sql: "UPDATE account SET disabled_at = ? WHERE id = ?",
                arguments: [isDisabled ? now.seconds : nil, account.id])
            try db.execute(sql: "DELETE FROM session WHERE account = ?", arguments: [account.id])
            try db.note(isDisabled ? .userDisabled : .userEnabled, by: origin, subject: account.name, at: now)
        }
    }

    /// Gives a person another role, from its next request on.
    /// - Throws: `DynamicsError` (`.usage`): `role`, `reseller`, `last_administrator`, or `not_found` when `account` is no person.
    @discardableResult
    public func setRole(
        _ role: Role, reseller: ExactText? = nil, of account: Account, by actor: Account? = nil, address: String? = nil
    ) async throws -> Account {
        let reseller = try Self.checkedForPerson(role, reseller)
        let now = clock()
        let origin = Origin(account: actor, address: address)
        return try await file.write { db in
            let account = try Self.person(account, db)
            if role != .administrator { try Self.refuseLastAdministrator(account, "given another role", db) }
            try db.execute(
                sql: "UPDATE account SET role = ?, reseller = ? WHERE id = ?",
                arguments: [role.rawValue, reseller?.string, account.id])
            try db.note(.userChanged, by: origin, subject: account.name, detail: Self.inWords(role, reseller), at: now)
            return try Self.person(account, db)
        }
    }

    /// Says where a person gets mail. Whose mail may only go to the own domain can send to another one then: whoever lets people
    /// set their own address checks that first.
    ///
    /// - Parameter email: nil: nowhere.
    /// - Throws: `DynamicsError` (`.usage`): `bad_address` for the field `email`, or `not_found` when `account` is no person.
    @discardableResult
    public func setEmail(
        _ email: String?, of account: Account, by actor: Account? = nil, address: String? = nil
    ) async throws -> Account {
        let email = try email.map { try MailAddress($0, field: "email").description }
        let now = clock()
        let origin = Origin(account: actor, address: address)
        return try await file.write { db in
            let account = try Self.person(account, db)
            guard account.email != email else { return account }
            try db.execute(sql: "UPDATE account SET email = ? WHERE id = ?", arguments: [email, account.id])
            try db.note(
                .userChanged, by: origin, subject: account.name, detail: email.map { "mail to \($0)" } ?? "no mail",
                at: now)
            return try Self.person(account, db)
        }
    }

    /// The person as it is in the file now.
    static func person(_ account: Account, _ db: Database) throws -> Account {
        guard let current = try db.account(id: account.id), current.kind == .person else {
            throw DynamicsError.notFound("user")
        }
        return current
    }

    static func check(_ password: String, of name: String) throws {
        let count = password.unicodeScalars.count
        guard passwordLengths.contains(count) else {
            throw DynamicsError(
                .usage, count < passwordLengths.lowerBound ? "too_short" : "too_long", field: "password",
                "must have \(passwordLengths.lowerBound) to \(passwordLengths.upperBound) characters; it has \(count)")
        }
        guard Bounds.key(password) != Bounds.key(name) else {
            throw DynamicsError(.usage, "bad_password", field: "password", "must not be the name")
        }
    }

    static func checkedForPerson(_ role: Role, _ reseller: ExactText?) throws -> ExactText? {
        guard role != .ledgerWriter else {
            throw DynamicsError(
                .usage, "bad_role", field: "role", "ledger writers are access tokens; people have another role")
        }
        return try Database.checked(reseller, for: role)
    }

    private static func refuseLastAdministrator(_ account: Account, _ what: String, _ db: Database) throws {
        guard account.role == .administrator, !account.isDisabled else { return }
        let others = try db.accounts(
            where: "kind = 'person' AND role = 'administrator' AND disabled_at IS NULL AND id <> ?", [account.id])
        if others.isEmpty {
            throw DynamicsError(
                .usage, "last_administrator", field: "role",
                "\"\(account.name)\" is the last administrator and cannot be \(what); make somebody else administrator first"
            )
        }
    }

    static func inWords(_ role: Role, _ reseller: ExactText?) -> String {
        reseller.map { "\(role.title) of \($0)" } ?? role.title
    }
}

extension Database {
    /// Stores the hash and ends the person's sessions.
    /// - Parameter kept: the hash of the token of a session that stays.
    func setPassword(_ hash: String, of account: Account, keeping kept: Data?) throws {
        try execute(sql: "UPDATE account SET password = ? WHERE id = ?", arguments: [hash, account.id])
        try endSessions(of: account, keeping: kept)
    }

    /// Ends the account's sessions but for the one whose token has the hash `kept`.
    func endSessions(of account: Account, keeping kept: Data?) throws {
        try execute(
            sql: "DELETE FROM session WHERE account = ? AND hash IS NOT ?", arguments: [account.id, kept])
    }
}
