import DynamicsModel
import GRDB

/// Accounts in the file.
extension Database {
    private static let columns =
        "id, kind, name, role, reseller, disabled_at, created_at, last_sign_in, name_key, email"

    /// Accounts that `condition` holds for, by name.
    func accounts(where condition: String, _ arguments: StatementArguments = []) throws -> [Account] {
        try Row.fetchAll(
            self, sql: "SELECT \(Self.columns) FROM account WHERE \(condition) ORDER BY name_key, id",
            arguments: arguments
        ).map(Self.account)
    }

    /// The account as it is now; nil: there is none.
    func account(id: Int64) throws -> Account? { try accounts(where: "id = ?", [id]).first }

    /// The person of that name, in whatever case.
    func person(named name: String) throws -> Account? {
        // No name has U+0000, where SQLite's texts end.
        guard !name.unicodeScalars.contains("\0") else { return nil }
        return try accounts(where: "kind = 'person' AND name_key = ?", [Bounds.key(name)]).first
    }

    private static func account(_ row: Row) throws -> Account {
        guard let kind = Account.Kind(rawValue: row[1]), let role = Role(rawValue: row[3]) else {
            throw DynamicsError.damagedWorkspace("account")
        }
        let name: String = row[2]
        return Account(
            id: row[0], kind: kind, name: kind == .token ? "token \(name)" : name, role: role,
            reseller: (row[4] as String?).map { ExactText($0) }, isDisabled: row[5] != nil,
            email: row[9], createdAt: Instant(seconds: row[6]),
            lastSignIn: (row[7] as Int64?).map(Instant.init(seconds:)))
    }

    /// Adds the row and gives its id.
    func insertAccount(
        kind: Account.Kind, name: String, role: Role, reseller: ExactText?, password: String?, at now: Instant
    ) throws -> Int64 {
        try execute(
            sql: """
                INSERT INTO account (kind, name, name_key, role, reseller, password, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                kind.rawValue, name, Bounds.key(name), role.rawValue, reseller?.string, password, now.seconds,
            ])
        return lastInsertedRowID
    }

    /// The reseller that goes with the role.
    /// - Throws: `DynamicsError` (`.usage`) when one is missing, or makes no sense.
    static func checked(_ reseller: ExactText?, for role: Role) throws -> ExactText? {
        switch (role, reseller) {
        case (.reseller, .some(let id)):
            let scalars = id.string.unicodeScalars
            guard !scalars.isEmpty, scalars.count <= 255, !scalars.contains("\0") else {
                throw DynamicsError(
                    .usage, "bad_reseller", field: "reseller", "must be a reseller's id of 1 to 255 characters")
            }
            return id
        case (.reseller, nil):
            throw DynamicsError(
                .usage, "missing_reseller", field: "reseller", "the role reseller needs the id of its reseller")
        case (_, nil):
            return nil
        default:
            throw DynamicsError(
                .usage, "bad_reseller", field: "reseller",
                "only the role reseller has a reseller; the role is \(role.rawValue)")
        }
    }
}
