import DynamicsModel

/// A plan's calendar as arrays that SQL can look ticks up in.
///
/// ClickHouse 18.16 has no binary search in arrays. So an array by UTC date says in which segment the date starts, and as many
/// comparisons as a date has further segments lead from there to the tick's.
struct TimeLookup {
    /// The number of buckets: also stands for "after all of them".
    let bucketCount: Int
    /// Segments in time order, and one more from the last evaluation instant on.
    private let starts: [Int]
    private let buckets: [Int]
    private let slices: [Int]
    private let activeUntil: [[Int]]
    /// By date, from 1990-01-01 on: how many segments have started when it starts.
    private let firstOfDate: [Int]
    private let steps: Int

    static let dayTicks = 96

    /// - Precondition: the plan has buckets.
    init(_ plan: ReportPlan) {
        let end = Int(plan.buckets[plan.buckets.count - 1].evaluation.index)
        bucketCount = plan.buckets.count
        starts = plan.segments.map { Int($0.start.index) } + [end]
        buckets = plan.segments.map(\.bucket) + [bucketCount]
        // Slices are counted from 1 here, as 0 means that there is none.
        slices = plan.segments.map { ($0.slice ?? -1) + 1 } + [0]
        activeUntil = plan.passes.map { $0.activeUntil + [0] }
        var firstOfDate: [Int] = []
        var steps = 0
        var segment = 0
        for date in 0...(end / Self.dayTicks) {
            while segment + 1 < starts.count, starts[segment + 1] <= date * Self.dayTicks { segment += 1 }
            firstOfDate.append(segment + 1)
            var last = segment
            while last + 1 < starts.count, starts[last + 1] < (date + 1) * Self.dayTicks { last += 1 }
            steps = max(steps, last - segment)
        }
        self.firstOfDate = firstOfDate
        self.steps = steps
    }

    /// Adds to the rows of `source` the column `segment`, counted from 1, of the time in `column`.
    func segments(of column: String, in source: String, keeping columns: [String]) -> String {
        let kept = columns.joined(separator: ", ")
        let tick = "least(intDiv(toUInt64(\(column)) - \(Instant.earliest.seconds), 900), \(starts[starts.count - 1]))"
        var query = """
            SELECT \(kept), tick, \(Self.array(firstOfDate))[intDiv(tick, \(Self.dayTicks)) + 1] AS s0
            FROM (SELECT \(kept), toUInt32(\(tick)) AS tick FROM (\(source)))
            """
        let limits = Self.array(starts.dropFirst() + [Int(UInt32.max)])
        for step in 0..<steps {
            query = """
                SELECT \(kept), tick, s\(step) + (\(limits)[s\(step)] <= tick) AS s\(step + 1) FROM (\(query))
                """
        }
        return "SELECT \(kept), toUInt32(s\(steps)) AS segment FROM (\(query))"
    }

    /// The first bucket whose evaluation instant lies after a segment; `bucketCount` when there is none.
    var bucket: String { "toInt64(\(Self.array(buckets))[segment])" }

    /// One more than the slice; 0: none.
    var slice: String { "toInt64(\(Self.array(slices))[segment])" }

    /// How far a paid use reaches, see `ReportPlan.Pass`.
    func activeUntil(pass: Int) -> String { "toInt64(\(Self.array(activeUntil[pass]))[segment])" }

    private static func array(_ numbers: some Sequence<Int>) -> String {
        "[" + numbers.map(String.init).joined(separator: ",") + "]"
    }
}
