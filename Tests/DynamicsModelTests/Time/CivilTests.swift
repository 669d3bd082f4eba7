import DynamicsModel
import DynamicsTestSupport
import Testing

/// Dates and wall clocks without a timezone.
@Suite struct CivilTests {
    /// Every date from 1970 to 2210, against Python.
    @Test func pythonHasTheSameCalendar() async throws {
        var lines = ""
        let last = try #require(CivilDate(year: 2210, month: 12, day: 31))
        for number in 0...last.dayNumber {
            let date = CivilDate(dayNumber: number)
            let (year, month, day) = date.components
            guard CivilDate(year: year, month: month, day: day) == date else {
                Issue.record("\(date) is not the date that it is made of")
                return
            }
            lines += "\(number) \(date) \(CivilDate.length(ofMonth: month, year: year))\n"
        }
        let answer = try await python(
            """
            import sys, calendar
            from datetime import date, timedelta
            day, count = date(1970, 1, 1), 0
            for line in sys.stdin:
                number, text, length = line.split()
                assert int(number) == count and text == day.isoformat(), line
                assert int(length) == calendar.monthrange(day.year, day.month)[1], line
                day, count = day + timedelta(days=1), count + 1
            print(count, day)
            """, input: lines)
        #expect(answer == "88023 2211-01-01\n")
    }

    @Test func beforeTheEpoch() {
        #expect(CivilDate(dayNumber: -1).description == "1969-12-31")
        #expect(CivilDate(year: 1969, month: 12, day: 31) == CivilDate(dayNumber: -1))
        #expect(CivilDate(year: 1600, month: 2, day: 29)?.description == "1600-02-29")
        #expect(CivilDate(utc: Instant(seconds: -1)).dayNumber == -1)
        #expect(CivilDate(utc: Instant(seconds: -86_400)).dayNumber == -1)
        #expect(CivilDate(utc: Instant(seconds: -86_401)).dayNumber == -2)
        #expect(CivilTime(seconds: -1).description == "1969-12-31T23:59:59")
    }

    @Test(arguments: [
        (2023, 2, 29), (2100, 2, 29), (2200, 2, 29), (2024, 2, 30), (2024, 4, 31), (2024, 13, 1), (2024, 0, 1),
        (2024, 1, 0),
        (2024, 1, 32), (2024, -1, 1), (2024, 1, -1),
    ])
    func noSuchDate(year: Int, month: Int, day: Int) { #expect(CivilDate(year: year, month: month, day: day) == nil) }

    @Test(arguments: [(2000, 2, 29), (2024, 2, 29), (2196, 2, 29), (2199, 12, 31)])
    func suchADate(year: Int, month: Int, day: Int) throws {
        let date = try #require(CivilDate(year: year, month: month, day: day))
        #expect(date.components == (year, month, day))
        #expect(CivilDate(utc: date.startInUTC) == date)
        #expect(CivilDate(utc: Instant(seconds: date.startInUTC.seconds - 1)).dayNumber == date.dayNumber - 1)
    }

    @Test(arguments: [
        ("2024-03-31 09:30", 1, "2024-02-29 09:30"), ("2023-03-31 00:00", 1, "2023-02-28 00:00"),
        ("2024-03-30 23:45", 1, "2024-02-29 23:45"), ("2024-02-29 12:00", 12, "2023-02-28 12:00"),
        ("2024-02-29 12:00", 48, "2020-02-29 12:00"), ("2024-01-31 01:00", 2, "2023-11-30 01:00"),
        ("2024-01-01 00:00", 1, "2023-12-01 00:00"), ("2024-12-31 00:00", 12, "2023-12-31 00:00"),
        ("1990-01-31 00:00", 120, "1980-01-31 00:00"), ("2024-05-15 06:15", 0, "2024-05-15 06:15"),
    ])
    func monthsEarlier(time: String, months: Int, earlier: String) throws {
        #expect(try local(time).minus(months: months) == local(earlier))
    }

    @Test func pythonFindsTheSameMonthsEarlier() async throws {
        var random = SplitMix64(seed: 11)
        var lines = ""
        for _ in 0..<5000 {
            let time = CivilTime(seconds: Int64(random.between(-86_400 * 365 * 20...7_600_000_000)))
            let months = random.between(0...250)
            lines += "\(time) \(months) \(time.minus(months: months))\n"
        }
        let differences = try await python(
            """
            import sys, calendar
            from datetime import datetime
            for line in sys.stdin:
                time, months, earlier = line.split()
                time = datetime.fromisoformat(time)
                year, month = divmod(time.year * 12 + time.month - 1 - int(months), 12)
                day = min(time.day, calendar.monthrange(year, month + 1)[1])
                if time.replace(year=year, month=month + 1, day=day).isoformat() != earlier: print(line.strip())
            """, input: lines)
        #expect(differences == "")
    }

    @Test func ticksAreQuartersOfAnHour() throws {
        #expect(Tick(containing: .earliest).index == 0)
        #expect(Tick(containing: try utc("1990-01-01 00:15")).index == 1)
        #expect(Tick(containing: Instant(seconds: Instant.earliest.seconds + 899)).index == 0)
        #expect(Tick(containing: Instant(seconds: Instant.earliest.seconds - 1)).index == -1)
        #expect(Tick(containing: Instant(seconds: Instant.earliest.seconds - 900)).index == -1)
        #expect(Tick(containing: Instant(seconds: Instant.earliest.seconds - 901)).index == -2)
        #expect(Tick(containing: .end).index == Tick.count)
        #expect(Tick(Tick.count).start == .end)
        #expect(try Instant.earliest == utc("1990-01-01 00:00"))
        #expect(try Instant.end == utc("2200-01-01 00:00"))
    }
}
