import DynamicsModel

/// Where the sums of a bucket and of a slice lie in the units of one currency.
struct SegmentMap {
    let layout: SumsLayout
    let ofBucket: [Range<Int>]
    let ofSlice: [Range<Int>]

    init<Index>(_ tables: SweepTables<Index>, plan: ReportPlan) {
        layout = tables.layout
        ofBucket = tables.segmentsOfBuckets()
        ofSlice = tables.segmentsOfSlices(count: plan.slices.count)
    }
}

/// Reads what accumulators mean: one membership's populations and flows.
struct GroupSums<W: FixedWidthInteger & SignedInteger & BitwiseCopyable & Sendable> {
    let plan: ReportPlan
    /// Says for which buckets the populations count.
    let pass: ReportPlan.Pass
    /// By index.
    let currencies: [CurrencyCode]
    /// By currency.
    let segments: [SegmentMap]

    typealias Units = [UnsafeMutablePointer<W>?]

    /// - Parameters:
    ///   - units: by currency.
    ///   - overlaps: more to be added: that of the rows of a track.
    func group(_ units: Units, overlaps: (sums: OverlapSums<W>, track: Int)? = nil) -> ReportSums.Group {
        // Where no client went the longer way, there is nothing to be asked for cell by cell.
        let more = overlaps.flatMap { $0.sums.isTouched ? $0 : nil }
        return ReportSums.Group(populations: populations(units, more), flows: flows(units, more))
    }

    private func populations(_ units: Units, _ overlaps: (sums: OverlapSums<W>, track: Int)?)
        -> [ReportSums.Population]
    {
        var result: [ReportSums.Population] = []
        result.reserveCapacity(pass.buckets.count * currencies.count)
        var running = [RunningStates<W>](repeating: .init(), count: currencies.count)
        var next = 0
        for bucket in plan.buckets.indices {
            let isWanted = next < pass.buckets.count && pass.buckets[next] == bucket
            if isWanted { next += 1 }
            for currency in currencies.indices {
                if let unit = units[currency] { add(unit, segments[currency], bucket, to: &running[currency]) }
                if let overlaps,
                    let cell = overlaps.sums.populations.touchedCell(
                        row: overlaps.track * currencies.count + currency, column: bucket)
                {
                    running[currency].add(cell, cell + 3, cell + 6)
                }
                if isWanted, !running[currency].isEmpty {
                    result.append(running[currency].population(bucket: bucket, currency: currencies[currency]))
                }
            }
        }
        return result
    }

    /// What happens from one bucket to the next.
    @inline(__always)
    private func add(
        _ unit: UnsafeMutablePointer<W>, _ map: SegmentMap, _ bucket: Int, to states: inout RunningStates<W>
    ) {
        let layout = map.layout
        let cell = unit + layout.moves + bucket * 3
        let stride = (layout.bucketCount + 1) * 3
        states.add(cell, cell + stride, cell + 2 * stride)
        for copy in 0..<layout.copies {
            for segment in map.ofBucket[bucket] {
                let place = copy &* layout.segmentCount &+ segment
                states.active.positive &+= unit[layout.gains &+ place]
                // All slots but the last, which is that of package usage without an amount.
                for slot in 0..<SumsLayout.slotCount - 1 {
                    states.active.balance &+= unit[slot &* layout.slotStride &+ place &* 2]
                }
            }
        }
    }

    private func flows(_ units: Units, _ overlaps: (sums: OverlapSums<W>, track: Int)?) -> [ReportSums.Flow] {
        var result: [ReportSums.Flow] = []
        result.reserveCapacity(plan.slices.count * currencies.count)
        withUnsafeTemporaryAllocation(of: W.self, capacity: 8) { sums in
            for (slice, place) in plan.slices.enumerated() {
                for currency in currencies.indices {
                    sums.initialize(repeating: 0)
                    if let unit = units[currency] { add(unit, segments[currency], slice: slice, to: sums) }
                    if let overlaps,
                        let cell = overlaps.sums.flows.touchedCell(
                            row: overlaps.track * currencies.count + currency, column: slice)
                    {
                        for slot in 0..<8 { sums[slot] &+= cell[slot] }
                    }
                    if let flow = ReportSums.Flow(place, currencies[currency], slots: UnsafePointer(sums.baseAddress!))
                    {
                        result.append(flow)
                    }
                }
            }
        }
        return result
    }

    /// Adds the sums (0...3) and numbers (4...7) of the four slots that are flows.
    @inline(__always)
    private func add(
        _ unit: UnsafeMutablePointer<W>, _ map: SegmentMap, slice: Int, to sums: UnsafeMutableBufferPointer<W>
    ) {
        let layout = map.layout
        for copy in 0..<layout.copies {
            for segment in map.ofSlice[slice] {
                for slot in 0..<4 {
                    let pair = unit + (slot &* layout.slotStride &+ (copy &* layout.segmentCount &+ segment) &* 2)
                    sums[slot] &+= pair[0]
                    sums[slot + 4] &+= pair[1]
                }
            }
        }
    }
}

/// Clients and balances of the three states, carried from bucket to bucket. Differences may wrap around the width of `W`; the sums that
/// they lead to fit in it.
private struct RunningStates<W: FixedWidthInteger & SignedInteger> {
    struct State {
        var count: W = 0
        var positive: W = 0
        var balance: W = 0

        @inline(__always)
        mutating func add(_ cell: UnsafePointer<W>) {
            count &+= cell[0]
            positive &+= cell[1]
            balance &+= cell[2]
        }
    }

    var active = State()
    var everActive = State()
    var neverActive = State()

    @inline(__always)
    mutating func add(_ active: UnsafePointer<W>, _ everActive: UnsafePointer<W>, _ neverActive: UnsafePointer<W>) {
        self.active.add(active)
        self.everActive.add(everActive)
        self.neverActive.add(neverActive)
    }

    var isEmpty: Bool { active.count == 0 && everActive.count == 0 && neverActive.count == 0 }

    /// From the three states that exclude each other to the three that contain each other.
    func population(bucket: Int, currency: CurrencyCode) -> ReportSums.Population {
        var sums = ReportSums.StateSums()
        func including(_ state: State) -> ReportSums.StateSums {
            sums.qty += Int64(truncatingIfNeeded: state.count)
            sums.positive += Int128(state.positive)
            sums.negative += Int128(state.balance) - Int128(state.positive)
            return sums
        }
        return ReportSums.Population(
            bucket: bucket, currency: currency, active: including(active), overallActive: including(everActive),
            all: including(neverActive))
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
