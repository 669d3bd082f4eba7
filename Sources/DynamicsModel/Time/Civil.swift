/// A date of the proleptic Gregorian calendar, without a timezone.
public struct CivilDate: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Days since 1970-01-01.
    public var dayNumber: Int32

    public init(dayNumber: Int32) { self.dayNumber = dayNumber }

    /// nil when there is no such date. `year` may be anything within ±9999.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...12).contains(month), day >= 1, day <= Self.length(ofMonth: month, year: year) else { return nil }
        // Days from civil: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        dayNumber = Int32(era * 146_097 + dayOfEra - 719_468)
    }

    /// The UTC date of `instant`.
    public init(utc instant: Instant) {
        let s = instant.seconds
        dayNumber = Int32((s >= 0 ? s : s - 86_399) / 86_400)
    }

    public var year: Int { components.year }
    public var month: Int { components.month }
    public var day: Int { components.day }

    /// So many days later, or earlier.
    public func adding(_ days: Int32) -> CivilDate { CivilDate(dayNumber: dayNumber + days) }

    /// Year, month (1...12) and day (1...31). The inverse of `init(year:month:day:)`, from the same source.
    public var components: (year: Int, month: Int, day: Int) {
        let z = Int(dayNumber) + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let mp = (5 * dayOfYear + 2) / 153
        let month = mp < 10 ? mp + 3 : mp - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * mp + 2) / 5 + 1)
    }

    /// Days of the month (1...12) in that year.
    public static func length(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// The first instant of the date in UTC.
    public var startInUTC: Instant { Instant(seconds: Int64(dayNumber) * 86_400) }

    /// `YYYY-MM-DD`.
    public var description: String {
        let (year, month, day) = components
        return "\(Self.pad(year, 4))-\(Self.pad(month, 2))-\(Self.pad(day, 2))"
    }

    /// Decimal digits with leading zeros up to `width`; longer numbers stay whole.
    package static func pad(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    public static func < (a: CivilDate, b: CivilDate) -> Bool { a.dayNumber < b.dayNumber }
}

/// A date and time of day as a wall clock shows it, without a timezone, in whole seconds.
public struct CivilTime: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Seconds since 1970-01-01T00:00:00 on that clock.
    public var seconds: Int64

    public init(seconds: Int64) { self.seconds = seconds }

    public init(_ date: CivilDate, secondOfDay: Int = 0) {
        seconds = Int64(date.dayNumber) * 86_400 + Int64(secondOfDay)
    }

    public var date: CivilDate { CivilDate(utc: Instant(seconds: seconds)) }
    /// 0 ..< 86400.
    public var secondOfDay: Int { Int(seconds - Int64(date.dayNumber) * 86_400) }

    /// The same time of day `months` calendar months earlier; the day is cut to the length of the month.
    public func minus(months: Int) -> CivilTime {
        let (year, month, day) = date.components
        let index = year * 12 + month - 1 - months
        let newYear = (index >= 0 ? index : index - 11) / 12
        let newMonth = index - newYear * 12 + 1
        let newDay = min(day, CivilDate.length(ofMonth: newMonth, year: newYear))
        guard let date = CivilDate(year: newYear, month: newMonth, day: newDay) else {
            preconditionFailure("a day cut to its month exists")
        }
        return CivilTime(date, secondOfDay: secondOfDay)
    }

    /// `YYYY-MM-DDTHH:MM:SS`.
    public var description: String {
        let s = secondOfDay
        return "\(date)T\(CivilDate.pad(s / 3600, 2)):\(CivilDate.pad(s / 60 % 60, 2)):\(CivilDate.pad(s % 60, 2))"
    }

    public static func < (a: CivilTime, b: CivilTime) -> Bool { a.seconds < b.seconds }
}
