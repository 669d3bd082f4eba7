/// What a backend adds up: exact integers per row, currency and date.
///
/// Sums of disjoint sets of clients add up to the sums of their union, so threads, files and shards need nothing but `+=`.
public struct ReportSums: Sendable, Hashable {
    /// Whose clients and transactions a group of sums is about.
    public enum Membership: Sendable, Hashable {
        /// All clients that pass.
        case everyone
        /// Clients with at least one subscription that counts (to a chosen package, or to any when none is chosen), while
        /// they have it; activations and renewals are those of the packages that count.
        case subscribers
        /// Clients subscribed to this package, while they are; activations and renewals of it.
        case package(ExactText)
    }

    /// Populations of one row and currency, at the row's evaluation instant.
    public struct Population: Sendable, Hashable {
        public var bucket: Int
        public var currency: CurrencyCode
        public var active = StateSums()
        public var overallActive = StateSums()
        public var all = StateSums()

        public init(
            bucket: Int, currency: CurrencyCode, active: StateSums = .init(), overallActive: StateSums = .init(),
            all: StateSums = .init()
        ) {
            self.bucket = bucket
            self.currency = currency
            self.active = active
            self.overallActive = overallActive
            self.all = all
        }
    }

    /// Clients and their balances in micro-units.
    public struct StateSums: Sendable, Hashable {
        public var qty: Int64 = 0
        /// The sum of the positive balances, >= 0.
        public var positive: Int128 = 0
        /// The sum of the negative balances, <= 0.
        public var negative: Int128 = 0

        public init(qty: Int64 = 0, positive: Int128 = 0, negative: Int128 = 0) {
            self.qty = qty
            self.positive = positive
            self.negative = negative
        }
    }

    /// Transactions of one row, currency and UTC date, amounts in micro-units, all >= 0.
    public struct Flow: Sendable, Hashable {
        public var bucket: Int
        public var currency: CurrencyCode
        /// In the report's own currency nothing is converted: one of the bucket's dates may stand for all of them.
        public var date: CivilDate
        public var refill = FlowSums()
        /// Usage without a package, amounts of zero counted too.
        public var payg = FlowSums()
        public var activation = FlowSums()
        public var renewal = FlowSums()

        public init(
            bucket: Int, currency: CurrencyCode, date: CivilDate, refill: FlowSums = .init(), payg: FlowSums = .init(),
            activation: FlowSums = .init(), renewal: FlowSums = .init()
        ) {
            self.bucket = bucket
            self.currency = currency
            self.date = date
            self.refill = refill
            self.payg = payg
            self.activation = activation
            self.renewal = renewal
        }
    }

    /// Number and sum of transactions of one kind: micro-units of one currency, not yet converted.
    public struct FlowSums: Sendable, Hashable {
        public var qty: Int64 = 0
        public var total: Int128 = 0

        public init(qty: Int64 = 0, total: Int128 = 0) {
            self.qty = qty
            self.total = total
        }
    }

    /// The sums of one membership. Only cells with something to count are there, each once: populations by bucket and currency,
    /// flows by bucket, date and currency, ascending.
    public struct Group: Sendable, Hashable {
        public var populations: [Population]
        public var flows: [Flow]

        public init(populations: [Population] = [], flows: [Flow] = []) {
            self.populations = populations
            self.flows = flows
        }
    }

    /// The currencies of all clients that pass scope and filters, whether or not they have anything to count.
    public var currencies: Set<CurrencyCode>
    /// What `PackageView.needs` asks for; a missing group is one of zeros.
    public var groups: [Membership: Group]

    public init(currencies: Set<CurrencyCode> = [], groups: [Membership: Group] = [:]) {
        self.currencies = currencies
        self.groups = groups
    }
}
