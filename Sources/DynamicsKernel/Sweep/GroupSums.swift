import DynamicsModel

/// Reads what accumulators mean: one membership's populations and flows.
struct GroupSums<W: FixedWidthInteger & SignedInteger & BitwiseCopyable & Sendable> {
    let plan: ReportPlan
    /// Says for which buckets the populations count.
    let pass: ReportPlan.Pass
    /// By index.
    let currencies: [CurrencyCode]
    let layout: SumsLayout

    typealias Units = [UnsafeMutablePointer<W>?]

    /// - Parameters:
    ///   - units: by currency.
    ///   - overlaps: more to be added: that of the rows of a track.
    func group(_ units: Units, overlaps: (sums: OverlapSums<W>, track: Int)? = nil) -> ReportSums.Group {
        ReportSums.Group(
            populations: populations(units) { bucket, currency in
                overlaps?.sums.populations.touchedCell(
                    row: (overlaps?.track ?? 0) * currencies.count + currency, column: bucket)
            },
            flows: flows(units) { slice, currency in
                overlaps?.sums.flows.touchedCell(
                    row: (overlaps?.track ?? 0) * currencies.count + currency, column: slice)
            })
    }

    private func populations(_ units: Units, more: (Int, Int) -> UnsafePointer<W>?) -> [ReportSums.Population] {
        var result: [ReportSums.Population] = []
        var running = Array(repeating: [RunningState](repeating: .init(), count: 3), count: currencies.count)
        var next = 0
        for bucket in 0..<layout.bucketCount {
            let isWanted = next < pass.buckets.count && pass.buckets[next] == bucket
            if isWanted { next += 1 }
            for currency in currencies.indices {
                if let unit = units[currency] { add(unit, bucket, to: &running[currency]) }
                if let cell = more(bucket, currency) {
                    for state in 0..<3 {
                        running[currency][state].add(
                            count: cell[state * 3], positive: cell[state * 3 + 1], balance: cell[state * 3 + 2])
                    }
                }
                if isWanted, running[currency].contains(where: { $0.count != 0 }) {
                    result.append(
                        ReportSums.Population(
                            bucket: bucket, currency: currencies[currency], states: running[currency]))
                }
            }
        }
        return result
    }

    /// What happens from one bucket to the next.
    private func add(_ unit: UnsafeMutablePointer<W>, _ bucket: Int, to states: inout [RunningState]) {
        for state in 0..<3 {
            let move = unit + layout.moves + (state * (layout.bucketCount + 1) + bucket) * 3
            states[state].add(count: move[0], positive: move[1], balance: move[2])
        }
    }

    private func flows(_ units: Units, more: (Int, Int) -> UnsafePointer<W>?) -> [ReportSums.Flow] {
        var result: [ReportSums.Flow] = []
        let sums = UnsafeMutablePointer<W>.allocate(capacity: 8)
        defer { sums.deallocate() }
        var segment = plan.segments.firstIndex { $0.slice != nil } ?? layout.segmentCount
        while segment < layout.segmentCount, let slice = plan.segments[segment].slice {
            let first = segment
            // Where an activity window begins within a date, the date has more than one segment.
            while segment < layout.segmentCount, plan.segments[segment].slice == slice { segment += 1 }
            for currency in currencies.indices {
                sums.update(repeating: 0, count: 8)
                if let unit = units[currency] {
                    for part in first..<segment {
                        for slot in 0..<8 { sums[slot] &+= unit[layout.flows + part * 8 + slot] }
                    }
                }
                if let cell = more(slice, currency) {
                    for slot in 0..<8 { sums[slot] &+= cell[slot] }
                }
                if let flow = ReportSums.Flow(plan.slices[slice], currencies[currency], slots: sums) {
                    result.append(flow)
                }
            }
        }
        return result
    }
}

/// One state's clients and balances, carried from bucket to bucket.
private struct RunningState {
    var count: Int64 = 0
    var positive: Int128 = 0
    var balance: Int128 = 0

    /// Differences may have wrapped around the width of `W`; the sums that they lead to fit in it.
    mutating func add<W: FixedWidthInteger & SignedInteger>(count: W, positive: W, balance: W) {
        self.count &+= Int64(truncatingIfNeeded: count)
        self.positive = Int128(truncatingIfNeeded: W(truncatingIfNeeded: self.positive) &+ positive)
        self.balance = Int128(truncatingIfNeeded: W(truncatingIfNeeded: self.balance) &+ balance)
    }
}

extension ReportSums.Population {
    /// From the three states that exclude each other to the three that contain each other.
    fileprivate init(bucket: Int, currency: CurrencyCode, states: [RunningState]) {
        var nested: [ReportSums.StateSums] = []
        var sums = ReportSums.StateSums()
        for state in states {
            sums.qty += state.count
            sums.positive += state.positive
            sums.negative += state.balance - state.positive
            nested.append(sums)
        }
        self.init(bucket: bucket, currency: currency, active: nested[0], overallActive: nested[1], all: nested[2])
    }
}

extension ReportSums.Flow {
    /// From effects (slots 0...3) and numbers (4...7); nil when there are none.
    fileprivate init?<W: FixedWidthInteger & SignedInteger>(
        _ slice: ReportPlan.Slice, _ currency: CurrencyCode, slots: UnsafePointer<W>
    ) {
        guard slots[4] != 0 || slots[5] != 0 || slots[6] != 0 || slots[7] != 0 else { return nil }
        func sums(_ slot: Stamp.Slot, sign: Int128) -> ReportSums.FlowSums {
            let slot = Int(slot.rawValue)
            return ReportSums.FlowSums(
                qty: Int64(truncatingIfNeeded: slots[slot + 4]), total: sign * Int128(truncatingIfNeeded: slots[slot]))
        }
        self.init(
            bucket: slice.bucket, currency: currency, date: slice.date, refill: sums(.refill, sign: 1),
            payg: sums(.payg, sign: -1), activation: sums(.activation, sign: -1), renewal: sums(.renewal, sign: -1))
    }
}
