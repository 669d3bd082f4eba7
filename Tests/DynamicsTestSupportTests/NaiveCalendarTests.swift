import DynamicsModel
import DynamicsTestSupport
import Testing

@Suite("Calendars")
struct NaiveCalendarTests {
    /// From the announcements of the changes: https://www.timeanddate.com/time/change, the zone's page of that year.
    @Test(
        "start days where clocks say",
        arguments: [
            ("UTC", 2024, 2, 29, "2024-02-29T00:00:00"),
            ("Asia/Kathmandu", 2024, 1, 1, "2023-12-31T18:15:00"),
            ("Europe/Kyiv", 2024, 3, 31, "2024-03-30T22:00:00"),
            ("Europe/Kyiv", 2024, 4, 1, "2024-03-31T21:00:00"),
            // Midnight is skipped.
            ("Asia/Beirut", 2025, 3, 30, "2025-03-29T22:00:00"),
            ("America/Santiago", 2023, 9, 3, "2023-09-03T04:00:00"),
            // Midnight comes twice; the hour before it does.
            ("America/Havana", 2024, 11, 3, "2024-11-03T04:00:00"),
            ("America/Sao_Paulo", 2018, 2, 18, "2018-02-18T03:00:00"),
            // A minute after midnight, clocks go back to 23:01.
            ("America/St_Johns", 2006, 10, 29, "2006-10-29T02:30:00"),
            ("America/St_Johns", 2006, 10, 30, "2006-10-30T03:30:00"),
            // The date is skipped, and the next one starts.
            ("Pacific/Apia", 2011, 12, 30, "2011-12-30T10:00:00"),
            ("Pacific/Apia", 2011, 12, 31, "2011-12-30T10:00:00"),
        ])
    func dayStarts(zone: String, year: Int, month: Int, day: Int, utc: String) throws {
        let rules = try TimeZoneDirectory().rules(named: zone)
        let date = try #require(CivilDate(year: year, month: month, day: day))
        let start = NaiveCalendar(zone: rules).start(of: date)
        #expect(CivilTime(seconds: start.seconds).description == utc)
        #expect(rules.startOfDay(date) == start)
    }

    @Test(
        "read local times that come twice, or never",
        arguments: [
            ("Europe/Kyiv", 2024, 3, 31, 3, 30, "2024-03-31T01:30:00"),
            ("Europe/Kyiv", 2024, 10, 27, 3, 30, "2024-10-27T00:30:00"),
            ("Australia/Lord_Howe", 2024, 10, 6, 2, 15, "2024-10-05T15:45:00"),
            ("Australia/Lord_Howe", 2024, 4, 7, 1, 45, "2024-04-06T14:45:00"),
            ("America/St_Johns", 2006, 10, 29, 0, 0, "2006-10-29T02:30:00"),
            ("America/St_Johns", 2007, 3, 11, 0, 15, "2007-03-11T03:45:00"),
            ("Pacific/Apia", 2011, 12, 30, 12, 0, "2011-12-30T22:00:00"),
        ])
    func localTimes(zone: String, year: Int, month: Int, day: Int, hour: Int, minute: Int, utc: String) throws {
        let rules = try TimeZoneDirectory().rules(named: zone)
        let date = try #require(CivilDate(year: year, month: month, day: day))
        let time = CivilTime(date, secondOfDay: hour * 3600 + minute * 60)
        let instant = NaiveCalendar(zone: rules).instant(showing: time)
        #expect(CivilTime(seconds: instant.seconds).description == utc)
        #expect(rules.instant(of: time) == instant)
    }

    @Test("calculate what scanning finds", arguments: RandomScenario.all)
    func rulesAgreeWithScanning(scenario: RandomScenario) throws {
        let rules = try TimeZoneDirectory().rules(named: scenario.zone)
        let calendar = NaiveCalendar(zone: rules)
        for day in Int32(-45)...45 {
            let date = CivilDate(dayNumber: scenario.day.dayNumber + day)
            let start = calendar.start(of: date)
            #expect(rules.startOfDay(date) == start, "\(date)")
            for second in [-3600, -61, -1, 0, 1, 59, 60, 61, 3599, 3600] {
                let instant = Instant(seconds: start.seconds + Int64(second))
                #expect(rules.day(containing: instant) == calendar.day(holding: instant), "\(date) and \(second) s")
            }
        }
        for minute in stride(from: -3 * 1440, through: 3 * 1440, by: 15) {
            let time = CivilTime(scenario.day, secondOfDay: minute * 60)
            #expect(rules.instant(of: time) == calendar.instant(showing: time), "\(time)")
        }
    }
}
