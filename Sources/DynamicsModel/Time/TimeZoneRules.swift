/// A timezone's rules: which offset clocks show when, and what local dates and times mean (section 2 of `docs/semantics.md`).
public struct TimeZoneRules: Sendable {
    public let name: String

    /// Seconds that local clocks are ahead of UTC at `instant`.
    public func offset(at instant: Instant) -> Int { 0 }

    public func civilTime(at instant: Instant) -> CivilTime {
        CivilTime(seconds: instant.seconds + Int64(offset(at: instant)))
    }

    /// When local clocks show `time`: the first time if twice; if never, `time` is read with the offset before the gap.
    public func instant(of time: CivilTime) -> Instant { Instant(seconds: time.seconds) }

    /// The first instant with a local date of `date`; for a date that the zone skips, the start of the next date that exists.
    public func startOfDay(_ date: CivilDate) -> Instant { date.startInUTC }

    /// The date whose day, from its start to the next one's, holds `instant`.
    public func day(containing instant: Instant) -> CivilDate { CivilDate(utc: instant) }
}

/// The system's timezone database: TZif files (RFC 9636) under one folder.
public struct TimeZoneDirectory: Sendable {
    public let root: String

    public init(root: String = "/usr/share/zoneinfo") { self.root = root }

    /// Of the data, such as `2025b`; `unknown` when the folder does not say.
    public var version: String { "unknown" }

    /// All zone names, links included, sorted; without `right/`, `posix/` and files that are no TZif.
    public func names() throws -> [String] { [] }

    /// - Throws: `DynamicsError` with field `timezone` for a name that is not there or is no plain zone name.
    public func rules(named name: String) throws -> TimeZoneRules { TimeZoneRules(name: name) }
}
