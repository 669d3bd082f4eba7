import DynamicsModel
import DynamicsReports

/// A schedule in a form: the fields `frequency`, `weekday` (several), `month_day`, `at` and `schedule_timezone`.
struct ScheduleFields {
    /// How often; `none` for no schedule at all.
    enum Frequency: String, CaseIterable {
        case none, daily, weekly, monthly
        case lastDay = "last_day"

        var title: String {
            switch self {
            case .none: "Not by itself"
            case .daily: "Every day"
            case .weekly: "On days of the week"
            case .monthly: "On a day of the month"
            case .lastDay: "On the last day of the month"
            }
        }
    }

    private let frequency: String
    private let chosenDays: Set<String>
    let monthDay: String
    let time: String
    let timezone: String
    let frequencies: [Choice]
    let weekdays: [Choice]
    /// Whether the preview is asked for by a button, without scripts.
    var next: [String] = []
    var daysProblem = ""
    var timeProblem = ""
    var timezoneProblem = ""

    /// - Parameters:
    ///   - schedule: nil: there is none yet.
    ///   - timezone: what a new one begins with.
    init(_ schedule: Schedule?, timezone: String) {
        var days: Set<String> = ["1"]
        var monthDay = "1"
        var frequency = Frequency.none
        switch schedule?.days {
        case nil: break
        case .daily: frequency = .daily
        case .weekly(let chosen):
            frequency = .weekly
            days = Set(chosen.map { String($0.rawValue) })
        case .monthly(let day):
            frequency = .monthly
            monthDay = String(day)
        case .lastDayOfMonth: frequency = .lastDay
        }
        self.init(
            frequency.rawValue, days, monthDay: monthDay, time: schedule?.time ?? "08:00",
            timezone: schedule?.timezone ?? timezone)
    }

    init(_ form: FormFields) {
        self.init(
            form["frequency"] ?? Frequency.none.rawValue, Set(form.all("weekday").prefix(7)),
            monthDay: form["month_day"] ?? "", time: form["at"] ?? "",
            timezone: QueryInput.trimmed(form["schedule_timezone"] ?? ""))
    }

    private init(_ frequency: String, _ days: Set<String>, monthDay: String, time: String, timezone: String) {
        self.frequency = frequency
        chosenDays = days
        self.monthDay = monthDay
        self.time = time
        self.timezone = timezone
        frequencies = Frequency.allCases.map {
            Choice(value: $0.rawValue, label: $0.title, isChosen: $0.rawValue == frequency)
        }
        weekdays = Schedule.Weekday.allCases.map {
            Choice(
                value: String($0.rawValue), label: String($0.title.prefix(3)),
                isChosen: days.contains(String($0.rawValue)))
        }
    }

    /// Whether a form has these fields at all.
    static func areIn(_ form: FormFields) -> Bool { form.has("frequency") }

    /// - Returns: nil: there is to be none.
    /// - Throws: `DynamicsError` (`.usage`) with the field `frequency`, `days`, `time` or `timezone`.
    func schedule(zones: TimeZoneDirectory) throws -> Schedule? {
        let days: Schedule.Days
        switch Frequency(rawValue: frequency) {
        case nil: throw DynamicsError(.usage, "bad_schedule", field: "frequency", "choose how often from the list")
        case .some(.none): return nil
        case .daily: days = .daily
        case .weekly: days = .weekly(Set(chosenDays.compactMap { Int($0).flatMap(Schedule.Weekday.init(rawValue:)) }))
        case .monthly: days = .monthly(Self.number(monthDay) ?? 0)
        case .lastDay: days = .lastDayOfMonth
        }
        guard let minute = Self.minute(time) else {
            throw DynamicsError(.usage, "bad_schedule", field: "time", "give a time such as 08:00")
        }
        _ = try zones.rules(named: timezone)
        return try Schedule(days: days, minuteOfDay: minute, timezone: timezone)
    }

    /// Digits only, unlike what `Int` reads.
    private static func number(_ text: String) -> Int? {
        (1...2).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
    }

    /// `08:00`, or with seconds as some browsers send it.
    private static func minute(_ text: String) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { number(String($0)) }
        guard (2...3).contains(parts.count), let hour = parts[0], let minute = parts[1], hour < 24, minute < 60,
            parts.count == 2 || parts[2] == 0
        else { return nil }
        return hour * 60 + minute
    }

    mutating func note(_ error: DynamicsError) -> Bool {
        switch error.field {
        case "days", "frequency": daysProblem = error.sentence
        case "time": timeProblem = error.sentence
        case "timezone": timezoneProblem = error.sentence
        default: return false
        }
        return true
    }
}

/// Due instants as people read them, by the clocks of the schedule.
enum ShownDue {
    /// `Mon 2026-11-30 08:00`.
    static func text(_ instant: Instant, _ rules: TimeZoneRules) -> String {
        let time = rules.civilTime(at: instant)
        let text = time.description
        return "\(Schedule.Weekday(time.date).title.prefix(3)) \(text.prefix(10)) \(text.dropFirst(11).prefix(5))"
    }

    /// The next ones of a schedule.
    static func next(_ schedule: Schedule, _ visit: Visit, count: Int = 3) throws -> [String] {
        let rules = try visit.parts.zones.rules(named: schedule.timezone)
        return try ScheduledReports.preview(
            schedule, after: visit.parts.clock(), zones: visit.parts.zones, count: count
        ).map { text($0, rules) }
    }
}
