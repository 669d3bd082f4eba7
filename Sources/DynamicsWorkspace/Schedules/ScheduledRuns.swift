public import DynamicsModel
import GRDB

/// Runs that schedules made, from their being due to the report. Several processes may work at it at once: each due instant is run
/// once, and a run whose process dies is made by another.
extension Workspace {
    /// The history of a template, newest first.
    /// - Parameter limit: 1...1000.
    /// - Throws: `DynamicsError` (`.usage`, `not_found`) for all but the template's owner and administrators.
    public func scheduledRuns(
        of templateID: String, for viewer: Account, offset: Int = 0, limit: Int = 50
    ) async throws -> [ScheduledRun] {
        try await file.read { db in
            _ = try db.template(templateID, changeableBy: viewer)
            return try db.scheduledRuns(
                where: "template.id = ? ORDER BY run.number DESC LIMIT ? OFFSET ?",
                [templateID, Bounds.page(limit), max(0, offset)])
        }
    }

    /// The newest run of each template that `viewer` may change, by the template's id.
    public func lastScheduledRuns(for viewer: Account) async throws -> [String: ScheduledRun] {
        guard viewer.seesReports else { return [:] }
        return try await file.read { db in
            let found = try db.scheduledRuns(
                where: """
                    (template.owner = ? OR ?)
                        AND run.number = (SELECT max(number) FROM scheduled_run WHERE template = template.number)
                    """, [viewer.id, viewer.isAdministrator])
            return Dictionary(uniqueKeysWithValues: found.map { ($0.templateID, $0) })
        }
    }

    /// A scheduled run, and the template that it is of; nil: there is none any more. For messages about it.
    public func scheduledRun(id: String) async throws -> ScheduledRun? {
        try await file.read { db in try db.scheduledRuns(where: "run.id = ?", [id]).first }
    }

    /// Makes a run of what is due.
    ///
    /// - Parameters:
    ///   - schedule: as `activeSchedules` gave it.
    ///   - due: the latest due instant, after `schedule.doneUntil`.
    ///   - missed: how many there were between the two, which are left out.
    /// - Returns: false when somebody else has, or the schedule is not what it was.
    @discardableResult
    public func begin(_ schedule: TemplateSchedule, due: Instant, missed: Int) async throws -> Bool {
        let now = clock()
        return try await file.write { db in
            try db.execute(
                sql: """
                    UPDATE schedule SET done_until = ?
                    WHERE template = (SELECT number FROM template WHERE id = ?) AND done_until = ? AND paused_at IS NULL
                    """, arguments: [due.seconds, schedule.templateID, schedule.doneUntil.seconds])
            guard db.changesCount > 0 else { return false }
            try db.insertRun(of: schedule.templateID, due: due, isByHand: false, missed: missed, at: now)
            return true
        }
    }

    /// Runs a template now, and sends its report to the template's recipients, with the rights of its owner.
    /// - Throws: `DynamicsError` (`.usage`): `not_found` for all but its owner and administrators; `too_many_runs` when many wait.
    public func runNow(_ templateID: String, by account: Account, address: String? = nil) async throws -> ScheduledRun {
        let now = clock()
        return try await file.write { db in
            _ = try db.template(templateID, changeableBy: account)
            let waiting = try db.scheduledRuns(where: "template.id = ? AND run.next_at IS NOT NULL", [templateID])
            guard waiting.count < Self.mostWaitingRuns else {
                throw DynamicsError(
                    .usage, "too_many_runs",
                    "\(waiting.count) runs of this template are not finished yet; wait for them")
            }
            let id = try db.insertRun(of: templateID, due: now, isByHand: true, missed: 0, at: now)
            try db.note(
                .scheduledRunAsked, by: Origin(account: account, address: address), subject: templateID, at: now)
            guard let run = try db.scheduledRuns(where: "run.id = ?", [id]).first else {
                throw DynamicsError.damagedWorkspace("scheduled_run")
            }
            return run
        }
    }

    /// How many runs of one template may be on their way.
    static let mostWaitingRuns = 10

    /// Takes the run that is due longest; nobody else gets it until the lease ends. Runs of owners who are disabled fail.
    /// - Parameter lease_seconds: from 1 on; `renew` makes it longer.
    /// - Returns: nil: nothing is due.
    public func claimScheduledRun(lease_seconds: Int64) async throws -> ScheduledRunClaim? {
        precondition(lease_seconds > 0, "a lease takes time")
        let now = clock()
        let token = Secret.text(bits: 144)
        guard try await file.read({ db in try db.dueRun(at: now) }) != nil else { return nil }
        return try await file.write { db in
            while let due = try db.dueRun(at: now) {
                guard let owner = try db.owner(ofTemplate: due.templateID), !owner.isDisabled,
                    let template = try db.template(due.templateID, for: owner)
                else {
                    try db.fail(due.id, "the template's owner is disabled", at: now)
                    continue
                }
                guard due.attempts < Self.mostRunAttempts else {
                    try db.fail(due.id, due.error ?? "the program that was running it stopped, too often", at: now)
                    continue
                }
                try db.execute(
                    sql: """
                        UPDATE scheduled_run SET state = 'running', attempts = attempts + 1, next_at = ?, claim = ?, changed_at = ?
                        WHERE id = ?
                        """, arguments: [now.seconds + lease_seconds, token, now.seconds, due.id])
                return ScheduledRunClaim(
                    runID: due.id, attempts: due.attempts + 1, template: template, token: token)
            }
            return nil
        }
    }

    /// How often a run is tried before it fails.
    public static let mostRunAttempts = 8

    /// Makes a claim good for longer, from now on: who runs it is alive.
    /// - Returns: false when the claim is no longer good; then nothing has changed.
    @discardableResult
    public func renew(_ claim: ScheduledRunClaim, lease_seconds: Int64) async throws -> Bool {
        let now = clock()
        return try await file.write { db in
            guard try db.isGood(claim) else { return false }
            try db.execute(
                sql: "UPDATE scheduled_run SET next_at = ? WHERE id = ?",
                arguments: [now.seconds + lease_seconds, claim.runID])
            return true
        }
    }

    /// Writes down that an attempt failed; the owner is told when there will be no other one.
    ///
    /// - Parameters:
    ///   - why: a sentence; cut to 500 scalars.
    ///   - retryAfter_seconds: when to try again; nil: never.
    /// - Returns: as `renew`.
    @discardableResult
    public func noteFailure(
        _ claim: ScheduledRunClaim, _ why: String, retryAfter_seconds: Int64?
    ) async throws -> Bool {
        let now = clock()
        return try await file.write { db in
            guard try db.isGood(claim) else { return false }
            guard let pause = retryAfter_seconds, claim.attempts < Self.mostRunAttempts else {
                try db.fail(claim.runID, why, at: now)
                return true
            }
            try db.execute(
                sql: """
                    UPDATE scheduled_run SET state = 'waiting', next_at = ?, claim = NULL, error = ?, changed_at = ? WHERE id = ?
                    """,
                arguments: [now.seconds + max(0, pause), Bounds.line(why, 500), now.seconds, claim.runID])
            return true
        }
    }

    /// Gives a claim back, as when the program stops: due at once, and the attempt is not counted.
    /// - Returns: as `renew`.
    @discardableResult
    public func giveBack(_ claim: ScheduledRunClaim) async throws -> Bool {
        let now = clock()
        return try await file.write { db in
            guard try db.isGood(claim) else { return false }
            try db.execute(
                sql: """
                    UPDATE scheduled_run SET state = 'waiting', attempts = attempts - 1, next_at = ?, claim = NULL,
                        changed_at = ? WHERE id = ?
                    """, arguments: [now.seconds, now.seconds, claim.runID])
            return true
        }
    }
}

// MARK: - In the file

extension Database {
    @discardableResult
    fileprivate func insertRun(
        of templateID: String, due: Instant, isByHand: Bool, missed: Int, at now: Instant
    ) throws -> String {
        let id = Secret.text(bits: 144)
        try execute(
            sql: """
                INSERT INTO scheduled_run (id, template, due_at, is_by_hand, missed, state, attempts, next_at, changed_at)
                SELECT ?, number, ?, ?, ?, 'waiting', 0, ?, ? FROM template WHERE id = ?
                """, arguments: [id, due.seconds, isByHand, missed, now.seconds, now.seconds, templateID])
        return id
    }

    /// - Parameter condition: with order and limit behind it.
    fileprivate func scheduledRuns(where condition: String, _ arguments: StatementArguments) throws -> [ScheduledRun] {
        try Row.fetchAll(
            self,
            sql: """
                SELECT run.id, template.id, run.due_at, run.is_by_hand, run.missed, run.state, run.attempts, report.id,
                    run.error, run.changed_at, run.report
                FROM scheduled_run AS run JOIN template ON template.number = run.template
                LEFT JOIN report ON report.number = run.report
                WHERE \(condition)
                """, arguments: arguments
        ).map { row in
            guard let state = ScheduledRun.State(rawValue: row[5]) else {
                throw DynamicsError.damagedWorkspace("scheduled_run")
            }
            return ScheduledRun(
                id: row[0], templateID: row[1], dueAt: Instant(seconds: row[2]), isByHand: row[3], missed: row[4],
                state: state, attempts: row[6], reportID: row[7], error: row[8], changedAt: Instant(seconds: row[9]),
                deliveries: try (row[10] as Int64?).map(deliveryCounts) ?? [:])
        }
    }

    private func deliveryCounts(ofReport number: Int64) throws -> [Delivery.State: Int] {
        let rows = try Row.fetchAll(
            self, sql: "SELECT state, count(*) FROM delivery WHERE report = ? GROUP BY state", arguments: [number])
        return Dictionary(
            uniqueKeysWithValues: rows.compactMap { row in Delivery.State(rawValue: row[0]).map { ($0, row[1]) } })
    }

    fileprivate func dueRun(at now: Instant) throws -> ScheduledRun? {
        try scheduledRuns(
            where: """
                run.next_at IS NOT NULL AND (run.next_at <= ? OR run.state = 'waiting' AND run.changed_at > ?)
                ORDER BY run.next_at, run.number LIMIT 1
                """, [now.seconds, now.seconds]
        ).first
    }

    fileprivate func owner(ofTemplate id: String) throws -> Account? {
        try Int64.fetchOne(self, sql: "SELECT owner FROM template WHERE id = ?", arguments: [id]).flatMap(account)
    }

    fileprivate func isGood(_ claim: ScheduledRunClaim) throws -> Bool {
        try Bool.fetchOne(
            self, sql: "SELECT claim = ? FROM scheduled_run WHERE id = ? AND state = 'running'",
            arguments: [claim.token, claim.runID]) ?? false
    }

    /// The run has its report.
    /// - Parameter sends: whether mail goes out with it; without, all is well already.
    func finish(_ claim: ScheduledRunClaim, report: Int64, sends: Bool, at now: Instant) throws {
        guard try isGood(claim) else {
            throw DynamicsError(.unavailable, "taken_over", "another process has taken the scheduled run over")
        }
        try execute(
            sql: """
                UPDATE scheduled_run SET state = 'finished', next_at = NULL, claim = NULL, report = ?, error = NULL, changed_at = ?
                WHERE id = ?
                """, arguments: [report, now.seconds, claim.runID])
        if !sends { try forgetTelling(run: claim.runID) }
    }

    fileprivate func fail(_ runID: String, _ why: String, at now: Instant) throws {
        try execute(
            sql: """
                UPDATE scheduled_run SET state = 'failed', next_at = NULL, claim = NULL, error = ?, changed_at = ? WHERE id = ?
                """, arguments: [Bounds.line(why, 500), now.seconds, runID])
        guard let run = try scheduledRuns(where: "run.id = ?", [runID]).first else { return }
        try note(
            .scheduledRunFailed, by: Origin(account: try owner(ofTemplate: run.templateID)), subject: run.templateID,
            detail: why, at: now)
        try tellOwner(ofRun: runID, at: now)
    }

    // MARK: - Telling the owner

    /// Queues a message to the owner of the scheduled run that a report is of, if it is of one.
    func tellOwner(ofReport reportID: String, at now: Instant) throws {
        if let run = try run(ofReport: reportID) { try tellOwner(ofRun: run, at: now) }
    }

    /// Once, until everything has gone well again; and only of runs that nobody was waiting for.
    private func tellOwner(ofRun runID: String, at now: Instant) throws {
        let row = try Row.fetchOne(
            self,
            sql: """
                SELECT run.number, template.name, owner.email, owner.id, schedule.template FROM scheduled_run AS run
                JOIN template ON template.number = run.template JOIN account AS owner ON owner.id = template.owner
                JOIN schedule ON schedule.template = run.template
                WHERE run.id = ? AND run.is_by_hand = 0 AND schedule.told_at IS NULL
                    AND owner.email IS NOT NULL AND owner.disabled_at IS NULL
                """, arguments: [runID])
        guard let row else { return }
        try insertNotice(of: row[0], title: row[1], to: row[2], owner: row[3], at: now)
        try execute(
            sql: "UPDATE schedule SET told_at = ? WHERE template = ?", arguments: [now.seconds, row[4] as Int64])
    }

    /// A message has been sent: when it was the last one of a scheduled run's report, and none of them failed, the next failure is
    /// worth telling again.
    func noteAllIsWell(with reportID: String) throws {
        guard let run = try run(ofReport: reportID) else { return }
        let left = try Int.fetchOne(
            self,
            sql: """
                SELECT count(*) FROM delivery JOIN report ON report.number = delivery.report
                WHERE report.id = ? AND delivery.state <> 'sent'
                """, arguments: [reportID])
        if left == 0 { try forgetTelling(run: run) }
    }

    private func forgetTelling(run runID: String) throws {
        try execute(
            sql: """
                UPDATE schedule SET told_at = NULL WHERE told_at IS NOT NULL
                    AND template = (SELECT template FROM scheduled_run WHERE id = ?)
                """, arguments: [runID])
    }

    private func run(ofReport reportID: String) throws -> String? {
        try String.fetchOne(
            self,
            sql: """
                SELECT scheduled_run.id FROM scheduled_run JOIN report ON report.number = scheduled_run.report
                WHERE report.id = ?
                """, arguments: [reportID])
    }

    /// Forgets scheduled runs that were over more than 400 days ago: somebody may look for last year's.
    func pruneScheduledRuns(at now: Instant) throws {
        try execute(
            sql: "DELETE FROM scheduled_run WHERE state IN ('finished', 'failed') AND changed_at < ?",
            arguments: [now.seconds - 400 * 86_400])
    }
}
