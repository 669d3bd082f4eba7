import DynamicsKernel
public import DynamicsModel

/// The kernel over records in memory, without a ledger file: what the contract suite compares with the naive reference.
public struct MemoryBackend: ReportBackend, LedgerSnapshot {
    public let catalog: LedgerCatalog
    private let ledger: KernelLedger
    private let workers: Int
    private let choices: LedgerSuggestions

    /// - Parameters:
    ///   - parts: over how many parts the clients are dealt out.
    ///   - workers: how many threads sweep.
    /// - Precondition: the records are valid (`docs/semantics.md`, section 1).
    public init(_ records: LedgerRecords, parts: Int = 1, workers: Int = 2) {
        self.workers = workers
        catalog = LedgerCatalog(records)
        let clients = records.clients.enumerated()
        let clientNumbers = Dictionary(uniqueKeysWithValues: clients.map { ($1.id, UInt32($0)) })
        let packageNumbers = Dictionary(
            uniqueKeysWithValues: records.packages.enumerated().map { ($1.id, UInt32($0)) })
        let columns = (0..<parts).map { part in
            LedgerColumns(
                records, clients: clients.filter { $0.offset % parts == part }.map { ($0.element, UInt32($0.offset)) },
                clientNumbers: clientNumbers, packageNumbers: packageNumbers)
        }
        ledger = KernelLedger(parts: columns, resellers: clientNumbers, packages: packageNumbers)
        choices = LedgerSuggestions(ledger, catalog: catalog)
    }

    public func snapshot() -> any LedgerSnapshot { self }

    public func sums(for plan: ReportPlan, progress: @escaping @Sendable (Double) -> Void) async throws -> ReportSums {
        try await ledger.sums(for: plan, workers: workers, progress: progress)
    }

    public func packagesInUse(byClientsOf directOwners: Set<ExactText>) -> Set<ExactText> {
        ledger.packagesInUse(byClientsOf: directOwners)
    }

    public func suggestions(_ kind: SuggestionKind, matching text: String, scope: Scope, limit: Int) -> [Suggestion] {
        choices.suggestions(kind, matching: text, scope: scope, limit: limit)
    }

    public func names(of kind: SuggestionKind, ids: [ExactText], scope: Scope) -> [ExactText: ExactText] {
        choices.names(of: kind, ids: ids, scope: scope)
    }
}

extension LedgerCatalog {
    /// What a ledger with these records says of itself.
    public init(_ records: LedgerRecords) {
        let ticks = (records.clients.map(\.createdAt) + records.transactions.map(\.at)).map { Tick(containing: $0) }
        var bounds: Range<Tick>?
        if let first = ticks.min(), let last = ticks.max() { bounds = first..<Tick(last.index + 1) }
        self.init(
            revision: 1, baseCurrency: records.baseCurrency, bounds: bounds,
            resellers: Dictionary(
                uniqueKeysWithValues: records.clients.filter { $0.type == .reseller }.map {
                    ($0.id, Reseller(name: $0.name, owner: $0.ownerID))
                }),
            packages: Dictionary(uniqueKeysWithValues: records.packages.map { ($0.id, $0.name) }),
            rates: ExchangeRates(base: records.baseCurrency, rates: records.rates))
    }
}

extension LedgerColumns {
    fileprivate init(
        _ records: LedgerRecords, clients: [(Client, UInt32)], clientNumbers: [ExactText: UInt32],
        packageNumbers: [ExactText: UInt32]
    ) {
        let transactions = Dictionary(grouping: records.transactions, by: \.clientID)
        let subscriptions = Dictionary(grouping: records.subscriptions, by: \.clientID)
        var builder = ColumnsBuilder()
        for (client, number) in clients {
            builder.beginClient(
                number: number, type: client.type, owner: client.ownerID.flatMap { clientNumbers[$0] },
                tags: client.tags, currency: client.currency, createdAt: client.createdAt, closedAt: client.closedAt)
            for subscription in (subscriptions[client.id] ?? []).sorted(by: { $0.startedAt < $1.startedAt }) {
                guard let package = packageNumbers[subscription.packageID] else { continue }
                builder.subscription(
                    package: package, startedAt: subscription.startedAt, endedAt: subscription.endedAt)
            }
            for transaction in (transactions[client.id] ?? []).sorted(by: { $0.at < $1.at }) {
                builder.transaction(
                    at: transaction.at, kind: transaction.kind, amount: transaction.amount,
                    package: transaction.packageID.flatMap { packageNumbers[$0] })
            }
            builder.endClient()
        }
        self = builder.finish()
    }
}
