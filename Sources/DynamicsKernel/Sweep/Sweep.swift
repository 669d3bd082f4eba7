import CPrefetch
import DynamicsModel

// The one pass over transactions that a report is. It reads columns and writes sums without checks, as does the longer way in
// `OverlapSweep.swift`; what makes that right by construction:
//
// - Stamps come from `Stamp.init`, so their ticks are those of 1990 to 2199 and their slots 0 to 5. The sweep reads
//   `segments` only for transactions before `tables.end` and at or after the first tick of the part, both of which
//   `SweepTables` spans; `SweepView.init` checks the latter.
// - `segments` holds indexes below `layout.segmentCount`; both halves of `reaches` are at most `layout.bucketCount`.
// - A unit has a place for every slot and segment, state and bucket, and for one bucket more (`SumsLayout`).
// - Numbers of clients come from chunks, which count them (`ChunkQueue`); their offsets are checked once for each client
//   (`SweepView.transactions(of:)`, `SweepView.subscriptions(of:)`).
// - Additions wrap. `W` is chosen so that every final sum fits (`LedgerColumns.magnitude`), and differences that wrap
//   on the way come back when they are added up.

/// What the sweep of one part reads, as bare memory: plain numbers and addresses, so that nothing is counted or checked on the
/// way. Valid only inside `withSweepView`.
struct SweepView<
    Index: FixedWidthInteger & UnsignedInteger & BitwiseCopyable & Sendable, W: FixedWidthInteger & SignedInteger
> {
    /// Where sums are added up: memory of `layout.size` numbers.
    typealias Unit = UnsafeMutablePointer<W>

    let clients: ClientPointers
    let transactionCount: Int
    let stamps: UnsafePointer<UInt32>
    let amounts: UnsafePointer<Int64>
    let purchases: UnsafePointer<UInt32>
    let subscriptionCount: Int
    let subscriptions: SubscriptionPointers
    let layout: SumsLayout
    let segments: UnsafePointer<Index>
    let reaches: UnsafePointer<UInt32>
    let activeLimits: UnsafePointer<UInt32>
    let slices: UnsafePointer<Int32>
    let surelyActive: UInt32
    let shift: UInt32
    let firstIndex: UInt32
    let periodStart: UInt32
    let end: UInt32
    let startsBeforePeriod: Bool
    let endsBehindPeriod: Bool

    /// Columns of `LedgerColumns.Clients`.
    struct ClientPointers {
        let currencies: UnsafePointer<UInt16>
        let created: UnsafePointer<Int32>
        let closed: UnsafePointer<Int32>
        let isExclusive: UnsafePointer<UInt8>
        let transactionStarts: UnsafePointer<UInt32>
        let subscriptionStarts: UnsafePointer<UInt32>
        let purchaseStarts: UnsafePointer<UInt32>
    }

    /// Columns of `LedgerColumns.Subscriptions`.
    struct SubscriptionPointers {
        let packages: UnsafePointer<UInt32>
        let started: UnsafePointer<Int32>
        let ended: UnsafePointer<Int32>
        let firstTransactions: UnsafePointer<UInt32>
        let lastTransactions: UnsafePointer<UInt32>
    }

    @inline(__always)
    var bucketCount: Int { layout.bucketCount }

    /// The segment of a transaction before `end`.
    @inline(__always)
    func segment(_ stamp: UInt32) -> Int {
        Int(segments[Int((stamp &>> shift) &- firstIndex)])
    }

    /// The first bucket that a transaction before `end` can count in.
    @inline(__always)
    func bucket(_ stamp: UInt32) -> Int { Int(reaches[segment(stamp)] & 0xFFFF) }

    /// The first bucket that a paid use before `end` no longer keeps its client active in.
    @inline(__always)
    func activeUntil(_ paid: UInt32) -> Int { Int(reaches[segment(paid)] &>> 16) }

    /// The first bucket with T after the start of `tick`; the number of buckets when there is none. "Created as of T" holds
    /// from this bucket on, "closed as of T" likewise.
    @inline(__always)
    func firstBucket(after tick: Int32) -> Int {
        // Ticks up to 2199 fit in a stamp, and `segments` begins no later than the period.
        let stamp = UInt32(truncatingIfNeeded: tick) &<< Stamp.tickShift
        if stamp >= end { return bucketCount }
        return stamp < periodStart ? 0 : bucket(stamp)
    }

    /// The client's transactions: [start, first of the period, first behind it).
    @inline(__always)
    func transactions(of client: Int) -> (start: Int, period: Int, end: Int) {
        let start = Int(clients.transactionStarts[client])
        let end = Int(clients.transactionStarts[client + 1])
        precondition(start <= end && end <= transactionCount)
        return (
            start, startsBeforePeriod ? firstTransaction(from: start, to: end, notBefore: periodStart) : start,
            endsBehindPeriod ? firstTransaction(from: start, to: end, notBefore: self.end) : end
        )
    }

    @inline(__always)
    func subscriptions(of client: Int) -> Range<Int> {
        let start = Int(clients.subscriptionStarts[client])
        let end = Int(clients.subscriptionStarts[client + 1])
        precondition(start <= end && end <= subscriptionCount)
        return start..<end
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
        if bucket == 0 || from >= to || self.bucket(stamps[from]) >= bucket { return from }
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

extension SweepView {
    /// - Precondition: the tables span the part's transactions.
    fileprivate init(
        _ columns: LedgerColumns, _ tables: SweepTables<Index>, _ segments: UnsafeBufferPointer<Index>,
        _ reaches: UnsafeBufferPointer<UInt32>, _ activeLimits: UnsafeBufferPointer<UInt32>,
        _ slices: UnsafeBufferPointer<Int32>
    ) {
        let span = columns.span ?? Tick(0)..<Tick(0)
        let firstStamp = UInt32(span.lowerBound.index) << Stamp.tickShift
        precondition(columns.span == nil || firstStamp >> tables.shift >= tables.firstIndex)
        let (clients, subscriptions) = (columns.clients, columns.subscriptions)
        self.init(
            clients: ClientPointers(
                currencies: clients.currencies.base, created: clients.created.base, closed: clients.closed.base,
                isExclusive: clients.isExclusive.base, transactionStarts: clients.transactionStarts.base,
                subscriptionStarts: clients.subscriptionStarts.base, purchaseStarts: clients.purchaseStarts.base),
            transactionCount: columns.transactions.count, stamps: columns.transactions.stamps.base,
            amounts: columns.transactions.effects.base, purchases: columns.transactions.purchases.base,
            subscriptionCount: subscriptions.packages.count,
            subscriptions: SubscriptionPointers(
                packages: subscriptions.packages.base, started: subscriptions.started.base,
                ended: subscriptions.ended.base, firstTransactions: subscriptions.firstTransactions.base,
                lastTransactions: subscriptions.lastTransactions.base),
            layout: tables.layout, segments: segments.baseAddress!, reaches: reaches.baseAddress!,
            activeLimits: activeLimits.baseAddress!, slices: slices.baseAddress!, surelyActive: tables.surelyActive,
            shift: tables.shift, firstIndex: tables.firstIndex, periodStart: tables.periodStart, end: tables.end,
            startsBeforePeriod: columns.span != nil && firstStamp < tables.periodStart,
            endsBehindPeriod: UInt32(span.upperBound.index) << Stamp.tickShift > tables.end)
    }
}

/// Lends the memory of a part and of tables to `body`.
func withSweepView<
    Index: FixedWidthInteger & UnsignedInteger & BitwiseCopyable & Sendable, W: FixedWidthInteger & SignedInteger
>(
    _ columns: LedgerColumns, _ tables: SweepTables<Index>, summing: W.Type,
    _ body: (SweepView<Index, W>) throws -> Void
) rethrows {
    try tables.segments.withUnsafeBufferPointer { segments in
        try tables.reaches.withUnsafeBufferPointer { reaches in
            try tables.activeLimits.withUnsafeBufferPointer { activeLimits in
                try tables.slices.withUnsafeBufferPointer { slices in
                    // The columns' memory lives as long as they do.
                    try withExtendedLifetime(columns) {
                        try body(SweepView(columns, tables, segments, reaches, activeLimits, slices))
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
    /// The stamp of the last paid use, if there was one.
    var lastPaid: UInt32 = 0
    var hasPaid = false

    /// The positive part of the balance.
    @inline(__always)
    var positive: W { max(balance, 0) }
}

extension SweepView {
    /// What the client is in the given bucket.
    @inline(__always)
    func state(_ run: SweepRun<W>, in bucket: Int) -> ClientState {
        guard run.hasPaid else { return .neverActive }
        return activeUntil(run.lastPaid) > bucket ? .active : .everActive
    }

    /// The balance and the last paid use of what lies before the period.
    @inline(__always)
    func sumUp(from start: Int, to period: Int) -> SweepRun<W> {
        var run = SweepRun<W>(position: period)
        if start == period { return run }
        var i = start
        while i < period {
            run.balance &+= W(truncatingIfNeeded: amounts[i])
            i &+= 1
        }
        while i > start {
            i &-= 1
            if stamps[i] & Stamp.paidBit != 0 {
                run.hasPaid = true
                run.lastPaid = stamps[i]
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
    /// - Throws: `CancellationError`.
    @inline(__always)
    func sweepStretch(_ unit: Unit, buckets: Range<Int>, to limit: Int, _ run: inout SweepRun<W>) throws {
        var exit = run.position
        if !buckets.isEmpty {
            let entry = firstTransaction(from: run.position, to: limit, bucketNotBefore: buckets.lowerBound)
            try sweepOutside(unit, to: entry, &run)
            exit = firstTransaction(from: entry, to: limit, bucketNotBefore: buckets.upperBound)
            try sweepInside(unit, entry: buckets.lowerBound, exit: buckets.upperBound, to: exit, &run)
        }
        try sweepOutside(unit, to: limit, &run)
    }

    /// A client with more transactions than this is swept in blocks, so that cancelling does not have to wait for its end.
    static var blockLength: Int { 1 << 20 }

    /// Where the next block ends.
    @inline(__always)
    private func blockEnd(_ run: SweepRun<W>, _ limit: Int) -> Int { min(limit, run.position &+ Self.blockLength) }

    @inline(__always)
    private func sweepOutside(_ unit: Unit, to limit: Int, _ run: inout SweepRun<W>) throws {
        while run.position < limit {
            sweepBlockOutside(unit, to: blockEnd(run, limit), &run)
            if run.position < limit { try Task.checkCancellation() }
        }
    }

    /// From entry to exit: through the states, until the transactions before the exit are done.
    @inline(__always)
    private func sweepInside(_ unit: Unit, entry: Int, exit: Int, to limit: Int, _ run: inout SweepRun<W>) throws {
        var state = state(run, in: entry)
        move(unit, state, at: entry, run, sign: 1)
        while true {
            let end = blockEnd(run, limit)
            if state == .active {
                sweepActive(unit, to: end, &run)
                if end < limit { try Task.checkCancellation() }
                if run.position == end, end < limit { continue }
                let until = activeUntil(run.lastPaid)
                // Still active at the exit: leaves from there.
                if until >= exit { break }
                move(unit, .active, at: until, run, sign: -1)
                move(unit, .everActive, at: until, run, sign: 1)
                state = .everActive
            } else {
                state = sweepInactive(unit, state, to: end, &run)
                if end < limit { try Task.checkCancellation() }
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

    /// Adds a transaction's amount and number to its slot.
    @inline(__always)
    private func addFlow(_ unit: Unit, _ stamp: UInt32, _ segment: Int, _ position: Int, _ amount: W) {
        let cell = segment &+ (position & (layout.copies &- 1)) &* layout.segmentCount
        let pair = unit + (Int(stamp & Stamp.slotMask) &* layout.slotStride &+ cell &* 2)
        pair[0] &+= amount
        pair[1] &+= 1
    }

    /// The loop in which most transactions of most ledgers are swept: up to the first one as of which the client is no longer active, or
    /// `limit`. `run.lastPaid` becomes the last paid use.
    @inline(never)
    private func sweepActive(_ unit: Unit, to limit: Int, _ run: inout SweepRun<W>) {
        if layout.copies == 1 {
            run = activeLoop(unit, run, to: limit, copyMask: 0)
        } else {
            run = activeLoop(unit, run, to: limit, copyMask: 1)
        }
    }

    /// How many transactions ahead the loops fetch: processors guess what is read next, but not across the pages of a mapped file.
    private static var ahead: Int { 128 }

    @inline(__always)
    private func activeLoop(_ unit: Unit, _ run: SweepRun<W>, to limit: Int, copyMask: Int) -> SweepRun<W> {
        let gains = unit + layout.gains
        let (slotStride, copyStride) = (layout.slotStride, layout.segmentCount)
        let segments = segments - Int(firstIndex)
        let (stamps, amounts, shift, surelyActive) = (stamps, amounts, shift, surelyActive)
        var position = run.position
        var balance = run.balance
        var positive = run.positive
        var lastPaid = run.lastPaid
        while position < limit {
            let stamp = stamps[position]
            if stamp &- lastPaid >= surelyActive, stamp >= activeLimits[Int(segments[Int(lastPaid &>> shift)])] {
                break
            }
            let cell = Int(segments[Int(stamp &>> shift)]) &+ (position & copyMask) &* copyStride
            let amount = W(truncatingIfNeeded: amounts[position])
            lastPaid = stamp & Stamp.paidBit != 0 ? stamp : lastPaid
            prefetch(stamps + (position &+ Self.ahead))
            prefetch(amounts + (position &+ Self.ahead))
            let pair = unit + (Int(stamp & Stamp.slotMask) &* slotStride &+ cell &* 2)
            pair[0] &+= amount
            pair[1] &+= 1
            balance &+= amount
            let now = max(balance, 0)
            gains[cell] &+= now &- positive
            positive = now
            position &+= 1
        }
        return SweepRun(position: position, balance: balance, lastPaid: lastPaid, hasPaid: true)
    }

    /// Up to a paid use that makes the client active (it is not swept yet), or `limit`. Returns the state then.
    @inline(never)
    private func sweepInactive(_ unit: Unit, _ from: ClientState, to limit: Int, _ run: inout SweepRun<W>)
        -> ClientState
    {
        var (state, bucket) = (from, 0)
        // In a variable of its own it stays in registers.
        var now = run
        defer { run = now }
        // With it the client came into the bucket, or into the state.
        var before = now.balance
        while now.position < limit {
            let stamp = stamps[now.position]
            let segment = segment(stamp)
            let reach = reaches[segment]
            if Int(reach & 0xFFFF) != bucket {
                addChange(unit, state, bucket, from: before, to: now.balance)
                (bucket, before) = (Int(reach & 0xFFFF), now.balance)
            }
            let isPaid = stamp & Stamp.paidBit != 0
            let isActivating = Int(reach &>> 16) > bucket
            // Rarely so, unlike paid uses, which no processor could foretell.
            if isPaid, isActivating || state == .neverActive {
                addChange(unit, state, bucket, from: before, to: now.balance)
                before = now.balance
                move(unit, state, at: bucket, now, sign: -1)
                state = isActivating ? .active : .everActive
                move(unit, state, at: bucket, now, sign: 1)
                now.hasPaid = true
                now.lastPaid = stamp
                if isActivating { return state }
            }
            now.lastPaid = isPaid ? stamp : now.lastPaid
            prefetch(stamps + (now.position &+ Self.ahead))
            prefetch(amounts + (now.position &+ Self.ahead))
            let amount = W(truncatingIfNeeded: amounts[now.position])
            addFlow(unit, stamp, segment, now.position, amount)
            now.balance &+= amount
            now.position &+= 1
        }
        addChange(unit, state, bucket, from: before, to: now.balance)
        return state
    }

    /// What the transactions of a client that is not active do in a bucket.
    @inline(__always)
    private func addChange(_ unit: Unit, _ state: ClientState, _ bucket: Int, from before: W, to balance: W) {
        let change = cell(unit, state, bucket)
        change[1] &+= max(balance, 0) &- max(before, 0)
        change[2] &+= balance &- before
        addForeign(unit, bucket, balance &- before)
    }

    /// Takes what no active client's transactions have added to the slots off what reading makes of the slots.
    @inline(__always)
    private func addForeign(_ unit: Unit, _ bucket: Int, _ sum: W) { cell(unit, .active, bucket)[2] &-= sum }

    /// Flows of a client that is not in the population, being not created yet, or closed; keeps its balance and paid uses for later.
    @inline(never)
    private func sweepBlockOutside(_ unit: Unit, to limit: Int, _ run: inout SweepRun<W>) {
        var now = run
        defer { run = now }
        while now.position < limit {
            let stamp = stamps[now.position]
            let segment = segment(stamp)
            let amount = W(truncatingIfNeeded: amounts[now.position])
            addFlow(unit, stamp, segment, now.position, amount)
            addForeign(unit, Int(reaches[segment] & 0xFFFF), amount)
            if stamp & Stamp.paidBit != 0 {
                now.hasPaid = true
                now.lastPaid = stamp
            }
            now.balance &+= amount
            now.position &+= 1
        }
    }
}
