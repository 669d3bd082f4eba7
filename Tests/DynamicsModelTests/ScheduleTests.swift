import DynamicsModel
import DynamicsTestSupport
import Testing

@Suite struct ScheduleTests {
    private static let zones = TimeZoneDirectory()
    /// Clocks that change by an hour, by half an hour, at midnight, not at all, far from UTC, and one that skipped a date.
    private static let names = [
        "Europe/Kyiv", "America/Santiago", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia", "America/New_York",
    ]

    private func schedules(_ timezone: String) throws -> [Schedule] {
        let days: [Schedule.Days] = [
            .daily, .weekly([.monday]), .weekly([.sunday, .wednesday, .friday]), .monthly(1), .monthly(31),
            .lastDayOfMonth,
        ]
        return try days.flatMap { days in
            try [0, 1, 119, 120, 150, 179, 180, 23 * 60 + 59].map {
                try Schedule(days: days, minuteOfDay: $0, timezone: timezone)
            }
        }
    }

    /// Minute by minute through five years: on each day of the schedule, the first minute whose clocks show its time or a later one.
    private func naive(_ schedule: Schedule, _ clocks: [(at: Instant, shows: CivilTime)]) -> [Instant] {
        var due: [Instant] = []
        var targets: [CivilTime] = []
        var date = clocks[0].shows.date.adding(1)
        while date < clocks[clocks.count - 1].shows.date.adding(-1) {
            let (year, month, day) = date.components
            let length = CivilDate.length(ofMonth: month, year: year)
            let isDay =
                switch schedule.days {
                case .daily: true
                // 5 January 1970 was a Monday.
                case .weekly(let days): days.contains { ($0.rawValue - 1 + 4) % 7 == Int(date.dayNumber) % 7 }
                case .monthly(let number): day == number || (number > length && day == length)
                case .lastDayOfMonth: day == length
                }
            if isDay { targets.append(CivilTime(date, secondOfDay: schedule.minuteOfDay * 60)) }
            date = date.adding(1)
        }
        var next = 0
        for clock in clocks {
            while next < targets.count, clock.shows >= targets[next] {
                if due.last != clock.at { due.append(clock.at) }
                next += 1
            }
        }
        return due
    }

    @Test(arguments: names) func eachDueInstantComesOnce(timezone: String) throws {
        let rules = try Self.zones.rules(named: timezone)
        // For Apia, the years with the date that never was.
        let start = Instant(seconds: timezone == "Pacific/Apia" ? 1_262_304_000 : 1_672_531_200)
        let clocks = (0..<(5 * 366 * 1440)).map { minute in
            let at = Instant(seconds: start.seconds + Int64(minute) * 60)
            return (at: at, shows: rules.civilTime(at: at))
        }
        for schedule in try schedules(timezone) {
            let expected = naive(schedule, clocks)
            var found: [Instant] = []
            var now = Instant(seconds: expected[0].seconds - 1)
            while now < expected[expected.count - 1] {
                now = schedule.next(after: now, in: rules)
                found.append(now)
            }
            #expect(found == expected, "\(schedule.words)")
        }
    }

    @Test(arguments: names) func whatWasMissedIsTheLatest(timezone: String) throws {
        let rules = try Self.zones.rules(named: timezone)
        var random = SplitMix64(seed: 7)
        for schedule in try schedules(timezone) {
            for _ in 0..<40 {
                let earliest = Instant(seconds: 1_300_000_000 + Int64(random.between(0...400_000_000)))
                let instant = Instant(seconds: earliest.seconds + Int64(random.between(0...8_000_000)))
                var expected: Instant?
                var next = schedule.next(after: earliest, in: rules)
                while next <= instant {
                    expected = next
                    next = schedule.next(after: next, in: rules)
                }
                #expect(schedule.latest(upTo: instant, after: earliest, in: rules) == expected, "\(schedule.words)")
            }
        }
    }

    @Test func clocksThatGoOnAndBack() throws {
        let rules = try Self.zones.rules(named: "Europe/Kyiv")
        let schedule = try Schedule(days: .daily, minuteOfDay: 3 * 60 + 30, timezone: "Europe/Kyiv")
        func next(_ text: Int64) -> String {
            rules.timestamp(at: schedule.next(after: Instant(seconds: text), in: rules))
        }
        // 31 March 2024: from 03:00 to 04:00. 27 October 2024: from 04:00 back to 03:00.
        #expect(next(1_711_836_000) == "2024-03-31T04:00:00+03:00")
        #expect(next(1_729_980_000) == "2024-10-27T03:30:00+03:00")
        #expect(next(1_729_989_000) == "2024-10-28T03:30:00+02:00")
    }

    @Test func whatNoCalendarHasIsRefused() {
        for (days, minute, field) in [
            (Schedule.Days.weekly([]), 0, "days"), (.monthly(0), 0, "days"), (.monthly(32), 0, "days"),
            (.daily, 1440, "time"),
            (.daily, -1, "time"),
        ] {
            let error = #expect(throws: DynamicsError.self) {
                _ = try Schedule(days: days, minuteOfDay: minute, timezone: "UTC")
            }
            #expect(error?.field == field)
        }
    }

    @Test func wordsSayWhen() throws {
        func words(_ days: Schedule.Days) throws -> String {
            try Schedule(days: days, minuteOfDay: 570, timezone: "UTC").words
        }
        #expect(try words(.daily) == "Every day at 09:30, UTC")
        #expect(try words(.weekly([.friday, .monday, .sunday])) == "Every Monday, Friday and Sunday at 09:30, UTC")
        #expect(try words(.monthly(31)) == "On day 31 of every month (the last day of shorter ones) at 09:30, UTC")
        #expect(try words(.lastDayOfMonth) == "On the last day of every month at 09:30, UTC")
    }
}
