package import DynamicsModel
import Synchronization

/// A ledger as the kernel sees it: parts with different clients, and the numbers that stand for ids in them.
package struct KernelLedger: Sendable {
    package var parts: [LedgerColumns]
    /// Client numbers of resellers.
    package var resellers: [ExactText: UInt32]
    /// Package numbers.
    package var packages: [ExactText: UInt32]

    package init(parts: [LedgerColumns], resellers: [ExactText: UInt32], packages: [ExactText: UInt32]) {
        self.parts = parts
        self.resellers = resellers
        self.packages = packages
    }

    /// The sums that a plan asks for, worked out by `workers` threads at once.
    ///
    /// - Parameter progress: is told which part (0...1) of the work is done.
    /// - Throws: `CancellationError` soon after the task is cancelled (a chunk takes about a tenth of a millisecond).
    @concurrent
    package func sums(
        for plan: ReportPlan, workers: Int = 2, progress: @escaping @Sendable (Double) -> Void = { _ in }
    ) async throws -> ReportSums {
        let selections = parts.map { ClientSelection(plan.clients, in: $0, resellers: resellers) }
        let numbers = selections.reduce(into: Set<UInt16>()) { $0.formUnion($1.currencies) }
        let currencies = numbers.sorted().map { CurrencyCode(number: $0) }
        var sums = ReportSums(currencies: Set(currencies))
        guard !plan.buckets.isEmpty, !currencies.isEmpty else { return sums }
        for (index, pass) in plan.passes.enumerated() {
            let job = SweepJob(ledger: self, plan: plan, pass: pass, selections: selections, currencies: currencies)
            let base = Double(index) / Double(plan.passes.count)
            let groups = try await job.run(workers: workers) { progress(base + $0 / Double(plan.passes.count)) }
            sums.merge(groups, isFirst: index == 0)
        }
        return sums
    }

    /// The packages that some client with one of these direct owners has or had: a subscription or a transaction.
    package func packagesInUse(byClientsOf directOwners: Set<ExactText>) -> Set<ExactText> {
        var numbers: Set<UInt32> = []
        for part in parts {
            let predicate = ClientPredicate(directOwners: directOwners)
            let flags = ClientSelection(predicate, in: part, resellers: resellers).flags
            for client in 0..<part.clients.count where flags?[client] ?? true {
                for i in part.clients.usedPackageStarts[client]..<part.clients.usedPackageStarts[client + 1] {
                    numbers.insert(part.usedPackages[Int(i)])
                }
            }
        }
        return Set(packages.filter { numbers.contains($0.value) }.keys)
    }

    /// An upper bound for the magnitude of any sum.
    fileprivate var magnitude: UInt128 { parts.reduce(0) { $0 + $1.magnitude } }

    fileprivate var span: Range<Tick>? {
        let spans = parts.compactMap(\.span)
        guard let lower = spans.map(\.lowerBound).min(), let upper = spans.map(\.upperBound).max() else { return nil }
        return lower..<upper
    }
}

extension ReportSums {
    /// Takes the populations of one more pass; the flows are the same in all of them.
    fileprivate mutating func merge(_ other: [Membership: Group], isFirst: Bool) {
        for (membership, group) in other {
            var merged = groups[membership] ?? Group()
            merged.populations = (merged.populations + group.populations).sorted {
                ($0.bucket, $0.currency) < ($1.bucket, $1.currency)
            }
            if isFirst { merged.flows = group.flows }
            groups[membership] = merged
        }
    }
}

/// One pass over all parts.
private struct SweepJob: Sendable {
    let ledger: KernelLedger
    let plan: ReportPlan
    let pass: ReportPlan.Pass
    let selections: [ClientSelection]
    let currencies: [CurrencyCode]

    typealias Groups = [ReportSums.Membership: ReportSums.Group]

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
        let chunks = ChunkQueue(ledger.parts)
        let tracks = PackageTracks(plan.packages, numbers: ledger.packages)
        let needs = plan.packages.needs
        return try await withThrowingTaskGroup(of: WorkerSums<W>.self) { group in
            for _ in 0..<max(1, workers) {
                group.addTask {
                    var sums = WorkerSums<W>(
                        everyone: Accumulators(
                            currencies: currencies.count, segments: tables.segmentCount, buckets: tables.bucketCount),
                        subscribers: SubscriberSums(
                            tracks: needs.contains(.subscribers) ? tracks.count : 0, currencies: currencies.count,
                            buckets: tables.bucketCount, slices: plan.slices.count))
                    let worker = SweepWorker(job: self, tables: tables, tracks: tracks)
                    while let chunk = chunks.next() {
                        try Task.checkCancellation()
                        worker.sweep(chunk, everyone: &sums.everyone, subscribers: sums.subscribers)
                        progress(chunks.done)
                    }
                    return sums
                }
            }
            guard var sums = try await group.next() else { return [:] }
            while let more = try await group.next() {
                sums.everyone += more.everyone
                sums.subscribers.add(more.subscribers)
            }
            var groups: Groups = [:]
            if needs.contains(.subscribers) {
                groups = sums.subscribers.groups(plan, pass: pass, tracks: tracks, currencies: currencies)
            }
            if needs.contains(.everyone) {
                groups[.everyone] = sums.everyone.group(plan, pass: pass, currencies: currencies)
            }
            return groups
        }
    }
}

private struct WorkerSums<W: FixedWidthInteger & SignedInteger & BitwiseCopyable & Sendable>: Sendable {
    var everyone: Accumulators<W>
    var subscribers: SubscriberSums<W>
}

/// What each worker of a pass does with a chunk of clients.
private struct SweepWorker<Index: FixedWidthInteger & UnsignedInteger & BitwiseCopyable & Sendable>: Sendable {
    let job: SweepJob
    let tables: SweepTables<Index>
    let tracks: PackageTracks
    let instants: EvaluationInstants
    /// By currency number: its index, or -1.
    let currencyIndexes: [Int32]

    init(job: SweepJob, tables: SweepTables<Index>, tracks: PackageTracks) {
        self.job = job
        self.tables = tables
        self.tracks = tracks
        instants = EvaluationInstants(job.plan)
        var indexes = [Int32](repeating: -1, count: CurrencyCode.count)
        for (index, currency) in job.currencies.enumerated() { indexes[Int(currency.number)] = Int32(index) }
        currencyIndexes = indexes
    }

    func sweep<W: FixedWidthInteger & SignedInteger & BitwiseCopyable & Sendable>(
        _ chunk: ChunkQueue.Chunk, everyone: inout Accumulators<W>, subscribers: SubscriberSums<W>
    ) {
        let columns = job.ledger.parts[chunk.part]
        let flags = job.selections[chunk.part].flags
        let needs = job.plan.packages.needs
        withSweepView(columns, tables, &everyone) { view in
            var packages = SubscriberSweep(
                view: view, tracks: tracks, instants: instants, slices: view.slices,
                currencyCount: job.currencies.count, sums: subscribers)
            for client in chunk.clients where flags?[client] ?? true {
                let currency = Int(currencyIndexes[Int(columns.clients.currencies[client])])
                let entry = instants.first(after: columns.clients.created[client])
                let closed = columns.clients.closed[client]
                let exit = closed == .max ? tables.bucketCount : instants.first(after: closed)
                if needs.contains(.everyone) {
                    view.sweep(client: client, currency: currency, entry: entry, exit: exit)
                }
                if needs.contains(.subscribers) {
                    packages.sweep(client: client, currency: currency, entry: entry, exit: exit)
                }
            }
        }
    }
}

/// Deals out the clients of all parts in chunks of about the same number of transactions.
private final class ChunkQueue: Sendable {
    struct Chunk {
        var part: Int
        var clients: Range<Int>
    }

    private static let transactionsPerChunk = 65_536

    private let chunks: [Chunk]
    private let taken = Atomic<Int>(0)

    init(_ parts: [LedgerColumns]) {
        var chunks: [Chunk] = []
        for (index, part) in parts.enumerated() {
            var start = 0
            for client in 0..<part.clients.count {
                let size = Int(part.clients.transactionStarts[client + 1] - part.clients.transactionStarts[start])
                // Clients without transactions cost something, too.
                if size + (client - start) * 8 >= Self.transactionsPerChunk || client + 1 == part.clients.count {
                    chunks.append(Chunk(part: index, clients: start..<client + 1))
                    start = client + 1
                }
            }
        }
        self.chunks = chunks
    }

    func next() -> Chunk? {
        let index = taken.wrappingAdd(1, ordering: .relaxed).oldValue
        return index < chunks.count ? chunks[index] : nil
    }

    /// Which part of the chunks has been taken, 0...1.
    var done: Double { min(1, Double(taken.load(ordering: .relaxed)) / Double(max(1, chunks.count))) }
}
