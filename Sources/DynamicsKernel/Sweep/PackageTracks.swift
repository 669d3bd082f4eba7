import DynamicsModel

/// Which packages have sums of their own: *tracks*. Track 0 is that of all subscribers; each package that counts has one when rows
/// are split.
struct PackageTracks: Sendable {
    /// By package number: 0 when it does not count, else 1 + its place among those that do.
    private let tracks: [Int32]
    /// Whether each package that counts has a track of its own.
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

/// The sums of subscribers and packages of one worker, while they grow. Rows are those of a track and currency.
///
/// When rows are split, most clients have one package at a time, so the subscribers' sums are the packages' added up; track 0 then
/// only holds what that counts too often, for clients with several packages.
struct SubscriberSums<W: FixedWidthInteger & SignedInteger & BitwiseCopyable & Sendable>: Sendable {
    /// Columns: buckets, and one more. For each of three states: clients, positive balances and balances that enter or leave from
    /// the bucket on.
    let populations: PagedCells<W>
    /// Columns: slices. Effects of pay-as-you-go usage and refills, then their numbers.
    let usage: PagedCells<W>
    /// Columns: slices. Effects of activations and renewals, then their numbers.
    let purchases: PagedCells<W>

    init(tracks: Int, currencies: Int, buckets: Int, slices: Int) {
        populations = PagedCells(rows: tracks * currencies, columns: buckets + 1, width: 9)
        usage = PagedCells(rows: tracks * currencies, columns: slices, width: 4)
        purchases = PagedCells(rows: tracks * currencies, columns: slices, width: 4)
    }

    func add(_ other: Self) {
        populations.add(other.populations)
        usage.add(other.usage)
        purchases.add(other.purchases)
    }
}

extension SubscriberSums {
    /// The group of sums of each track that has any.
    func groups(_ plan: ReportPlan, pass: ReportPlan.Pass, tracks: PackageTracks, currencies: [CurrencyCode])
        -> [ReportSums.Membership: ReportSums.Group]
    {
        if tracks.isSplit { completeSubscribers(tracks: tracks, currencies: currencies.count) }
        var groups: [ReportSums.Membership: ReportSums.Group] = [:]
        for track in 0..<tracks.count {
            let rows = currencies.indices.map { track * currencies.count + $0 }
            let group = ReportSums.Group(
                populations: populations(plan, pass, rows: rows, currencies), flows: flows(plan, rows: rows, currencies)
            )
            if group.populations.isEmpty, group.flows.isEmpty { continue }
            groups[track == 0 ? .subscribers : .package(tracks.packages[track - 1])] = group
        }
        return groups
    }

    private func completeSubscribers(tracks: PackageTracks, currencies: Int) {
        for row in currencies..<tracks.count * currencies {
            for table in [populations, usage, purchases] { table.add(table, row: row, to: row % currencies) }
        }
    }

    private func populations(
        _ plan: ReportPlan, _ pass: ReportPlan.Pass, rows: [Int], _ currencies: [CurrencyCode]
    ) -> [ReportSums.Population] {
        var isWanted = [Bool](repeating: false, count: plan.buckets.count)
        for bucket in pass.buckets { isWanted[bucket] = true }
        var result: [ReportSums.Population] = []
        for (row, currency) in zip(rows, currencies) {
            var running = [ReportSums.RunningState](repeating: .init(), count: 3)
            // The buckets between two touched ones are as the first of them left them.
            var next = 0
            func emit(before end: Int) {
                for bucket in next..<end where isWanted[bucket] && running.contains(where: { $0.count != 0 }) {
                    result.append(ReportSums.Population(bucket: bucket, currency: currency, states: running))
                }
                next = end
            }
            populations.forEachCell(row: row) { bucket, cell in
                emit(before: bucket)
                for state in 0..<3 {
                    running[state].add(
                        count: Int64(truncatingIfNeeded: cell[state * 3]),
                        positive: Int128(truncatingIfNeeded: cell[state * 3 + 1]),
                        balance: Int128(truncatingIfNeeded: cell[state * 3 + 2]), wrappingTo: W.self)
                }
            }
            emit(before: plan.buckets.count)
        }
        return rows.count == 1 ? result : result.sorted { ($0.bucket, $0.currency) < ($1.bucket, $1.currency) }
    }

    private func flows(_ plan: ReportPlan, rows: [Int], _ currencies: [CurrencyCode]) -> [ReportSums.Flow] {
        var result: [ReportSums.Flow] = []
        for (row, currency) in zip(rows, currencies) {
            var slots = [W](repeating: 0, count: 8)
            PagedCells.forEachCell(row: row, of: usage, and: purchases) { slice, usage, purchases in
                for i in 0..<2 {
                    slots[i] = usage?[i] ?? 0
                    slots[4 + i] = usage?[2 + i] ?? 0
                    slots[2 + i] = purchases?[i] ?? 0
                    slots[6 + i] = purchases?[2 + i] ?? 0
                }
                if let flow = ReportSums.Flow(plan.slices[slice], currency, slots: slots[...]) { result.append(flow) }
            }
        }
        return rows.count == 1
            ? result : result.sorted { ($0.bucket, $0.date, $0.currency) < ($1.bucket, $1.date, $1.currency) }
    }
}
