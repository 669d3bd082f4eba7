import DynamicsModel

// The one pass over transactions that a report is. It reads columns and writes sums without checks, as does the longer way in
// `OverlapSweep.swift`; what makes that right by construction:
//
// - Stamps come from `Stamp.init`, so their ticks are those of 1990 to 2199 and their slots 0 to 5. The sweep reads
//   `segments` only for transactions before `tables.end` and at or after the first tick of the part, both of which
//   `SweepTables` spans; `withSweepView` checks the latter.
// - `segments` holds indexes below `layout.segmentCount`; both halves of `reaches` are at most `layout.bucketCount`.
// - A unit has a place for every segment, state and bucket, and for one bucket more (`SumsLayout`).
// - Client offsets are checked once for each client (`SweepView.transactions(of:)`).
// - Additions wrap. `W` is chosen so that every final sum fits (`LedgerColumns.magnitude`), and differences that wrap
//   on the way come back when they are added up.

/// What the sweep of one part reads, as bare memory. Valid only inside `withSweepView`.
struct SweepView<Index: FixedWidthInteger & UnsignedInteger, W: FixedWidthInteger & SignedInteger> {
    /// Where sums are added up: memory of `layout.size` numbers.
    typealias Unit = UnsafeMutablePointer<W>

    let columns: LedgerColumns
    let layout: SumsLayout
    let stamps: UnsafePointer<UInt32>
    let amounts: UnsafePointer<Int64>
    let segments: UnsafePointer<Index>
    let reaches: UnsafePointer<UInt32>
    let slices: UnsafeBufferPointer<Int32>
    let shift: UInt32
    let firstIndex: UInt32
    let periodStart: UInt32
    let end: UInt32
    let startsBeforePeriod: Bool
    let endsBehindPeriod: Bool

    var bucketCount: Int { layout.bucketCount }

    /// The segment of a transaction before `end`.
    @inline(__always)
    func segment(_ stamp: UInt32) -> Int {
        Int(segments[Int((stamp &>> shift) &- firstIndex)])
    }

    /// The first bucket that a transaction before `end` can count in.
    @inline(__always)
    func bucket(_ stamp: UInt32) -> Int { Int(reaches[segment(stamp)] & 0xFFFF) }

    /// The client's transactions: [start, first of the period, first behind it).
    @inline(__always)
    func transactions(of client: Int) -> (start: Int, period: Int, end: Int) {
        let start = Int(columns.clients.transactionStarts[client])
        let end = Int(columns.clients.transactionStarts[client + 1])
        precondition(start <= end && end <= columns.transactions.count)
        return (
            start, startsBeforePeriod ? firstTransaction(from: start, to: end, notBefore: periodStart) : start,
            endsBehindPeriod ? firstTransaction(from: start, to: end, notBefore: self.end) : end
        )
    }

    /// The first index in `from ..< to` whose stamp is not below `limit`; `to` when there is none.
    private func firstTransaction(from: Int, to: Int, notBefore limit: UInt32) -> Int {
        var low = from
        var high = to
        while low < high {
            let middle = (low &+ high) / 2
            if stamps[middle] < limit { low = middle &+ 1 } else { high = middle }
        }
        return low
    }

    /// The first index in `from ..< to` whose bucket is not below `bucket`. The ends are looked at first, as they mostly decide.
    @inline(__always)
    private func firstTransaction(from: Int, to: Int, bucketNotBefore bucket: Int) -> Int {
        if from >= to || self.bucket(stamps[from]) >= bucket { return from }
        if bucket >= bucketCount || self.bucket(stamps[to &- 1]) < bucket { return to }
        var low = from &+ 1
        var high = to &- 1
        while low < high {
            let middle = (low &+ high) / 2
            if self.bucket(stamps[middle]) < bucket { low = middle &+ 1 } else { high = middle }
        }
        return low
    }
}

/// Lends the memory of a part and of tables to `body`.
func withSweepView<Index: FixedWidthInteger & UnsignedInteger, W: FixedWidthInteger & SignedInteger>(
    _ columns: LedgerColumns, _ tables: SweepTables<Index>, summing: W.Type,
    _ body: (SweepView<Index, W>) throws -> Void
) rethrows {
    let span = columns.span ?? Tick(0)..<Tick(0)
    let firstStamp = UInt32(span.lowerBound.index) << Stamp.tickShift
    precondition(columns.span == nil || firstStamp >> tables.shift >= tables.firstIndex)
    try tables.segments.withUnsafeBufferPointer { segments in
        try tables.reaches.withUnsafeBufferPointer { reaches in
            try tables.slices.withUnsafeBufferPointer { slices in
                try body(
                    SweepView(
                        columns: columns, layout: tables.layout, stamps: columns.transactions.stamps.base,
                        amounts: columns.transactions.effects.base, segments: segments.baseAddress!,
                        reaches: reaches.baseAddress!, slices: slices, shift: tables.shift,
                        firstIndex: tables.firstIndex, periodStart: tables.periodStart, end: tables.end,
                        startsBeforePeriod: firstStamp < tables.periodStart,
                        endsBehindPeriod: UInt32(span.upperBound.index) << Stamp.tickShift > tables.end))
            }
        }
    }
}

/// How far the sweep of one client has come.
struct SweepRun<W: FixedWidthInteger & SignedInteger> {
    /// The next transaction.
    var position: Int
    var balance: W = 0
    /// The positive part of the balance.
    var positive: W = 0
    /// The client is active before this bucket, as far as is known.
    var activeUntil: UInt32 = 0
    /// Whether there was a paid use.
    var hasPaid = false

    /// What the client is in the given bucket.
    func state(in bucket: Int) -> ClientState {
        Int(activeUntil) > bucket ? .active : hasPaid ? .everActive : .neverActive
    }
}

extension SweepView {
    /// The balance and the last paid use of what lies before the period.
    @inline(__always)
    func sumUp(from start: Int, to period: Int) -> SweepRun<W> {
        var run = SweepRun<W>(position: period)
        var i = start
        while i < period {
            run.balance &+= W(truncatingIfNeeded: amounts[i])
            i &+= 1
        }
        run.positive = max(run.balance, 0)
        while i > start {
            i &-= 1
            if stamps[i] & Stamp.paidBit != 0 {
                run.hasPaid = true
                run.activeUntil = reaches[segment(stamps[i])] &>> 16
                break
            }
        }
        return run
    }

    /// Adds a stretch of a client's history to the sums of a group.
    ///
    /// - Parameters:
    ///   - buckets: as of which the client belongs to the group's population; may be empty.
    ///   - limit: the stretch's transactions are those before it; all of them are the group's flows.
    @inline(__always)
    func sweepStretch(_ unit: Unit, buckets: Range<Int>, to limit: Int, _ run: inout SweepRun<W>) {
        guard !buckets.isEmpty else { return sweepOutside(unit, to: limit, &run) }
        let entry = firstTransaction(from: run.position, to: limit, bucketNotBefore: buckets.lowerBound)
        if entry > run.position { sweepOutside(unit, to: entry, &run) }
        let exit = firstTransaction(from: entry, to: limit, bucketNotBefore: buckets.upperBound)
        sweepInside(unit, entry: buckets.lowerBound, exit: buckets.upperBound, to: exit, &run)
        if exit < limit { sweepOutside(unit, to: limit, &run) }
    }

    /// From entry to exit: through the states, until the transactions before the exit are done.
    @inline(__always)
    private func sweepInside(_ unit: Unit, entry: Int, exit: Int, to limit: Int, _ run: inout SweepRun<W>) {
        var state = run.state(in: entry)
        move(unit, state, at: entry, run, sign: 1)
        while true {
            if state == .active {
                sweepActive(unit, to: limit, &run)
                let until = Int(run.activeUntil)
                // Still active at the exit: leaves from there.
                if until >= exit { break }
                move(unit, .active, at: until, run, sign: -1)
                move(unit, .everActive, at: until, run, sign: 1)
                state = .everActive
            } else {
                state = sweepInactive(unit, state, to: limit, &run)
            }
            if run.position == limit, state != .active { break }
        }
        if exit < bucketCount { move(unit, state, at: exit, run, sign: -1) }
    }

    /// The numbers of a state and bucket: clients, positive balances, balances.
    @inline(__always)
    private func cell(_ unit: Unit, _ state: ClientState, _ bucket: Int) -> Unit {
        unit + (layout.moves &+ (state.rawValue &* (bucketCount &+ 1) &+ bucket) &* 3)
    }

    /// Lets a client enter (sign 1) or leave (-1) a state from `bucket` on, with its present balance.
    @inline(__always)
    private func move(_ unit: Unit, _ state: ClientState, at bucket: Int, _ run: SweepRun<W>, sign: W) {
        let cell = cell(unit, state, bucket)
        cell[0] &+= sign
        cell[1] &+= sign &* run.positive
        cell[2] &+= sign &* run.balance
    }

    /// Adds a transaction's amount and number to its slot, if it is a flow.
    @inline(__always)
    private func addFlow(_ stamp: UInt32, _ amount: W, to row: Unit) {
        // All ones for slots 0 to 3, all zeros for adjustments and package usage.
        let mask = W(truncatingIfNeeded: Int32(bitPattern: (stamp &>> 2) & 1) &- 1)
        let slot = row + Int(stamp & 3)
        slot[0] &+= amount & mask
        slot[4] &-= mask
    }

    /// The loop in which most transactions of most ledgers are swept: up to the end of the active range, or `limit`.
    /// `run.activeUntil` is extended by each paid use.
    @inline(never)
    private func sweepActive(_ unit: Unit, to limit: Int, _ run: inout SweepRun<W>) {
        let flows = unit + layout.flows
        let moves = cell(unit, .active, 0)
        var position = run.position
        var balance = run.balance
        var positive = run.positive
        var activeUntil = run.activeUntil
        while position < limit {
            let stamp = stamps[position]
            let segment = segment(stamp)
            let reach = reaches[segment]
            let bucket = reach & 0xFFFF
            if bucket >= activeUntil { break }
            let amount = W(truncatingIfNeeded: amounts[position])
            let isPaid = 0 &- ((stamp &>> 3) & 1)
            activeUntil = max(activeUntil, (reach &>> 16) & isPaid)
            addFlow(stamp, amount, to: flows + segment &* 8)
            balance &+= amount
            let now = max(balance, 0)
            let move = moves + Int(bucket) &* 3
            move[1] &+= now &- positive
            move[2] &+= amount
            positive = now
            position &+= 1
        }
        run.position = position
        run.balance = balance
        run.positive = positive
        run.activeUntil = activeUntil
    }

    /// Up to a paid use that makes the client active (it is not swept yet), or `limit`. Returns the state then.
    @inline(never)
    private func sweepInactive(_ unit: Unit, _ from: ClientState, to limit: Int, _ run: inout SweepRun<W>)
        -> ClientState
    {
        var state = from
        while run.position < limit {
            let stamp = stamps[run.position]
            let segment = segment(stamp)
            let reach = reaches[segment]
            let bucket = Int(reach & 0xFFFF)
            if stamp & Stamp.paidBit != 0 {
                let next: ClientState = Int(reach &>> 16) > bucket ? .active : .everActive
                run.hasPaid = true
                if next != state {
                    move(unit, state, at: bucket, run, sign: -1)
                    move(unit, next, at: bucket, run, sign: 1)
                    state = next
                }
                if state == .active {
                    run.activeUntil = reach &>> 16
                    return state
                }
            }
            let amount = W(truncatingIfNeeded: amounts[run.position])
            addFlow(stamp, amount, to: unit + (layout.flows &+ segment &* 8))
            run.balance &+= amount
            let now = max(run.balance, 0)
            let change = cell(unit, state, bucket)
            change[1] &+= now &- run.positive
            change[2] &+= amount
            run.positive = now
            run.position &+= 1
        }
        return state
    }

    /// Flows of a client that is not in the population, being not created yet, or closed; keeps its balance and paid uses for later.
    @inline(never)
    private func sweepOutside(_ unit: Unit, to limit: Int, _ run: inout SweepRun<W>) {
        while run.position < limit {
            let stamp = stamps[run.position]
            let segment = segment(stamp)
            let amount = W(truncatingIfNeeded: amounts[run.position])
            addFlow(stamp, amount, to: unit + (layout.flows &+ segment &* 8))
            if stamp & Stamp.paidBit != 0 {
                run.hasPaid = true
                run.activeUntil = max(run.activeUntil, reaches[segment] &>> 16)
            }
            run.balance &+= amount
            run.position &+= 1
        }
        run.positive = max(run.balance, 0)
    }
}
