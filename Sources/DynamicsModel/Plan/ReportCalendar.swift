/// The period of a query on its local calendar: section 2 of `docs/semantics.md`.
struct ReportCalendar {
    let zone: TimeZoneRules
    /// The buckets that overlap the actual interval, without gaps between them.
    let buckets: [ReportPlan.Bucket]
    let actualInterval: ActualInterval?

    /// - Parameter bounds: the first and last ticks of the ledger; nil when it is empty.
    init(_ query: ReportQuery, zone: TimeZoneRules, bounds: Range<Tick>?) throws {
        self.zone = zone
        let from = try Self.tick(of: query.from, isEnd: false, field: "from", zone: zone)
        let to = try Self.tick(of: query.to, isEnd: true, field: "to", zone: zone)
        guard from < to else {
            throw DynamicsError(
                .usage, "empty_period", field: "to",
                "the period ends at \(query.to.text), which is not after its start \(query.from.text) (from)")
        }
        let unit = Unit(query.groupBy)
        let units = unit.count(
            from: zone.day(containing: from.start), through: zone.day(containing: Self.last(before: to)))
        guard units <= ReportPlan.maximumBuckets else {
            throw DynamicsError(
                .usage, "too_many_buckets", field: "group_by",
                "the period would have \(units) rows of time; shorten it or group more coarsely (at most \(ReportPlan.maximumBuckets))"
            )
        }
        guard let bounds, max(from, bounds.lowerBound) < min(to, bounds.upperBound) else {
            buckets = []
            actualInterval = nil
            return
        }
        let actual = max(from, bounds.lowerBound)..<min(to, bounds.upperBound)
        actualInterval = ActualInterval(
            from: zone.timestamp(at: actual.lowerBound.start), to: zone.timestamp(at: actual.upperBound.start))
        buckets = try Self.buckets(unit, period: from..<to, actual: actual, zone: zone)
    }

    /// Where the activity window of a bucket begins; never before the first tick.
    func windowStart(of bucket: ReportPlan.Bucket, months: Int) throws -> Tick {
        let local = zone.civilTime(at: bucket.evaluation.start).minus(months: months)
        let instant = zone.instant(of: local)
        // Nothing in a ledger is older, and offsets that are no quarter hours are older still.
        if instant <= .earliest { return Tick(0) }
        return try Self.onTick(instant, field: "timezone", what: "local time \(local)")
    }

    /// The UTC dates of each bucket, in time order.
    func slices() -> [ReportPlan.Slice] {
        buckets.enumerated().flatMap { index, bucket in
            let first = CivilDate(utc: bucket.start.start).dayNumber
            let last = CivilDate(utc: Self.last(before: bucket.evaluation)).dayNumber
            return (first...last).map { ReportPlan.Slice(bucket: index, date: CivilDate(dayNumber: $0)) }
        }
    }

    private static func buckets(_ unit: Unit, period: Range<Tick>, actual: Range<Tick>, zone: TimeZoneRules) throws
        -> [ReportPlan.Bucket]
    {
        guard unit != .period else {
            let date = zone.day(containing: period.lowerBound.start)
            return [ReportPlan.Bucket(start: period.lowerBound, evaluation: actual.upperBound, date: date)]
        }
        var buckets: [ReportPlan.Bucket] = []
        var date = unit.first(of: zone.day(containing: actual.lowerBound.start))
        var start = try startOfDay(date, zone)
        while start < actual.upperBound {
            let next = unit.next(after: date)
            let end = try startOfDay(next, zone)
            // A date that the zone skips has no instant and so no row.
            if start < end {
                buckets.append(
                    ReportPlan.Bucket(
                        start: max(start, period.lowerBound), evaluation: min(end, actual.upperBound), date: date))
            }
            (date, start) = (next, end)
        }
        return buckets
    }

    private static func tick(of limit: PeriodLimit, isEnd: Bool, field: String, zone: TimeZoneRules) throws -> Tick {
        try onTick(isEnd ? limit.end(in: zone) : limit.start(in: zone), field: field, what: limit.text)
    }

    private static func startOfDay(_ date: CivilDate, _ zone: TimeZoneRules) throws -> Tick {
        try onTick(zone.startOfDay(date), field: "timezone", what: "the start of \(date)")
    }

    private static func onTick(_ instant: Instant, field: String, what: String) throws -> Tick {
        let tick = Tick(containing: instant)
        guard tick.start == instant else {
            throw DynamicsError(
                .usage, "off_tick", field: field,
                "\(what) is not at a full quarter of an hour in UTC; choose one that is")
        }
        return tick
    }

    private static func last(before tick: Tick) -> Instant { Instant(seconds: tick.start.seconds - 1) }
}

extension ReportCalendar {
    /// What a bucket is: the finest unit of time among the groupings.
    enum Unit {
        case year, month, date, period

        init(_ groupings: [Grouping]) {
            self =
                groupings.contains(.date)
                ? .date : groupings.contains(.month) ? .month : groupings.contains(.year) ? .year : .period
        }

        /// The first date of the unit that `date` lies in.
        func first(of date: CivilDate) -> CivilDate {
            switch self {
            case .year: CivilDate(dayNumber: date.dayNumber - Int32(Self.dayOfYear(date)))
            case .month: CivilDate(dayNumber: date.dayNumber - Int32(date.day - 1))
            case .date, .period: date
            }
        }

        /// The first date of the next unit, given the first one of a unit.
        func next(after first: CivilDate) -> CivilDate {
            switch self {
            case .year:
                CivilDate(
                    dayNumber: first.dayNumber + (CivilDate.length(ofMonth: 2, year: first.year) == 29 ? 366 : 365))
            case .month:
                CivilDate(
                    dayNumber: first.dayNumber + Int32(CivilDate.length(ofMonth: first.month, year: first.year)))
            case .date, .period: CivilDate(dayNumber: first.dayNumber + 1)
            }
        }

        /// How many units lie between two dates, both included.
        func count(from first: CivilDate, through last: CivilDate) -> Int {
            switch self {
            case .year: last.year - first.year + 1
            case .month: (last.year * 12 + last.month) - (first.year * 12 + first.month) + 1
            case .date: Int(last.dayNumber - first.dayNumber) + 1
            case .period: 1
            }
        }

        private static func dayOfYear(_ date: CivilDate) -> Int {
            (1..<date.month).reduce(date.day - 1) { $0 + CivilDate.length(ofMonth: $1, year: date.year) }
        }
    }
}
