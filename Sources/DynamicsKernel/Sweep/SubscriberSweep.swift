import DynamicsModel

/// Adds clients to the sums of their packages, one after the other.
///
/// A client's history is first boiled down to *steps*: its state and balance from a bucket on. Each package then takes the steps
/// that fall into its subscription.
struct SubscriberSweep<
    Index: FixedWidthInteger & UnsignedInteger, W: FixedWidthInteger & SignedInteger & BitwiseCopyable & Sendable
> {
    let view: SweepView<Index, W>
    let tracks: PackageTracks
    let instants: EvaluationInstants
    /// By segment; -1 before the period.
    let slices: UnsafeBufferPointer<Int32>
    let currencyCount: Int
    let sums: SubscriberSums<W>
    private var steps: [Step] = []
    /// By track.
    private var memberships: [Membership] = []

    private struct Step {
        var bucket: Int
        var state: Int
        var balance: W
    }

    /// When a client counts for a track: as of which buckets, and at which of its transactions.
    private struct Membership {
        var track: Int
        var buckets: Range<Int>
        var transactions: Range<Int>
    }

    init(
        view: SweepView<Index, W>, tracks: PackageTracks, instants: EvaluationInstants,
        slices: UnsafeBufferPointer<Int32>, currencyCount: Int, sums: SubscriberSums<W>
    ) {
        self.view = view
        self.tracks = tracks
        self.instants = instants
        self.slices = slices
        self.currencyCount = currencyCount
        self.sums = sums
    }

    /// - Parameters: as of `SweepView.sweep`.
    mutating func sweep(client: Int, currency: Int, entry: Int, exit: Int) {
        let transactions = view.transactions(of: client)
        addPurchases(client, currency, transactions)
        collectMemberships(client, transactions)
        guard !memberships.isEmpty else { return }
        if entry < exit { collectSteps(transactions) }
        let inside = entry..<max(entry, exit)
        guard tracks.isSplit else { return addUnion(memberships[...], track: 0, currency, inside, sign: 1) }
        var first = 0
        while first < memberships.count {
            var next = first
            while next < memberships.count, memberships[next].track == memberships[first].track { next += 1 }
            addUnion(memberships[first..<next], track: memberships[first].track, currency, inside, sign: 1)
            if next - first < memberships.count {
                addUnion(memberships[first..<next], track: 0, currency, inside, sign: -1)
                if first == 0 { addUnion(memberships[...], track: 0, currency, inside, sign: 1) }
            }
            first = next
        }
    }

    /// Activations and renewals go to their own package.
    private func addPurchases(_ client: Int, _ currency: Int, _ transactions: (start: Int, period: Int, end: Int)) {
        var purchase = Int(view.columns.clients.purchaseStarts[client])
        let last = Int(view.columns.clients.purchaseStarts[client + 1])
        var position = transactions.start
        while purchase < last, position < transactions.end {
            let stamp = view.stamps[position]
            // Slots 2 and 3 are those that are bought: activation and renewal.
            if stamp & (Stamp.slotMask - 1) == Stamp.Slot.activation.rawValue {
                let track = tracks.track(of: view.columns.transactions.purchases[purchase])
                purchase += 1
                if track > 0, position >= transactions.period {
                    let row = (tracks.isSplit ? track : 0) &* currencyCount &+ currency
                    let cell = sums.purchases.cell(row: row, column: Int(slices[view.segment(stamp)]))
                    let slot = Int(stamp & 1)
                    cell[slot] &+= W(truncatingIfNeeded: view.amounts[position])
                    cell[slot &+ 2] &+= 1
                }
            }
            position &+= 1
        }
    }

    private mutating func collectMemberships(_ client: Int, _ transactions: (start: Int, period: Int, end: Int)) {
        memberships.removeAll(keepingCapacity: true)
        let subscriptions = view.columns.subscriptions
        let first = Int(view.columns.clients.subscriptionStarts[client])
        let last = Int(view.columns.clients.subscriptionStarts[client + 1])
        for i in first..<last {
            let track = tracks.track(of: subscriptions.packages[i])
            guard track > 0 else { continue }
            let from = instants.first(after: subscriptions.started[i])
            let ended = subscriptions.ended[i]
            let to = ended == .max ? view.bucketCount : max(from, instants.first(after: ended))
            let start = max(transactions.start + Int(subscriptions.firstTransactions[i]), transactions.period)
            let end = min(transactions.start + Int(subscriptions.lastTransactions[i]), transactions.end)
            guard from < to || start < end else { continue }
            memberships.append(Membership(track: track, buckets: from..<to, transactions: start..<max(start, end)))
        }
        if memberships.count > 1 { memberships.sort { $0.track < $1.track } }
    }

    /// Adds the client to a track (`sign` 1), or takes it away (-1), for all times at which one of the memberships holds.
    private func addUnion(
        _ memberships: ArraySlice<Membership>, track: Int, _ currency: Int, _ inside: Range<Int>, sign: W
    ) {
        let row = track &* currencyCount &+ currency
        if memberships.count == 1, let only = memberships.first {
            addPopulation(row, only.buckets.clamped(to: inside), sign)
            addUsage(row, only.transactions, sign)
            return
        }
        for buckets in Self.unions(memberships.map(\.buckets)) { addPopulation(row, buckets.clamped(to: inside), sign) }
        for transactions in Self.unions(memberships.map(\.transactions)) { addUsage(row, transactions, sign) }
    }

    private static func unions(_ ranges: [Range<Int>]) -> [Range<Int>] {
        var unions: [Range<Int>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty {
            if let last = unions.last, range.lowerBound <= last.upperBound {
                unions[unions.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                unions.append(range)
            }
        }
        return unions
    }

    /// The client's state and balance from bucket 0 on, as if it were always inside the population.
    private mutating func collectSteps(_ transactions: (start: Int, period: Int, end: Int)) {
        steps.removeAll(keepingCapacity: true)
        var run = SweepRun<W>(position: transactions.period)
        view.sumUp(from: transactions.start, to: transactions.period, &run)
        var step = Step(bucket: 0, state: run.state(in: 0).rawValue, balance: run.balance)
        while run.position < transactions.end {
            let stamp = view.stamps[run.position]
            let reach = view.reaches[view.segment(stamp)]
            let bucket = Int(reach & 0xFFFF)
            if bucket != step.bucket {
                steps.append(step)
                expire(run, &step, through: bucket)
                step.bucket = bucket
            }
            run.balance &+= W(truncatingIfNeeded: view.amounts[run.position])
            if stamp & Stamp.paidBit != 0 {
                run.hasPaid = true
                run.activeUntil = max(run.activeUntil, reach &>> 16)
            }
            step.state = run.state(in: bucket).rawValue
            step.balance = run.balance
            run.position &+= 1
        }
        steps.append(step)
        expire(run, &step, through: view.bucketCount)
    }

    /// A step for the end of the active range, when it lies at `bucket` or before.
    private mutating func expire(_ run: SweepRun<W>, _ step: inout Step, through bucket: Int) {
        let until = Int(run.activeUntil)
        guard step.state == ClientState.active.rawValue, until <= bucket, until < view.bucketCount else { return }
        step.state = ClientState.everActive.rawValue
        step.bucket = until
        // At `bucket` itself the transactions there make the step.
        if until < bucket { steps.append(step) }
    }

    private func addPopulation(_ row: Int, _ buckets: Range<Int>, _ sign: W) {
        guard !buckets.isEmpty else { return }
        var low = 0
        var high = steps.count
        while low < high {
            let middle = (low &+ high) / 2
            if steps[middle].bucket <= buckets.lowerBound { low = middle + 1 } else { high = middle }
        }
        var present = steps[low - 1]
        move(row, present, at: buckets.lowerBound, sign)
        while low < steps.count, steps[low].bucket < buckets.upperBound {
            let next = steps[low]
            if next.state == present.state {
                let cell = sums.populations.cell(row: row, column: next.bucket) + next.state &* 3
                cell[1] &+= sign &* (max(next.balance, 0) &- max(present.balance, 0))
                cell[2] &+= sign &* (next.balance &- present.balance)
            } else {
                move(row, present, at: next.bucket, 0 &- sign)
                move(row, next, at: next.bucket, sign)
            }
            present = next
            low += 1
        }
        if buckets.upperBound < view.bucketCount { move(row, present, at: buckets.upperBound, 0 &- sign) }
    }

    @inline(__always)
    private func move(_ row: Int, _ step: Step, at bucket: Int, _ sign: W) {
        let cell = sums.populations.cell(row: row, column: bucket) + step.state &* 3
        cell[0] &+= sign
        cell[1] &+= sign &* max(step.balance, 0)
        cell[2] &+= sign &* step.balance
    }

    /// Refills and pay-as-you-go usage of a stretch of transactions within the period.
    private func addUsage(_ row: Int, _ transactions: Range<Int>, _ sign: W) {
        for position in transactions {
            let stamp = view.stamps[position]
            let slot = Int(stamp & Stamp.slotMask)
            guard slot <= Int(Stamp.Slot.refill.rawValue) else { continue }
            let cell = sums.usage.cell(row: row, column: Int(slices[view.segment(stamp)]))
            cell[slot] &+= sign &* W(truncatingIfNeeded: view.amounts[position])
            cell[slot &+ 2] &+= sign
        }
    }
}
