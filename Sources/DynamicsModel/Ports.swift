/// What others fill in: where sums come from.

/// A ledger that can be asked: the embedded one, or a cluster.
public protocol ReportBackend: Sendable {
    /// The newest committed revision, which stays the same for as long as the snapshot is held.
    func snapshot() async throws -> any LedgerSnapshot

    /// As `snapshot()`.
    /// - Parameter progress: is told which part (0...1) is done when something has to be built first; may be called from any thread.
    func snapshot(progress: @escaping @Sendable (Double) -> Void) async throws -> any LedgerSnapshot

    /// A revision that is ready at once, for forms and names: the newest one or, while that is being made ready, the one before it.
    /// Waits only where there is none at all yet.
    func recentSnapshot() async throws -> any LedgerSnapshot
}

extension ReportBackend {
    /// A backend that never has to build anything always has its newest revision ready.
    public func recentSnapshot() async throws -> any LedgerSnapshot { try await snapshot() }

    /// A backend that never has to build anything has nothing to tell.
    public func snapshot(progress: @escaping @Sendable (Double) -> Void) async throws -> any LedgerSnapshot {
        try await snapshot()
    }
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

    /// What a user who sees `scope` may choose, and whose name or id holds `text`: as `SuggestionList.matches`.
    ///
    /// - Everybody's tags, owners and packages for `Scope.everything`, the operator among the owners as the empty id.
    /// - For a reseller: itself and the resellers below it; the packages that some client within the scope has or had; the tags that
    ///   such a client carries.
    func suggestions(_ kind: SuggestionKind, matching text: String, scope: Scope, limit: Int) async throws
        -> [Suggestion]

    /// The names of those `ids` that `suggestions` could offer in this scope; the others are left out.
    func names(of kind: SuggestionKind, ids: [ExactText], scope: Scope) async throws -> [ExactText: ExactText]
}

/// The small facts of a ledger that plans and results need.
public struct LedgerCatalog: Sendable {
    /// What a catalog says of a client of type `reseller`.
    public struct Reseller: Sendable, Hashable {
        public var name: ExactText
        /// nil: the operator.
        public var owner: ExactText?

        public init(name: ExactText, owner: ExactText?) {
            self.name = name
            self.owner = owner
        }
    }

    public var revision: Int64
    public var baseCurrency: CurrencyCode
    /// The tick of the earliest, and the end of the tick of the latest, of all `created_at` and `at`; nil in an empty ledger.
    public var bounds: Range<Tick>?
    /// Clients of type `reseller` by id.
    public var resellers: [ExactText: Reseller]
    /// Names by id.
    public var packages: [ExactText: ExactText]
    public var rates: ExchangeRates

    public init(
        revision: Int64, baseCurrency: CurrencyCode, bounds: Range<Tick>?, resellers: [ExactText: Reseller],
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
