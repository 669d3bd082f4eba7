public import DynamicsModel
import GRDB

/// Who may open the link of a stored report, and for how long; only for its owner and administrators.
///
/// All throw `DynamicsError` (`.usage`, `not_found`) for other accounts, as for a report that is not there.
extension Workspace {
    /// From now on only the owner and administrators see the report.
    public func revoke(_ id: String, by account: Account, address: String? = nil) async throws {
        let now = clock()
        try await changeReport(id, by: account) { db, facts in
            guard facts.revokedAt == nil else { return }
            try db.execute(sql: "UPDATE report SET revoked_at = ? WHERE id = ?", arguments: [now.seconds, id])
            try db.note(.linkRevoked, by: Origin(account: account, address: address), subject: id, at: now)
        }
    }

    /// Takes `revoke` back: the link opens again.
    public func unrevoke(_ id: String, by account: Account, address: String? = nil) async throws {
        let now = clock()
        try await changeReport(id, by: account) { db, facts in
            guard facts.revokedAt != nil else { return }
            try db.execute(sql: "UPDATE report SET revoked_at = NULL WHERE id = ?", arguments: [id])
            try db.note(.linkRestored, by: Origin(account: account, address: address), subject: id, at: now)
        }
    }

    /// - Parameter expiresAt: until when others see the report, in the future; nil: for as long as it is kept.
    public func setExpiry(_ expiresAt: Instant?, _ id: String, by account: Account, address: String? = nil) async throws
    {
        let now = clock()
        try Self.checkExpiry(expiresAt, at: now)
        try await changeReport(id, by: account) { db, _ in
            try db.execute(sql: "UPDATE report SET expires_at = ? WHERE id = ?", arguments: [expiresAt?.seconds, id])
            let until = expiresAt.map { "\(CivilTime(seconds: $0.seconds))Z" } ?? "never"
            try db.note(
                .expirySet, by: Origin(account: account, address: address), subject: id, detail: until, at: now)
        }
    }

    /// Deletes the report; nobody can open it any more, and nothing of it stays in the file.
    public func deleteReport(_ id: String, by account: Account, address: String? = nil) async throws {
        let now = clock()
        try await changeReport(id, by: account) { db, _ in
            try db.execute(sql: "DELETE FROM report WHERE id = ?", arguments: [id])
            try db.note(.reportDeleted, by: Origin(account: account, address: address), subject: id, at: now)
        }
    }

    /// Deletes stored reports that are older than `WorkspaceSettings.retention_days`; without that setting, none. One with an
    /// expiry in the future stays until then: somebody has said for how long it is needed. Also forgets sessions that have
    /// ended, old failures of signing in, and the history of schedules beyond 400 days.
    ///
    /// - Returns: how many reports were deleted.
    @discardableResult
    public func applyRetention() async throws -> Int {
        let now = clock()
        let settings = settings
        try await file.write { db in
            try db.pruneSessions(settings, at: now)
            try db.pruneFailures(at: now)
            try db.pruneScheduledRuns(at: now)
        }
        guard let days = settings.retention_days else { return 0 }
        let limit = now.seconds - Int64(max(1, days)) * 86_400
        var deleted = 0
        while true {
            let part = try await file.write { db in try db.deleteReports(before: limit, at: now) }
            deleted += part
            if part < Database.retentionStep { return deleted }
        }
    }

    private func changeReport(
        _ id: String, by account: Account, _ change: @escaping @Sendable (Database, ReportFacts) throws -> Void
    ) async throws {
        try await file.write { db in
            let facts = try db.facts(id: id)
            guard facts.mayChange(account) else { throw DynamicsError.notFound("report") }
            try change(db, facts)
        }
    }
}

extension Database {
    /// How many reports one transaction of the retention deletes, so that others are not kept waiting.
    fileprivate static let retentionStep = 100

    fileprivate func deleteReports(before limit: Int64, at now: Instant) throws -> Int {
        let ids = try String.fetchAll(
            self,
            sql: """
                SELECT id FROM report WHERE generated_at < ? AND NOT coalesce(expires_at > ?, 0)
                ORDER BY generated_at LIMIT ?
                """, arguments: [limit, now.seconds, Self.retentionStep])
        for id in ids {
            try execute(sql: "DELETE FROM report WHERE id = ?", arguments: [id])
            try note(.reportDeleted, by: Origin(account: nil, name: "retention"), subject: id, at: now)
        }
        return ids.count
    }
}
