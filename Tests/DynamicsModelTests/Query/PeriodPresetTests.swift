import DynamicsModel
import Testing

struct PeriodPresetTests {
    private func dates(_ preset: PeriodPreset, on year: Int, _ month: Int, _ day: Int) throws -> String {
        let dates = preset.dates(on: try #require(CivilDate(year: year, month: month, day: day)))
        return "\(dates.lowerBound) \(dates.upperBound)"
    }

    /// A Thursday in a leap year, in the middle of everything.
    @Test(arguments: [
        (PeriodPreset.today, "2024-08-15 2024-08-15"), (.yesterday, "2024-08-14 2024-08-14"),
        (.thisWeek, "2024-08-12 2024-08-15"), (.lastWeek, "2024-08-05 2024-08-11"),
        (.thisMonth, "2024-08-01 2024-08-15"), (.lastMonth, "2024-07-01 2024-07-31"),
        (.thisQuarter, "2024-07-01 2024-08-15"), (.lastQuarter, "2024-04-01 2024-06-30"),
        (.thisYear, "2024-01-01 2024-08-15"), (.lastYear, "2023-01-01 2023-12-31"),
        (.last30Days, "2024-07-16 2024-08-14"), (.last12Months, "2023-08-01 2024-07-31"),
    ])
    func eachPreset(preset: PeriodPreset, expected: String) throws {
        #expect(try dates(preset, on: 2024, 8, 15) == expected)
    }

    @Test func weeksStartOnMonday() throws {
        #expect(try dates(.thisWeek, on: 2024, 8, 12) == "2024-08-12 2024-08-12")
        #expect(try dates(.lastWeek, on: 2024, 8, 12) == "2024-08-05 2024-08-11")
        #expect(try dates(.thisWeek, on: 2024, 8, 18) == "2024-08-12 2024-08-18")
        #expect(try dates(.thisWeek, on: 2025, 1, 1) == "2024-12-30 2025-01-01")
        #expect(try dates(.lastWeek, on: 2025, 1, 5) == "2024-12-23 2024-12-29")
    }

    @Test func endsOfMonthsAndYears() throws {
        #expect(try dates(.lastMonth, on: 2024, 3, 31) == "2024-02-01 2024-02-29")
        #expect(try dates(.lastMonth, on: 2023, 3, 31) == "2023-02-01 2023-02-28")
        #expect(try dates(.lastMonth, on: 2100, 3, 1) == "2100-02-01 2100-02-28")
        #expect(try dates(.lastMonth, on: 2024, 1, 31) == "2023-12-01 2023-12-31")
        #expect(try dates(.yesterday, on: 2024, 1, 1) == "2023-12-31 2023-12-31")
        #expect(try dates(.yesterday, on: 2024, 3, 1) == "2024-02-29 2024-02-29")
        #expect(try dates(.last30Days, on: 2024, 3, 1) == "2024-01-31 2024-02-29")
        #expect(try dates(.thisYear, on: 2024, 1, 1) == "2024-01-01 2024-01-01")
        #expect(try dates(.lastYear, on: 2024, 12, 31) == "2023-01-01 2023-12-31")
        #expect(try dates(.last12Months, on: 2024, 1, 31) == "2023-01-01 2023-12-31")
        #expect(try dates(.last12Months, on: 2024, 12, 31) == "2023-12-01 2024-11-30")
        #expect(try dates(.thisMonth, on: 2024, 2, 29) == "2024-02-01 2024-02-29")
    }

    @Test func quartersAreJanuaryAprilJulyOctober() throws {
        for (month, first) in [1: 1, 3: 1, 4: 4, 6: 4, 7: 7, 9: 7, 10: 10, 12: 10] {
            let start = "2024-\(first < 10 ? "0" : "")\(first)-01"
            #expect(try dates(.thisQuarter, on: 2024, month, 15).hasPrefix(start), "month \(month)")
        }
        #expect(try dates(.lastQuarter, on: 2024, 1, 1) == "2023-10-01 2023-12-31")
        #expect(try dates(.lastQuarter, on: 2024, 12, 31) == "2024-07-01 2024-09-30")
        #expect(try dates(.lastQuarter, on: 2024, 5, 31) == "2024-01-01 2024-03-31")
    }

    /// Whatever the day: no gap and no overlap between this X and the last one, and never a day that is not over in a *last*.
    @Test func presetsFitTogetherOnEveryDay() {
        let pairs: [(PeriodPreset, PeriodPreset)] = [
            (.today, .yesterday), (.thisWeek, .lastWeek), (.thisMonth, .lastMonth), (.thisQuarter, .lastQuarter),
            (.thisYear, .lastYear),
        ]
        for number in Int32(10_000)..<Int32(20_000) {
            let today = CivilDate(dayNumber: number)
            for (this, last) in pairs {
                let (now, before) = (this.dates(on: today), last.dates(on: today))
                #expect(now.upperBound == today && before.upperBound.dayNumber + 1 == now.lowerBound.dayNumber)
            }
            #expect(PeriodPreset.thisWeek.dates(on: today).lowerBound.dayNumber % 7 == 4, "a Monday")
            #expect(PeriodPreset.last30Days.dates(on: today).count == 30)
            let months = PeriodPreset.last12Months.dates(on: today)
            #expect(months.lowerBound.day == 1 && months.lowerBound.month == today.month)
            #expect(months.lowerBound.year == today.year - 1)
            #expect(months.upperBound == PeriodPreset.lastMonth.dates(on: today).upperBound)
        }
    }
}

extension ClosedRange<CivilDate> {
    fileprivate var count: Int { Int(upperBound.dayNumber - lowerBound.dayNumber) + 1 }
}
