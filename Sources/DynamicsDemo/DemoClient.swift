import DynamicsModel

/// Who a client of the demo is and how it lives: drawn once, before its life is played.
struct DemoClient {
    var number: Int
    var type: ClientType
    /// Index of the reseller among the demo's clients; nil: the operator's own.
    var owner: Int?
    /// Index in `DemoMarket.all`.
    var market: Int
    var name: String
    var tags: [String]
    /// Seconds since 1970.
    var createdAt: Int64
    /// It was a customer before the ledger began and came with a balance.
    var isMigrated: Bool
    /// Calls in an average month; a reseller's are the daily charges for its wholesale traffic.
    var callsPerMonth: Double
    /// What a minute costs, in micro-units of its currency.
    var pricePerMinute: Int64
    /// Calls in office hours rather than in the evening.
    var isBusiness: Bool
    /// Pays at the end of the month instead of in advance.
    var isPostpaid: Bool
    var topUp: Int64
    /// What plans it is offered; nil: it takes none.
    var audience: DemoPackage.Audience?

    var id: String { (type == .reseller ? "R" : "C") + digits }
    /// Of at least six places; the stem of the ids of everything that belongs to the client.
    var digits: String { CivilDate.pad(number, 6) }
}

/// Draws the demo's clients: resellers first, since others belong to them.
struct DemoPopulation {
    let count: Int
    let seed: UInt64
    let calendar: DemoCalendar
    private(set) var resellers: [DemoClient] = []
    /// Running sums of the resellers' weights: the first have many customers, the last few.
    private var weights: [Double] = []

    init(count: Int, seed: UInt64, calendar: DemoCalendar) {
        self.count = count
        self.seed = seed
        self.calendar = calendar
        let resellerCount = max(3, count / 160)
        for index in 0..<resellerCount {
            resellers.append(reseller(index, of: resellerCount))
            weights.append((weights.last ?? 0) + 1 / Double(index + 2))
        }
    }

    /// The client with this index (0 ..< count), and its stream of random numbers for what happens to it.
    func client(_ index: Int) -> (client: DemoClient, random: SeededGenerator) {
        let life = SeededGenerator(seed: seed, stream: UInt64(index) * 2 + 1)
        return (index < resellers.count ? resellers[index] : customer(index), life)
    }

    private func traits(_ index: Int) -> SeededGenerator { SeededGenerator(seed: seed, stream: UInt64(index) * 2) }

    /// A fifth of the resellers buy from the operator, a third from those, and the rest from that third.
    private func reseller(_ index: Int, of count: Int) -> DemoClient {
        var random = traits(index)
        let firstLevel = max(1, count / 5)
        let secondLevel = max(2, firstLevel + count / 3)
        var owner: Int?
        if index >= secondLevel {
            owner = random.within(firstLevel...(secondLevel - 1))
        } else if index >= firstLevel {
            owner = random.below(firstLevel)
        }
        let market = owner.map { resellers[$0].market } ?? (index < 4 ? index : DemoMarket.draw(&random))
        let (createdAt, isMigrated) = creation(&random, migrated: 0.7, owner: owner)
        var tags = ["wholesale"]
        if random.chance(0.4) { tags.append("sip-trunk") }
        if random.chance(0.2) { tags.append("vip") }
        return DemoClient(
            number: index + 1, type: .reseller, owner: owner, market: market,
            name: random.pick(DemoMarket.all[market].languages).company(&random), tags: tags, createdAt: createdAt,
            isMigrated: isMigrated, callsPerMonth: 26,
            pricePerMinute: price(&random, quantiles: [2, 4, 6, 9, 14, 30], market: market), isBusiness: true,
            isPostpaid: random.chance(0.6), topUp: DemoMarket.all[market].topUps[6] * 10_000_000, audience: nil)
    }

    private func customer(_ index: Int) -> DemoClient {
        var random = traits(index)
        let owner = random.chance(0.55) ? drawReseller(&random) : nil
        let market = owner.map { resellers[$0].market } ?? DemoMarket.draw(&random)
        let (createdAt, isMigrated) = creation(&random, migrated: 0.2, owner: owner)
        var client = DemoClient(
            number: index + 1, type: .client, owner: owner, market: market, name: "", tags: [], createdAt: createdAt,
            isMigrated: isMigrated, callsPerMonth: 0, pricePerMinute: 0, isBusiness: false, isPostpaid: false,
            topUp: 0, audience: nil)
        switch random.below(100) {
        case ..<73: makePrivateOrBusiness(&client, &random)
        case ..<96: makeCallingCard(&client, &random)
        default: makeCallShop(&client, &random)
        }
        let language = random.pick(DemoMarket.all[market].languages)
        client.name = client.isBusiness ? language.company(&random) : language.person(&random)
        if random.chance(0.06) { client.tags.append("callback") }
        if random.chance(0.03) { client.tags.append("vip") }
        return client
    }

    private func makePrivateOrBusiness(_ client: inout DemoClient, _ random: inout SeededGenerator) {
        client.isBusiness = random.chance(0.14)
        client.pricePerMinute = price(&random, quantiles: [0.04, 0.08, 0.12, 0.18, 0.3], market: client.market)
        if client.isBusiness {
            client.callsPerMonth = random.quantile([5, 9, 14, 21, 35, 80])
            client.isPostpaid = random.chance(0.7)
            client.topUp = topUp(&random, from: 4, market: client.market)
            client.audience = random.chance(0.8) ? .business : nil
            client.tags = ["corporate"] + (random.chance(0.5) ? ["sip-trunk"] : [])
        } else {
            client.callsPerMonth = random.quantile([1, 2, 4, 6, 8, 11, 15, 22, 52])
            client.isPostpaid = random.chance(0.05)
            client.topUp = topUp(&random, from: 0, market: client.market)
            let isMobile = random.chance(0.4)
            client.audience = random.chance(0.75) ? (isMobile ? .mobile : .residential) : nil
            client.tags = (isMobile ? ["mobile"] : []) + (random.chance(0.05) ? ["trial"] : [])
        }
        client.tags.append(client.isPostpaid ? "postpaid" : "prepaid")
    }

    private func makeCallingCard(_ client: inout DemoClient, _ random: inout SeededGenerator) {
        client.type = .callingCard
        client.callsPerMonth = random.quantile([1, 2, 4, 7, 18])
        client.pricePerMinute = price(&random, quantiles: [0.05, 0.1, 0.15, 0.25], market: client.market)
        client.topUp = topUp(&random, from: 0, market: client.market)
        client.audience = random.chance(0.25) ? .card : nil
        client.tags = ["prepaid"]
    }

    private func makeCallShop(_ client: inout DemoClient, _ random: inout SeededGenerator) {
        client.type = .callShop
        client.isBusiness = true
        client.callsPerMonth = random.quantile([25, 45, 70, 105, 190])
        client.pricePerMinute = price(&random, quantiles: [0.05, 0.08, 0.12, 0.2], market: client.market)
        client.topUp = topUp(&random, from: 5, market: client.market)
        client.audience = random.chance(0.5) ? .shop : nil
        client.tags = ["prepaid"] + (random.chance(0.2) ? ["wholesale"] : [])
    }

    /// More clients come each year, fewer in summer, and some were there before the ledger began.
    private func creation(
        _ random: inout SeededGenerator, migrated: Double, owner: Int?
    ) -> (createdAt: Int64, isMigrated: Bool) {
        // A reseller's customers come after it.
        let earliest = owner.map { resellers[$0].createdAt + 3600 } ?? calendar.start
        if random.chance(migrated), earliest < calendar.start + 86_400 {
            return (earliest + Int64(random.below(3600)), true)
        }
        let latest = calendar.end - 7200
        while true {
            let second = calendar.start + Int64(random.unit() * Double(latest - calendar.start))
            let growth = 0.45 + 0.55 * Double(second - calendar.start) / Double(calendar.end - calendar.start)
            let season = Season.signUps[calendar.monthOfYear(calendar.month(at: second))]
            guard random.chance(growth * season / Season.mostSignUps) else { continue }
            return (second > earliest ? second : min(earliest + (second - calendar.start) / 8, latest), false)
        }
    }

    private func drawReseller(_ random: inout SeededGenerator) -> Int {
        let target = random.unit() * (weights.last ?? 0)
        var low = 0
        var high = weights.count - 1
        while low < high {
            let middle = (low + high) / 2
            if weights[middle] > target { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// A price per minute, drawn in EUR.
    private func price(_ random: inout SeededGenerator, quantiles: [Double], market: Int) -> Int64 {
        let euros = random.quantile(quantiles)
        return max(100, Int64((euros * DemoMarket.all[market].priceFactor * 10_000).rounded()) * 100)
    }

    /// One of the four usual amounts from `from` on, in micro-units.
    private func topUp(_ random: inout SeededGenerator, from: Int, market: Int) -> Int64 {
        let amounts = DemoMarket.all[market].topUps
        return amounts[min(from + random.below(4), amounts.count - 1)] * 1_000_000
    }
}
