import DynamicsModel

/// The days of the demo's period with what its simulation asks about them.
struct DemoCalendar {
    /// The first day, the first of a month.
    let first: CivilDate
    /// The day after the last one, the first of a month too.
    let after: CivilDate
    /// Months since the first, by day since the first.
    private let months: [UInt16]
    private let firstMonth: Int

    /// - Parameter through: any day of the last month.
    init(years: Int, through: CivilDate) {
        let (year, month, _) = through.components
        firstMonth = month % 12
        first = Self.firstDay(ofMonth: year * 12 + month - years * 12)
        after = Self.firstDay(ofMonth: year * 12 + month)
        var months: [UInt16] = []
        for index in 0..<(years * 12) {
            let month = year * 12 + month - years * 12 + index
            let days = Self.firstDay(ofMonth: month + 1).dayNumber - Self.firstDay(ofMonth: month).dayNumber
            months += Array(repeating: UInt16(index), count: Int(days))
        }
        self.months = months
    }

    /// - Parameter index: year * 12 + month - 1.
    private static func firstDay(ofMonth index: Int) -> CivilDate {
        guard let date = CivilDate(year: index / 12, month: index % 12 + 1, day: 1) else {
            preconditionFailure("every month has a first day")
        }
        return date
    }

    var start: Int64 { first.startInUTC.seconds }
    var end: Int64 { after.startInUTC.seconds }
    var monthCount: Int { Int(months[months.count - 1]) + 1 }

    /// Months since the first one. - Precondition: `start <= second < end`.
    func month(at second: Int64) -> Int { Int(months[Int((second - start) / 86_400)]) }

    /// 0 (January) ... 11, for a number of months since the first one.
    func monthOfYear(_ month: Int) -> Int { (firstMonth + month) % 12 }

    /// 0 (Monday) ... 6. The first day of 1970 was a Thursday.
    static func weekday(at second: Int64) -> Int { Int((second / 86_400 + 3) % 7) }

    /// The same time of day `count` months after `anchor`, the day cut to the length of the month.
    static func adding(months count: Int, to anchor: Int64) -> Int64 {
        CivilTime(seconds: anchor).minus(months: -count).seconds
    }
}
