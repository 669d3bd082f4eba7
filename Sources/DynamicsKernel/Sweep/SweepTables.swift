import DynamicsModel

/// A plan's calendar for one pass, as tables that the sweep looks ticks up in.
///
/// `Index` is `UInt16` when that is enough for the number of segments, which keeps the table of three years within 64 KB.
struct SweepTables<Index: FixedWidthInteger & UnsignedInteger & BitwiseCopyable & Sendable>: Sendable {
    /// How far to shift a stamp to the right to get an index into `segments`, before `firstIndex` is taken off. The grain is the
    /// coarsest power of two of ticks on which all segments start: hours in most zones.
    let shift: UInt32
    let firstIndex: UInt32
    /// Indexes of the plan's segments, by time, from the span's first tick up to the last evaluation instant.
    let segments: [Index]
    /// For each segment: its bucket (low 16 bits), and one behind the last bucket that a paid use there reaches (high 16 bits).
    let reaches: [UInt32]
    /// For each segment: its slice; -1 before the period.
    let slices: [Int32]
    /// Transactions with stamps from here on lie in the period.
    let periodStart: UInt32
    /// Transactions with stamps from here on lie behind the last evaluation instant.
    let end: UInt32
    let bucketCount: Int

    var segmentCount: Int { reaches.count }

    /// - Precondition: the plan has buckets (at most 65,535), and `Index` can count its segments.
    init(_ plan: ReportPlan, pass: ReportPlan.Pass, span: Range<Tick>) {
        precondition(plan.segments.count < Int(Index.max) && plan.buckets.count < 0xFFFF)
        let end = plan.buckets[plan.buckets.count - 1].evaluation.index
        var grain: UInt32 = 6
        for segment in plan.segments { grain = min(grain, UInt32(segment.start.index.trailingZeroBitCount)) }
        let first = span.lowerBound.index >> Int32(grain)
        let last = max(first, (min(end, span.upperBound.index) - 1) >> Int32(grain))
        var table = [Index](repeating: 0, count: Int(last - first) + 1)
        var segment = 0
        for i in table.indices {
            let tick = (first + Int32(i)) << Int32(grain)
            while segment + 1 < plan.segments.count, plan.segments[segment + 1].start.index <= tick { segment += 1 }
            table[i] = Index(segment)
        }
        segments = table
        shift = Stamp.tickShift + grain
        firstIndex = UInt32(first)
        reaches = zip(plan.segments, pass.activeUntil).map { UInt32($1) << 16 | UInt32($0.bucket) }
        slices = plan.segments.map { Int32($0.slice ?? -1) }
        periodStart = UInt32(max(0, plan.buckets[0].start.index)) << Stamp.tickShift
        self.end = UInt32(end) << Stamp.tickShift
        bucketCount = plan.buckets.count
    }
}

/// The evaluation instants alone: which is the first one after a tick?
struct EvaluationInstants: Sendable {
    private let instants: [Int32]

    init(_ plan: ReportPlan) { instants = plan.buckets.map(\.evaluation.index) }

    /// The first bucket with T after the start of `tick`; the number of buckets when there is none. "Created as of T" holds
    /// from this bucket on, "closed as of T" likewise.
    func first(after tick: Int32) -> Int {
        guard let earliest = instants.first, tick >= earliest else { return 0 }
        var low = 1
        var high = instants.count
        while low < high {
            let middle = (low + high) / 2
            if instants[middle] <= tick { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
