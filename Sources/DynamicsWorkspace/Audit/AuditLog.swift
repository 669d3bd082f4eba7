import DynamicsModel
import GRDB

extension Workspace {
    /// Writes down what the workspace does not see by itself: `.reportExported`, `.imported`. Everything else it notes itself,
    /// together with the change.
    ///
    /// - Parameters:
    ///   - account: who did it; nil: nobody with an account, then `name` says who.
    ///   - subject: what it was done to; cut to 255 scalars, as `name` and `address` are; `detail` to 2,000.
    public func note(
        _ action: AuditAction, by account: Account?, name: String? = nil, subject: String = "", address: String? = nil,
        detail: String = ""
    ) async throws {
        let origin = Origin(account: account, name: name, address: address)
        let now = clock()
        try await file.write { db in try db.note(action, by: origin, subject: subject, detail: detail, at: now) }
    }

    /// A page of the audit log, newest first.
    ///
    /// - Parameters:
    ///   - before: the id of the last entry of the page before; nil: from the newest on.
    ///   - action: only entries of this kind; nil: all.
    ///   - actor: only what this one did, in whatever ASCII case; nil: everybody.
    ///   - limit: 1...1000.
    public func auditLog(
        before: Int64? = nil, action: AuditAction? = nil, actor: String? = nil, limit: Int = 100
    ) async throws -> [AuditEntry] {
        try await file.read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT id, at, actor, role, action, subject, address, detail FROM audit_entry
                    WHERE id < ? AND (? IS NULL OR action = ?) AND (? IS NULL OR actor = ? COLLATE NOCASE)
                    ORDER BY id DESC LIMIT ?
                    """,
                arguments: [
                    before ?? .max, action?.rawValue, action?.rawValue, actor, actor, Bounds.page(limit),
                ])
            return try rows.map { row in
                guard let action = AuditAction(rawValue: row[4]) else {
                    throw DynamicsError.damagedWorkspace("audit_entry")
                }
                return AuditEntry(
                    id: row[0], at: Instant(seconds: row[1]), actor: row[2],
                    role: (row[3] as String?).flatMap(Role.init(rawValue:)), action: action, subject: row[5],
                    address: row[6], detail: row[7])
            }
        }
    }
}

/// Who does something, and from where.
struct Origin: Sendable {
    static let commandLine = "command line"

    /// nil: nobody with an account.
    var account: Account?
    /// Who it is without an account; nil: the command line.
    var name: String?
    /// nil: not over the network.
    var address: String?
}

extension Database {
    /// Appends an entry to the audit log, as a part of the transaction that it tells of.
    func note(
        _ action: AuditAction, by origin: Origin, subject: String, detail: String = "", at now: Instant
    ) throws {
        let actor = origin.account?.name ?? origin.name ?? Origin.commandLine
        try execute(
            sql: """
                INSERT INTO audit_entry (at, actor, role, action, subject, address, detail) VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                now.seconds, Bounds.line(actor, 255), origin.account?.role.rawValue, action.rawValue,
                Bounds.line(subject, 255), origin.address.map { Bounds.line($0, 255) }, Bounds.line(detail, 2000),
            ])
    }
}
