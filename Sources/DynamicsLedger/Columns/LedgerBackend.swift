import DynamicsKernel
public import DynamicsModel
import Synchronization

/// The embedded ledger as a source of reports. Keeps the columns of the newest revision that was asked for.
public final class LedgerBackend: ReportBackend {
    private let ledger: Ledger
    private let workers: Int
    private let loaded = Mutex<Snapshot?>(nil)

    /// - Parameter workers: how many threads load and sweep.
    public init(_ ledger: Ledger, workers: Int = 2) {
        self.ledger = ledger
        self.workers = workers
    }

    public func snapshot() async throws -> any LedgerSnapshot {
        let revision = try ledger.read { $0.revision }
        if let present = loaded.withLock({ $0 }), present.catalog.revision == revision { return present }
        let snapshot = try load()
        loaded.withLock { present in
            if snapshot.catalog.revision >= present?.catalog.revision ?? 0 { present = snapshot }
        }
        return snapshot
    }

    private func load() throws -> Snapshot {
        struct Part: Sendable {
            var columns: LedgerColumns
            var resellers: [LedgerClient]
            /// The first part reads what there is only once.
            var rest: Rest?
        }
        struct Rest: Sendable {
            var status: LedgerStatus
            var packages: [LedgerPackage]
            var rates: [ExchangeRate]
        }
        let parts = try ledger.readInParallel(parts: workers) { reader, range in
            let (columns, resellers) = try reader.columns(ofClientsIn: range)
            let isFirst = range.lowerBound == Range<UInt32>.allClients.lowerBound
            let rest = isFirst ? Rest(status: try reader.status(), packages: try reader.packages(), rates: try reader.rates()) : nil
            return Part(columns: columns, resellers: resellers, rest: rest)
        }
        guard let rest = parts.lazy.compactMap(\.rest).first else {
            throw DynamicsError(.fault, "ledger", "no part of the ledger holds its first client")
        }
        return Snapshot(
            catalog: LedgerCatalog(
                status: rest.status, packages: rest.packages, rates: rest.rates, resellers: parts.flatMap(\.resellers)),
            kernel: KernelLedger(
                parts: parts.map(\.columns),
                resellers: Dictionary(uniqueKeysWithValues: parts.flatMap(\.resellers).map { ($0.id, $0.number) }),
                packages: Dictionary(uniqueKeysWithValues: rest.packages.map { ($0.id, $0.number) })),
            workers: workers)
    }

    private struct Snapshot: LedgerSnapshot {
        let catalog: LedgerCatalog
        let kernel: KernelLedger
        let workers: Int

        func sums(for plan: ReportPlan, progress: @escaping @Sendable (Double) -> Void) async throws -> ReportSums {
            try await kernel.sums(for: plan, workers: workers, progress: progress)
        }

        func packagesInUse(byClientsOf directOwners: Set<ExactText>) -> Set<ExactText> {
            kernel.packagesInUse(byClientsOf: directOwners)
        }
    }
}

extension LedgerCatalog {
    fileprivate init(
        status: LedgerStatus, packages: [LedgerPackage], rates: [ExchangeRate], resellers: [LedgerClient]
    ) {
        let ids = Dictionary(uniqueKeysWithValues: resellers.map { ($0.number, $0.id) })
        let bounds = status.bounds.map { bounds in
            Tick(containing: bounds.lowerBound)..<Tick(Tick(containing: bounds.upperBound).index + 1)
        }
        self.init(
            revision: status.revision, baseCurrency: status.baseCurrency, bounds: bounds,
            resellers: Dictionary(
                uniqueKeysWithValues: resellers.map { ($0.id, $0.owner.flatMap { ids[$0] }) }),
            packages: Dictionary(uniqueKeysWithValues: packages.map { ($0.id, $0.name) }),
            rates: ExchangeRates(base: status.baseCurrency, rates: rates))
    }
}
