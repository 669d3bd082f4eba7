public import DynamicsModel

/// A client as the ledger keeps it. Numbers are the ledger's own: dense but for removals, the same in all later revisions.
public struct LedgerClient: Sendable, Hashable {
    /// 1 ..< 2^31.
    public var number: UInt32
    public var id: ExactText
    public var name: ExactText
    public var type: ClientType
    /// The owner's number; nil: the operator itself.
    public var owner: UInt32?
    public var tags: [ExactText]
    public var currency: CurrencyCode
    public var createdAt: Instant
    public var closedAt: Instant?
    /// The newest revision in which this client, one of its subscriptions or transactions was added, replaced or removed.
    public var changedIn: Int64
    /// How many transactions it has.
    public var transactions: Int
}

/// A package as the ledger keeps it.
public struct LedgerPackage: Sendable, Hashable {
    /// 1 ..< 2^31.
    public var number: UInt32
    public var id: ExactText
    public var name: ExactText
}

/// A subscription without its id.
public struct LedgerSubscription: Sendable, Hashable {
    public var client: UInt32
    public var package: UInt32
    public var startedAt: Instant
    /// nil: still running.
    public var endedAt: Instant?
}

/// A client of type `reseller`.
struct LedgerReseller {
    var number: UInt32
    var id: ExactText
    var name: ExactText
    /// nil: the operator itself.
    var owner: UInt32?
}
