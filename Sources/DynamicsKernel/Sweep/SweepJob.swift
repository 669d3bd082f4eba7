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
        let tables = SweepTables<Index>(plan, pass: pass, span: ledger.span ?? Tick(0)..<Tick(1))
        let hasPackages = plan.packages.needs != [.everyone]
        let chunks = ChunkQueue(ledger.parts, transactionsPerChunk: hasPackages ? 524_288 : 65_536)
        let worker = SweepWorker<Index, W>(job: self, tables: tables)
        return try await withThrowingTaskGroup(of: WorkerSums<W>.self) { group in
            for _ in 0..<max(1, workers) {
                group.addTask {
                    let sums = worker.newSums()
                    while let chunk = chunks.next() {
                        try Task.checkCancellation()
                        try worker.sweep(chunk, into: sums)
                        progress(chunks.done)
                    }
                    return sums
                }
            }
            guard let sums = try await group.next() else { return [:] }
            while let more = try await group.next() { sums.add(more) }
            return worker.groups(sums)
        }
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
    let job: SweepJob
    let tables: SweepTables<Index>
    let tracks: PackageTracks
    let hasPackages: Bool
    /// Whether tracks have groups of their own; else all clients take the way of the overlapping ones.
    let hasTrackGroups: Bool
    let instants: EvaluationInstants
    /// By currency number: its index, or -1.
    let currencyIndexes: [Int32]

    /// Bytes that the groups of one worker may take when all are touched.
    private static var largestGroups: Int { 64 << 20 }

    init(job: SweepJob, tables: SweepTables<Index>) {
        self.job = job
        self.tables = tables
        tracks = PackageTracks(job.plan.packages, numbers: job.ledger.packages)
        hasPackages = job.plan.packages.needs != [.everyone]
        let size = tables.layout.size * MemoryLayout<W>.stride * job.currencies.count
        hasTrackGroups = hasPackages && size <= Self.largestGroups / (tracks.count + 1)
        instants = EvaluationInstants(job.plan)
        var indexes = [Int32](repeating: -1, count: CurrencyCode.count)
        for (index, currency) in job.currencies.enumerated() { indexes[Int(currency.number)] = Int32(index) }
        currencyIndexes = indexes
    }

    /// The group of clients that belong to several tracks at once; the last one.
    private var overlapGroup: Int { hasTrackGroups ? tracks.count : 0 }

    func newSums() -> WorkerSums<W> {
        WorkerSums(
            exclusive: Accumulators(
                groups: overlapGroup + 1, currencies: job.currencies.count, layout: tables.layout),
            overlapping: OverlapSums(
                tracks: hasPackages ? tracks.count : 0, currencies: job.currencies.count,
                buckets: tables.layout.bucketCount, slices: job.plan.slices.count))
    }

    /// - Throws: `CancellationError`.
    func sweep(_ chunk: ChunkQueue.Chunk, into sums: WorkerSums<W>) throws {
        let columns = job.ledger.parts[chunk.part]
        let flags = job.selections[chunk.part].flags
        try withSweepView(columns, tables, summing: W.self) { view in
            if hasPackages {
                try sweepPackages(chunk, view, flags, sums)
            } else {
                for client in chunk.clients where flags?[client] ?? true {
                    sweepEveryone(client, view, sums)
                }
            }
        }
    }

    @inline(__always)
    private func currency(_ client: Int, _ view: SweepView<Index, W>) -> Int {
        Int(currencyIndexes[Int(view.columns.clients.currencies[client])])
    }

    /// The buckets as of which the client is created and not closed.
    @inline(__always)
    private func population(_ client: Int, _ view: SweepView<Index, W>) -> Range<Int> {
        let entry = instants.first(after: view.columns.clients.created[client])
        let closed = view.columns.clients.closed[client]
        return entry..<max(entry, closed == .max ? tables.layout.bucketCount : instants.first(after: closed))
    }

    @inline(__always)
    private func sweepEveryone(_ client: Int, _ view: SweepView<Index, W>, _ sums: WorkerSums<W>) {
        let transactions = view.transactions(of: client)
        var run = view.sumUp(from: transactions.start, to: transactions.period)
        let unit = sums.exclusive.unit(group: overlapGroup, currency: currency(client, view))
        view.sweepStretch(unit, buckets: population(client, view), to: transactions.end, &run)
    }

    private func sweepPackages(
        _ chunk: ChunkQueue.Chunk, _ view: SweepView<Index, W>, _ flags: [Bool]?, _ sums: WorkerSums<W>
    ) throws {
        var overlaps = OverlapSweep(
            view: view, tracks: tracks, currencyCount: job.currencies.count, sums: sums.overlapping)
        var memberships: [Membership] = []
        for (index, client) in ordered(chunk.clients, view, flags).enumerated() {
            if index % 256 == 0 { try Task.checkCancellation() }
            let transactions = view.transactions(of: client)
            view.collectMemberships(of: client, transactions, tracks, instants, into: &memberships)
            if hasTrackGroups, view.columns.clients.isExclusive[client] != 0 {
                sweepExclusive(client, view, transactions, memberships, sums)
            } else {
                if job.plan.packages.chosen == nil { sweepEveryone(client, view, sums) }
                overlaps.sweep(
                    client: client, currency: currency(client, view), transactions, memberships,
                    inside: population(client, view))
            }
        }
    }

    /// The selected clients, those of one package and currency together, so that their sums stay in the cache.
    private func ordered(_ clients: Range<Int>, _ view: SweepView<Index, W>, _ flags: [Bool]?) -> [Int] {
        var keys: [UInt64] = []
        keys.reserveCapacity(clients.count)
        for client in clients where flags?[client] ?? true {
            let first = view.columns.clients.subscriptionStarts[client]
            let isSubscriber = first < view.columns.clients.subscriptionStarts[client + 1]
            let track = isSubscriber ? tracks.track(of: view.columns.subscriptions.packages[Int(first)]) : 0
            let unit = track * job.currencies.count + currency(client, view)
            keys.append(UInt64(unit) << 32 | UInt64(client - clients.lowerBound))
        }
        keys.sort()
        return keys.map { clients.lowerBound + Int($0 & 0xFFFF_FFFF) }
    }

    /// Sweeps a history stretch by stretch: no package, its first package, no package, ...
    private func sweepExclusive(
        _ client: Int, _ view: SweepView<Index, W>, _ transactions: (start: Int, period: Int, end: Int),
        _ memberships: [Membership], _ sums: WorkerSums<W>
    ) {
        let currency = currency(client, view)
        let inside = population(client, view)
        var run = view.sumUp(from: transactions.start, to: transactions.period)
        var bucket = 0
        func sweep(_ group: Int, until end: Int, to limit: Int) {
            let buckets = (bucket..<max(bucket, end)).clamped(to: inside)
            view.sweepStretch(
                sums.exclusive.unit(group: group, currency: currency), buckets: buckets, to: max(limit, run.position),
                &run)
            bucket = max(bucket, end)
        }
        for membership in memberships {
            sweep(0, until: membership.buckets.lowerBound, to: membership.transactions.lowerBound)
            sweep(membership.track, until: membership.buckets.upperBound, to: membership.transactions.upperBound)
        }
        sweep(0, until: tables.layout.bucketCount, to: transactions.end)
    }
}

extension SweepWorker {
    /// What the sums of all workers together mean.
    func groups(_ sums: WorkerSums<W>) -> SweepJob.Groups {
        let reader = GroupSums<W>(plan: job.plan, pass: job.pass, currencies: job.currencies, layout: tables.layout)
        guard hasPackages else { return [.everyone: reader.group(sums.exclusive.touchedUnits(ofGroup: 0))] }
        // Group 0: subscribers; group 1: everyone.
        let totals = Accumulators<W>(groups: 2, currencies: job.currencies.count, layout: tables.layout)
        if hasTrackGroups {
            for track in 1..<tracks.count { totals.add(group: track, of: sums.exclusive, to: 0) }
            totals.add(group: 0, of: totals, to: 1)
            totals.add(group: 0, of: sums.exclusive, to: 1)
        }
        totals.add(group: overlapGroup, of: sums.exclusive, to: 1)
        var groups: SweepJob.Groups = [
            .subscribers: reader.group(totals.touchedUnits(ofGroup: 0), overlaps: (sums.overlapping, 0))
        ]
        if job.plan.packages.chosen == nil { groups[.everyone] = reader.group(totals.touchedUnits(ofGroup: 1)) }
        let none = GroupSums<W>.Units(repeating: nil, count: job.currencies.count)
        for (index, package) in tracks.packages.enumerated() {
            let units = hasTrackGroups ? sums.exclusive.touchedUnits(ofGroup: index + 1) : none
            groups[.package(package)] = reader.group(units, overlaps: (sums.overlapping, index + 1))
        }
        return groups
    }
}
