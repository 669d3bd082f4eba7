public import DynamicsModel
import Foundation
import GRDB

/// Reports as they were made: stored once, and never changed.
extension Workspace {
    /// Stores a report for ever, or as long as `WorkspaceSettings.retention_days` says.
    ///
    /// - Parameters:
    ///   - draft: the query as it was asked.
    ///   - account: who ran it and becomes its owner: a person or a token.
    ///   - deliveries: whom it goes to by mail; queued in the same transaction, so that either both are kept or neither.
    ///   - scheduledRun: the scheduled run that this is the report of, which is finished then.
    /// - Throws: `DynamicsError` (`.usage`): `not_allowed` for a ledger writer, `too_long` for a draft of more than 100,000 bytes;
    ///   with the field `send_to` for recipients that make no sense. `.unavailable`, `taken_over` when somebody else has the scheduled
    ///   run by now.
    public func store(
        _ result: ReportResult, draft: QueryDraft, duration_ms: Int, generatedAt: Instant, by account: Account,
        address: String? = nil, deliveries: DeliveryRequest? = nil, scheduledRun: ScheduledRunClaim? = nil
    ) async throws -> ReportFacts {
        guard let scope = account.scope else {
            throw DynamicsError(.usage, "not_allowed", "ledger writers may not run reports")
        }
        let recipients = try deliveries?.checkedRecipients() ?? []
        let id = Secret.text(bits: 144)
        let body = try await ReportBody.encoded(result)
        let draftText = try DraftText.encoded(draft)
        let reseller: String? = if case .reseller(let reseller) = scope { reseller.string } else { nil }
        let now = clock()
        return try await file.write { db in
            try db.execute(
                sql: """
                    INSERT INTO report (id, owner, generated_by, company, scope_reseller, generated_at, duration_ms, revision,
                        row_count, draft) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    id, account.id, account.role.rawValue, account.company?.string, reseller, generatedAt.seconds,
                    duration_ms, result.revision, result.rows.count, draftText,
                ])
            let number = db.lastInsertedRowID
            try db.execute(sql: "INSERT INTO report_body (report, body) VALUES (?, ?)", arguments: [number, body])
            if let deliveries {
                try db.insert(recipients, of: number, deliveries, by: account, at: now)
            }
            if let scheduledRun { try db.finish(scheduledRun, report: number, sends: !recipients.isEmpty, at: now) }
            try db.note(.reportRun, by: Origin(account: account, address: address), subject: id, at: now)
            return try db.facts(id: id)
        }
    }

    /// What is known of a report; nil: there is none, or `viewer` may not see it.
    public func facts(id: String, for viewer: Account) async throws -> ReportFacts? {
        let now = clock()
        return try await file.read { db in
            try db.reports(where: "report.id = ?", [id]).first.flatMap { $0.isVisible(to: viewer, at: now) ? $0 : nil }
        }
    }

    /// The report exactly as it was stored; nil: there is none, or `viewer` may not see it, as it was revoked or has expired and
    /// they are neither its owner nor an administrator.
    ///
    /// Opening it is noted by `noteOpening(of:by:)`, not here.
    ///
    /// - Throws: `DynamicsError` (`.unavailable`, `damaged_report`) when the stored bytes are not those that were written.
    public func report(id: String, for viewer: Account) async throws -> StoredReport? {
        let now = clock()
        let found = try await file.read { db -> (facts: ReportFacts, body: Data?)? in
            guard let facts = try db.reports(where: "report.id = ?", [id]).first, facts.isVisible(to: viewer, at: now)
            else { return nil }
            return (facts, try db.body(id: id))
        }
        guard let found else { return nil }
        return StoredReport(facts: found.facts, result: try await ReportBody.decoded(found.body ?? Data(), id: id))
    }

    /// The report exactly as it was stored, revoked or expired or not, for who has the data folder in hand; nil: there is none.
    /// - Throws: as `report(id:for:)`.
    public func report(id: String) async throws -> StoredReport? {
        let found = try await file.read { db -> (facts: ReportFacts, body: Data?)? in
            guard let facts = try db.reports(where: "report.id = ?", [id]).first else { return nil }
            return (facts, try db.body(id: id))
        }
        guard let found else { return nil }
        return StoredReport(facts: found.facts, result: try await ReportBody.decoded(found.body ?? Data(), id: id))
    }

    /// Writes down that `viewer` opened a report. What they open again within a minute is the same opening. A report that they
    /// may not see is passed over.
    public func noteOpening(of id: String, by viewer: Account, address: String? = nil) async throws {
        let now = clock()
        let grain = Self.useGrain_seconds
        guard let facts = try await facts(id: id, for: viewer) else { return }
        let isRecent = try await file.read { db in
            try db.lastOpening(of: id, by: viewer).map { now.seconds - $0 < grain } ?? false
        }
        if isRecent { return }
        try await file.write { db in
            try db.execute(
                sql: """
                    INSERT INTO report_opening (account, report, last_at, sequence)
                    SELECT ?, number, ?, (SELECT coalesce(max(sequence), 0) + 1 FROM report_opening WHERE account = ?)
                    FROM report WHERE id = ?
                    ON CONFLICT (account, report) DO UPDATE SET last_at = excluded.last_at, sequence = excluded.sequence
                    """, arguments: [viewer.id, now.seconds, viewer.id, id])
            try db.note(.linkOpened, by: Origin(account: viewer, address: address), subject: facts.id, at: now)
        }
    }

    /// The account's own reports, newest first.
    /// - Parameter limit: 1...1000.
    public func reports(ownedBy account: Account, offset: Int = 0, limit: Int = 100) async throws -> [ReportFacts] {
        guard account.seesReports else { return [] }
        return try await file.read { db in
            try db.reports(
                where: "report.owner = ? ORDER BY report.number DESC LIMIT ? OFFSET ?",
                [account.id, Bounds.page(limit), max(0, offset)])
        }
    }

    /// Other people's reports that the account opened and may still see, newest opening first.
    /// - Parameter limit: 1...1000.
    public func reports(openedBy account: Account, offset: Int = 0, limit: Int = 100) async throws -> [ReportFacts] {
        guard account.seesReports else { return [] }
        let now = clock()
        return try await file.read { db in
            try db.reports(
                join: "JOIN report_opening AS opening ON opening.report = report.number AND opening.account = ?",
                where: """
                    report.owner <> ? AND (? OR report.revoked_at IS NULL AND coalesce(report.expires_at > ?, 1))
                    ORDER BY opening.sequence DESC LIMIT ? OFFSET ?
                    """,
                [
                    account.id, account.id, account.isAdministrator, now.seconds, Bounds.page(limit), max(0, offset),
                ])
        }
    }
}

/// Reports in the file.
extension Database {
    /// - Parameter condition: with order and limit behind it.
    func reports(join: String = "", where condition: String, _ arguments: StatementArguments) throws -> [ReportFacts] {
        try Row.fetchAll(
            self,
            sql: """
                SELECT report.id, report.owner, account.name, account.kind, report.generated_by, report.company,
                    report.scope_reseller, report.generated_at, report.duration_ms, report.revision, report.row_count,
                    report.draft, report.expires_at, report.revoked_at
                FROM report JOIN account ON account.id = report.owner \(join) WHERE \(condition)
                """, arguments: arguments
        ).map { row in
            guard let role = Role(rawValue: row[4]) else { throw DynamicsError.damagedWorkspace("report") }
            func instant(_ column: Int) -> Instant? { (row[column] as Int64?).map(Instant.init(seconds:)) }
            let name: String = row[2]
            return ReportFacts(
                id: row[0], owner: row[1], ownerName: row[3] == Account.Kind.token.rawValue ? "token \(name)" : name,
                generatedBy: role, company: (row[5] as String?).map { ExactText($0) },
                scope: (row[6] as String?).map { .reseller(ExactText($0)) } ?? .everything,
                generatedAt: Instant(seconds: row[7]), duration_ms: row[8], revision: row[9], rowCount: row[10],
                draft: try DraftText.decoded(row[11]), expiresAt: instant(12), revokedAt: instant(13))
        }
    }

    func facts(id: String) throws -> ReportFacts {
        guard let facts = try reports(where: "report.id = ?", [id]).first else {
            throw DynamicsError.notFound("report")
        }
        return facts
    }

    fileprivate func body(id: String) throws -> Data? {
        try Data.fetchOne(
            self,
            sql: "SELECT body FROM report_body WHERE report = (SELECT number FROM report WHERE id = ?)",
            arguments: [id])
    }

    fileprivate func lastOpening(of id: String, by account: Account) throws -> Int64? {
        try Int64.fetchOne(
            self,
            sql: """
                SELECT last_at FROM report_opening
                WHERE account = ? AND report = (SELECT number FROM report WHERE id = ?)
                """, arguments: [account.id, id])
    }
}

/// Drafts as the JSON that the file keeps.
enum DraftText {
    /// How long the JSON may be.
    static let longest_bytes = 100_000

    static func encoded(_ draft: QueryDraft) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let bytes = try encoder.encode(draft)
        guard bytes.count <= longest_bytes else {
            throw DynamicsError(.usage, "too_long", field: "query", "the query has too many or too long values")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func decoded(_ text: String) throws -> QueryDraft {
        do {
            return try JSONDecoder().decode(QueryDraft.self, from: Data(text.utf8))
        } catch {
            throw DynamicsError.damagedWorkspace("draft")
        }
    }
}
