import DynamicsModel

/// A plan's calendar for one pass, as tables that the sweep looks stamps up in.
///
/// There are two for each pass. One tells UTC dates apart, since flows are converted by the date; clients in the report's own
/// currency are swept with one that doesn't, and so has far fewer segments where rows are longer than a day.
///
/// `Index` is `UInt16` when that is enough for the number of segments, which keeps the table of three years within 64 KB.
struct SweepTables<Index: FixedWidthInteger & UnsignedInteger & BitwiseCopyable & Sendable>: Sendable {
    /// How far to shift a stamp to the right to get an index into `segments`, before `firstIndex` is taken off. The grain is the
    /// coarsest power of two of ticks on which all segments start: hours in most zones.
    let shift: UInt32
    let firstIndex: UInt32
    /// Indexes of segments, by time, from the ledger's first tick (or the period's, if that is earlier) up to the last
    /// evaluation instant.
    let segments: [Index]
    /// For each segment: its bucket (low 16 bits), and one behind the last bucket that a paid use there reaches (high 16 bits).
    let reaches: [UInt32]
    /// For each segment: stamps from here on are behind the last bucket that a paid use in the segment reaches.
    let activeLimits: [UInt32]
    /// A client that is active at a paid use still is when less than this has been added to its stamp: no need to look further.
    let surelyActive: UInt32
    /// For each segment: its slice; -1 before the period. Without dates: the first slice of its bucket.
    let slices: [Int32]
    /// Transactions with stamps from here on lie in the period.
    let periodStart: UInt32
    /// Transactions with stamps from here on lie behind the last evaluation instant.
    let end: UInt32
    let layout: SumsLayout

    /// - Parameters:
    ///   - start: the first tick with transactions.
    ///   - hasDates: whether UTC dates are told apart.
    /// - Precondition: the plan has buckets (at most 65,535), and `Index` can count its segments.
    init(_ plan: ReportPlan, pass: ReportPlan.Pass, start: Tick, hasDates: Bool) {
        precondition(plan.segments.count < Int(Index.max) && plan.buckets.count < 0xFFFF)
        let parts = Self.parts(plan, pass, hasDates: hasDates)
        let end = plan.buckets[plan.buckets.count - 1].evaluation.index
        var grain: UInt32 = 16
        for part in parts { grain = min(grain, UInt32(part.start.trailingZeroBitCount)) }
        let first = max(0, min(start.index, plan.buckets[0].start.index)) >> Int32(grain)
        let last = max(first, (end - 1) >> Int32(grain))
        segments = [Index](unsafeUninitializedCapacity: Int(last - first) + 1) { table, count in
            count = table.count
            for (index, part) in parts.enumerated() {
                let from = max(0, Int(part.start >> Int32(grain) - first))
                let to = index + 1 < parts.count ? Int(parts[index + 1].start >> Int32(grain) - first) : count
                if from < min(to, count) { table[from..<min(to, count)].initialize(repeating: Index(index)) }
            }
        }
        shift = Stamp.tickShift + grain
        firstIndex = UInt32(first)
        reaches = parts.map { UInt32($0.activeUntil) << 16 | UInt32($0.bucket) }
        activeLimits = parts.map { $0.activeLimit(plan) }
        surelyActive = Self.surelyActive(parts, activeLimits, end: end)
        slices = parts.map(\.slice)
        periodStart = UInt32(max(0, plan.buckets[0].start.index)) << Stamp.tickShift
        self.end = UInt32(end) << Stamp.tickShift
        layout = SumsLayout(segmentCount: parts.count, bucketCount: plan.buckets.count)
    }

    /// A segment of this table: one of the plan's, or several in a row that differ in nothing that matters.
    private struct Part {
        var start: Int32
        var bucket: Int
        var slice: Int32
        var activeUntil: Int

        func activeLimit(_ plan: ReportPlan) -> UInt32 {
            if activeUntil == 0 { return 0 }
            if activeUntil == plan.buckets.count { return .max }
            return UInt32(plan.buckets[activeUntil - 1].evaluation.index) << Stamp.tickShift
        }
    }

    private static func parts(_ plan: ReportPlan, _ pass: ReportPlan.Pass, hasDates: Bool) -> [Part] {
        var parts: [Part] = []
        parts.reserveCapacity(plan.segments.count)
        for (segment, activeUntil) in zip(plan.segments, pass.activeUntil) {
            var part = Part(
                start: segment.start.index, bucket: segment.bucket, slice: Int32(segment.slice ?? -1),
                activeUntil: activeUntil)
            if !hasDates, let last = parts.last, last.bucket == part.bucket, last.slice >= 0, part.slice >= 0 {
                if last.activeUntil == activeUntil { continue }
                part.slice = last.slice
            }
            parts.append(part)
        }
        return parts
    }

    /// The least that lies between the end of a segment and the end of the activity that a paid use in it brings.
    private static func surelyActive(_ parts: [Part], _ limits: [UInt32], end: Int32) -> UInt32 {
        var least = UInt32.max
        for (index, part) in parts.enumerated() where part.activeUntil > part.bucket {
            let segmentEnd = UInt32(index + 1 < parts.count ? parts[index + 1].start : end) << Stamp.tickShift
            least = min(least, limits[index] - min(limits[index], segmentEnd))
        }
        return least
    }

    /// For each slice: its segments.
    func segmentsOfSlices(count: Int) -> [Range<Int>] { Self.runs(slices.map { Int($0) }, count: count) }

    /// For each bucket: its segments within the period.
    func segmentsOfBuckets() -> [Range<Int>] {
        Self.runs(zip(reaches, slices).map { $1 < 0 ? -1 : Int($0 & 0xFFFF) }, count: layout.bucketCount)
    }

    /// Where each of `0 ..< count` stands in `keys`, which ascend from -1.
    private static func runs(_ keys: [Int], count: Int) -> [Range<Int>] {
        var runs = [Range<Int>](repeating: 0..<0, count: count)
        for (index, key) in keys.enumerated() where key >= 0 {
            runs[key] = (runs[key].isEmpty ? index : runs[key].lowerBound)..<index + 1
        }
        return runs
    }
}
