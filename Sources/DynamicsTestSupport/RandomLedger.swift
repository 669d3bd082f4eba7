public import DynamicsModel

/// A small valid ledger that is meant to hurt: everything happens around a few awkward instants.
public struct RandomLedger: Sendable {
    public let seed: UInt64
    public let scenario: RandomScenario
    public let span: RandomSpan
    public let records: LedgerRecords

    /// The same ledger for the same seed, always.
    public init(seed: UInt64) {
        self.seed = seed
        var random = SplitMix64(seed: seed)
        scenario = random.pick(RandomScenario.all)
        span = random.pick([.days, .days, .days, .months, .months, .decades])
        var maker = RandomLedgerMaker(scenario: scenario, span: span, random: random)
        records = maker.ledger()
    }
}

/// How far a ledger stretches.
public enum RandomSpan: Sendable, Hashable {
    case days, months, decades

    /// To each side of the scenario's day.
    var days: Int {
        switch self {
        case .days: 40
        case .months: 500
        case .decades: 80_000
        }
    }
}

/// Makes one ledger.
private struct RandomLedgerMaker {
    /// What amounts are like.
    private enum Wealth { case ordinary, tiny, huge, flood }

    private let scenario: RandomScenario
    private let span: RandomSpan
    private var random: SplitMix64
    private let wealth: Wealth
    private let hasExtremeRates: Bool
    /// Instants that are used already, to be used again.
    private var moments: [Instant] = []

    init(scenario: RandomScenario, span: RandomSpan, random: SplitMix64) {
        self.scenario = scenario
        self.span = span
        self.random = random
        let usual: [Wealth] = [.ordinary, .ordinary, .ordinary, .ordinary, .ordinary, .tiny, .tiny, .huge]
        wealth = self.random.chance(3) ? .flood : self.random.pick(usual)
        hasExtremeRates = self.random.chance(8)
    }

    mutating func ledger() -> LedgerRecords {
        let base = code(random.pick(["EUR", "EUR", "USD", "UAH"]))
        var ledger = LedgerRecords(baseCurrency: base)
        if random.chance(60) { ledger.packages = packages(count: random.between(1...5)) }
        ledger.rates = rates(base: base)
        if random.chance(2) { return ledger }

        let count = wealth == .flood ? random.between(1...2) : random.between(1...12)
        ledger.clients = clients(count: count, currencies: random.some(Self.currencies, percent: 30) + [base])
        if !ledger.packages.isEmpty { ledger.subscriptions = subscriptions(of: ledger) }
        ledger.transactions = transactions(of: ledger, count: random.between(wealth == .flood ? 60...120 : 0...110))
        for client in ledger.clients where random.chance(25) { cancel(client, in: &ledger) }
        if wealth == .flood { fillToTheBrim(&ledger) }
        endWithTheData(&ledger)

        ledger.clients = random.shuffled(ledger.clients)
        ledger.transactions = random.shuffled(ledger.transactions)
        return ledger
    }

    // MARK: - Time

    private mutating func moment() -> Instant {
        var instant: Instant
        switch random.between(0...99) {
        case ..<25 where !moments.isEmpty:
            instant = random.pick(moments)
            instant.seconds += Int64(random.pick([0, 0, 1, -1]))
        case ..<80: instant = awkwardMoment()
        default:
            instant = scenario.day.adding(days: random.between(-span.days...span.days)).startInUTC
            instant.seconds += Int64(random.between(0...86_399))
        }
        instant = Self.within(instant)
        moments.append(instant)
        return instant
    }

    /// What lies outside of the years of a ledger is moved to their limits.
    private static func within(_ instant: Instant) -> Instant {
        min(max(instant, .earliest), Instant.end.moved(by: -1))
    }

    /// The start of a local day, month or activity window, or close to one.
    private mutating func awkwardMoment() -> Instant {
        let day = random.pick([
            scenario.day.adding(days: random.between(-2...3)), scenario.day.adding(days: random.between(-20...20)),
            startOfMonth(scenario.day.adding(days: random.between(-3...1) * 31)), endOfYear(scenario.day.year),
            leapDay(scenario.day.year), startOfMonth(scenario.day),
        ])
        let hours = random.pick([0, 0, 0, 0, 0.5, 1, 1, 2, 3, 23, 23.75])
        let months = random.pick([0, 0, 0, 1, 1, 2, 3, 12, random.between(0...120)])
        let local = CivilTime(day, secondOfDay: Int(hours * 3600)).minus(months: months)
        let aside = random.pick([
            0, 0, 0, 0, -1, -1, 1, 899, 900, -899, -900, -901, 1800, 3600, -3600, random.between(0...86_399),
        ])
        return Instant(seconds: local.seconds - Int64(random.pick(scenario.offsets)) + Int64(aside))
    }

    /// The start of a local day or month, where many buckets end.
    private mutating func limit() -> Instant {
        var day = scenario.day.adding(days: random.between(-3...4))
        if random.chance(30) { day = startOfMonth(scenario.day.adding(days: random.between(-2...1) * 31)) }
        return Instant(seconds: day.startInUTC.seconds - Int64(random.pick(scenario.offsets)))
    }

    private func startOfMonth(_ date: CivilDate) -> CivilDate { date.adding(days: 1 - date.day) }

    private func endOfYear(_ year: Int) -> CivilDate {
        CivilDate(year: year, month: 12, day: 31).map { $0.adding(days: 1) } ?? scenario.day
    }

    private func leapDay(_ year: Int) -> CivilDate {
        CivilDate(year: year / 4 * 4, month: 2, day: 29) ?? scenario.day
    }

    // MARK: - Records

    /// Ids, names and tags that look alike, sort otherwise than in UTF-16, or count as one character where they are two.
    private static let awkwardTexts = ["é", "e\u{301}", "Z", "z", "\u{1F600}", "\u{FFFD}", "a\r\nb", "Ä b", "1", "01"]
    private static let currencies = ["EUR", "USD", "UAH", "JPY", "KWD", "CLF", "XAF"].map(code)

    private static func code(_ text: String) -> CurrencyCode {
        guard let code = CurrencyCode(text) else { preconditionFailure("\(text) is no currency code") }
        return code
    }

    private func code(_ text: String) -> CurrencyCode { Self.code(text) }

    private mutating func ids(_ prefix: String, count: Int) -> [ExactText] {
        let awkward = random.chance(40) ? random.shuffled(Self.awkwardTexts) : []
        return (0..<count).map { $0 < awkward.count ? ExactText(awkward[$0]) : ExactText("\(prefix)\($0)") }
    }

    private mutating func packages(count: Int) -> [Package] {
        let names = random.pick([["Gold"], ["Gold", "Silver", "gold"], Self.awkwardTexts])
        return random.shuffled(ids("p", count: count)).map { Package(id: $0, name: ExactText(random.pick(names))) }
    }

    private mutating func clients(count: Int, currencies: [CurrencyCode]) -> [Client] {
        var clients: [Client] = []
        var resellers: [ExactText] = []
        let depth = random.between(0...5)
        for id in ids("c", count: count) {
            let isReseller = clients.count < depth
            let type = isReseller ? .reseller : random.pick(ClientType.allCases)
            var owner = resellers.isEmpty || random.chance(25) ? nil : random.pick(resellers)
            if isReseller, random.chance(60) { owner = resellers.last }
            var client = Client(
                id: id, name: ExactText(random.pick(Self.awkwardTexts)), type: type, ownerID: owner,
                tags: Set(random.some(RandomQuestion.tags, percent: 30)), currency: random.pick(currencies),
                createdAt: .earliest)
            client.createdAt = random.chance(55) ? longAgo() : moment()
            if random.chance(30) { client.closedAt = max(client.createdAt, random.chance(40) ? limit() : moment()) }
            if type == .reseller { resellers.append(id) }
            clients.append(client)
        }
        return clients
    }

    private mutating func longAgo() -> Instant {
        let day = scenario.day.adding(days: -random.between(0...2) * span.days / 2 - 20)
        return max(.earliest, Instant(seconds: day.startInUTC.seconds + Int64(random.between(0...86_399))))
    }

    private mutating func subscriptions(of ledger: LedgerRecords) -> [Subscription] {
        var subscriptions: [Subscription] = []
        for id in ids("s", count: random.between(0...12)) {
            var subscription = Subscription(
                id: id, clientID: random.pick(ledger.clients).id, packageID: random.pick(ledger.packages).id,
                startedAt: random.chance(30) ? longAgo() : moment())
            // Where another one ends, or a second before or after that.
            if !subscriptions.isEmpty, random.chance(30) {
                let other = random.pick(subscriptions)
                subscription.clientID = other.clientID
                let aside = Int64(random.pick([0, 0, 1, -1, -1]))
                if let ended = other.endedAt { subscription.startedAt = Self.within(ended.moved(by: aside)) }
            }
            let lengths: [Int64] = [0, 1, 2, 900, 3600, 86_400, 30 * 86_400]
            switch random.between(0...9) {
            case ..<3: break
            case ..<6: subscription.endedAt = subscription.startedAt.moved(by: random.pick(lengths))
            default: subscription.endedAt = max(subscription.startedAt, moment())
            }
            if let ended = subscription.endedAt, ended >= .end { subscription.endedAt = nil }
            moments += [subscription.startedAt, subscription.endedAt].compactMap { $0 }
            subscriptions.append(subscription)
        }
        return subscriptions
    }

    private mutating func transactions(of ledger: LedgerRecords, count: Int) -> [Transaction] {
        ids("t", count: count).map { id in
            let kinds = TransactionKind.allCases + [.refill, .usage, .usage]
            var kind = wealth == .flood && random.chance(85) ? .refill : random.pick(kinds)
            if ledger.packages.isEmpty, kind == .activation || kind == .renewal { kind = .usage }
            var transaction = Transaction(
                id: id, clientID: random.pick(ledger.clients).id, at: moment(), kind: kind, amount: amount())
            switch kind {
            case .refill: transaction.amount = max(1, transaction.amount)
            case .adjustment: if random.chance(50) { transaction.amount.negate() }
            case .activation, .renewal: transaction.packageID = random.pick(ledger.packages).id
            case .usage:
                guard !ledger.packages.isEmpty, random.chance(25) else { break }
                transaction.packageID = random.pick(ledger.packages).id
                transaction.amount = 0
            }
            return transaction
        }
    }

    /// Micro-units, >= 0.
    private mutating func amount() -> Int64 {
        let most = 999_999_999_999_999_999
        let kind = random.between(0...99)
        let amount =
            switch wealth {
            case .tiny: random.between(0...3)
            case .flood where kind < 90, .huge where kind < 40: most - random.between(0...2)
            case _ where kind < 12: 0
            case _ where kind < 25: random.between(1...5)
            case _ where kind < 70: random.between(1...100_000) * 10_000
            default: random.between(1...1_000_000_000)
            }
        return Int64(amount)
    }

    /// Brings the client's balance to exactly zero at some moment, if one adjustment can.
    private mutating func cancel(_ client: Client, in ledger: inout LedgerRecords) {
        let at = moment()
        var balance: Int128 = 0
        for transaction in ledger.transactions where transaction.clientID == client.id && transaction.at < at {
            let isIncome = transaction.kind == .refill || transaction.kind == .adjustment
            balance += Int128(isIncome ? transaction.amount : -transaction.amount)
        }
        guard balance.magnitude < 1_000_000_000_000_000_000 else { return }
        ledger.transactions.append(
            Transaction(
                id: ExactText("cancel \(client.id)"), clientID: client.id, at: at, kind: .adjustment,
                amount: Int64(-balance)))
    }

    /// Gives a client refills of 2^63 micro-units, or of one less, all at once.
    private mutating func fillToTheBrim(_ ledger: inout LedgerRecords) {
        guard random.chance(60) else { return }
        let client = random.pick(ledger.clients).id
        let most: Int64 = 999_999_999_999_999_999
        let at = moment()
        ledger.transactions.removeAll { $0.clientID == client }
        for (index, amount) in (Array(repeating: most, count: 9) + [Int64.max - 9 * most + random.pick([0, 0, 1])])
            .enumerated()
        {
            ledger.transactions.append(
                Transaction(
                    id: ExactText("brim \(index)"), clientID: client, at: at, kind: .refill, amount: amount))
        }
    }

    /// Lets some things end at the very end of the ledger's last tick, the last T there is.
    private mutating func endWithTheData(_ ledger: inout LedgerRecords) {
        guard let last = (ledger.clients.map(\.createdAt) + ledger.transactions.map(\.at)).max() else { return }
        let through = Instant(seconds: Tick(containing: last).start.seconds + 900)
        guard through < .end else { return }
        for index in ledger.clients.indices where random.chance(6) { ledger.clients[index].closedAt = through }
        for index in ledger.subscriptions.indices where ledger.subscriptions[index].startedAt <= through {
            switch random.between(0...19) {
            case 0: ledger.subscriptions[index].endedAt = through
            case 1: (ledger.subscriptions[index].startedAt, ledger.subscriptions[index].endedAt) = (through, nil)
            default: break
            }
        }
    }

    // MARK: - Rates

    private mutating func rates(base: CurrencyCode) -> [ExchangeRate] {
        var rates: [ExchangeRate] = []
        for currency in Self.currencies where currency != base && !random.chance(4) {
            var date = random.chance(70) ? CivilDate(utc: .earliest) : awkwardDate()
            for _ in 0..<random.between(1...5) {
                rates.append(ExchangeRate(currency: currency, effectiveOn: date, rate: rate()))
                date = max(date.adding(days: random.between(1...3)), awkwardDate())
            }
        }
        return random.shuffled(rates)
    }

    private mutating func awkwardDate() -> CivilDate {
        CivilDate(utc: min(max(awkwardMoment(), .earliest), Instant(seconds: Instant.end.seconds - 100 * 86_400)))
    }

    /// Units of 10^-12.
    private mutating func rate() -> Int64 {
        if hasExtremeRates { return random.pick([1_000_000, 1_000_001, 1_000_000_000_000_000_000]) }
        // An odd rate through one of 2 or 4 is a tie in the 13th digit.
        let tie = random.between(500_000_000_000...1_500_000_000_000) | 1
        return Int64(
            random.pick([
                tie, 2_000_000_000_000, 4_000_000_000_000, 3_000_000_000_000, 25_000_000_000, 920_000_000_000,
                random.between(1_000_000_000...50_000_000_000_000),
            ]))
    }
}

extension Instant {
    fileprivate func moved(by seconds: Int64) -> Instant { Instant(seconds: self.seconds + seconds) }
}
