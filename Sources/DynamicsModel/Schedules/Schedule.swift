/// When something is done again and again: on some days, at a time of the day in a timezone.
public struct Schedule: Sendable, Hashable, Codable {
    /// On which days.
    public enum Days: Sendable, Hashable, Codable {
        case daily
        /// Days of the week, at least one.
        case weekly(Set<Weekday>)
        /// The day of the month, 1...31; in shorter months the last one.
        case monthly(Int)
        case lastDayOfMonth
    }

    /// A day of the week; raw values as in ISO 8601.
    public enum Weekday: Int, Sendable, Hashable, Codable, CaseIterable, Comparable {
        case monday = 1
        case tuesday, wednesday, thursday, friday, saturday, sunday

        /// The weekday of a date.
        public init(_ date: CivilDate) {
            // Day 0, 1 January 1970, was a Thursday.
            let index = (Int(date.dayNumber) + 3) % 7
            self = Self.allCases[(index + 7) % 7]
        }

        /// In English.
        public var title: String {
            switch self {
            case .monday: "Monday"
            case .tuesday: "Tuesday"
            case .wednesday: "Wednesday"
            case .thursday: "Thursday"
            case .friday: "Friday"
            case .saturday: "Saturday"
            case .sunday: "Sunday"
            }
        }

        public static func < (a: Weekday, b: Weekday) -> Bool { a.rawValue < b.rawValue }
    }

    /// On which days, by the calendar of the timezone.
    public var days: Days
    /// Minutes after midnight, 0..<1440, by the clocks of the timezone.
    public var minuteOfDay: Int
    /// Its name in the IANA database.
    public var timezone: String

    /// - Throws: `DynamicsError` (`usage`) that names the field, for a time or a day that no calendar has, or no day at all.
    public init(days: Days, minuteOfDay: Int, timezone: String) throws {
        switch days {
        case .weekly(let days) where days.isEmpty:
            throw DynamicsError(.usage, "bad_schedule", field: "days", "choose at least one day of the week")
        case .monthly(let day) where !(1...31).contains(day):
            throw DynamicsError(.usage, "bad_schedule", field: "days", "the day of the month is a number from 1 to 31")
        default: break
        }
        guard (0..<1440).contains(minuteOfDay) else {
            throw DynamicsError(.usage, "bad_schedule", field: "time", "the time is one from 00:00 to 23:59")
        }
        self.days = days
        self.minuteOfDay = minuteOfDay
        self.timezone = timezone
    }

    // MARK: - When

    /// The first due instant after another one.
    ///
    /// On each of its days it is due once: at the first instant when the clocks of the timezone show its time or a later one. So a time
    /// that is skipped runs when clocks go on, and one that comes twice runs the first time.
    ///
    /// - Parameter rules: of `timezone`.
    public func next(after instant: Instant, in rules: TimeZoneRules) -> Instant {
        // Clocks that go back, or a date that is skipped, make due instants of two days be the same or out of order: never more than
        // two days off.
        var date = rules.civilTime(at: instant).date.adding(-2)
        while true {
            if isDue(on: date) {
                let due = due(on: date, rules)
                if due > instant { return due }
            }
            date = date.adding(1)
        }
    }

    /// The last due instant up to and including another one, if there is one after `earliest`.
    public func latest(upTo instant: Instant, after earliest: Instant, in rules: TimeZoneRules) -> Instant? {
        var date = rules.civilTime(at: instant).date.adding(2)
        let first = rules.civilTime(at: earliest).date.adding(-2)
        var latest: Instant?
        while date >= first {
            if isDue(on: date) {
                let due = due(on: date, rules)
                if due <= instant, due > earliest { latest = max(latest ?? due, due) }
                // Nothing before can be later than this any more.
                if let latest, due.seconds < latest.seconds - 3 * 86_400 { return latest }
            }
            date = date.adding(-1)
        }
        return latest
    }

    private func isDue(on date: CivilDate) -> Bool {
        let length = CivilDate.length(ofMonth: date.month, year: date.year)
        return switch days {
        case .daily: true
        case .weekly(let days): days.contains(Weekday(date))
        case .monthly(let day): date.day == min(day, length)
        case .lastDayOfMonth: date.day == length
        }
    }

    private func due(on date: CivilDate, _ rules: TimeZoneRules) -> Instant {
        rules.firstInstant(reaching: CivilTime(date, secondOfDay: minuteOfDay * 60))
    }

    // MARK: - In words

    /// `09:30`.
    public var time: String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
        return "\(two(minuteOfDay / 60)):\(two(minuteOfDay % 60))"
    }

    /// `Every Monday and Friday at 09:30, Europe/Kyiv`.
    public var words: String {
        let when: String
        switch days {
        case .daily: when = "Every day"
        case .weekly(let days):
            let names = days.sorted().map(\.title)
            when =
                "Every "
                + (names.count < 2
                    ? names.joined() : names.dropLast().joined(separator: ", ") + " and " + names[names.count - 1])
        case .monthly(let day) where day > 28: when = "On day \(day) of every month (the last day of shorter ones)"
        case .monthly(let day): when = "On day \(day) of every month"
        case .lastDayOfMonth: when = "On the last day of every month"
        }
        return "\(when) at \(time), \(timezone)"
    }
}
