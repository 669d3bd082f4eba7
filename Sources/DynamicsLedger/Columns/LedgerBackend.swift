import DynamicsKernel
public import DynamicsModel
import Synchronization

/// The embedded ledger as a source of reports. Keeps the columns of the newest revision that was asked for.
///
/// Files are read, and columns built, on threads of its own; in Swift's cooperative pool there is nothing but sweeping.
public final class LedgerBackend: ReportBackend {
    private let ledger: Ledger
    private let workers: Int
    private let store: ColumnsStore
    private let rounds = LoadingRounds<Snapshot>()
    private let present = Mutex<Snapshot?>(nil)

    /// - Parameters:
    ///   - workers: how many threads load and sweep.
    ///   - building: is told which part (0...1) is done when columns have to be built.
    public init(_ ledger: Ledger, workers: Int = 2, building: @escaping @Sendable (Double) -> Void = { _ in }) {
        let rounds = rounds
        self.ledger = Ledger(ledger, interruption: rounds.check)
        self.workers = workers
        store = ColumnsStore(self.ledger, workers: workers) { part in
            building(part)
            rounds.report(part)
        }
    }

    public func snapshot() async throws -> any LedgerSnapshot { try await snapshot { _ in } }

    /// The newest revision; its columns are built first when they have to be.
    ///
    /// - Parameter progress: is told which part (0...1) of the building is done.
    /// - Throws: `DynamicsError`; `CancellationError` at once when the task is cancelled. The building then stops, unless others wait
    ///   for it: within milliseconds while the ledger is read; not while another process builds, or the finished file is written to
    ///   the disk.
    public func snapshot(progress: @escaping @Sendable (Double) -> Void) async throws -> any LedgerSnapshot {
        try await rounds.value(progress: progress) { try self.load() }
    }

    public func recentSnapshot() async throws -> any LedgerSnapshot {
        guard let snapshot = present.withLock({ $0 }) else { return try await self.snapshot() }
        // Looks for a newer one meanwhile. Those who ask at the same time look together.
        Task { _ = try? await self.snapshot() }
        return snapshot
    }

    private func load() throws -> Snapshot {
        while true {
            if let snapshot = try ledger.read(snapshot(of:)) {
                present.withLock { $0 = snapshot }
                return snapshot
            }
            try rounds.check()
        }
    }

    /// nil when there was an import meanwhile.
    private func snapshot(of reader: LedgerReader) throws -> Snapshot? {
        let revision = try reader.identifiedRevision()
        if let snapshot = present.withLock({ $0 }), snapshot.revision == revision { return snapshot }
        let columns = try store.columns(for: reader)
        guard columns.revision == revision else { return nil }
        let resellers = try reader.resellers()
        let packages = try reader.packages()
        let catalog = try LedgerCatalog(reader, resellers: resellers, packages: packages)
        let kernel = KernelLedger(
            parts: columns.parts,
            resellers: Dictionary(uniqueKeysWithValues: resellers.map { ($0.id, $0.number) }),
            packages: Dictionary(uniqueKeysWithValues: packages.map { ($0.id, $0.number) }))
        return Snapshot(
            revision: revision, catalog: catalog, kernel: kernel, workers: workers,
            choices: LedgerSuggestions(kernel, catalog: catalog))
    }

    private struct Snapshot: LedgerSnapshot {
        let revision: LedgerRevision
        let catalog: LedgerCatalog
        let kernel: KernelLedger
        let workers: Int
        let choices: LedgerSuggestions

        func sums(for plan: ReportPlan, progress: @escaping @Sendable (Double) -> Void) async throws -> ReportSums {
            try await kernel.sums(for: plan, workers: workers, progress: progress)
        }

        func packagesInUse(byClientsOf directOwners: Set<ExactText>) -> Set<ExactText> {
            kernel.packagesInUse(byClientsOf: directOwners)
        }

        func suggestions(_ kind: SuggestionKind, matching text: String, scope: Scope, limit: Int) -> [Suggestion] {
            choices.suggestions(kind, matching: text, scope: scope, limit: limit)
        }

        func names(of kind: SuggestionKind, ids: [ExactText], scope: Scope) -> [ExactText: ExactText] {
            choices.names(of: kind, ids: ids, scope: scope)
        }
    }
}

extension LedgerCatalog {
    fileprivate init(_ reader: LedgerReader, resellers: [LedgerReseller], packages: [LedgerPackage]) throws {
        let base = try reader.baseCurrency()
        let ids = Dictionary(uniqueKeysWithValues: resellers.map { ($0.number, $0.id) })
        let bounds = try reader.bounds().map { bounds in
            Tick(containing: bounds.lowerBound)..<Tick(Tick(containing: bounds.upperBound).index + 1)
        }
        self.init(
            revision: reader.revision, baseCurrency: base, bounds: bounds,
            resellers: Dictionary(
                uniqueKeysWithValues: resellers.map { reseller in
                    (reseller.id, Reseller(name: reseller.name, owner: reseller.owner.flatMap { ids[$0] }))
                }),
            packages: Dictionary(uniqueKeysWithValues: packages.map { ($0.id, $0.name) }),
            rates: ExchangeRates(base: base, rates: try reader.rates()))
    }
}
