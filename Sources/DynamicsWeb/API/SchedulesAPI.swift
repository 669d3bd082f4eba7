import DynamicsModel
import DynamicsReports
import DynamicsWorkspace
import Foundation
import HTTPTypes
import Hummingbird

/// The schedules of templates and their runs, for programs.
enum SchedulesAPI {
    static var routes: [Route] {
        let path = "/api/v1/templates/{id}/schedule"
        return [
            Route(.get, path, for: .viewers, show),
            Route(.put, path, for: .viewers, set),
            Route(.delete, path, for: .viewers) { visit in
                try await visit.parts.workspace.removeSchedule(
                    of: visit.parameter("id"), by: try visit.viewer(), address: visit.context.address)
                return Response(status: .noContent)
            },
            Route(.get, "/api/v1/templates/{id}/runs", for: .viewers, runs),
            Route(.post, "/api/v1/templates/{id}/runs", for: .viewers, runNow),
        ]
    }

    /// A schedule as programs read it.
    struct Document: Encodable {
        /// A raw value of `ScheduleFields.Frequency`, never `none`.
        var frequency = ""
        /// 1 (Monday) to 7; with `weekly`.
        var weekdays: [Int]?
        /// With `monthly`.
        var monthDay: Int?
        let time: String
        let timezone: String
        let isPaused: Bool
        let words: String
        /// The next due instants; none while it is paused, or its owner is disabled.
        let next: [String]

        enum CodingKeys: String, CodingKey {
            case frequency, weekdays, time, timezone, words, next
            case monthDay = "month_day"
            case isPaused = "paused"
        }

        init(_ schedule: TemplateSchedule, _ visit: Visit) throws {
            time = schedule.schedule.time
            timezone = schedule.schedule.timezone
            isPaused = schedule.pausedAt != nil
            words = schedule.schedule.words
            next =
                isPaused || schedule.isOwnerDisabled
                ? []
                : try ScheduledReports.preview(
                    schedule.schedule, after: visit.parts.clock(), zones: visit.parts.zones
                ).map(\.utcText)
            switch schedule.schedule.days {
            case .daily: frequency = ScheduleFields.Frequency.daily.rawValue
            case .weekly(let days):
                frequency = ScheduleFields.Frequency.weekly.rawValue
                weekdays = days.map(\.rawValue).sorted()
            case .monthly(let day):
                frequency = ScheduleFields.Frequency.monthly.rawValue
                monthDay = day
            case .lastDayOfMonth: frequency = ScheduleFields.Frequency.lastDay.rawValue
            }
        }
    }

    @Sendable private static func show(_ visit: Visit) async throws -> Response {
        guard
            let schedule = try await visit.parts.workspace.schedule(
                of: visit.parameter("id"), for: try visit.viewer())
        else { throw WebError.notFound }
        return try .document(try Document(schedule, visit))
    }

    private struct Body: Decodable {
        let frequency: String
        let weekdays: [Int]?
        let month_day: Int?
        let time: String
        let timezone: String?
        let paused: Bool?

        static let fields: Set = ["frequency", "weekdays", "month_day", "time", "timezone", "paused"]
        static let example =
            "{\"frequency\": \"weekly\", \"weekdays\": [1], \"time\": \"08:00\", \"timezone\": \"Europe/Kyiv\"}"

        /// As the form has it.
        var formFields: FormFields {
            FormFields(
                [
                    ("frequency", frequency), ("month_day", month_day.map(String.init) ?? ""), ("at", time),
                    ("schedule_timezone", timezone ?? "UTC"),
                ] + (weekdays ?? []).map { ("weekday", String($0)) })
        }
    }

    @Sendable private static func set(_ visit: Visit) async throws -> Response {
        let body = try RequestBody.read(
            Body.self, try await visit.body(), fields: Body.fields, required: ["frequency", "time"],
            example: Body.example)
        if let wrong = body.weekdays?.first(where: { !(1...7).contains($0) }) {
            throw DynamicsError(
                .usage, "bad_schedule", field: "weekdays", "\(wrong) is no day of the week; they are 1 (Monday) to 7")
        }
        if let day = body.month_day, !(1...31).contains(day) {
            throw DynamicsError(.usage, "bad_schedule", field: "month_day", "\(day) is no day of a month")
        }
        guard let schedule = try ScheduleFields(body.formFields).schedule(zones: visit.parts.zones) else {
            throw DynamicsError(
                .usage, "bad_schedule", field: "frequency", "must be one of daily, weekly, monthly, last_day")
        }
        let id = visit.parameter("id")
        try await SchedulePages.set(schedule, of: id, visit)
        if let isPaused = body.paused {
            try await visit.parts.workspace.setPaused(
                isPaused, scheduleOf: id, by: try visit.viewer(), address: visit.context.address)
        }
        return try await show(visit)
    }

    // MARK: - Runs

    /// A run as programs read it.
    private struct RunDocument: Encodable {
        let id: String
        let dueAt: String
        let isByHand: Bool
        let missed: Int
        let state: String
        let attempts: Int
        let reportID: String?
        let view: String?
        let error: String?
        let changedAt: String
        /// How many deliveries of each state.
        let deliveries: [String: Int]

        enum CodingKeys: String, CodingKey {
            case id, missed, state, attempts, view, error, deliveries
            case dueAt = "due_at"
            case isByHand = "by_hand"
            case reportID = "report_id"
            case changedAt = "changed_at"
        }

        init(_ run: ScheduledRun) {
            id = run.id
            dueAt = run.dueAt.utcText
            isByHand = run.isByHand
            missed = run.missed
            state = run.state.rawValue
            attempts = run.attempts
            reportID = run.reportID
            view = run.reportID.map { "/view?id=\($0)" }
            error = run.error
            changedAt = run.changedAt.utcText
            deliveries = Dictionary(uniqueKeysWithValues: run.deliveries.map { ($0.rawValue, $1) })
        }
    }

    private struct RunList: Encodable { let runs: [RunDocument] }

    /// The newest 100.
    @Sendable private static func runs(_ visit: Visit) async throws -> Response {
        let found = try await visit.parts.workspace.scheduledRuns(
            of: visit.parameter("id"), for: try visit.viewer(), limit: 100)
        return try .document(RunList(runs: found.map(RunDocument.init)))
    }

    @Sendable private static func runNow(_ visit: Visit) async throws -> Response {
        let run = try await visit.parts.workspace.runNow(
            visit.parameter("id"), by: try visit.viewer(), address: visit.context.address)
        visit.parts.schedules.wake()
        return try .document(RunDocument(run), status: .accepted)
    }
}
