import DynamicsModel

/// One pass over all parts, dealt out to workers, each with sums of its own.
///
/// Without packages all clients are one group. With packages, each transaction of an *exclusive* client belongs to one track, so its
/// history is swept stretch by stretch into the track's group; the others take the longer way of `OverlapSweep`, and a group of
/// their own for the sums of everyone.
struct SweepJob: Sendable {
    let ledger: KernelLedger
    let plan: ReportPlan
    let pass: ReportPlan.Pass
    let selections: [ClientSelection]
    let currencies: [CurrencyCode]

    typealias Groups = [ReportSums.Membership: ReportSums.Group]

    /// - Throws: `CancellationError`.
    func run(workers: Int, progress: @escaping @Sendable (Double) -> Void) async throws -> Groups {
        // Sums of fewer than 2^62 micro-units need no wider integers, and most calendars fewer than 2^16 segments.
        if ledger.magnitude < UInt128(1) << 62, plan.segments.count < Int(UInt16.max) {
            return try await run(UInt16.self, Int64.self, workers, progress)
        }
        return try await run(UInt32.self, Int128.self, workers, progress)
    }

    private func run<
        Index: FixedWidthInteger & UnsignedInteger & BitwiseCopyable & Sendable,
        W: FixedWidthInteger & SignedInteger & BitwiseCopyable & Sendable
    >(_: Index.Type, _: W.Type, _ workers: Int, _ progress: @escaping @Sendable (Double) -> Void) async throws -> Groups
    {
        let worker = SweepWorker<Index, W>(job: self)
        let queue = ChunkQueue(ledger.parts, selections, transactionsPerChunk: chunkLength(workers))
        let done = SweepProgress(total: queue.size, report: progress)
        return try await withThrowingTaskGroup(of: WorkerSums<W>.self) { group in
            for _ in 0..<max(1, workers) {
                group.addTask {
                    let sums = worker.newSums()
                    while let chunk = queue.next() {
                        try Task.checkCancellation()
                        try worker.sweep(chunk, into: sums)
                        done.add(chunk.size)
                    }
                    return sums
                }
            }
            guard let sums = try await group.next() else { return [:] }
            while let more = try await group.next() { sums.add(more) }
            return try worker.groups(sums)
        }
    }

    /// Small enough to keep all workers busy to the end; with packages, large enough for clients of one package to be swept together.
    private func chunkLength(_ workers: Int) -> Int {
        let total = ledger.parts.reduce(0) { $0 + $1.transactions.count }
        let longest = plan.packages.needs == [.everyone] ? 65_536 : 524_288
        return min(longest, max(16_384, total / (max(1, workers) * 8)))
    }
}

/// The sums of one worker.
struct WorkerSums<W: FixedWidthInteger & SignedInteger & BitwiseCopyable & Sendable>: Sendable {
    /// A group for each track, and one for clients that belong to several at once.
    let exclusive: Accumulators<W>
    let overlapping: OverlapSums<W>

    func add(_ other: Self) {
        exclusive.add(other.exclusive)
        overlapping.add(other.overlapping)
    }
}

/// What each worker of a pass does with chunks of clients, and what comes out in the end.
private struct SweepWorker<
    Index: FixedWidthInteger & UnsignedInteger & BitwiseCopyable & Sendable,
    W: FixedWidthInteger & SignedInteger & BitwiseCopyable & Sendable
>: Sendable {
    typealias View = SweepView<Index, W>

    let job: SweepJob
    /// For clients in the report's own currency, and for all others.
    let ownTables: SweepTables<Index>
    let datedTables: SweepTables<Index>
    let tracks: PackageTracks
    let hasPackages: Bool
    /// Whether tracks have groups of their own; else all clients take the way of the overlapping ones.
    let hasTrackGroups: Bool
    /// By currency number: its index, or -1.
    let currencyIndexes: [Int32]
    /// The index of the report's own currency; -1: no client has it.
    let ownCurrency: Int

    /// Bytes that the groups of one worker may take when all are touched.
    private static var largestGroups: Int { 64 << 20 }

    init(job: SweepJob) {
        self.job = job
        let start = job.ledger.span?.lowerBound ?? Tick(0)
        ownTables = SweepTables(job.plan, pass: job.pass, start: start, hasDates: false)
        datedTables = SweepTables(job.plan, pass: job.pass, start: start, hasDates: true)
        tracks = PackageTracks(job.plan.packages, numbers: job.ledger.packages)
        hasPackages = job.plan.packages.needs != [.everyone]
        ownCurrency = job.currencies.firstIndex(of: job.plan.currency) ?? -1
        var indexes = [Int32](repeating: -1, count: CurrencyCode.count)
        for (index, currency) in job.currencies.enumerated() { indexes[Int(currency.number)] = Int32(index) }
        currencyIndexes = indexes
        var size = job.currencies.count * datedTables.layout.size
        if ownCurrency >= 0 { size += ownTables.layout.size - datedTables.layout.size }
        hasTrackGroups =
            hasPackages && size * MemoryLayout<W>.stride <= Self.largestGroups / (tracks.count + 1)
    }

    private func tables(ofCurrency index: Int) -> SweepTables<Index> { index == ownCurrency ? ownTables : datedTables }

    private var layouts: [SumsLayout] { job.currencies.indices.map { tables(ofCurrency: $0).layout } }

    /// The group of clients that belong to several tracks at once; the last one.
    private var overlapGroup: Int { hasTrackGroups ? tracks.count : 0 }

    func newSums() -> WorkerSums<W> {
        WorkerSums(
            exclusive: Accumulators(groups: overlapGroup + 1, layouts: layouts),
            overlapping: OverlapSums(
                tracks: hasPackages ? tracks.count : 0, currencies: job.currencies.count,
                buckets: job.plan.buckets.count, slices: job.plan.slices.count))
    }

    /// - Throws: `CancellationError`.
    func sweep(_ chunk: ChunkQueue.Chunk, into sums: WorkerSums<W>) throws {
        let columns = job.ledger.parts[chunk.part]
        let selected = job.selections[chunk.part].clients
        try withSweepView(columns, ownTables, summing: W.self) { own in
            try withSweepView(columns, datedTables, summing: W.self) { dated in
                try currencyIndexes.withUnsafeBufferPointer { currencies in
                    if hasPackages {
                        var clients = ordered(chunk, selected, dated, currencies)
                        try sweepPackages(&clients, own, dated, currencies, sums)
                    } else {
                        for place in chunk.places {
                            let client = selected.map { Int($0[place]) } ?? place
                            let currency = Int(currencies[Int(dated.clients.currencies[client])])
                            if currency == ownCurrency {
                                try sweepEveryone(client, currency, own, sums)
                            } else {
                                try sweepEveryone(client, currency, dated, sums)
                            }
                        }
                    }
                }
            }
        }
    }

    /// The buckets as of which the client is created and not closed.
    @inline(__always)
    private func population(_ client: Int, _ view: View) -> Range<Int> {
        let entry = view.firstBucket(after: view.clients.created[client])
        let closed = view.clients.closed[client]
        return entry..<max(entry, closed == .max ? view.bucketCount : view.firstBucket(after: closed))
    }

    @inline(__always)
    private func sweepEveryone(_ client: Int, _ currency: Int, _ view: View, _ sums: WorkerSums<W>) throws {
        let transactions = view.transactions(of: client)
        var run = view.sumUp(from: transactions.start, to: transactions.period)
        let unit = sums.exclusive.unit(group: overlapGroup, currency: currency)
        try view.sweepStretch(unit, buckets: population(client, view), to: transactions.end, &run)
    }
}

// MARK: - Packages

extension SweepWorker {
    private func sweepPackages(
        _ clients: inout [UInt64], _ own: View, _ dated: View, _ currencies: UnsafeBufferPointer<Int32>,
        _ sums: WorkerSums<W>
    ) throws {
        var ownOverlaps = OverlapSweep(
            view: own, tracks: tracks, currencyCount: job.currencies.count, sums: sums.overlapping)
        var datedOverlaps = OverlapSweep(
            view: dated, tracks: tracks, currencyCount: job.currencies.count, sums: sums.overlapping)
        var memberships: [Membership] = []
        for (index, key) in clients.enumerated() {
            if index % 256 == 0 { try Task.checkCancellation() }
            let client = Int(key & 0xFFFF_FFFF)
            let currency = Int(currencies[Int(dated.clients.currencies[client])])
            if currency == ownCurrency {
                try sweepPackages(of: client, currency, own, &ownOverlaps, &memberships, sums)
            } else {
                try sweepPackages(of: client, currency, dated, &datedOverlaps, &memberships, sums)
            }
        }
    }

    @inline(__always)
    private func sweepPackages(
        of client: Int, _ currency: Int, _ view: View, _ overlaps: inout OverlapSweep<Index, W>,
        _ memberships: inout [Membership], _ sums: WorkerSums<W>
    ) throws {
        let transactions = view.transactions(of: client)
        view.collectMemberships(of: client, transactions, tracks, into: &memberships)
        if hasTrackGroups, view.clients.isExclusive[client] != 0 {
            try sweepExclusive(client, currency, view, transactions, memberships, sums)
        } else {
            if job.plan.packages.chosen == nil { try sweepEveryone(client, currency, view, sums) }
            try overlaps.sweep(
                client: client, currency: currency, transactions, memberships, inside: population(client, view))
        }
    }

    /// The selected clients, those of one package and currency together, so that their sums stay in the cache: their places in
    /// the part, below what they are ordered by.
    private func ordered(
        _ chunk: ChunkQueue.Chunk, _ selected: [UInt32]?, _ view: View, _ currencies: UnsafeBufferPointer<Int32>
    ) -> [UInt64] {
        var keys: [UInt64] = []
        keys.reserveCapacity(chunk.places.count)
        for place in chunk.places {
            let client = selected.map { Int($0[place]) } ?? place
            let subscriptions = view.subscriptions(of: client)
            let track =
                subscriptions.isEmpty ? 0 : tracks.track(of: view.subscriptions.packages[subscriptions.lowerBound])
            let unit = track * job.currencies.count + Int(currencies[Int(view.clients.currencies[client])])
            keys.append(UInt64(unit) << 32 | UInt64(client))
        }
        keys.sort()
        return keys
    }

    /// Sweeps a history stretch by stretch: no package, its first package, no package, ...
    private func sweepExclusive(
        _ client: Int, _ currency: Int, _ view: View, _ transactions: (start: Int, period: Int, end: Int),
        _ memberships: [Membership], _ sums: WorkerSums<W>
    ) throws {
        let inside = population(client, view)
        var run = view.sumUp(from: transactions.start, to: transactions.period)
        var bucket = 0
        func sweep(_ group: Int, until end: Int, to limit: Int) throws {
            let buckets = (bucket..<max(bucket, end)).clamped(to: inside)
            try view.sweepStretch(
                sums.exclusive.unit(group: group, currency: currency), buckets: buckets, to: max(limit, run.position),
                &run)
            bucket = max(bucket, end)
        }
        for membership in memberships {
            try sweep(0, until: membership.buckets.lowerBound, to: membership.transactions.lowerBound)
            try sweep(membership.track, until: membership.buckets.upperBound, to: membership.transactions.upperBound)
        }
        try sweep(0, until: view.bucketCount, to: transactions.end)
    }

    /// What the sums of all workers together mean.
    ///
    /// - Throws: `CancellationError`.
    func groups(_ sums: WorkerSums<W>) throws -> SweepJob.Groups {
        let reader = GroupSums<W>(
            plan: job.plan, pass: job.pass, currencies: job.currencies,
            segments: job.currencies.indices.map { SegmentMap(tables(ofCurrency: $0), plan: job.plan) })
        guard hasPackages else { return [.everyone: sums.exclusive.withTouchedUnits(ofGroup: 0) { reader.group($0) }] }
        // Group 0: subscribers; group 1: everyone.
        let totals = Accumulators<W>(groups: 2, layouts: layouts)
        if hasTrackGroups {
            for track in 1..<tracks.count { totals.add(group: track, of: sums.exclusive, to: 0) }
            totals.add(group: 0, of: totals, to: 1)
            totals.add(group: 0, of: sums.exclusive, to: 1)
        }
        totals.add(group: overlapGroup, of: sums.exclusive, to: 1)
        var groups: SweepJob.Groups = [
            .subscribers: totals.withTouchedUnits(ofGroup: 0) { reader.group($0, overlaps: (sums.overlapping, 0)) }
        ]
        if job.plan.packages.chosen == nil {
            groups[.everyone] = totals.withTouchedUnits(ofGroup: 1) { reader.group($0) }
        }
        let none = GroupSums<W>.Units(repeating: nil, count: job.currencies.count)
        for (index, package) in tracks.packages.enumerated() {
            try Task.checkCancellation()
            let overlaps = (sums: sums.overlapping, track: index + 1)
            groups[.package(package)] =
                hasTrackGroups
                ? sums.exclusive.withTouchedUnits(ofGroup: index + 1) { reader.group($0, overlaps: overlaps) }
                : reader.group(none, overlaps: overlaps)
        }
        return groups
    }
}
