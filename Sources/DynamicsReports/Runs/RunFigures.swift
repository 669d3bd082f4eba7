/// How many runs there are, and what became of those since the start of the process.
public struct RunFigures: Sendable, Hashable {
    /// Now: not begun yet, and begun.
    public var waiting = 0
    public var running = 0
    /// Since the start, by how they ended.
    public var finished = 0
    public var failed = 0
    public var cancelled = 0
    /// From being asked for to being stored, of those that finished.
    public var durations = DurationHistogram()
}

/// How many things took how long: counts below fixed limits, as Prometheus has its histograms.
public struct DurationHistogram: Sendable, Hashable {
    /// Upper limits of the buckets, in seconds.
    public static let limits_seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

    public private(set) var count = 0
    public private(set) var sum_seconds = 0.0
    /// For each limit, how many took that long at most; those below a smaller limit are counted here, too.
    public private(set) var buckets = [Int](repeating: 0, count: DurationHistogram.limits_seconds.count)

    public init() {}

    /// Counts one more.
    public mutating func note(_ duration: Duration) {
        let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
        count += 1
        sum_seconds += seconds
        for (index, limit) in Self.limits_seconds.enumerated() where seconds <= limit { buckets[index] += 1 }
    }
}
