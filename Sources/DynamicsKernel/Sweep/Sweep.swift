import DynamicsModel

// The one pass over transactions that a report is. This file alone reads and writes memory without checks; what makes
// that right by construction:
//
// - Stamps come from `Stamp.init`, so their ticks are those of 1990 to 2199 and their slots 0 to 5. The sweep reads
//   `segments` only for transactions before `tables.end` and at or after the first tick of the part, both of which
//   `SweepTables` spans; `SweepView.init` checks the latter.
// - `segments` holds indexes below `reaches.count`, whose halves are at most `bucketCount`.
// - `effects` and `positives` have a place for every currency index, state and segment (`Accumulators.init`), `counts` and
//   `moves` for every bucket and one more.
// - Client offsets are checked once for each client (`SweepView.transactions(of:)`).
// - Additions wrap. `W` is chosen so that every final sum fits (`LedgerColumns.magnitude`), and differences that wrap
//   on the way come back when they are added up.

/// What the sweep of one part reads, and the sums that it adds to, as bare memory. Valid only inside `withSweepView`.
struct SweepView<Index: FixedWidthInteger & UnsignedInteger, W: FixedWidthInteger & SignedInteger> {
    let columns: LedgerColumns
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
    let segmentCount: Int
    let bucketCount: Int
    let offFlow: Int
    let effects: UnsafeMutablePointer<W>
    let positives: UnsafeMutablePointer<W>
    let counts: UnsafeMutablePointer<W>
    let moves: UnsafeMutablePointer<W>

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
    func firstTransaction(from: Int, to: Int, notBefore limit: UInt32) -> Int {
        var low = from
        var high = to
        while low < high {
            let middle = (low &+ high) / 2
            if stamps[middle] < limit { low = middle &+ 1 } else { high = middle }
        }
        return low
    }

    /// The first index in `from ..< to` whose bucket is not below `bucket`.
    func firstTransaction(from: Int, to: Int, bucketNotBefore bucket: Int) -> Int {
        var low = from
        var high = to
        while low < high {
            let middle = (low &+ high) / 2
            if self.bucket(stamps[middle]) < bucket { low = middle &+ 1 } else { high = middle }
        }
        return low
    }
}

/// Lends the memory of tables and sums to `body`.
func withSweepView<Index: FixedWidthInteger & UnsignedInteger, W: FixedWidthInteger & SignedInteger, R>(
    _ columns: LedgerColumns, _ tables: SweepTables<Index>, _ sums: inout Accumulators<W>,
    _ body: (SweepView<Index, W>) -> R
) -> R {
    let (offFlow, bucketCount) = (sums.offFlow, sums.bucketCount)
    let span = columns.span ?? Tick(0)..<Tick(0)
    precondition(sums.segmentCount == tables.segmentCount && bucketCount == tables.bucketCount)
    let firstStamp = UInt32(span.lowerBound.index) << Stamp.tickShift
    precondition(columns.span == nil || firstStamp >> tables.shift >= tables.firstIndex)
    return tables.slices.withUnsafeBufferPointer { slices in
        tables.segments.withUnsafeBufferPointer { segments in
            tables.reaches.withUnsafeBufferPointer { reaches in
                sums.effects.withUnsafeMutableBufferPointer { effects in
                    sums.positives.withUnsafeMutableBufferPointer { positives in
                        sums.counts.withUnsafeMutableBufferPointer { counts in
                            sums.moves.withUnsafeMutableBufferPointer { moves in
                                body(
                                    SweepView(
                                        columns: columns, stamps: columns.transactions.stamps.base,
                                        amounts: columns.transactions.effects.base, segments: segments.baseAddress!,
                                        reaches: reaches.baseAddress!, slices: slices, shift: tables.shift,
                                        firstIndex: tables.firstIndex,
                                        periodStart: tables.periodStart, end: tables.end,
                                        startsBeforePeriod: firstStamp < tables.periodStart,
                                        endsBehindPeriod: UInt32(span.upperBound.index) << Stamp.tickShift > tables.end,
                                        segmentCount: tables.segmentCount, bucketCount: bucketCount, offFlow: offFlow,
                                        effects: effects.baseAddress!, positives: positives.baseAddress!,
                                        counts: counts.baseAddress!, moves: moves.baseAddress!))
                            }
                        }
                    }
                }
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
    /// Adds one client to the sums of everyone.
    ///
    /// - Parameters:
    ///   - entry: the first bucket as of which the client is created.
    ///   - exit: the first one as of which it is closed; `bucketCount` when there is none.
    @inline(__always)
    func sweep(client: Int, currency: Int, entry: Int, exit: Int) {
        let (start, period, end) = transactions(of: client)
        var run = SweepRun<W>(position: period)
        sumUp(from: start, to: period, &run)
        let isInside = entry < exit
        var inside = end
        if !isInside || (entry > 0 && period < end && bucket(stamps[period]) < entry) {
            let limit = isInside ? firstTransaction(from: period, to: end, bucketNotBefore: entry) : end
            sweepOutside(currency, to: limit, &run)
        }
        guard isInside else { return }
        if exit < bucketCount { inside = firstTransaction(from: run.position, to: end, bucketNotBefore: exit) }
        sweepInside(currency, entry: entry, exit: exit, to: inside, &run)
        if inside < end { sweepOutside(currency, to: end, &run) }
    }

    /// The balance and the last paid use of what lies before the period.
    @inline(__always)
    func sumUp(from start: Int, to period: Int, _ run: inout SweepRun<W>) {
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
                return
            }
        }
    }

    /// From entry to exit: through the states, until the transactions before the exit are done.
    @inline(__always)
    private func sweepInside(_ currency: Int, entry: Int, exit: Int, to limit: Int, _ run: inout SweepRun<W>) {
        var state = run.state(in: entry)
        move(currency, state, at: entry, run, sign: 1)
        while true {
            if state == .active {
                sweepActive(currency, to: limit, &run)
                let until = Int(run.activeUntil)
                // Still active at the exit: leaves from there.
                if until >= exit { break }
                move(currency, .active, at: until, run, sign: -1)
                move(currency, .everActive, at: until, run, sign: 1)
                state = .everActive
            } else {
                state = sweepInactive(currency, state, to: limit, &run)
            }
            if run.position == limit, state != .active { break }
        }
        if exit < bucketCount { move(currency, state, at: exit, run, sign: -1) }
    }

    /// Lets a client enter (sign 1) or leave (-1) a state from `bucket` on, with its present balance.
    @inline(__always)
    private func move(_ currency: Int, _ state: ClientState, at bucket: Int, _ run: SweepRun<W>, sign: W) {
        let at = (currency &* 3 &+ state.rawValue) &* (bucketCount &+ 1) &+ bucket
        counts[at] &+= sign
        moves[at &* 2] &+= sign &* run.positive
        moves[at &* 2 &+ 1] &+= sign &* run.balance
    }

    /// Adds a transaction's amount and number to its slot, and says what it does to the balance.
    @inline(__always)
    private func add(_ stamp: UInt32, _ amount: W, to row: UnsafeMutablePointer<W>) {
        let other = offFlow & (0 &- Int((stamp &>> 2) & 1))
        let slot = row + (other &+ Int(stamp & 3))
        slot[0] &+= amount
        slot[4] &+= 1
    }

    /// The loop in which most transactions of most ledgers are swept: up to the end of the active range, or `limit`.
    /// `run.activeUntil` is extended by each paid use.
    @inline(never)
    private func sweepActive(_ currency: Int, to limit: Int, _ run: inout SweepRun<W>) {
        let base = currency &* 4 &* segmentCount
        let rows = effects + base &* 8
        let positives = self.positives + base
        var position = run.position
        var balance = run.balance
        var positive = run.positive
        var activeUntil = run.activeUntil
        while position < limit {
            let stamp = stamps[position]
            let segment = segment(stamp)
            let reach = reaches[segment]
            if reach & 0xFFFF >= activeUntil { break }
            let amount = W(truncatingIfNeeded: amounts[position])
            let isPaid = 0 &- ((stamp &>> 3) & 1)
            activeUntil = max(activeUntil, (reach &>> 16) & isPaid)
            add(stamp, amount, to: rows + segment &* 8)
            balance &+= amount
            let now = max(balance, 0)
            positives[segment] &+= now &- positive
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
    private func sweepInactive(_ currency: Int, _ from: ClientState, to limit: Int, _ run: inout SweepRun<W>)
        -> ClientState
    {
        var state = from
        while run.position < limit {
            let stamp = stamps[run.position]
            let segment = segment(stamp)
            if stamp & Stamp.paidBit != 0 {
                let reach = reaches[segment]
                let bucket = Int(reach & 0xFFFF)
                let next: ClientState = Int(reach &>> 16) > bucket ? .active : .everActive
                run.hasPaid = true
                if next != state {
                    move(currency, state, at: bucket, run, sign: -1)
                    move(currency, next, at: bucket, run, sign: 1)
                    state = next
                }
                if state == .active {
                    run.activeUntil = reach &>> 16
                    return state
                }
            }
            let at = (currency &* 4 &+ state.rawValue) &* segmentCount &+ segment
            let amount = W(truncatingIfNeeded: amounts[run.position])
            add(stamp, amount, to: effects + at &* 8)
            run.balance &+= amount
            let now = max(run.balance, 0)
            positives[at] &+= now &- run.positive
            run.positive = now
            run.position &+= 1
        }
        return state
    }

    /// Flows of a client that is not created yet, or closed; keeps its balance and paid uses for later.
    @inline(never)
    private func sweepOutside(_ currency: Int, to limit: Int, _ run: inout SweepRun<W>) {
        let base = (currency &* 4 &+ ClientState.outside.rawValue) &* segmentCount
        while run.position < limit {
            let stamp = stamps[run.position]
            let segment = segment(stamp)
            let amount = W(truncatingIfNeeded: amounts[run.position])
            add(stamp, amount, to: effects + (base &+ segment) &* 8)
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
