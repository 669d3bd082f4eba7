/// A timezone's rules: which offset clocks show when, and what local dates and times mean (section 2 of `docs/semantics.md`).
///
/// Exact for instants and local times from 1900 to the end of 2201, as far as the zone's data are. Copies share one table.
public struct TimeZoneRules: Sendable {
    /// As asked for: a link keeps its own name.
    public let name: String

    /// Stretches of time with one offset each, in order and without gaps. The first starts at `Int64.min`, the last never
    /// ends, and the offsets of neighbours differ.
    private let stretches: [Stretch]

    private struct Stretch {
        /// Seconds since 1970-01-01T00:00:00Z.
        let start: Int64
        let offset: Int64
    }

    /// The rules in the TZif file `bytes` (RFC 9636).
    ///
    /// - Throws: `DynamicsError` of the kind `unavailable` for a file that is damaged or counts leap seconds.
    package init(name: String, tzif bytes: [UInt8]) throws(DynamicsError) {
        do {
            self.init(name: name, try TZifFile(bytes))
        } catch {
            throw DynamicsError(
                .unavailable, "damaged_timezone", field: "timezone",
                "the system's file of \(name) is unusable: \(error.reason); reinstall the package tzdata")
        }
    }

    private init(name: String, _ file: TZifFile) {
        self.name = name
        var stretches: [Stretch] = []
        func add(_ start: Int64, _ offset: Int64) {
            if stretches.last?.start == start { stretches.removeLast() }
            if stretches.last?.offset != offset { stretches.append(Stretch(start: start, offset: offset)) }
        }
        // Without transitions the footer holds for all time.
        add(.min, file.changes.isEmpty ? file.footer?.initialOffset ?? file.initialOffset : file.initialOffset)
        for change in file.changes { add(change.instant, change.offset) }
        let last = file.changes.last?.instant ?? .min
        for change in file.footer?.changes ?? [] where change.instant > last { add(change.instant, change.offset) }
        self.stretches = stretches
    }

    /// Seconds that local clocks are ahead of UTC at `instant`.
    public func offset(at instant: Instant) -> Int { Int(stretches[index(at: instant.seconds)].offset) }

    /// The instants within `range` at which the offset changes, in order.
    package func changes(within range: Range<Instant>) -> [Instant] {
        stretches.dropFirst().lazy.map { Instant(seconds: $0.start) }.filter(range.contains)
    }

    /// What local clocks show at `instant`.
    public func civilTime(at instant: Instant) -> CivilTime {
        CivilTime(seconds: instant.seconds + Int64(offset(at: instant)))
    }

    /// The local time with its offset (RFC 3339), such as `2024-03-15T09:30:00+02:00`; seconds of an offset are left out.
    public func timestamp(at instant: Instant) -> String {
        let minutes = offset(at: instant) / 60
        let (hours, rest) = abs(minutes).quotientAndRemainder(dividingBy: 60)
        let offset = "\(minutes < 0 ? "-" : "+")\(CivilDate.pad(hours, 2)):\(CivilDate.pad(rest, 2))"
        return civilTime(at: instant).description + offset
    }

    /// When local clocks show `time`: the first time if twice; if never, `time` is read with the offset before the gap.
    public func instant(of time: CivilTime) -> Instant {
        let index = firstIndex(reaching: time)
        let instant = time.seconds - stretches[index].offset
        let isInGap = instant < stretches[index].start
        return Instant(seconds: isInGap ? time.seconds - stretches[index - 1].offset : instant)
    }

    /// The first instant with a local date of `date`; for a date that the zone skips, the start of the next date that exists.
    public func startOfDay(_ date: CivilDate) -> Instant { firstInstant(reaching: CivilTime(date)) }

    /// The first instant when local clocks show `time` or a later one.
    public func firstInstant(reaching time: CivilTime) -> Instant {
        let stretch = stretches[firstIndex(reaching: time)]
        return Instant(seconds: max(stretch.start, time.seconds - stretch.offset))
    }

    /// The date whose day, from its start to the next one's, holds `instant`.
    public func day(containing instant: Instant) -> CivilDate {
        var date = civilTime(at: instant).date
        // Clocks may show the previous date again when its successor has already begun.
        while true {
            let next = CivilDate(dayNumber: date.dayNumber + 1)
            if startOfDay(next) > instant { return date }
            date = next
        }
    }

    /// The index of the stretch that holds `seconds` since the epoch.
    private func index(at seconds: Int64) -> Int {
        var low = 0
        var high = stretches.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if stretches[middle].start <= seconds { low = middle } else { high = middle }
        }
        return low
    }

    /// The index of the first stretch in which clocks show `time` or a later time: either it holds the first `time`, or
    /// clocks jump over `time` where it starts (then it is not the very first stretch).
    private func firstIndex(reaching time: CivilTime) -> Int {
        // Any stretch before this one ends before clocks can show `time`.
        var index = index(at: time.seconds - OffsetChange.offsets.upperBound)
        while index + 1 < stretches.count, time.seconds - stretches[index].offset >= stretches[index + 1].start {
            index += 1
        }
        return index
    }
}
