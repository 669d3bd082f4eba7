/// Daily exchange rates that wander, but not away: each day's step is random, with a pull back to where it began.
struct RateWalk {
    private var random: SeededGenerator
    private let anchor: Double
    private var level = 1.0

    init(anchor: Double, seed: UInt64, stream: UInt64) {
        random = SeededGenerator(seed: seed, stream: stream)
        self.anchor = anchor
    }

    /// The next day's rate, in units of 10^-6; never farther from the anchor than a quarter.
    mutating func next() -> Int64 {
        // The sum of four uniform numbers is close enough to a normal distribution.
        var step = -2.0
        for _ in 0..<4 { step += random.unit() }
        level += step * 0.006 + (1 - level) * 0.004
        level = min(1.25, max(0.75, level))
        return Int64((anchor * level * 1_000_000).rounded())
    }
}
