import DynamicsModel

/// A ledger laid out for one question, and the figures of one row at a time: section 4 of `docs/semantics.md`.
struct NaiveRows {
    /// What a row has to do with packages.
    enum Membership: Hashable {
        case everyone
        /// Clients subscribed to one of these; activations and renewals of these.
        case subscribers(Set<ExactText>)
        /// Clients without any subscription; no activations or renewals.
        case unsubscribed
    }

    /// A row's time.
    struct Stretch {
        /// The start of the bucket, cut to the period.
        var start: Instant
        /// T.
        var evaluation: Instant
        /// W.
        var activeSince: Instant
    }

    /// Who passes scope and filters, with all that belongs to each.
    struct Subject {
        var client: Client
        var transactions: [Transaction]
        var subscriptions: [Subscription]
    }

    let subjects: [Subject]
    var money: NaiveMoney

    mutating func figures(_ stretch: Stretch, _ membership: Membership) throws -> Measures {
        let evaluation = stretch.evaluation
        let population = subjects.filter {
            isThere($0.client, asOf: evaluation)
                && belongs(to: membership, heldPackages($0, asOf: evaluation))
        }
        let active = population.filter { has(paidUseOf: $0) { stretch.activeSince <= $0 && $0 < evaluation } }
        let overallActive = population.filter { has(paidUseOf: $0) { $0 < evaluation } }
        let flows = Flows(self, stretch, membership)

        var values = try balances(active, at: evaluation, .activeBalancePos, .activeBalanceNeg)
        values += try balances(overallActive, at: evaluation, .overallActiveBalancePos, .overallActiveBalanceNeg)
        values += try balances(population, at: evaluation, .allBalancePos, .allBalanceNeg)

        let refills = try total(flows.refills, for: .refillTotal)
        let payg = try total(flows.payAsYouGo, for: .paygTotal)
        values += [.quantity(Int64(flows.refills.count)), amount(refills), average(refills, over: flows.refills.count)]
        values += [amount(payg), average(payg, over: active.count)]
        values += [.quantity(Int64(flows.activations.count))]
        values += [amount(try total(flows.activations, for: .activationTotal))]
        values += [.quantity(Int64(flows.renewals.count))]
        values += [amount(try total(flows.renewals, for: .renewTotal))]
        return Measures(values: values)
    }

    // MARK: - As of T

    private func isThere(_ client: Client, asOf instant: Instant) -> Bool {
        guard client.createdAt < instant else { return false }
        guard let closed = client.closedAt else { return true }
        return closed >= instant
    }

    private func heldPackages(_ subject: Subject, asOf instant: Instant) -> Set<ExactText> {
        var held: Set<ExactText> = []
        for subscription in subject.subscriptions where subscription.startedAt < instant {
            if let ended = subscription.endedAt, ended < instant { continue }
            held.insert(subscription.packageID)
        }
        return held
    }

    private func belongs(to membership: Membership, _ held: Set<ExactText>) -> Bool {
        switch membership {
        case .everyone: true
        case .subscribers(let packages): !held.isDisjoint(with: packages)
        case .unsubscribed: held.isEmpty
        }
    }

    private func has(paidUseOf subject: Subject, when condition: (Instant) -> Bool) -> Bool {
        subject.transactions.contains { Self.isPaidUse($0) && condition($0.at) }
    }

    private static func isPaidUse(_ transaction: Transaction) -> Bool {
        switch transaction.kind {
        case .usage: transaction.amount > 0 || transaction.packageID != nil
        case .activation, .renewal: transaction.amount > 0
        case .refill, .adjustment: false
        }
    }

    private func balance(_ subject: Subject, at instant: Instant) -> Int128 {
        var balance: Int128 = 0
        for transaction in subject.transactions where transaction.at < instant {
            switch transaction.kind {
            case .refill, .adjustment: balance += Int128(transaction.amount)
            case .usage, .activation, .renewal: balance -= Int128(transaction.amount)
            }
        }
        return balance
    }

    /// How many, the sums of their positive and of their negative balances, and both together.
    private mutating func balances(
        _ subjects: [Subject], at instant: Instant, _ positiveMeasure: Measure, _ negativeMeasure: Measure
    ) throws -> [MeasureValue] {
        let date = CivilDate(utc: Instant(seconds: instant.seconds - 1))
        var positive = NaiveSum()
        var negative = NaiveSum()
        for subject in subjects {
            let balance = balance(subject, at: instant)
            let currency = subject.client.currency
            if balance < 0 {
                money.add(balance, of: currency, on: date, to: &negative)
            } else {
                // A balance of zero is neither, but it is converted.
                money.add(balance, of: currency, on: date, to: &positive)
            }
        }
        let above = try positive.value(for: positiveMeasure)
        let below = try negative.value(for: negativeMeasure)
        return [.quantity(Int64(subjects.count)), amount(above), amount(below), amount(above + below)]
    }

    // MARK: - Flows

    /// The transactions of a row, each with its client's currency.
    private struct Flows {
        var refills: [(Transaction, CurrencyCode)] = []
        var payAsYouGo: [(Transaction, CurrencyCode)] = []
        var activations: [(Transaction, CurrencyCode)] = []
        var renewals: [(Transaction, CurrencyCode)] = []

        init(_ rows: NaiveRows, _ stretch: Stretch, _ membership: Membership) {
            for subject in rows.subjects {
                for transaction in subject.transactions
                where stretch.start <= transaction.at && transaction.at < stretch.evaluation {
                    let entry = (transaction, subject.client.currency)
                    let isOfHolder = rows.belongs(to: membership, Self.heldPackages(subject, at: transaction.at))
                    let isOfPackage = Self.isOfPackage(transaction, membership)
                    switch transaction.kind {
                    case .refill: if isOfHolder { refills.append(entry) }
                    case .usage: if isOfHolder, transaction.packageID == nil { payAsYouGo.append(entry) }
                    case .activation: if isOfPackage { activations.append(entry) }
                    case .renewal: if isOfPackage { renewals.append(entry) }
                    case .adjustment: break
                    }
                }
            }
        }

        /// Exact to the second, other than as of a T.
        private static func heldPackages(_ subject: Subject, at instant: Instant) -> Set<ExactText> {
            var held: Set<ExactText> = []
            for subscription in subject.subscriptions where subscription.startedAt <= instant {
                if let ended = subscription.endedAt, ended <= instant { continue }
                held.insert(subscription.packageID)
            }
            return held
        }

        private static func isOfPackage(_ transaction: Transaction, _ membership: Membership) -> Bool {
            switch membership {
            case .everyone: true
            case .subscribers(let packages): transaction.packageID.map(packages.contains) ?? false
            case .unsubscribed: false
            }
        }
    }

    private mutating func total(_ flow: [(Transaction, CurrencyCode)], for measure: Measure) throws -> Int128 {
        var sum = NaiveSum()
        for (transaction, currency) in flow {
            money.add(Int128(transaction.amount), of: currency, on: CivilDate(utc: transaction.at), to: &sum)
        }
        return try sum.value(for: measure)
    }

    private func amount(_ units: Int128) -> MeasureValue { .money(ExactAmount(units: units)) }

    private func average(_ units: Int128, over count: Int) -> MeasureValue {
        count == 0 ? .empty : .money(ExactAmount(units: units, divisor: Int64(count)))
    }
}
