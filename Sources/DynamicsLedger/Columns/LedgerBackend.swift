import DynamicsKernel
public import DynamicsModel
import Synchronization

/// The embedded ledger as a source of reports. Keeps the columns of the newest revision that was asked for.
public final class LedgerBackend: ReportBackend {
    private let ledger: Ledger
    private let workers: Int
    private let store: ColumnsStore
    private let present = Mutex<Snapshot?>(nil)

    /// - Parameters:
    ///   - workers: how many threads load and sweep.
    ///   - building: is told which part (0...1) is done when columns have to be built.
    public init(_ ledger: Ledger, workers: Int = 2, building: @escaping @Sendable (Double) -> Void = { _ in }) {
        self.ledger = ledger
        self.workers = workers
        store = ColumnsStore(ledger, workers: workers, progress: building)
    }

    public func snapshot() async throws -> any LedgerSnapshot {
        while true {
            if let snapshot = try ledger.read(snapshot(of:)) {
                present.withLock { $0 = snapshot }
                return snapshot
            }
            try Task.checkCancellation()
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
