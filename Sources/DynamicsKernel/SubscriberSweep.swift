import DynamicsModel

/// Which packages have sums of their own: *tracks*. Track 0 is that of all subscribers.
struct PackageTracks: Sendable {
    /// By package number: 0 when it does not count, its own track when rows are split, else 1.
    private let tracks: [Int32]
    /// Whether each package that counts has a track of its own behind track 0.
    let isSplit: Bool
    /// The packages by track, from track 1 on.
    let packages: [ExactText]

    /// - Parameter numbers: the ledger's package numbers by id.
    init(_ view: PackageView, numbers: [ExactText: UInt32]) {
        let counting = numbers.filter { view.chosen?.contains($0.key) ?? true }.sorted { $0.key < $1.key }
        var tracks = [Int32](repeating: 0, count: Int(numbers.values.max() ?? 0) + 1)
        for (index, package) in counting.enumerated() { tracks[Int(package.value)] = Int32(index + 1) }
        self.tracks = tracks
        isSplit = view.isSplit
        packages = view.isSplit ? counting.map(\.key) : []
    }

    /// 0 when the package does not count.
    func track(of package: UInt32) -> Int { Int(package) < tracks.count ? Int(tracks[Int(package)]) : 0 }

    var count: Int { packages.count + 1 }
}

/// The sums of subscribers and packages of one worker.
struct SubscriberSums<W: FixedWidthInteger & SignedInteger & BitwiseCopyable & Sendable>: Sendable {
    /// Rows: track and currency. Columns: buckets. For each of three states: clients, positive balances and balances that enter
    /// or leave from the bucket on.
    var populations: PagedCells<W>
    /// Rows: track and currency. Columns: slices. Effects and numbers by slot, as in `Accumulators`.
    var flows: PagedCells<W>

    init(tracks: Int, currencies: Int, buckets: Int, slices: Int) {
        populations = PagedCells(rows: tracks * currencies, columns: buckets + 1, width: 9)
        flows = PagedCells(rows: tracks * currencies, columns: slices, width: 8)
    }

    static func += (a: inout Self, b: Self) {
        a.populations += b.populations
        a.flows += b.flows
    }
}

/// Adds clients to the sums of their packages, one after the other.
///
/// A client's history is first boiled down to *steps*: its state and balance from a bucket on. Each package then takes the steps
/// that fall into its subscription.
struct SubscriberSweep<Index: FixedWidthInteger & UnsignedInteger, W: FixedWidthInteger & SignedInteger & BitwiseCopyable & Sendable> {
    let view: SweepView<Index, W>
    let tracks: PackageTracks
    let instants: EvaluationInstants
    /// By segment; -1 before the period.
    let slices: [Int32]
    let currencyCount: Int
    private var steps: [Step] = []
    private var intervals: [Interval] = []

    private struct Step {
        var bucket: Int
        var state: Int
        var balance: W
    }

    /// When a client counts for a track: as of which buckets, and at which of its transactions.
    private struct Interval {
        var track: Int
        var buckets: Range<Int>
        var transactions: Range<Int>
    }

    init(
        view: SweepView<Index, W>, tracks: PackageTracks, instants: EvaluationInstants, slices: [Int32],
        currencyCount: Int
    ) {
        self.view = view
        self.tracks = tracks
        self.instants = instants
        self.slices = slices
        self.currencyCount = currencyCount
    }

    /// - Parameters: as of `SweepView.sweep`.
    mutating func sweep(client: Int, currency: Int, entry: Int, exit: Int, into sums: inout SubscriberSums<W>) {
        let transactions = view.transactions(of: client)
        addPurchases(client, currency, transactions, &sums)
        collectIntervals(client)
        guard !intervals.isEmpty else { return }
        if entry < exit {
            collectSteps(transactions)
            forEachUnion(\.buckets) { track, buckets in
                addPopulation(row(track, currency), buckets.clamped(to: entry..<exit), &sums)
            }
        }
        forEachUnion(\.transactions) { track, range in
            let start = max(transactions.start + range.lowerBound, transactions.period)
            let end = min(transactions.start + range.upperBound, transactions.end)
            addFlows(row(track, currency), from: start, to: end, &sums)
        }
    }

    private func row(_ track: Int, _ currency: Int) -> Int { track * currencyCount + currency }

    /// Activations and renewals go to their own package.
    private func addPurchases(
        _ client: Int, _ currency: Int, _ transactions: (start: Int, period: Int, end: Int),
        _ sums: inout SubscriberSums<W>
    ) {
        var purchase = Int(view.columns.clients.purchaseStarts[client])
        let last = Int(view.columns.clients.purchaseStarts[client + 1])
        var position = transactions.start
        while purchase < last, position < transactions.end {
            let stamp = view.columns.transactions.stamps[position]
            let slot = stamp & Stamp.slotMask
            if slot == Stamp.Slot.activation.rawValue || slot == Stamp.Slot.renewal.rawValue {
                let track = tracks.track(of: view.columns.transactions.purchases[purchase])
                purchase += 1
                if track > 0, position >= transactions.period {
                    addFlow(row(0, currency), position, &sums)
                    if tracks.isSplit { addFlow(row(track, currency), position, &sums) }
                }
            }
            position += 1
        }
    }

    private mutating func collectIntervals(_ client: Int) {
        intervals.removeAll(keepingCapacity: true)
        let subscriptions = view.columns.subscriptions
        let first = Int(view.columns.clients.subscriptionStarts[client])
        let last = Int(view.columns.clients.subscriptionStarts[client + 1])
        for i in first..<last {
            let track = tracks.track(of: subscriptions.packages[i])
            guard track > 0 else { continue }
            let from = instants.first(after: subscriptions.started[i])
            intervals.append(
                Interval(
                    track: track, buckets: from..<max(from, instants.first(after: subscriptions.ended[i])),
                    transactions: Int(subscriptions.firstTransactions[i])..<Int(subscriptions.lastTransactions[i])))
        }
        intervals.sort { $0.track < $1.track }
    }

    /// Calls `body` for each stretch in which the client counts for a track, without overlaps: for track 0, and when rows
    /// are split for each package of its own.
    private func forEachUnion(_ range: KeyPath<Interval, Range<Int>>, _ body: (Int, Range<Int>) -> Void) {
        let all = intervals.map { $0[keyPath: range] }
        for union in Self.unions(all) { body(0, union) }
        guard tracks.isSplit else { return }
        var first = 0
        while first < intervals.count {
            let track = intervals[first].track
            var next = first
            while next < intervals.count, intervals[next].track == track { next += 1 }
            for union in Self.unions(Array(all[first..<next])) { body(track, union) }
            first = next
        }
    }

    private static func unions(_ ranges: [Range<Int>]) -> [Range<Int>] {
        if ranges.count == 1 { return ranges[0].isEmpty ? [] : ranges }
        var unions: [Range<Int>] = []
        for range in ranges.filter({ !$0.isEmpty }).sorted(by: { $0.lowerBound < $1.lowerBound }) {
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
        var run = SweepRun<W>(position: transactions.start)
        while run.position < transactions.period { take(&run) }
        steps.append(Step(bucket: 0, state: run.state(in: 0).rawValue, balance: run.balance))
        while run.position < transactions.end {
            let bucket = view.bucket(view.stamps[run.position])
            expire(run, before: bucket)
            take(&run)
            put(Step(bucket: bucket, state: run.state(in: bucket).rawValue, balance: run.balance))
        }
        expire(run, before: view.bucketCount)
    }

    private func take(_ run: inout SweepRun<W>) {
        let stamp = view.stamps[run.position]
        run.balance &+= W(truncatingIfNeeded: view.amounts[run.position])
        if stamp & Stamp.paidBit != 0 {
            run.hasPaid = true
            run.activeUntil = max(run.activeUntil, view.reaches[view.segment(stamp)] >> 16)
        }
        run.position += 1
    }

    /// A step for the end of the active range, when it lies before `bucket` or at it.
    private mutating func expire(_ run: SweepRun<W>, before bucket: Int) {
        let until = Int(run.activeUntil)
        guard steps[steps.count - 1].state == ClientState.active.rawValue, until <= bucket, until < view.bucketCount else { return }
        put(Step(bucket: until, state: ClientState.everActive.rawValue, balance: run.balance))
    }

    private mutating func put(_ step: Step) {
        if steps[steps.count - 1].bucket == step.bucket {
            steps[steps.count - 1] = step
        } else {
            steps.append(step)
        }
    }

    private func addPopulation(_ row: Int, _ buckets: Range<Int>, _ sums: inout SubscriberSums<W>) {
        guard !buckets.isEmpty else { return }
        var low = 0
        var high = steps.count
        while low < high {
            let middle = (low + high) / 2
            if steps[middle].bucket <= buckets.lowerBound { low = middle + 1 } else { high = middle }
        }
        var present = steps[low - 1]
        move(row, present, at: buckets.lowerBound, sign: 1, &sums)
        while low < steps.count, steps[low].bucket < buckets.upperBound {
            move(row, present, at: steps[low].bucket, sign: -1, &sums)
            present = steps[low]
            move(row, present, at: present.bucket, sign: 1, &sums)
            low += 1
        }
        move(row, present, at: buckets.upperBound, sign: -1, &sums)
    }

    private func move(_ row: Int, _ step: Step, at bucket: Int, sign: W, _ sums: inout SubscriberSums<W>) {
        let place = sums.populations.place(row: row, column: bucket) + step.state * 3
        sums.populations.add(sign, at: place)
        sums.populations.add(sign &* max(step.balance, 0), at: place + 1)
        sums.populations.add(sign &* step.balance, at: place + 2)
    }

    /// Refills and pay-as-you-go usage of a stretch of transactions within the period.
    private func addFlows(_ row: Int, from: Int, to: Int, _ sums: inout SubscriberSums<W>) {
        var position = from
        while position < to {
            if view.stamps[position] & Stamp.slotMask <= Stamp.Slot.refill.rawValue {
                addFlow(row, position, &sums)
            }
            position += 1
        }
    }

    private func addFlow(_ row: Int, _ position: Int, _ sums: inout SubscriberSums<W>) {
        let stamp = view.stamps[position]
        let place = sums.flows.place(row: row, column: Int(slices[view.segment(stamp)])) + Int(stamp & Stamp.slotMask)
        sums.flows.add(W(truncatingIfNeeded: view.amounts[position]), at: place)
        sums.flows.add(1, at: place + 4)
    }
}

extension SubscriberSums {
    /// The group of sums of each track that has any.
    func groups(_ plan: ReportPlan, pass: ReportPlan.Pass, tracks: PackageTracks, currencies: [CurrencyCode])
        -> [ReportSums.Membership: ReportSums.Group]
    {
        var groups: [ReportSums.Membership: ReportSums.Group] = [:]
        for track in 0..<tracks.count {
            let rows = currencies.indices.map { track * currencies.count + $0 }
            guard rows.contains(where: { populations.isUsed(row: $0) || flows.isUsed(row: $0) }) else { continue }
            groups[track == 0 ? .subscribers : .package(tracks.packages[track - 1])] = ReportSums.Group(
                populations: populations(plan, pass, rows: rows, currencies),
                flows: flows(plan, rows: rows, currencies))
        }
        return groups
    }

    private func populations(
        _ plan: ReportPlan, _ pass: ReportPlan.Pass, rows: [Int], _ currencies: [CurrencyCode]
    ) -> [ReportSums.Population] {
        var running = Array(repeating: [ReportSums.RunningState](repeating: .init(), count: 3), count: rows.count)
        var isWanted = [Bool](repeating: false, count: plan.buckets.count)
        for bucket in pass.buckets { isWanted[bucket] = true }
        var result: [ReportSums.Population] = []
        for bucket in plan.buckets.indices {
            for (index, row) in rows.enumerated() {
                if let cell = populations.cell(row: row, column: bucket) {
                    for state in 0..<3 {
                        let at = cell.startIndex + state * 3
                        running[index][state].add(
                            count: Int64(truncatingIfNeeded: cell[at]), positive: Int128(truncatingIfNeeded: cell[at + 1]),
                            balance: Int128(truncatingIfNeeded: cell[at + 2]), wrappingTo: W.self)
                    }
                }
                guard isWanted[bucket] else { continue }
                let population = ReportSums.Population(
                    bucket: bucket, currency: currencies[index], states: running[index])
                if population.all.qty > 0 { result.append(population) }
            }
        }
        return result
    }

    private func flows(_ plan: ReportPlan, rows: [Int], _ currencies: [CurrencyCode]) -> [ReportSums.Flow] {
        plan.slices.indices.flatMap { slice in
            rows.indices.compactMap { index in
                flows.cell(row: rows[index], column: slice).flatMap {
                    ReportSums.Flow(plan.slices[slice], currencies[index], slots: $0)
                }
            }
        }
    }
}
