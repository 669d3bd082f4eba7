import DynamicsModel
import DynamicsTestSupport
import Testing

/// The rules against their definition in section 2 of `docs/semantics.md`, by looking at the local clock minute for minute
/// around changes of its offset. Only `offset(at:)` is taken for granted.
@Suite struct TimeZoneDefinitionTests {
    /// The year of the first change looked at is the first in which all changes happen at whole minutes of UTC.
    @Test func everyChangeOfEveryZone() throws {
        let range = try utc("1973-01-01 00:00")..<utc("2040-01-01 00:00")
        var count = 0
        for rules in try distinctZones() {
            for change in rules.changes(within: range) {
                try #require(change.seconds % 60 == 0, "\(rules.name) at \(change.seconds)")
                if let difference = ClockAroundChange(rules, change).firstDifference() {
                    Issue.record("\(rules.name): \(difference)")
                }
                count += 1
            }
        }
        #expect(count > 10_000)
    }

    /// Changes at random, some hours apart and up to a day wide: rules that no country has had yet.
    @Test(arguments: 0..<40) func randomChanges(_ seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        let offsets = (0..<8).map { _ in Int32(random.between(-48...52) * 900) }
        var instant = Int64(random.between(0...1_000_000) * 60)
        let transitions = (0..<50).map { _ in
            instant += Int64(random.between(73 * 60...200 * 60) * 60)
            return (instant: instant, type: UInt8(random.between(0...7)))
        }
        let rules = try TimeZoneRules(
            name: "Random/\(seed)", tzif: HandMadeTZif(transitions: transitions, offsets: offsets).bytes)
        let changes = rules.changes(within: Instant(seconds: 0)..<Instant(seconds: instant + 1))
        try #require(changes.count > 30)
        for change in changes {
            if let difference = ClockAroundChange(rules, change).firstDifference() {
                Issue.record("\(rules.name): \(difference)")
            }
        }
    }
}

/// What local clocks show in the three days around a change.
private struct ClockAroundChange {
    let rules: TimeZoneRules
    let window: StrideTo<Int64>
    let first, end: Int64

    init(_ rules: TimeZoneRules, _ change: Instant) {
        self.rules = rules
        first = change.seconds - 36 * 3600
        end = change.seconds + 36 * 3600
        window = stride(from: first, to: end, by: 60)
    }

    /// nil when `rules` say what the clocks say.
    func firstDifference() -> String? { differenceInDays() ?? differenceInTimes() }

    private func differenceInDays() -> String? {
        var latest = rules.civilTime(at: Instant(seconds: first)).date
        for instant in window.lazy.map({ Instant(seconds: $0) }) {
            let date = rules.civilTime(at: instant).date
            while latest < date {
                latest = CivilDate(dayNumber: latest.dayNumber + 1)
                guard rules.startOfDay(latest) == instant else { return "\(latest) starts at \(instant.seconds)" }
            }
            guard rules.day(containing: instant) == latest else { return "\(instant.seconds) lies in \(latest)" }
        }
        return nil
    }

    private func differenceInTimes() -> String? {
        let offsets = window.map { Int64(rules.offset(at: Instant(seconds: $0))) }
        guard let least = offsets.min(), let greatest = offsets.max() else { return nil }
        // The minutes of which no showing can lie outside of the window.
        let start = first + greatest
        let minutes = Int((end + least - start) / 60)
        var readings = [Int64?](repeating: nil, count: minutes)
        for (instant, offset) in zip(window, offsets) {
            let minute = Int((instant + offset - start) / 60)
            if instant + offset >= start, minute < minutes, readings[minute] == nil { readings[minute] = instant }
        }
        // What was never shown, clocks jumped over: it is read with the offset before that.
        var before = offsets[0]
        for (instant, offset) in zip(window, offsets) {
            for clock in stride(from: max(instant + before, start), to: min(instant + offset, end + least), by: 60) {
                let minute = Int((clock - start) / 60)
                readings[minute] = readings[minute] ?? clock - before
            }
            before = offset
        }
        for (minute, reading) in readings.enumerated() {
            let time = CivilTime(seconds: start + Int64(minute) * 60)
            let instant = rules.instant(of: time)
            guard instant.seconds == reading else { return "\(time) is \(reading ?? 0), not \(instant.seconds)" }
        }
        return nil
    }
}
