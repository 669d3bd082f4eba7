/// A point in time, in whole seconds since 1970-01-01T00:00:00Z, without leap seconds.
public struct Instant: Sendable, Hashable, Comparable {
    public var seconds: Int64

    public init(seconds: Int64) { self.seconds = seconds }

    public static func < (a: Instant, b: Instant) -> Bool { a.seconds < b.seconds }

    /// RFC 3339 in UTC: `2024-03-15T09:30:00Z`.
    public var utcText: String { "\(CivilTime(seconds: seconds))Z" }

    /// 1990-01-01T00:00:00Z: nothing in a ledger is older.
    public static let earliest = Instant(seconds: 631_152_000)
    /// 2200-01-01T00:00:00Z: everything in a ledger is before it.
    public static let end = Instant(seconds: 7_258_118_400)
}

/// A quarter of an hour in UTC, counted from 1990-01-01T00:00Z. All limits of reports fall on a tick's start.
public struct Tick: Sendable, Hashable, Comparable {
    public var index: Int32

    public init(_ index: Int32) { self.index = index }

    /// The tick that `instant` lies in (floor).
    public init(containing instant: Instant) {
        let seconds = instant.seconds - Instant.earliest.seconds
        index = Int32((seconds >= 0 ? seconds : seconds - 899) / 900)
    }

    /// The first instant of the tick.
    public var start: Instant { Instant(seconds: Instant.earliest.seconds + Int64(index) * 900) }

    public static func < (a: Tick, b: Tick) -> Bool { a.index < b.index }

    /// How many ticks lie between `Instant.earliest` and `Instant.end`.
    public static let count: Int32 = 7_363_296
}
