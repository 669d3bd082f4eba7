import DynamicsModel

/// The sums of clients with several packages at once, or with activations of packages that they are not subscribed to, of one worker.
/// Rows are those of a track and currency; row 0 of the tracks is that of all subscribers, each counted once.
struct OverlapSums<W: FixedWidthInteger & SignedInteger & BitwiseCopyable & Sendable>: Sendable {
    /// Columns: buckets. For each of three states: clients, positive balances and balances that enter or leave from the bucket on.
    let populations: PagedCells<W>
    /// Columns: slices. Effects by slot, then numbers, as in `SumsLayout.flows`.
    let flows: PagedCells<W>

    init(tracks: Int, currencies: Int, buckets: Int, slices: Int) {
        populations = PagedCells(rows: tracks * currencies, columns: buckets, width: 9)
        flows = PagedCells(rows: tracks * currencies, columns: slices, width: 8)
    }

    /// Whether anything was ever added.
    var isTouched: Bool { populations.isTouched || flows.isTouched }

    func add(_ other: Self) {
        populations.add(other.populations)
        flows.add(other.flows)
    }
}

/// Adds clients to the sums of each of their packages, and once to those of all subscribers.
///
/// A client's history is first boiled down to *steps*: its state and balance from a bucket on. Each package then takes the steps
/// that fall into its subscriptions.
struct OverlapSweep<
    Index: FixedWidthInteger & UnsignedInteger & BitwiseCopyable & Sendable,
    W: FixedWidthInteger & SignedInteger & BitwiseCopyable & Sendable
> {
    let view: SweepView<Index, W>
    let tracks: PackageTracks
    let currencyCount: Int
    let sums: OverlapSums<W>
    private var steps: [Step] = []

    private struct Step {
        var bucket: Int
        var state: Int
        var balance: W
    }

    init(view: SweepView<Index, W>, tracks: PackageTracks, currencyCount: Int, sums: OverlapSums<W>) {
        self.view = view
        self.tracks = tracks
        self.currencyCount = currencyCount
        self.sums = sums
    }

    /// - Parameter inside: the buckets as of which the client belongs to the population.
    mutating func sweep(
        client: Int, currency: Int, _ transactions: (start: Int, period: Int, end: Int), _ memberships: [Membership],
        inside: Range<Int>
    ) throws {
        try addPurchases(client, currency, transactions)
        guard !memberships.isEmpty else { return }
        if !inside.isEmpty { try collectSteps(transactions) }
        let byTrack = memberships.sorted { $0.track < $1.track }
        try addUnion(byTrack[...], row: currency, inside)
        var first = 0
        while first < byTrack.count {
            var next = first
            while next < byTrack.count, byTrack[next].track == byTrack[first].track { next += 1 }
            try addUnion(byTrack[first..<next], row: byTrack[first].track * currencyCount + currency, inside)
            first = next
        }
    }

    /// Activations and renewals go to their own package, and to all subscribers'.
    private func addPurchases(_ client: Int, _ currency: Int, _ transactions: (start: Int, period: Int, end: Int))
        throws
    {
        var purchase = Int(view.clients.purchaseStarts[client])
        let last = Int(view.clients.purchaseStarts[client + 1])
        var position = transactions.start
        while purchase < last, position < transactions.end {
            try checkCancellation(at: position)
            if Stamp.isPurchase(view.stamps[position]) {
                let track = tracks.track(of: view.purchases[purchase])
                purchase += 1
                if track > 0, position >= transactions.period {
                    addFlow(currency, position)
                    addFlow(track * currencyCount + currency, position)
                }
            }
            position += 1
        }
    }

    /// Adds the client to a row for all times at which one of the memberships holds.
    private func addUnion(_ memberships: ArraySlice<Membership>, row: Int, _ inside: Range<Int>) throws {
        for buckets in Self.unions(memberships.map(\.buckets)) { addPopulation(row, buckets.clamped(to: inside)) }
        for transactions in Self.unions(memberships.map(\.transactions)) {
            for position in transactions {
                try checkCancellation(at: position)
                if view.stamps[position] & Stamp.slotMask <= Stamp.Slot.refill.rawValue { addFlow(row, position) }
            }
        }
    }

    /// Now and then, for clients with very many transactions.
    @inline(__always)
    private func checkCancellation(at position: Int) throws {
        if position % SweepView<Index, W>.blockLength == 0 { try Task.checkCancellation() }
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
    private mutating func collectSteps(_ transactions: (start: Int, period: Int, end: Int)) throws {
        steps.removeAll(keepingCapacity: true)
        var run = view.sumUp(from: transactions.start, to: transactions.period)
        var step = Step(bucket: 0, state: view.state(run, in: 0).rawValue, balance: run.balance)
        while run.position < transactions.end {
            try checkCancellation(at: run.position)
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
                run.lastPaid = stamp
            }
            step.state = view.state(run, in: bucket).rawValue
            step.balance = run.balance
            run.position &+= 1
        }
        steps.append(step)
        expire(run, &step, through: view.bucketCount)
    }

    /// A step for the end of the active range, when it lies at `bucket` or before.
    private mutating func expire(_ run: SweepRun<W>, _ step: inout Step, through bucket: Int) {
        guard step.state == ClientState.active.rawValue else { return }
        let until = view.activeUntil(run.lastPaid)
        guard until <= bucket, until < view.bucketCount else { return }
        step.state = ClientState.everActive.rawValue
        step.bucket = until
        // At `bucket` itself the transactions there make the step.
        if until < bucket { steps.append(step) }
    }

    private func addPopulation(_ row: Int, _ buckets: Range<Int>) {
        guard !buckets.isEmpty else { return }
        var low = 0
        var high = steps.count
        while low < high {
            let middle = (low &+ high) / 2
            if steps[middle].bucket <= buckets.lowerBound { low = middle + 1 } else { high = middle }
        }
        var present = steps[low - 1]
        move(row, present, at: buckets.lowerBound, 1)
        while low < steps.count, steps[low].bucket < buckets.upperBound {
            move(row, present, at: steps[low].bucket, -1)
            present = steps[low]
            move(row, present, at: present.bucket, 1)
            low += 1
        }
        if buckets.upperBound < view.bucketCount { move(row, present, at: buckets.upperBound, -1) }
    }

    private func move(_ row: Int, _ step: Step, at bucket: Int, _ sign: W) {
        let cell = sums.populations.cell(row: row, column: bucket) + step.state &* 3
        cell[0] &+= sign
        cell[1] &+= sign &* max(step.balance, 0)
        cell[2] &+= sign &* step.balance
    }

    private func addFlow(_ row: Int, _ position: Int) {
        let stamp = view.stamps[position]
        let cell =
            sums.flows.cell(row: row, column: Int(view.slices[view.segment(stamp)])) + Int(stamp & Stamp.slotMask)
        cell[0] &+= W(truncatingIfNeeded: view.amounts[position])
        cell[4] &+= 1
    }
}
