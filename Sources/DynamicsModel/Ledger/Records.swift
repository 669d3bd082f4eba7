/// The five kinds of record that a ledger is made of: section 1 of `docs/semantics.md`.

/// What kind of customer a client is. Raw values are those of the import files.
public enum ClientType: String, Sendable, Hashable, CaseIterable {
    case client
    case reseller
    case callingCard = "calling_card"
    case callShop = "call_shop"

    /// As people read it: "calling card".
    public var title: String {
        switch self {
        case .client: "client"
        case .reseller: "reseller"
        case .callingCard: "calling card"
        case .callShop: "call shop"
        }
    }
}

/// A customer of the operator or of one of its resellers.
public struct Client: Sendable, Hashable {
    public var id: ExactText
    public var name: ExactText
    public var type: ClientType
    /// The reseller that owns this client; nil: the operator itself.
    public var ownerID: ExactText?
    public var tags: Set<ExactText>
    public var currency: CurrencyCode
    public var createdAt: Instant
    /// nil: still open.
    public var closedAt: Instant?

    public init(
        id: ExactText, name: ExactText, type: ClientType, ownerID: ExactText? = nil, tags: Set<ExactText> = [],
        currency: CurrencyCode, createdAt: Instant, closedAt: Instant? = nil
    ) {
        self.id = id
        self.name = name
        self.type = type
        self.ownerID = ownerID
        self.tags = tags
        self.currency = currency
        self.createdAt = createdAt
        self.closedAt = closedAt
    }
}

/// A plan that clients subscribe to: activated once, renewed each period.
public struct Package: Sendable, Hashable {
    public var id: ExactText
    public var name: ExactText

    public init(id: ExactText, name: ExactText) {
        self.id = id
        self.name = name
    }
}

/// One stretch of time, `[startedAt, endedAt)`, in which a client has a package.
public struct Subscription: Sendable, Hashable {
    public var id: ExactText
    public var clientID: ExactText
    public var packageID: ExactText
    public var startedAt: Instant
    /// nil: still running.
    public var endedAt: Instant?

    public init(
        id: ExactText, clientID: ExactText, packageID: ExactText, startedAt: Instant, endedAt: Instant? = nil
    ) {
        self.id = id
        self.clientID = clientID
        self.packageID = packageID
        self.startedAt = startedAt
        self.endedAt = endedAt
    }
}

/// What moved a balance. Raw values are those of the import files.
public enum TransactionKind: String, Sendable, Hashable, CaseIterable {
    case refill
    case usage
    case activation
    case renewal
    case adjustment
}

/// One event in a client's account.
public struct Transaction: Sendable, Hashable {
    public var id: ExactText
    public var clientID: ExactText
    public var at: Instant
    public var kind: TransactionKind
    /// Micro-units (10^-6) of the client's currency, as imported: unsigned but for adjustments; |amount| < 10^18.
    public var amount: Int64
    public var packageID: ExactText?

    public init(
        id: ExactText, clientID: ExactText, at: Instant, kind: TransactionKind, amount: Int64,
        packageID: ExactText? = nil
    ) {
        self.id = id
        self.clientID = clientID
        self.at = at
        self.kind = kind
        self.amount = amount
        self.packageID = packageID
    }
}

/// What one unit of `currency` buys of the base currency from 00:00 UTC of `effectiveOn` until the currency's next rate.
public struct ExchangeRate: Sendable, Hashable {
    public var currency: CurrencyCode
    public var effectiveOn: CivilDate
    /// In units of 10^-12; 10^6 ... 10^18, that is 10^-6 ... 10^6.
    public var rate: Int64

    public init(currency: CurrencyCode, effectiveOn: CivilDate, rate: Int64) {
        self.currency = currency
        self.effectiveOn = effectiveOn
        self.rate = rate
    }
}
