import DynamicsModel
import DynamicsTestSupport
import Testing

/// Buckets, evaluation instants and activity windows, worked out by hand: sections 2 and 4 of `docs/semantics.md`.
@Suite struct PlanCalendarTests {
    // MARK: - Buckets

    @Test func daysOfTwentyThreeHours() throws {
        let plan = try makePlan(makeQuery("2024-03-30", "2024-04-01", "Europe/Kyiv", by: [.date]))
        #expect(
            plan.bucketTexts == [
                "2024-03-30: 2024-03-29 22:00 to 2024-03-30 22:00",
                "2024-03-31: 2024-03-30 22:00 to 2024-03-31 21:00",
                "2024-04-01: 2024-03-31 21:00 to 2024-04-01 21:00",
            ])
    }

    /// The day starts at its first midnight, though an hour of the day before follows (at 00:01, clocks go back to 23:01).
    @Test func dayBeforeShownAgain() throws {
        let plan = try makePlan(makeQuery("2006-10-28", "2006-10-30", "America/St_Johns", by: [.date]))
        #expect(
            plan.bucketTexts == [
                "2006-10-28: 2006-10-28 02:30 to 2006-10-29 02:30",
                "2006-10-29: 2006-10-29 02:30 to 2006-10-30 03:30",
                "2006-10-30: 2006-10-30 03:30 to 2006-10-31 03:30",
            ])
        // Midnight comes a second time an hour later; the first is meant.
        let part = try makePlan(makeQuery("2006-10-29T00:00", "2006-10-29T12:00", "America/St_Johns", by: [.date]))
        #expect(part.bucketTexts == ["2006-10-29: 2006-10-29 02:30 to 2006-10-29 15:30"])
        // 23:30 of the 28th is shown twice; the second time it is already the 29th's.
        let end = try makePlan(makeQuery("2006-10-28", "2006-10-28T23:30", "America/St_Johns", by: [.date]))
        #expect(end.bucketTexts == ["2006-10-28: 2006-10-28 02:30 to 2006-10-29 02:00"])
    }

    @Test func dateThatIsSkippedHasNoRow() throws {
        let days = try makePlan(makeQuery("2011-12-28", "2012-01-01", "Pacific/Apia", by: [.date]))
        #expect(
            days.bucketTexts == [
                "2011-12-28: 2011-12-28 10:00 to 2011-12-29 10:00",
                "2011-12-29: 2011-12-29 10:00 to 2011-12-30 10:00",
                "2011-12-31: 2011-12-30 10:00 to 2011-12-31 10:00",
                "2012-01-01: 2011-12-31 10:00 to 2012-01-01 10:00",
            ])
        let month = try makePlan(makeQuery("2011-12-01", "2011-12-31", "Pacific/Apia", by: [.month]))
        #expect(month.bucketTexts == ["2011-12-01: 2011-12-01 10:00 to 2011-12-31 10:00"])
        // It starts where the next one begins, and so does its end.
        let until = try makePlan(makeQuery("2011-12-29", "2011-12-30", "Pacific/Apia", by: [.date]))
        #expect(until.bucketTexts == ["2011-12-29: 2011-12-29 10:00 to 2011-12-30 10:00"])
        let since = try makePlan(makeQuery("2011-12-30", "2011-12-31", "Pacific/Apia", by: [.date]))
        #expect(since.bucketTexts == ["2011-12-31: 2011-12-30 10:00 to 2011-12-31 10:00"])
    }

    @Test func monthsAndYearsAreLocalAndCutToThePeriod() throws {
        let months = try makePlan(makeQuery("2024-01-15T12:00", "2024-03-10T06:00", "Europe/Kyiv", by: [.month]))
        #expect(
            months.bucketTexts == [
                "2024-01-01: 2024-01-15 10:00 to 2024-01-31 22:00",
                "2024-02-01: 2024-01-31 22:00 to 2024-02-29 22:00",
                "2024-03-01: 2024-02-29 22:00 to 2024-03-10 04:00",
            ])
        let years = try makePlan(makeQuery("2023-07-01", "2025-01-01", "Asia/Kathmandu", by: [.year]))
        #expect(
            years.bucketTexts == [
                "2023-01-01: 2023-06-30 18:15 to 2023-12-31 18:15",
                "2024-01-01: 2023-12-31 18:15 to 2024-12-31 18:15",
                "2025-01-01: 2024-12-31 18:15 to 2025-01-01 18:15",
            ])
    }

    @Test(
        arguments: [
            ([], 1), ([.package], 1), ([.year], 2), ([.year, .month], 2), ([.month, .package, .year], 2),
            ([.date, .year], 62),
            ([.year, .month, .date], 62), ([.package, .date], 62),
        ] as [([Grouping], Int)])
    func theFinestGroupingIsTheUnit(groupings: [Grouping], buckets: Int) throws {
        #expect(try makePlan(makeQuery("2023-12-01", "2024-01-31T12:00", by: groupings)).buckets.count == buckets)
    }

    // MARK: - The actual interval

    @Test func whatTheLedgerDoesNotCoverIsNotShown() throws {
        let ledger = makeCatalog(bounds: try ticks("2024-01-10 08:05", "2024-03-15 10:07"))
        let plan = try makePlan(makeQuery("2023-01-01", "2024-12-31", "Europe/Kyiv", by: [.month]), ledger)
        // The first bucket begins where its month does; the last instant is the end of the last record's quarter of an hour.
        #expect(
            plan.bucketTexts == [
                "2024-01-01: 2023-12-31 22:00 to 2024-01-31 22:00",
                "2024-02-01: 2024-01-31 22:00 to 2024-02-29 22:00",
                "2024-03-01: 2024-02-29 22:00 to 2024-03-15 10:15",
            ])
        #expect(
            plan.actualInterval
                == ActualInterval(from: "2024-01-10T10:00:00+02:00", to: "2024-03-15T12:15:00+02:00"))
        let whole = try makePlan(makeQuery("2023-01-01", "2024-12-31", "Europe/Kyiv"), ledger)
        #expect(whole.bucketTexts == ["2023-01-01: 2022-12-31 22:00 to 2024-03-15 10:15"])
    }

    @Test func actualIntervalAtItsLimits() throws {
        let ledger = makeCatalog(bounds: try ticks("2024-01-10 08:00", "2024-03-15 10:07"))
        // A quarter of an hour on either side.
        let first = try makePlan(makeQuery("2024-01-09", "2024-01-10T08:15", by: [.date]), ledger)
        #expect(first.bucketTexts == ["2024-01-10: 2024-01-10 00:00 to 2024-01-10 08:15"])
        #expect(
            first.actualInterval == ActualInterval(from: "2024-01-10T08:00:00+00:00", to: "2024-01-10T08:15:00+00:00"))
        let last = try makePlan(makeQuery("2024-03-15T10:00", "2024-03-16", by: [.date]), ledger)
        #expect(last.bucketTexts == ["2024-03-15: 2024-03-15 10:00 to 2024-03-15 10:15"])
        for (from, to) in [("2024-01-01", "2024-01-10T08:00"), ("2024-03-15T10:15", "2024-03-16")] {
            let none = try makePlan(makeQuery(from, to, by: [.date]), ledger)
            #expect(none.buckets == [] && none.segments == [] && none.passes == [] && none.actualInterval == nil)
        }
        #expect(try makePlan(makeQuery("2024-01-01", "2024-12-31"), makeCatalog(bounds: nil)).actualInterval == nil)
    }

    @Test func offsetsOfTheActualIntervalAreTheZones() throws {
        let ledger = makeCatalog(bounds: try ticks("2010-01-01 00:00", "2012-06-01 00:00"))
        func interval(_ zone: String) throws -> ActualInterval? {
            try makePlan(makeQuery("2011-12-29", "2012-01-31", zone), ledger).actualInterval
        }
        #expect(
            try interval("Pacific/Apia")
                == ActualInterval(from: "2011-12-29T00:00:00-10:00", to: "2012-02-01T00:00:00+14:00"))
        #expect(
            try interval("America/St_Johns")
                == ActualInterval(from: "2011-12-29T00:00:00-03:30", to: "2012-02-01T00:00:00-03:30"))
        #expect(
            try interval("Asia/Kathmandu")
                == ActualInterval(from: "2011-12-29T00:00:00+05:45", to: "2012-02-01T00:00:00+05:45"))
    }

    // MARK: - Flows

    @Test func slicesAreUTCDatesWithinBuckets() throws {
        let plan = try makePlan(makeQuery("2024-03-30", "2024-03-31", "Europe/Kyiv", by: [.date]))
        #expect(
            plan.slices.map { "\($0.bucket) \($0.date)" } == [
                "0 2024-03-29", "0 2024-03-30", "1 2024-03-30", "1 2024-03-31",
            ])
        // Before the period nothing is a flow; from its first second on everything is.
        let before = plan.segments.filter { $0.slice == nil }
        #expect(before.allSatisfy { $0.start < plan.buckets[0].start } && !before.isEmpty)
        #expect(plan.segments.first { $0.slice != nil }?.start == plan.buckets[0].start)
        #expect(plan.segments[0].start == Tick(0))
    }

    // MARK: - Activity windows

    struct Window: Sendable {
        let zone: String
        /// The last date of the period, or its end.
        let to: String
        let months: Int
        /// T and W in UTC.
        let evaluation, window: String
    }

    @Test(arguments: [
        // The day is cut to the length of the month.
        Window(zone: "UTC", to: "2024-03-28", months: 1, evaluation: "2024-03-29 00:00", window: "2024-02-29 00:00"),
        Window(zone: "UTC", to: "2024-03-29", months: 1, evaluation: "2024-03-30 00:00", window: "2024-02-29 00:00"),
        Window(zone: "UTC", to: "2024-03-30", months: 1, evaluation: "2024-03-31 00:00", window: "2024-02-29 00:00"),
        Window(zone: "UTC", to: "2024-03-31", months: 1, evaluation: "2024-04-01 00:00", window: "2024-03-01 00:00"),
        Window(zone: "UTC", to: "2024-02-28", months: 12, evaluation: "2024-02-29 00:00", window: "2023-02-28 00:00"),
        Window(zone: "UTC", to: "2024-12-31", months: 120, evaluation: "2025-01-01 00:00", window: "2015-01-01 00:00"),
        // T within a day, and the local time moves, not the instant.
        Window(
            zone: "Europe/Kyiv", to: "2024-04-15T12:30", months: 1, evaluation: "2024-04-15 09:30",
            window: "2024-03-15 10:30"),
        Window(
            zone: "Europe/Kyiv", to: "2024-04-30", months: 1, evaluation: "2024-04-30 21:00", window: "2024-03-31 21:00"
        ),
        Window(
            zone: "Europe/Kyiv", to: "2024-04-29", months: 1, evaluation: "2024-04-29 21:00", window: "2024-03-29 22:00"
        ),
        // W does not exist: 03:30 is read as 04:30. It exists twice: the first.
        Window(
            zone: "Europe/Kyiv", to: "2024-04-30T03:30", months: 1, evaluation: "2024-04-30 00:30",
            window: "2024-03-30 01:30"),
        Window(
            zone: "Europe/Kyiv", to: "2024-05-31T03:30", months: 2, evaluation: "2024-05-31 00:30",
            window: "2024-03-31 01:30"),
        Window(
            zone: "Europe/Kyiv", to: "2024-11-27T03:30", months: 1, evaluation: "2024-11-27 01:30",
            window: "2024-10-27 00:30"),
        Window(
            zone: "America/Santiago", to: "2023-10-02", months: 1, evaluation: "2023-10-03 03:00",
            window: "2023-09-03 04:00"),
        Window(
            zone: "America/Havana", to: "2024-12-02", months: 1, evaluation: "2024-12-03 05:00",
            window: "2024-11-03 04:00"),
        // The day starts at 01:00, and so does the window.
        Window(
            zone: "America/Santiago", to: "2023-09-02", months: 1, evaluation: "2023-09-03 04:00",
            window: "2023-08-03 05:00"),
        // In a date that was skipped: 00:00 of the 30th is read as 00:00 of the 31st.
        Window(
            zone: "Pacific/Apia", to: "2012-01-29", months: 1, evaluation: "2012-01-29 10:00",
            window: "2011-12-30 10:00"),
        Window(
            zone: "Pacific/Apia", to: "2012-01-30T12:00", months: 1, evaluation: "2012-01-29 22:00",
            window: "2011-12-30 22:00"),
    ])
    func windowIsExact(_ window: Window) throws {
        for groupings: [Grouping] in [[], [.date], [.month]] {
            let plan = try makePlan(
                makeQuery("2011-12-01", window.to, window.zone, by: groupings, months: window.months))
            let last = plan.buckets.count - 1
            #expect(plan.buckets[last].evaluation.text == window.evaluation)
            let (start, end) = (try utc(window.window), try utc(window.evaluation))
            #expect(try plan.counts(start, asOf: last))
            #expect(try !plan.counts(Instant(seconds: start.seconds - 1), asOf: last))
            #expect(try plan.counts(Instant(seconds: end.seconds - 1), asOf: last))
            #expect(try !plan.counts(end, asOf: last))
        }
    }

    @Test func windowBeforeTheFirstInstantOfAnyLedger() throws {
        let plan = try makePlan(makeQuery("1990-01-01", "1990-03-31", months: 3))
        #expect(try plan.counts(.earliest, asOf: 0))
        #expect(try makePlan(makeQuery("1990-01-01", "1990-01-31", "Europe/Kyiv", by: [.date])).buckets.count == 31)
    }

    /// A month before 31 March 00:00 is 28 February 00:00, before 30 March 01:00 (there is no midnight) 28 February 01:00.
    @Test func windowsThatBeginInAnotherOrderTakeTwoPasses() throws {
        let plan = try makePlan(makeQuery("2025-03-28", "2025-03-31", "Asia/Beirut", by: [.date], months: 1))
        #expect(
            plan.bucketTexts == [
                "2025-03-28: 2025-03-27 22:00 to 2025-03-28 22:00",
                "2025-03-29: 2025-03-28 22:00 to 2025-03-29 22:00",
                "2025-03-30: 2025-03-29 22:00 to 2025-03-30 21:00",
                "2025-03-31: 2025-03-30 21:00 to 2025-03-31 21:00",
            ])
        #expect(plan.passes.map(\.buckets) == [[0, 1, 3], [2]])
        func counting(_ time: String) throws -> [Bool] {
            try (0..<4).map { try plan.counts(utc(time), asOf: $0) }
        }
        #expect(try counting("2025-02-27 21:45") == [false, false, false, false])
        #expect(try counting("2025-02-27 22:00") == [true, false, true, false])
        #expect(try counting("2025-02-27 22:45") == [true, false, true, false])
        #expect(try counting("2025-02-27 23:00") == [true, true, true, false])
        #expect(try counting("2025-02-28 22:00") == [true, true, true, true])
        #expect(try counting("2025-03-29 22:00") == [false, false, true, true])
    }

    @Test func ordinaryCalendarsTakeOnePass() throws {
        for (zone, groupings) in [("Europe/Kyiv", [Grouping.date]), ("Asia/Beirut", [.month]), ("UTC", [.date])] {
            let plan = try makePlan(makeQuery("2023-01-01", "2026-12-31", zone, by: groupings, months: 3))
            #expect(plan.passes.map(\.buckets) == [Array(plan.buckets.indices)])
        }
    }

    @Test func thePlanSaysWhatItWasMadeOf() throws {
        var query = try makeQuery("2024-01-01", "2024-01-31", by: [.package])
        let plain = try makePlan(query)
        #expect(plain.query.currency == .eur && plain.currency == .eur)
        #expect(plain.revision == 7 && plain.zoneVersion == "2025b")
        #expect(plain.packages == PackageView(chosen: nil, isSplit: true))
        query.currency = .uah
        query.clientTypes = [.callShop]
        query.tags = ["vip", "vip"]
        query.tagMode = .all
        let chosen = try makePlan(query)
        #expect(chosen.currency == .uah && chosen.query == query)
        #expect(chosen.clients == ClientPredicate(types: [.callShop], tags: ["vip"], tagMode: .all))
    }

    @Test func needsOfPackages() {
        #expect(PackageView().needs == [.everyone])
        #expect(PackageView(chosen: ["gold"]).needs == [.subscribers])
        #expect(PackageView(isSplit: true).needs == [.everyone, .subscribers, .eachPackage])
        #expect(PackageView(chosen: ["gold"], isSplit: true).needs == [.subscribers, .eachPackage])
    }
}
