package import DynamicsModel

/// Local days and local times by looking at the clock, again and again: section 2 of `docs/semantics.md`.
///
/// It asks the zone for nothing but what clocks show at an instant, so it can check those who calculate.
package struct NaiveCalendar {
    package let zone: TimeZoneRules

    package init(zone: TimeZoneRules) { self.zone = zone }

    private static let tick: Int64 = 900
    /// No zone is further from UTC than 26 hours, a skipped day included.
    private static let reach: Int64 = 27 * 3600

    /// The first instant that has the local date `date`; for a date that the zone skips, where the next one begins.
    package func start(of date: CivilDate) -> Instant {
        for instant in ticks(around: date.startInUTC.seconds) where zone.civilTime(at: instant).date == date {
            var first = instant
            // Days begin on ticks, but clocks may change between two of them.
            while first.seconds > instant.seconds - Self.tick,
                zone.civilTime(at: Instant(seconds: first.seconds - 1)).date == date
            {
                first.seconds -= 1
            }
            return first
        }
        return start(of: date.adding(days: 1))
    }

    /// The date whose day, from its start to the start of the next one, holds `instant`.
    package func day(holding instant: Instant) -> CivilDate {
        var date = zone.civilTime(at: instant).date.adding(days: 1)
        while start(of: date) > instant { date = date.adding(days: -1) }
        return date
    }

    /// When clocks show `time`: the first time if they do twice; if never, as much after the gap as `time` is after its start.
    package func instant(showing time: CivilTime) -> Instant {
        let ticks = ticks(around: time.seconds)
        let shown = ticks.compactMap { tick -> Instant? in
            let offset = zone.offset(at: tick)
            let candidate = Instant(seconds: time.seconds - Int64(offset))
            return zone.offset(at: candidate) == offset ? candidate : nil
        }
        if let first = shown.min() { return first }

        for (tick, next) in zip(ticks, ticks.dropFirst()) where zone.offset(at: tick) < zone.offset(at: next) {
            let before = Int64(zone.offset(at: tick))
            let after = Int64(zone.offset(at: next))
            var change = tick.seconds
            while zone.offset(at: Instant(seconds: change)) != Int(after) { change += 1 }
            if change + before <= time.seconds, time.seconds < change + after {
                return Instant(seconds: time.seconds - before)
            }
        }
        preconditionFailure("\(time) in \(zone.name) is neither shown nor skipped")
    }

    /// `time` on the same day of the month `months` earlier, or on that month's last day; at the same time of day.
    func time(_ time: CivilTime, minusMonths months: Int) -> CivilTime {
        var (year, month, day) = time.date.components
        for _ in 0..<months {
            month -= 1
            if month == 0 {
                month = 12
                year -= 1
            }
        }
        while true {
            if let date = CivilDate(year: year, month: month, day: day) {
                return CivilTime(date, secondOfDay: time.secondOfDay)
            }
            day -= 1
        }
    }

    /// `2024-03-31T00:00:00+02:00`.
    func stamp(_ instant: Instant) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let offset = zone.offset(at: instant)
        let minutes = abs(offset) / 60
        return "\(zone.civilTime(at: instant))\(offset < 0 ? "-" : "+")\(two(minutes / 60)):\(two(minutes % 60))"
    }

    private func ticks(around seconds: Int64) -> [Instant] {
        let first = (seconds - Self.reach) / Self.tick * Self.tick
        return stride(from: first, through: seconds + Self.reach, by: Int(Self.tick)).map(Instant.init(seconds:))
    }
}

extension CivilDate {
    func adding(days: Int) -> CivilDate { CivilDate(dayNumber: dayNumber + Int32(days)) }
}
