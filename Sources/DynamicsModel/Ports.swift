/// What others fill in: where sums come from.

/// A ledger that can be asked: the embedded one, or a cluster.
public protocol ReportBackend: Sendable {
    /// The newest committed revision, which stays the same for as long as the snapshot is held.
    func snapshot() async throws -> any LedgerSnapshot
}

/// One revision of a ledger.
public protocol LedgerSnapshot: Sendable {
    var catalog: LedgerCatalog { get }

    /// The sums that a plan made from this snapshot's catalog asks for.
    ///
    /// - Parameter progress: is told now and then which part (0...1) of the work is done; may be called from any thread.
    /// - Throws: `CancellationError` within 50 ms after the task is cancelled.
    func sums(for plan: ReportPlan, progress: @escaping @Sendable (Double) -> Void) async throws -> ReportSums

    /// The packages that some client with one of these direct owners has or had: a subscription or a transaction.
    func packagesInUse(byClientsOf directOwners: Set<ExactText>) async throws -> Set<ExactText>
}

/// The small facts of a ledger that plans and results need.
public struct LedgerCatalog: Sendable {
    public var revision: Int64
    public var baseCurrency: CurrencyCode
    /// The tick of the earliest, and the end of the tick of the latest, of all `created_at` and `at`; nil in an empty ledger.
    public var bounds: Range<Tick>?
    /// Clients of type `reseller`, with their owners (nil: the operator).
    public var resellers: [ExactText: ExactText?]
    /// Names by id.
    public var packages: [ExactText: ExactText]
    public var rates: ExchangeRates

    public init(
        revision: Int64, baseCurrency: CurrencyCode, bounds: Range<Tick>?, resellers: [ExactText: ExactText?],
        packages: [ExactText: ExactText], rates: ExchangeRates
    ) {
        self.revision = revision
        self.baseCurrency = baseCurrency
        self.bounds = bounds
        self.resellers = resellers
        self.packages = packages
        self.rates = rates
    }
}
