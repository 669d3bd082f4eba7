public import DynamicsModel
import GRDB

/// The queue of reports that go out by mail.
///
/// Several processes may take from it at once. A message goes out once; or, when a sender dies between sending and noting it, or
/// sends for longer than its lease, once more for each time that happens.
extension Workspace {
    /// Takes the delivery that is due longest, and counts the attempt; nobody else gets it until the lease ends.
    ///
    /// One whose sender has let its lease end is due again, or fails when it has no attempts left. When the clock was set back, what
    /// waited by the old clock is due at once.
    ///
    /// - Parameter lease_seconds: longer than any message takes to be made and sent, from 1 on.
    /// - Returns: nil: nothing is due.
    public func claimDelivery(lease_seconds: Int64) async throws -> DeliveryClaim? {
        precondition(lease_seconds > 0, "a lease takes time")
        let now = clock()
        let token = Secret.text(bits: 144)
        // Reading does not hold others up, and mostly there is nothing.
        guard try await file.read({ db in try db.dueDelivery(at: now) }) != nil else { return nil }
        return try await file.write { db in
            while let due = try db.dueDelivery(at: now) {
                if DeliveryPatience.pauses_seconds.count < due.attempts {
                    try db.fail(due, "the program that was sending it stopped, too often", at: now)
                    continue
                }
                try db.execute(
                    sql: """
                        UPDATE delivery SET state = 'sending', attempts = attempts + 1, due_at = ?, claim = ?, changed_at = ?
                        WHERE id = ?
                        """, arguments: [now.seconds + lease_seconds, token, now.seconds, due.id])
                guard let delivery = try db.delivery(id: due.id) else { return nil }
                return DeliveryClaim(delivery: delivery, token: token)
            }
            return nil
        }
    }

    /// Writes down that the mail server has taken the message, even when the lease has ended meanwhile: it is the truth.
    /// - Returns: false when it was known already, or the report has been deleted.
    @discardableResult
    public func noteSent(_ claim: DeliveryClaim) async throws -> Bool {
        let now = clock()
        return try await file.write { db in
            try db.execute(
                sql: """
                    UPDATE delivery SET state = 'sent', due_at = NULL, claim = NULL, last_error = NULL, changed_at = ?
                    WHERE id = ? AND state <> 'sent'
                    """, arguments: [now.seconds, claim.delivery.id])
            guard db.changesCount > 0 else { return false }
            try db.note(.mailSent, about: claim.delivery, detail: claim.delivery.recipient, at: now)
            if case .report(let id, _) = claim.delivery.content { try db.noteAllIsWell(with: id) }
            return true
        }
    }

    /// Makes a claim good for longer, from now on: its sender is alive.
    /// - Returns: as `noteFailure`.
    @discardableResult
    public func renew(_ claim: DeliveryClaim, lease_seconds: Int64) async throws -> Bool {
        let now = clock()
        return try await file.write { db in
            guard try db.isGood(claim) else { return false }
            try db.execute(
                sql: "UPDATE delivery SET due_at = ?, changed_at = ? WHERE id = ?",
                arguments: [now.seconds + lease_seconds, now.seconds, claim.delivery.id])
            return true
        }
    }

    /// Writes down that the message was not sent. It is due again after `DeliveryPatience`, or has failed.
    ///
    /// - Parameters:
    ///   - why: a sentence; cut to 500 scalars.
    ///   - isTemporary: whether another attempt may help.
    ///   - jitter: as `DeliveryPatience.pause_seconds`.
    /// - Returns: false when the claim is no longer good, as its lease has ended and somebody else has the delivery, or the report has
    ///   been deleted; then nothing has changed.
    @discardableResult
    public func noteFailure(
        _ claim: DeliveryClaim, _ why: String, isTemporary: Bool, jitter: Double = .random(in: 0...1)
    ) async throws -> Bool {
        let now = clock()
        return try await file.write { db in
            guard try db.isGood(claim) else { return false }
            let pause = DeliveryPatience.pause_seconds(after: claim.delivery.attempts, jitter: jitter)
            guard isTemporary, let pause else {
                try db.fail(claim.delivery, why, at: now)
                return true
            }
            try db.execute(
                sql: """
                    UPDATE delivery SET state = 'queued', due_at = ?, claim = NULL, last_error = ?, changed_at = ? WHERE id = ?
                    """,
                arguments: [now.seconds + pause, Bounds.line(why, 500), now.seconds, claim.delivery.id])
            return true
        }
    }

    /// Gives a claim back before anything was sent, as when the program stops: due at once, and the attempt is not counted.
    /// - Returns: as `noteFailure`.
    @discardableResult
    public func giveBack(_ claim: DeliveryClaim) async throws -> Bool {
        let now = clock()
        return try await file.write { db in
            guard try db.isGood(claim) else { return false }
            try db.execute(
                sql: """
                    UPDATE delivery SET state = 'queued', attempts = attempts - 1, due_at = ?, claim = NULL, changed_at = ?
                    WHERE id = ?
                    """, arguments: [now.seconds, now.seconds, claim.delivery.id])
            return true
        }
    }

    /// When something is due next, which may be in the past; nil: nothing waits.
    public func nextDeliveryAt() async throws -> Instant? {
        try await file.read { db in
            try Int64.fetchOne(db, sql: "SELECT min(due_at) FROM delivery WHERE due_at IS NOT NULL")
                .map(Instant.init(seconds:))
        }
    }

    /// Whom a report was sent to and how that went, in the order in which they were given: all of it for the report's owner and
    /// administrators, and for others what they sent themselves.
    /// - Throws: `DynamicsError` (`.usage`, `not_found`) for a report that is not there, or not for `viewer`.
    public func deliveries(of reportID: String, for viewer: Account) async throws -> [Delivery] {
        let now = clock()
        return try await file.read { db in
            let facts = try db.facts(id: reportID)
            guard facts.isVisible(to: viewer, at: now) else { throw DynamicsError.notFound("report") }
            return try db.deliveries(
                where: "report.id = ? AND (? OR delivery.asked_by = ?) ORDER BY delivery.number",
                [reportID, facts.mayChange(viewer), viewer.id])
        }
    }

    /// Sends a stored report to more people.
    ///
    /// - Returns: what was queued.
    /// - Throws: `DynamicsError` (`.usage`): `not_found` for a report that `account` may not see; for the field `send_to` recipients
    ///   that make no sense.
    @discardableResult
    public func send(
        _ reportID: String, _ request: DeliveryRequest, by account: Account, address: String? = nil
    ) async throws -> [Delivery] {
        let recipients = try request.checkedRecipients()
        let now = clock()
        return try await file.write { db in
            guard try db.facts(id: reportID).isVisible(to: account, at: now),
                let number = try Int64.fetchOne(
                    db, sql: "SELECT number FROM report WHERE id = ?", arguments: [reportID])
            else { throw DynamicsError.notFound("report") }
            let last = try Int64.fetchOne(db, sql: "SELECT coalesce(max(number), 0) FROM delivery") ?? 0
            try db.insert(recipients, of: number, request, by: account, at: now)
            try db.note(
                .mailAsked, by: Origin(account: account, address: address), subject: reportID,
                detail: recipients.joined(separator: ", "), at: now)
            return try db.deliveries(
                where: "report.number = ? AND delivery.number > ? ORDER BY delivery.number", [number, last])
        }
    }

    /// How many deliveries of each state there are, of those that are over only the ones that changed since an instant.
    public func deliveryCounts(since: Instant) async throws -> [Delivery.State: Int] {
        try await file.read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT state, count(*) FROM delivery
                    WHERE state IN ('queued', 'sending') OR state IN ('sent', 'failed') AND changed_at >= ? GROUP BY state
                    """, arguments: [since.seconds])
            return Dictionary(
                uniqueKeysWithValues: rows.compactMap { row in Delivery.State(rawValue: row[0]).map { ($0, row[1]) } })
        }
    }

    /// What went wrong last: deliveries that failed or wait after a failed attempt, newest first.
    /// - Parameter limit: 1...1000.
    public func troubledDeliveries(limit: Int = 20) async throws -> [Delivery] {
        try await file.read { db in
            try db.deliveries(
                where:
                    "delivery.last_error IS NOT NULL ORDER BY delivery.changed_at DESC, delivery.number DESC LIMIT ?",
                [Bounds.page(limit)])
        }
    }
}

extension DeliveryRequest {
    /// The recipients without repeats.
    /// - Throws: `DynamicsError` (`.usage`) for `send_to` when there are none or too many, or one cannot be an address.
    func checkedRecipients() throws -> [String] {
        var known: Set<ExactText> = []
        let recipients =
            try recipients
            .map { try Bounds.checked($0, 3...254, field: "send_to") }
            .filter { known.insert(ExactText($0)).inserted }
        guard (1...Self.most).contains(recipients.count) else {
            throw DynamicsError(
                .usage, recipients.isEmpty ? "no_recipients" : "too_many_recipients", field: "send_to",
                "give 1 to \(Self.most) addresses; there are \(recipients.count)")
        }
        return recipients
    }
}

/// Deliveries in the file.
extension Database {
    /// Queues one delivery of a report for each recipient, all of them due at once.
    func insert(
        _ recipients: [String], of reportNumber: Int64, _ request: DeliveryRequest, by account: Account, at now: Instant
    ) throws {
        for recipient in recipients {
            try execute(
                sql: """
                    INSERT INTO delivery (id, report, recipient, format, title, asked_by, state, attempts, due_at, created_at,
                        changed_at)
                    VALUES (?, ?, ?, ?, ?, ?, 'queued', 0, ?, ?, ?)
                    """,
                arguments: [
                    Secret.text(bits: 144), reportNumber, recipient, request.format.rawValue,
                    Bounds.line(request.title, 255), account.id, now.seconds, now.seconds, now.seconds,
                ])
        }
    }

    /// Queues word of a failed run to its owner.
    func insertNotice(
        of runNumber: Int64, title: String, to recipient: String, owner: Int64, at now: Instant
    ) throws {
        try execute(
            sql: """
                INSERT INTO delivery (id, failed_run, recipient, title, asked_by, state, attempts, due_at, created_at, changed_at)
                VALUES (?, ?, ?, ?, ?, 'queued', 0, ?, ?, ?)
                """,
            arguments: [
                Secret.text(bits: 144), runNumber, recipient, title, owner, now.seconds, now.seconds, now.seconds,
            ])
    }

    /// - Parameter condition: with order and limit behind it.
    fileprivate func deliveries(where condition: String, _ arguments: StatementArguments) throws -> [Delivery] {
        try Row.fetchAll(
            self,
            sql: """
                SELECT delivery.id, report.id, delivery.recipient, delivery.format, delivery.state, delivery.attempts,
                    delivery.due_at, delivery.last_error, delivery.asked_by, delivery.created_at, delivery.changed_at,
                    scheduled_run.id, delivery.title
                FROM delivery LEFT JOIN report ON report.number = delivery.report
                LEFT JOIN scheduled_run ON scheduled_run.number = delivery.failed_run
                WHERE \(condition)
                """, arguments: arguments
        ).map { row in
            guard let content = Self.content(row), let state = Delivery.State(rawValue: row[4]) else {
                throw DynamicsError.damagedWorkspace("delivery")
            }
            return Delivery(
                id: row[0], content: content, recipient: row[2], title: row[12], state: state, attempts: row[5],
                dueAt: (row[6] as Int64?).map(Instant.init(seconds:)), lastError: row[7], askedBy: row[8],
                createdAt: Instant(seconds: row[9]), changedAt: Instant(seconds: row[10]))
        }
    }

    private static func content(_ row: Row) -> Delivery.Content? {
        if let run = row[11] as String? { return .failedRun(id: run) }
        guard let report = row[1] as String?, let format = (row[3] as String?).flatMap(Delivery.Format.init(rawValue:))
        else { return nil }
        return .report(id: report, format: format)
    }

    fileprivate func delivery(id: String) throws -> Delivery? {
        try deliveries(where: "delivery.id = ?", [id]).first
    }

    /// The one that is due longest. What changed in the future did so by a clock that has been set back since: what is queued is not
    /// left waiting for it; what is being sent gets its lease from then on, as its sender may well be alive.
    fileprivate func dueDelivery(at now: Instant) throws -> Delivery? {
        try deliveries(
            where: """
                delivery.due_at IS NOT NULL AND (
                    delivery.due_at <= :now
                    OR delivery.changed_at > :now
                        + CASE delivery.state WHEN 'queued' THEN 0 ELSE delivery.due_at - delivery.changed_at END)
                ORDER BY delivery.due_at, delivery.number LIMIT 1
                """, ["now": now.seconds]
        ).first
    }

    fileprivate func isGood(_ claim: DeliveryClaim) throws -> Bool {
        try Bool.fetchOne(
            self, sql: "SELECT claim = ? FROM delivery WHERE id = ? AND state = 'sending'",
            arguments: [claim.token, claim.delivery.id]) ?? false
    }

    fileprivate func fail(_ delivery: Delivery, _ why: String, at now: Instant) throws {
        try execute(
            sql: """
                UPDATE delivery SET state = 'failed', due_at = NULL, claim = NULL, last_error = ?, changed_at = ? WHERE id = ?
                """, arguments: [Bounds.line(why, 500), now.seconds, delivery.id])
        try note(.mailFailed, about: delivery, detail: "\(delivery.recipient): \(why)", at: now)
        if case .report(let id, _) = delivery.content { try tellOwner(ofReport: id, at: now) }
    }

    fileprivate func note(_ action: AuditAction, about delivery: Delivery, detail: String, at now: Instant) throws {
        let subject =
            switch delivery.content {
            case .report(let id, _): id
            case .failedRun: delivery.title
            }
        try note(
            action, by: Origin(account: try account(id: delivery.askedBy)), subject: subject, detail: detail, at: now)
    }
}
