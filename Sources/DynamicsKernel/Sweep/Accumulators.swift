import DynamicsModel

/// What a client is as of an evaluation instant. The states exclude each other, so that a transaction adds to one only.
enum ClientState: Int {
    case active = 0
    case everActive = 1
    case neverActive = 2
    /// Not created yet, or closed: transactions are flows, but the balance counts nowhere.
    case outside = 3
}

/// The sums of one worker over all clients, while they grow. `W` is the width: `Int64` where the ledger's magnitude proves that
/// it suffices, else `Int128`.
///
/// Balances and numbers of clients are kept as differences from bucket to bucket: prefix sums at the end give every row.
struct Accumulators<W: FixedWidthInteger & SignedInteger & BitwiseCopyable & Sendable>: Sendable {
    static var slots: Int { 8 }

    let currencyCount: Int
    let segmentCount: Int
    let bucketCount: Int
    /// [currency][state 0...3][segment][slot]: sums of effects (slots 0...3, as in `Stamp.Slot`) and numbers (4...7) of flows.
    /// The second half is the same for adjustments (slot 0) and package usage (slot 1), which are no flows.
    var effects: [W]
    /// [currency][state 0...3][segment]: changes of the positive part of balances.
    var positives: [W]
    /// [currency][state 0...2][bucket, one more]: clients that enter (+) or leave (-) a state from this bucket on.
    var counts: [W]
    /// The same with their positive balances and balances, side by side.
    var moves: [W]

    init(currencies: Int, segments: Int, buckets: Int) {
        currencyCount = currencies
        segmentCount = segments
        bucketCount = buckets
        // One row of slots more at the end, because nothing but the sweep's own arithmetic keeps within the last one.
        effects = Array(repeating: 0, count: 2 * currencies * 4 * segments * Self.slots + Self.slots)
        positives = Array(repeating: 0, count: currencies * 4 * segments)
        counts = Array(repeating: 0, count: currencies * 3 * (buckets + 1))
        moves = Array(repeating: 0, count: currencies * 3 * (buckets + 1) * 2)
    }

    /// From the flows' half of `effects` to the other.
    var offFlow: Int { currencyCount * 4 * segmentCount * Self.slots }

    static func += (a: inout Self, b: Self) {
        add(b.effects, to: &a.effects)
        add(b.positives, to: &a.positives)
        add(b.counts, to: &a.counts)
        add(b.moves, to: &a.moves)
    }

    private static func add(_ b: [W], to a: inout [W]) {
        precondition(a.count == b.count)
        var i = 0
        while i < a.count {
            a[i] &+= b[i]
            i += 1
        }
    }
}

extension Accumulators {
    /// Adds up what the differences mean.
    ///
    /// - Parameters:
    ///   - currencies: by index.
    ///   - pass: says for which buckets the populations count.
    func group(_ plan: ReportPlan, pass: ReportPlan.Pass, currencies: [CurrencyCode]) -> ReportSums.Group {
        ReportSums.Group(
            populations: populations(plan, pass: pass, currencies: currencies),
            flows: flows(plan, currencies: currencies))
    }

    private func populations(_ plan: ReportPlan, pass: ReportPlan.Pass, currencies: [CurrencyCode])
        -> [ReportSums.Population]
    {
        let changes = currencies.indices.map { balanceChanges(plan, currency: $0) }
        var running = Array(repeating: [ReportSums.RunningState](repeating: .init(), count: 3), count: currencies.count)
        var isWanted = [Bool](repeating: false, count: bucketCount)
        for bucket in pass.buckets { isWanted[bucket] = true }
        var result: [ReportSums.Population] = []
        for bucket in 0..<bucketCount {
            for currency in currencies.indices {
                for state in 0..<3 {
                    let at = (currency * 3 + state) * (bucketCount + 1) + bucket
                    let change = changes[currency][state * bucketCount + bucket]
                    running[currency][state].add(
                        count: Int64(truncatingIfNeeded: counts[at]),
                        positive: Int128(truncatingIfNeeded: moves[at * 2] &+ change.positive),
                        balance: Int128(truncatingIfNeeded: moves[at * 2 + 1] &+ change.balance), wrappingTo: W.self)
                }
                guard isWanted[bucket] else { continue }
                let population = ReportSums.Population(
                    bucket: bucket, currency: currencies[currency], states: running[currency])
                if population.all.qty > 0 { result.append(population) }
            }
        }
        return result
    }

    /// [state][bucket]: what the transactions of each bucket do to the balances.
    private func balanceChanges(_ plan: ReportPlan, currency: Int) -> [(positive: W, balance: W)] {
        var changes = [(positive: W, balance: W)](repeating: (0, 0), count: 3 * bucketCount)
        for state in 0..<3 {
            for (segment, part) in plan.segments.enumerated() {
                let at = (currency * 4 + state) * segmentCount + segment
                let row = at * Self.slots
                let flow = effects[row] &+ effects[row + 1] &+ effects[row + 2] &+ effects[row + 3]
                let index = state * bucketCount + part.bucket
                changes[index].positive &+= positives[at]
                changes[index].balance &+= flow &+ effects[offFlow + row] &+ effects[offFlow + row + 1]
            }
        }
        return changes
    }

    private func flows(_ plan: ReportPlan, currencies: [CurrencyCode]) -> [ReportSums.Flow] {
        var result: [ReportSums.Flow] = []
        var segment = 0
        while segment < segmentCount {
            guard let slice = plan.segments[segment].slice else {
                segment += 1
                continue
            }
            var next = segment
            while next < segmentCount, plan.segments[next].slice == slice { next += 1 }
            for currency in currencies.indices {
                var sums = [W](repeating: 0, count: Self.slots)
                for state in 0..<4 {
                    for part in segment..<next {
                        let row = ((currency * 4 + state) * segmentCount + part) * Self.slots
                        for slot in 0..<Self.slots { sums[slot] &+= effects[row + slot] }
                    }
                }
                if let flow = ReportSums.Flow(plan.slices[slice], currencies[currency], slots: sums[...]) {
                    result.append(flow)
                }
            }
            segment = next
        }
        return result
    }
}

extension ReportSums {
    /// One state's clients and balances, carried from bucket to bucket.
    struct RunningState {
        var count: Int64 = 0
        var positive: Int128 = 0
        var balance: Int128 = 0

        /// Differences may have wrapped around the width of `W`; the sums that they lead to fit in it.
        mutating func add<W: FixedWidthInteger>(count: Int64, positive: Int128, balance: Int128, wrappingTo: W.Type) {
            self.count &+= count
            self.positive = Int128(truncatingIfNeeded: W(truncatingIfNeeded: self.positive &+ positive))
            self.balance = Int128(truncatingIfNeeded: W(truncatingIfNeeded: self.balance &+ balance))
        }
    }
}

extension ReportSums.Population {
    /// From the three states that exclude each other to the three that contain each other.
    init(bucket: Int, currency: CurrencyCode, states: [ReportSums.RunningState]) {
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
    init?<W: FixedWidthInteger & SignedInteger>(
        _ slice: ReportPlan.Slice, _ currency: CurrencyCode, slots: ArraySlice<W>
    ) {
        let first = slots.startIndex
        func sums(_ slot: Stamp.Slot, sign: Int128) -> ReportSums.FlowSums {
            let at = first + Int(slot.rawValue)
            return ReportSums.FlowSums(
                qty: Int64(truncatingIfNeeded: slots[at + 4]), total: sign * Int128(truncatingIfNeeded: slots[at]))
        }
        guard slots[(first + 4)..<(first + 8)].contains(where: { $0 != 0 }) else { return nil }
        self.init(
            bucket: slice.bucket, currency: currency, date: slice.date, refill: sums(.refill, sign: 1),
            payg: sums(.payg, sign: -1), activation: sums(.activation, sign: -1), renewal: sums(.renewal, sign: -1))
    }
}
