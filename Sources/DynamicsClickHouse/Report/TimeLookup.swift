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
    /// By date, from `firstDate` on: how many segments have started when it starts.
    private let firstOfDate: [Int]
    /// The date, in days since 1990-01-01, at whose start there is still the first segment only.
    private let firstDate: Int
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
        firstDate = max(0, starts[1] - 1) / Self.dayTicks
        for date in firstDate...(end / Self.dayTicks) {
            while segment + 1 < starts.count, starts[segment + 1] <= date * Self.dayTicks { segment += 1 }
            firstOfDate.append(segment + 1)
            var last = segment
            while last + 1 < starts.count, starts[last + 1] < (date + 1) * Self.dayTicks { last += 1 }
            steps = max(steps, last - segment)
        }
        self.firstOfDate = firstOfDate
        self.steps = steps
    }

    /// The segment, counted from 1, of the time in `column`: the segments that have started at the start of its date, and of the next
    /// ones those that have started by then.
    ///
    /// Expressions, not a subquery for each step: 18.16 works out what a statement means in a time that doubles with each level.
    func segment(of column: String) -> String {
        let tick = "least(intDiv(toUInt64(\(column)) - \(Instant.earliest.seconds), 900), \(starts[starts.count - 1]))"
        let date = "greatest(intDiv(\(tick), \(Self.dayTicks)), \(firstDate)) - \(firstDate) + 1"
        let first = "\(Self.array(firstOfDate))[\(date)]"
        // More than the longest way, so that no index leads beyond the end.
        let limits = Self.array(starts.dropFirst() + Array(repeating: Int(UInt32.max), count: steps + 1))
        let further = (0..<steps).map { " + (\(limits)[\(first) + \($0)] <= \(tick))" }.joined()
        return "toUInt32(\(first)\(further))"
    }

    /// The first bucket whose evaluation instant lies after a segment; `bucketCount` when there is none.
    var bucket: String { "toInt64(\(Self.array(buckets))[segment])" }

    /// The same of the time in `column`.
    func bucket(of column: String) -> String { "toInt64(\(Self.array(buckets))[\(segment(of: column))])" }

    /// The same of the time in `column`, within the period: one more than the slice.
    func slice(of column: String) -> String { "toInt64(\(Self.array(slices))[\(segment(of: column))])" }

    /// How far a paid use reaches, see `ReportPlan.Pass`.
    func activeUntil(pass: Int) -> String { "toInt64(\(Self.array(activeUntil[pass]))[segment])" }

    private static func array(_ numbers: some Sequence<Int>) -> String {
        "[" + numbers.map(String.init).joined(separator: ",") + "]"
    }
}
