public import DynamicsModel
import Foundation
import GRDB

/// The schedules of templates. Only a template's owner and administrators see and change them; for others there are none.
extension Workspace {
    /// The template's schedule; nil: it has none, or `viewer` may not change the template.
    public func schedule(of templateID: String, for viewer: Account) async throws -> TemplateSchedule? {
        try await file.read { db in
            guard let template = try db.template(templateID, for: viewer), template.mayChange(viewer) else {
                return nil
            }
            return try db.schedules(where: "template.id = ?", [templateID]).first
        }
    }

    /// The schedules of all templates that `viewer` may change, by the template's id.
    public func schedules(for viewer: Account) async throws -> [String: TemplateSchedule] {
        guard viewer.seesReports else { return [:] }
        return try await file.read { db in
            let found = try db.schedules(
                where: "template.owner = ? OR ?", [viewer.id, viewer.isAdministrator])
            return Dictionary(uniqueKeysWithValues: found.map { ($0.templateID, $0) })
        }
    }

    /// Runs the template by itself from now on; what was due until now is not caught up with. A pause stays.
    /// - Throws: `DynamicsError` (`.usage`, `not_found`) for all but the template's owner and administrators.
    public func setSchedule(
        _ schedule: Schedule, of templateID: String, by account: Account, address: String? = nil
    ) async throws {
        let json = String(decoding: try JSONEncoder().encode(schedule), as: UTF8.self)
        let now = clock()
        try await file.write { db in
            _ = try db.template(templateID, changeableBy: account)
            try db.execute(
                sql: """
                    INSERT INTO schedule (template, schedule, done_until)
                    SELECT number, ?, ? FROM template WHERE id = ?
                    ON CONFLICT (template) DO UPDATE SET schedule = excluded.schedule, done_until = excluded.done_until,
                        told_at = NULL
                    """, arguments: [json, now.seconds, templateID])
            try db.note(
                .scheduleSet, by: Origin(account: account, address: address), subject: templateID,
                detail: schedule.words, at: now)
        }
    }

    /// The template is not run by itself any more. Its history stays.
    /// - Throws: as `setSchedule`.
    public func removeSchedule(of templateID: String, by account: Account, address: String? = nil) async throws {
        let now = clock()
        try await file.write { db in
            _ = try db.template(templateID, changeableBy: account)
            try db.execute(
                sql: "DELETE FROM schedule WHERE template = (SELECT number FROM template WHERE id = ?)",
                arguments: [templateID])
            guard db.changesCount > 0 else { return }
            try db.note(
                .scheduleRemoved, by: Origin(account: account, address: address), subject: templateID, at: now)
        }
    }

    /// Pauses a schedule, or lets it go on. What was due meanwhile is not caught up with.
    /// - Throws: as `setSchedule`; `no_schedule` when there is none.
    public func setPaused(
        _ isPaused: Bool, scheduleOf templateID: String, by account: Account, address: String? = nil
    ) async throws {
        let now = clock()
        try await file.write { db in
            _ = try db.template(templateID, changeableBy: account)
            guard let schedule = try db.schedules(where: "template.id = ?", [templateID]).first else {
                throw DynamicsError(.usage, "no_schedule", "the template has no schedule")
            }
            guard (schedule.pausedAt != nil) != isPaused else { return }
            try db.execute(
                sql: """
                    UPDATE schedule SET paused_at = ?, done_until = CASE WHEN ? THEN done_until ELSE max(done_until, ?) END
                    WHERE template = (SELECT number FROM template WHERE id = ?)
                    """, arguments: [isPaused ? now.seconds : nil, isPaused, now.seconds, templateID])
            try db.note(
                isPaused ? .schedulePaused : .scheduleResumed, by: Origin(account: account, address: address),
                subject: templateID, at: now)
        }
    }

    /// All schedules that run: not paused, and with an owner who is not disabled.
    public func activeSchedules() async throws -> [TemplateSchedule] {
        try await file.read { db in
            try db.schedules(where: "schedule.paused_at IS NULL AND owner.disabled_at IS NULL", [])
        }
    }
}

extension Database {
    fileprivate func schedules(where condition: String, _ arguments: StatementArguments) throws -> [TemplateSchedule] {
        try Row.fetchAll(
            self,
            sql: """
                SELECT template.id, template.name, template.owner, schedule.schedule, schedule.done_until, schedule.paused_at,
                    owner.disabled_at
                FROM schedule JOIN template ON template.number = schedule.template
                JOIN account AS owner ON owner.id = template.owner
                WHERE \(condition) ORDER BY template.number
                """, arguments: arguments
        ).map { row in
            let text: String = row[3]
            guard let schedule = try? JSONDecoder().decode(Schedule.self, from: Data(text.utf8)) else {
                throw DynamicsError.damagedWorkspace("schedule")
            }
            return TemplateSchedule(
                templateID: row[0], templateName: row[1], owner: row[2], schedule: schedule,
                doneUntil: Instant(seconds: row[4]), pausedAt: (row[5] as Int64?).map(Instant.init(seconds:)),
                isOwnerDisabled: row[6] != nil)
        }
    }
}
