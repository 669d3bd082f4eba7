import DynamicsModel
import DynamicsTestSupport

/// Draws imports for a ledger: most of them valid, with few enough ids that they meet again and again.
struct RandomImports {
    var random: SplitMix64

    private static let tags: [ExactText] = ["vip", "night owl", "é", "e\u{301}", "\"quoted\"", "back\\slash"]
    private static let currencies = ["EUR", "USD", "UAH"].compactMap { CurrencyCode($0) }
    private static let transactionIDs: [String] =
        (0..<300).map { "t\($0)" } + ["say \"hi\"", "back\\slash", "\u{1}\u{1F}", "😀", "é", "e\u{301}", "tab\t"]

    /// - Parameter carelessness: the chance, in percent, that a reference is not looked at.
    mutating func rows(for model: LedgerModel, carelessness: Int) -> LedgerModel.Rows {
        var rows = LedgerModel.Rows()
        let isFirst = model.clients.isEmpty
        if isFirst || random.chance(40) { rows.packages = packages() }
        if isFirst || random.chance(50) { rows.clients = clients(model, carelessness) }
        let after = model.references(after: rows)
        if random.chance(60) { rows.subscriptions = subscriptions(after, carelessness) }
        if random.chance(30) { rows.rates = rates() }
        if random.chance(90) { rows.transactions = transactions(after, carelessness) }
        return rows
    }

    /// Distinct ids, most of them not to be removed.
    private mutating func draw<Record>(
        _ ids: [String], most: Int, removal: Int, _ make: (inout RandomImports, String) -> Record
    ) -> [(String, Record?)] {
        let count = random.between(1...most)
        return random.shuffled(ids).prefix(count).map { id in
            (id, random.chance(removal) ? nil : make(&self, id))
        }
    }

    private mutating func time() -> Instant { Instant(seconds: 1_700_000_000 + Int64(random.between(0...60)) * 3600) }

    private mutating func packages() -> [(String, Package?)] {
        draw(["p0", "p1", "p2", "p3"], most: 4, removal: 10) { random, id in
            Package(id: ExactText(id), name: ExactText("Package \(random.random.between(0...1))"))
        }
    }

    private mutating func clients(_ model: LedgerModel, _ carelessness: Int) -> [(String, Client?)] {
        // c0 to c3 are resellers, and each is owned by one with a lower number, unless care is lacking.
        draw((0..<14).map { "c\($0)" }, most: 14, removal: 6) { random, id in
            let number = Int(id.dropFirst()) ?? 0
            let isCareless = random.random.chance(carelessness)
            let owner = random.random.between(0...(isCareless ? 13 : max(0, min(number, 4) - 1)))
            let isOwned = random.random.chance(60) && (isCareless || number > 0)
            return Client(
                id: ExactText(id), name: ExactText("Name \(random.random.between(0...2))"),
                type: number < 4 && !isCareless ? .reseller : random.random.pick([.client, .callShop, .callingCard]),
                ownerID: isOwned ? ExactText("c\(owner)") : nil,
                tags: Set(random.random.some(Self.tags, percent: 20)),
                currency: random.random.pick(Self.currencies), createdAt: random.time(),
                closedAt: random.random.chance(20) ? Instant(seconds: 1_800_000_000) : nil)
        }
    }

    private mutating func subscriptions(
        _ after: LedgerModel.References, _ carelessness: Int
    ) -> [(String, Subscription?)] {
        draw((0..<20).map { "s\($0)" }, most: 8, removal: 25) { random, id in
            let start = random.time()
            return Subscription(
                id: ExactText(id), clientID: random.reference(after.clients, "c0", carelessness),
                packageID: random.reference(after.packages, "p0", carelessness), startedAt: start,
                endedAt: random.random.chance(50) ? Instant(seconds: start.seconds + 86_400) : nil)
        }
    }

    private mutating func reference(_ ids: [String], _ fallback: String, _ carelessness: Int) -> ExactText {
        ExactText(ids.isEmpty || random.chance(carelessness / 4) ? fallback : random.pick(ids))
    }

    private mutating func rates() -> [(String, ExchangeRate?)] {
        let keys = ["USD", "UAH"].flatMap { currency in (1...5).map { "\(currency) 2024-01-0\($0)" } }
        return draw(keys, most: 6, removal: 20) { random, key in
            let currency = CurrencyCode(key.prefix(3)) ?? CurrencyCode(number: 0)
            let day = Int(key.suffix(1)) ?? 1
            return ExchangeRate(
                currency: currency, effectiveOn: CivilDate(year: 2024, month: 1, day: day) ?? CivilDate(dayNumber: 0),
                rate: Int64(random.random.between(1...3)) * 250_000_000_000)
        }
    }

    private mutating func transactions(
        _ after: LedgerModel.References, _ carelessness: Int
    ) -> [(String, Transaction?)] {
        // Sometimes a few, sometimes nearly all: both ways of meeting what is stored.
        let most = random.pick([3, 30, Self.transactionIDs.count])
        return draw(Self.transactionIDs, most: most, removal: random.pick([0, 10, 90])) { random, id in
            let kind = random.random.pick(TransactionKind.allCases)
            let needsPackage = kind == .activation || kind == .renewal
            let hasPackage = needsPackage || kind == .usage && random.random.chance(50)
            let amount = Int64(random.random.between(1...3)) * 1_250_001
            return Transaction(
                id: ExactText(id), clientID: random.reference(after.clients, "c0", carelessness), at: random.time(),
                kind: kind,
                amount: kind == .usage && hasPackage
                    ? 0 : kind == .adjustment && random.random.chance(50) ? -amount : amount,
                packageID: hasPackage ? random.reference(after.packages, "p0", carelessness) : nil)
        }
    }
}

extension LedgerModel {
    /// What there is to refer to.
    struct References {
        var clients: [String]
        var packages: [String]
    }

    /// What there will be to refer to once the clients and packages of an import are in.
    func references(after rows: Rows) -> References {
        var clients = Set(clients.keys.map(\.string))
        var packages = Set(packages.keys.map(\.string))
        for (id, client) in rows.clients { if client == nil { clients.remove(id) } else { clients.insert(id) } }
        for (id, package) in rows.packages { if package == nil { packages.remove(id) } else { packages.insert(id) } }
        return References(clients: clients.sorted(), packages: packages.sorted())
    }
}
