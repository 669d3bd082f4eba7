/// The rule in the footer of a TZif file: a POSIX `TZ` string with the extensions of RFC 9636 section 3.3.1, such as
/// `EET-2EEST,M3.5.0/3,M10.5.0/4`.
struct PosixZone {
    /// The years whose changes are worked out. Nothing in a report reaches beyond them.
    static let years = 1900...2201

    /// The offset before the first change.
    let initialOffset: Int64
    /// All changes of `years`, in order of time.
    let changes: [OffsetChange]

    /// - Throws: when `text` is not one complete rule, or names a daylight-saving time without saying when it is.
    init(_ text: ArraySlice<UInt8>) throws(MalformedTimeZone) {
        var cursor = ByteCursor(text)
        try Self.skipName(&cursor)
        // POSIX counts offsets westwards. Less than 25 hours, and an hour more at most, lie within `OffsetChange.offsets`.
        let standard = -(try Self.readDuration(&cursor, hours: 0...24))
        initialOffset = standard
        if cursor.isAtEnd {
            changes = []
            return
        }
        try Self.skipName(&cursor)
        let comma = UInt8(ascii: ",")
        let daylight = cursor.next == comma ? standard + 3600 : -(try Self.readDuration(&cursor, hours: 0...24))
        guard cursor.takeIf(comma) else { throw Self.broken }
        let start = try YearlyTime(&cursor)
        guard cursor.takeIf(comma) else { throw Self.broken }
        let end = try YearlyTime(&cursor)
        guard cursor.isAtEnd else { throw Self.broken }
        changes = Self.changes(standard: standard, daylight: daylight, from: start, to: end)
    }

    private static let broken = MalformedTimeZone("its footer is no rule")

    /// Where daylight-saving time ends at the very instant at which the next one starts, it lasts all year: the end counts
    /// first.
    private static func changes(
        standard: Int64, daylight: Int64, from start: YearlyTime, to end: YearlyTime
    ) -> [OffsetChange] {
        let ends = years.map { OffsetChange(instant: end.clock(in: $0) - daylight, offset: standard) }
        let starts = years.map { OffsetChange(instant: start.clock(in: $0) - standard, offset: daylight) }
        // The sort is stable.
        return (ends + starts).sorted { $0.instant < $1.instant }
    }

    /// Three letters or more, or three or more letters, digits and signs in angle brackets.
    private static func skipName(_ cursor: inout ByteCursor) throws(MalformedTimeZone) {
        let quoted = cursor.takeIf(UInt8(ascii: "<"))
        let name = cursor.takeWhile { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"): quoted
            default: false
            }
        }
        guard name.count >= 3, !quoted || cursor.takeIf(UInt8(ascii: ">")) else { throw broken }
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    fileprivate static func readDuration(
        _ cursor: inout ByteCursor, hours: ClosedRange<Int>
    ) throws(MalformedTimeZone) -> Int64 {
        let isNegative = cursor.takeIf(UInt8(ascii: "-"))
        if !isNegative { _ = cursor.takeIf(UInt8(ascii: "+")) }
        var seconds = try readNumber(&cursor, hours) * 3600
        let colon = UInt8(ascii: ":")
        if cursor.takeIf(colon) {
            seconds += try readNumber(&cursor, 0...59) * 60
            if cursor.takeIf(colon) { seconds += try readNumber(&cursor, 0...59) }
        }
        return Int64(isNegative ? -seconds : seconds)
    }

    /// One to three digits.
    fileprivate static func readNumber(
        _ cursor: inout ByteCursor, _ allowed: ClosedRange<Int>
    ) throws(MalformedTimeZone) -> Int {
        let zero = UInt8(ascii: "0")
        let digits = cursor.takeWhile { (zero...zero + 9).contains($0) }
        guard (1...3).contains(digits.count) else { throw broken }
        let number = digits.reduce(0) { $0 * 10 + Int($1 - zero) }
        guard allowed.contains(number) else { throw broken }
        return number
    }
}

/// A date and time of every year: `Mm.w.d`, `Jn` or `n`, with `/time` behind it unless it is 02:00.
private struct YearlyTime {
    private enum Day {
        /// Weekday 0 (Sunday) to 6 of the 1st to 4th week of a month, or of its last week (5).
        case weekday(month: Int, week: Int, weekday: Int)
        /// 1 to 365; 29 February is never counted.
        case dayOfCommonYear(Int)
        /// 0 to 365; 29 February is counted.
        case zeroBasedDay(Int)
    }

    private let day: Day
    /// Seconds after 00:00 of the day: from -167 to 167 hours.
    private let time: Int64

    init(_ cursor: inout ByteCursor) throws(MalformedTimeZone) {
        if cursor.takeIf(UInt8(ascii: "M")) {
            let month = try PosixZone.readNumber(&cursor, 1...12)
            let week = try Self.readNumberAfterPoint(&cursor, 1...5)
            let weekday = try Self.readNumberAfterPoint(&cursor, 0...6)
            day = .weekday(month: month, week: week, weekday: weekday)
        } else if cursor.takeIf(UInt8(ascii: "J")) {
            day = .dayOfCommonYear(try PosixZone.readNumber(&cursor, 1...365))
        } else {
            day = .zeroBasedDay(try PosixZone.readNumber(&cursor, 0...365))
        }
        let hasTime = cursor.takeIf(UInt8(ascii: "/"))
        time = hasTime ? try PosixZone.readDuration(&cursor, hours: 0...167) : 7200
    }

    private static func readNumberAfterPoint(
        _ cursor: inout ByteCursor, _ allowed: ClosedRange<Int>
    ) throws(MalformedTimeZone) -> Int {
        guard cursor.takeIf(UInt8(ascii: ".")) else { throw MalformedTimeZone("its footer is no rule") }
        return try PosixZone.readNumber(&cursor, allowed)
    }

    /// What the local clock shows, before it is changed, in seconds since 1970-01-01T00:00:00 on that clock.
    func clock(in year: Int) -> Int64 { dayNumber(in: year) * 86_400 + time }

    /// Days since 1970-01-01.
    private func dayNumber(in year: Int) -> Int64 {
        switch day {
        case .weekday(let month, let week, let weekday):
            let first = Self.firstDay(ofMonth: month, in: year)
            // 1970-01-01 was a Thursday.
            let firstWeekday = ((first + 4) % 7 + 7) % 7
            let days = (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
            return Int64(first + (days < CivilDate.length(ofMonth: month, year: year) ? days : days - 7))
        case .dayOfCommonYear(let day):
            let isLeapYear = CivilDate.length(ofMonth: 2, year: year) == 29
            return Int64(Self.firstDay(ofMonth: 1, in: year) + day - 1 + (isLeapYear && day >= 60 ? 1 : 0))
        case .zeroBasedDay(let day):
            return Int64(Self.firstDay(ofMonth: 1, in: year) + day)
        }
    }

    private static func firstDay(ofMonth month: Int, in year: Int) -> Int {
        guard let date = CivilDate(year: year, month: month, day: 1) else {
            preconditionFailure("every month has a first day")
        }
        return Int(date.dayNumber)
    }
}
