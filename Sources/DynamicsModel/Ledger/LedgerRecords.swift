/// A whole small ledger as plain records: what tests and generators pass around.
public struct LedgerRecords: Sendable, Hashable {
    public var baseCurrency: CurrencyCode
    public var clients: [Client]
    public var packages: [Package]
    public var subscriptions: [Subscription]
    public var transactions: [Transaction]
    public var rates: [ExchangeRate]

    public init(
        baseCurrency: CurrencyCode, clients: [Client] = [], packages: [Package] = [],
        subscriptions: [Subscription] = [], transactions: [Transaction] = [], rates: [ExchangeRate] = []
    ) {
        self.baseCurrency = baseCurrency
        self.clients = clients
        self.packages = packages
        self.subscriptions = subscriptions
        self.transactions = transactions
        self.rates = rates
    }
}
