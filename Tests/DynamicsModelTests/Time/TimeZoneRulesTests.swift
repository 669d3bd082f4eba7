import DynamicsModel
import Testing

/// What section 2 of `docs/semantics.md` says about local dates and times, in zones where it is not obvious.
@Suite struct TimeZoneRulesTests {
    struct Offset: Sendable {
        let zone, instant: String
        let minutes: Int
    }

    @Test(arguments: [
        Offset(zone: "UTC", instant: "2024-06-01 00:00", minutes: 0),
        Offset(zone: "Europe/Kyiv", instant: "2024-03-31 00:59", minutes: 120),
        Offset(zone: "Europe/Kyiv", instant: "2024-03-31 01:00", minutes: 180),
        Offset(zone: "Europe/Kyiv", instant: "2199-07-01 00:00", minutes: 180),
        Offset(zone: "Europe/Kyiv", instant: "2199-12-31 23:59", minutes: 120),
        // Half an hour of daylight-saving time.
        Offset(zone: "Australia/Lord_Howe", instant: "2024-04-06 14:59", minutes: 660),
        Offset(zone: "Australia/Lord_Howe", instant: "2024-04-06 15:00", minutes: 630),
        Offset(zone: "Asia/Kathmandu", instant: "1985-12-31 18:29", minutes: 330),
        Offset(zone: "Asia/Kathmandu", instant: "1985-12-31 18:30", minutes: 345),
        // Two hours of it.
        Offset(zone: "Antarctica/Troll", instant: "2024-03-31 00:59", minutes: 0),
        Offset(zone: "Antarctica/Troll", instant: "2024-03-31 01:00", minutes: 120),
        Offset(zone: "Antarctica/Troll", instant: "2150-07-01 00:00", minutes: 120),
        // Standard time is the summer's: daylight-saving time is negative.
        Offset(zone: "Europe/Dublin", instant: "2024-07-01 00:00", minutes: 60),
        Offset(zone: "Europe/Dublin", instant: "2150-10-25 00:59", minutes: 60),
        Offset(zone: "Europe/Dublin", instant: "2150-10-25 01:00", minutes: 0),
        Offset(zone: "Africa/Casablanca", instant: "2024-03-10 01:59", minutes: 60),
        Offset(zone: "Africa/Casablanca", instant: "2024-03-10 02:00", minutes: 0),
        Offset(zone: "Africa/Casablanca", instant: "2024-04-14 02:00", minutes: 60),
        Offset(zone: "America/Santiago", instant: "2024-04-07 02:59", minutes: -180),
        Offset(zone: "America/Santiago", instant: "2024-04-07 03:00", minutes: -240),
        Offset(zone: "America/Santiago", instant: "2199-12-31 23:59", minutes: -180),
        Offset(zone: "Pacific/Apia", instant: "2011-12-30 09:59", minutes: -600),
        Offset(zone: "Pacific/Apia", instant: "2011-12-30 10:00", minutes: 840),
    ])
    func offset(_ example: Offset) throws {
        #expect(try zone(example.zone).offset(at: utc(example.instant)) == example.minutes * 60)
    }

    struct Reading: Sendable {
        let zone, local, utc: String
    }

    @Test(arguments: [
        Reading(zone: "Europe/Kyiv", local: "2024-03-31 02:59", utc: "2024-03-31 00:59"),
        Reading(zone: "Europe/Kyiv", local: "2024-03-31 03:00", utc: "2024-03-31 01:00"),
        Reading(zone: "Europe/Kyiv", local: "2024-03-31 03:30", utc: "2024-03-31 01:30"),
        Reading(zone: "Europe/Kyiv", local: "2024-03-31 04:00", utc: "2024-03-31 01:00"),
        Reading(zone: "Europe/Kyiv", local: "2024-10-27 03:30", utc: "2024-10-27 00:30"),
        Reading(zone: "Europe/Kyiv", local: "2024-10-27 04:00", utc: "2024-10-27 02:00"),
        Reading(zone: "America/Havana", local: "2024-03-10 00:00", utc: "2024-03-10 05:00"),
        Reading(zone: "America/Havana", local: "2024-11-03 00:30", utc: "2024-11-03 04:30"),
        Reading(zone: "Africa/Cairo", local: "2024-10-31 23:15", utc: "2024-10-31 20:15"),
        Reading(zone: "Australia/Lord_Howe", local: "2024-10-06 02:15", utc: "2024-10-05 15:45"),
        Reading(zone: "Antarctica/Troll", local: "2024-03-31 02:30", utc: "2024-03-31 02:30"),
        Reading(zone: "Africa/Casablanca", local: "2024-03-10 02:30", utc: "2024-03-10 01:30"),
        Reading(zone: "Africa/Casablanca", local: "2024-04-14 02:30", utc: "2024-04-14 02:30"),
        Reading(zone: "Europe/Dublin", local: "2024-10-27 01:30", utc: "2024-10-27 00:30"),
        // A whole day that never was is read as if clocks had not been changed.
        Reading(zone: "Pacific/Apia", local: "2011-12-30 12:00", utc: "2011-12-30 22:00"),
        Reading(zone: "America/St_Johns", local: "2006-10-28 23:30", utc: "2006-10-29 02:00"),
        Reading(zone: "America/St_Johns", local: "2006-10-29 00:00", utc: "2006-10-29 02:30"),
    ])
    func instant(_ example: Reading) throws {
        #expect(try zone(example.zone).instant(of: local(example.local)) == utc(example.utc))
    }

    struct Start: Sendable {
        let zone, date, utc: String
    }

    @Test(arguments: [
        Start(zone: "Europe/Kyiv", date: "2024-03-31", utc: "2024-03-30 22:00"),
        Start(zone: "Europe/Kyiv", date: "2024-04-01", utc: "2024-03-31 21:00"),
        // Clocks go from 00:00 to 01:00.
        Start(zone: "America/Havana", date: "2024-03-10", utc: "2024-03-10 05:00"),
        Start(zone: "Africa/Cairo", date: "2024-04-26", utc: "2024-04-25 22:00"),
        Start(zone: "Asia/Beirut", date: "2024-03-31", utc: "2024-03-30 22:00"),
        Start(zone: "America/Sao_Paulo", date: "2018-11-04", utc: "2018-11-04 03:00"),
        Start(zone: "America/Santiago", date: "2024-09-08", utc: "2024-09-08 04:00"),
        // Clocks go from 00:00 back to 23:00, or from 01:00 to 00:00.
        Start(zone: "Africa/Cairo", date: "2024-11-01", utc: "2024-10-31 22:00"),
        Start(zone: "Asia/Beirut", date: "2024-10-27", utc: "2024-10-26 22:00"),
        Start(zone: "America/Sao_Paulo", date: "2018-02-18", utc: "2018-02-18 03:00"),
        Start(zone: "America/Havana", date: "2024-11-03", utc: "2024-11-03 04:00"),
        // Clocks go from 00:01 back to 23:01: the minute before counts.
        Start(zone: "America/St_Johns", date: "2006-10-29", utc: "2006-10-29 02:30"),
        Start(zone: "America/St_Johns", date: "2006-10-30", utc: "2006-10-30 03:30"),
        // Clocks go from 00:01 to 01:01.
        Start(zone: "America/St_Johns", date: "2006-04-02", utc: "2006-04-02 03:30"),
        // Dates that were skipped.
        Start(zone: "Pacific/Apia", date: "2011-12-29", utc: "2011-12-29 10:00"),
        Start(zone: "Pacific/Apia", date: "2011-12-30", utc: "2011-12-30 10:00"),
        Start(zone: "Pacific/Apia", date: "2011-12-31", utc: "2011-12-30 10:00"),
        Start(zone: "Pacific/Kwajalein", date: "1993-08-21", utc: "1993-08-21 12:00"),
        Start(zone: "Pacific/Kwajalein", date: "1993-08-22", utc: "1993-08-21 12:00"),
        Start(zone: "Asia/Kathmandu", date: "1986-01-01", utc: "1985-12-31 18:30"),
    ])
    func startOfDay(_ example: Start) throws {
        #expect(try zone(example.zone).startOfDay(date(example.date)) == utc(example.utc))
    }

    @Test(arguments: [
        Start(zone: "America/St_Johns", date: "2006-10-28", utc: "2006-10-29 02:29"),
        Start(zone: "America/St_Johns", date: "2006-10-29", utc: "2006-10-29 02:30"),
        // Clocks show 23:01 and 23:59 of the 28th once more.
        Start(zone: "America/St_Johns", date: "2006-10-29", utc: "2006-10-29 02:31"),
        Start(zone: "America/St_Johns", date: "2006-10-29", utc: "2006-10-29 03:29"),
        Start(zone: "America/St_Johns", date: "2006-10-29", utc: "2006-10-30 03:29"),
        Start(zone: "America/St_Johns", date: "2006-10-30", utc: "2006-10-30 03:30"),
        Start(zone: "Pacific/Apia", date: "2011-12-29", utc: "2011-12-30 09:59"),
        Start(zone: "Pacific/Apia", date: "2011-12-31", utc: "2011-12-30 10:00"),
        Start(zone: "Africa/Cairo", date: "2024-10-31", utc: "2024-10-31 21:30"),
        Start(zone: "UTC", date: "2199-12-31", utc: "2199-12-31 23:59"),
    ])
    func dayContaining(_ example: Start) throws {
        #expect(try zone(example.zone).day(containing: utc(example.utc)) == date(example.date))
    }

    /// Limits of reports must fall on ticks, and days start at them, so every day of every zone must start on a tick.
    /// An offset that is no multiple of a quarter of an hour would break that: there has been none since 1980, the first
    /// year that a report from 1990 with an activity window of ten years looks at.
    @Test func everyDayStartsOnATick() throws {
        let days = try date("1980-01-01").dayNumber...date("2200-01-01").dayNumber
        let range = try utc("1980-01-01 00:00")..<utc("2202-01-01 00:00")
        for rules in try distinctZones() {
            for instant in [range.lowerBound] + rules.changes(within: range) {
                let offset = rules.offset(at: instant)
                if offset % 900 != 0 { Issue.record("\(rules.name) has the offset \(offset) s at \(instant.seconds)") }
            }
            for day in days where rules.startOfDay(CivilDate(dayNumber: day)).seconds % 900 != 0 {
                Issue.record("\(rules.name): \(CivilDate(dayNumber: day)) does not start on a tick")
            }
        }
    }
}
