import DynamicsModel

/// One client's life in the ledger, played from event to event: calls, top-ups, plans, invoices, pauses, the end.
struct ClientLife {
    private let client: DemoClient
    private let market: DemoMarket
    private let world: DemoWorld
    private var random: SeededGenerator

    /// Micro-units of the client's currency.
    private var balance: Int64 = 0
    private var plans: [Plan] = []
    private var subscriptionCount = 0
    private var transactionCount = 0
    /// The second that is being played.
    private var now: Int64
    /// Nothing is written before this second: transactions come in time order.
    private var lastWritten: Int64

    /// When the next event of each kind is due; `.max`: never.
    private var nextCall: Int64 = .max
    private var nextPlanChange: Int64 = .max
    private var nextInvoice: Int64 = .max
    private var pause: Range<Int64>?
    /// A debtor pays nothing from here on.
    private var stopsPaying: Int64 = .max
    /// The last second of use.
    private var stop: Int64

    private struct Plan {
        var package: Int
        var serial: Int
        var startedAt: Int64
        var renewals = 0
        var nextRenewal: Int64
    }

    init(_ client: DemoClient, in world: DemoWorld, random: SeededGenerator) {
        self.client = client
        self.world = world
        self.random = random
        market = DemoMarket.all[client.market]
        now = client.createdAt
        lastWritten = now
        stop = world.calendar.end
    }

    private static let day = 86_400.0
    private static let month = 30.44 * day

    /// Writes subscriptions and transactions.
    /// - Returns: when the client's account was closed; nil: it is open.
    mutating func play(into files: inout DemoFiles) throws(DynamicsError) -> Int64? {
        try begin(into: &files)
        while true {
            let renewal = nextRenewal
            let due = min(min(nextCall, nextPlanChange), min(nextInvoice, renewal))
            if let pause, pause.lowerBound <= due, pause.lowerBound < stop {
                try rest(during: pause, into: &files)
                continue
            }
            guard due < stop else { break }
            now = max(now, due)
            if due == renewal {
                try renew(into: &files)
            } else if due == nextPlanChange {
                try changePlan(into: &files)
            } else if due == nextInvoice {
                try payInvoice(into: &files)
            } else {
                try call(into: &files)
            }
        }
        return try end(into: &files)
    }

    private var nextRenewal: Int64 {
        var earliest = Int64.max
        for plan in plans where plan.nextRenewal < earliest { earliest = plan.nextRenewal }
        return earliest
    }

    // MARK: Beginning and end

    private mutating func begin(into files: inout DemoFiles) throws(DynamicsError) {
        drawLifetime()
        if client.isMigrated {
            let part = random.unit() * (client.isPostpaid ? -1.2 : 0.9)
            let opening = Int64(Double(client.topUp) * part / 10_000) * 10_000
            if opening != 0 { try write(.adjustment, opening, into: &files) }
        }
        let isTrial = client.tags.contains("trial")
        if isTrial { try write(.adjustment, market.price(cents: 200), into: &files) }
        // Some sign up and never use it; most of those on trial use up their credit and leave.
        if random.chance(isTrial ? 0.25 : 0.03) {
            pause = nil
            return
        }
        if isTrial && random.chance(0.6) { stop = min(stop, now + Int64(random.exponential(mean: 20 * Self.day))) }
        nextCall = nextCall(after: now + Int64(random.exponential(mean: 2 * Self.day)))
        if client.isPostpaid { nextInvoice = invoiceDate(after: now) }
        if client.audience != nil { planNextChange(mean: client.isMigrated ? 2 * Self.day : 12 * Self.day) }
    }

    private mutating func drawLifetime() {
        let months: Double =
            switch client.type {
            case .reseller: 500
            case .callShop: 50
            case .callingCard: 15
            case .client: client.isBusiness ? 75 : 48
            }
        let lifetime = random.exponential(mean: months * Self.month)
        stop = min(stop, now + Int64(min(lifetime, 1e9)))
        let pauseChance = client.isPostpaid ? 0.02 : 0.25
        if random.chance(pauseChance) {
            let from = now + Int64(random.exponential(mean: 9 * Self.month))
            pause = from..<(from + Int64((2 + 9 * random.unit()) * Self.month))
        }
        if client.isPostpaid, client.type != .reseller, random.chance(0.12) {
            stopsPaying = now + Int64(random.exponential(mean: 14 * Self.month))
            stop = min(stop, stopsPaying + Int64((2 + random.unit()) * Self.month))
        }
    }

    /// Ends what runs, and settles the account of a client that leaves for good.
    private mutating func end(into files: inout DemoFiles) throws(DynamicsError) -> Int64? {
        let hasLeft = stop < world.calendar.end
        let last = max(now, stop)
        while let plan = plans.popLast() { try write(plan, endedAt: hasLeft ? last : nil, into: &files) }
        guard hasLeft, random.chance(0.65) else { return nil }
        let isDebtor = balance < 0
        let mean = (isDebtor ? 150 : 55) * Self.day
        let closing = last + 3600 + Int64(random.exponential(mean: mean))
        guard closing < world.calendar.end else { return nil }
        now = closing - Int64(random.within(60...3600))
        // Debts are written off, what is left of a credit is sometimes paid out.
        if isDebtor ? random.chance(0.7) : balance > 0 && random.chance(0.4) {
            try write(.adjustment, -balance, into: &files)
        }
        return closing
    }

    /// Nothing happens for months; then the client comes back.
    private mutating func rest(during pause: Range<Int64>, into files: inout DemoFiles) throws(DynamicsError) {
        self.pause = nil
        now = max(now, pause.lowerBound)
        while let plan = plans.popLast() { try write(plan, endedAt: now, into: &files) }
        let resume = max(now, pause.upperBound)
        nextCall = nextCall(after: resume)
        if client.audience != nil {
            nextPlanChange = resume + Int64(random.exponential(mean: 30 * Self.day))
        }
        if nextInvoice < resume { nextInvoice = invoiceDate(after: resume) }
    }

    // MARK: Calls

    private mutating func call(into files: inout DemoFiles) throws(DynamicsError) {
        nextCall = nextCall(after: now + 1)
        if !plans.isEmpty, random.chance(0.6) {
            let plan = plans[plans.count > 1 ? random.below(plans.count) : 0]
            try write(.usage, 0, package: plan.package, into: &files)
            return
        }
        // A call may begin as long as there is any credit, so a few balances end just below zero.
        if !client.isPostpaid, balance <= 0, try !topUp(for: 0, into: &files) {
            nextCall = nextCall(after: now + Int64(random.exponential(mean: 12 * Self.day)))
            return
        }
        let minutes = random.exponential(mean: 3.1)
        let isFree = random.chance(0.02)
        let cost = isFree ? 0 : Int64(minutes * Double(client.pricePerMinute) / 100) * 100
        try write(.usage, cost, into: &files)
        if random.chance(0.001) {
            try write(.adjustment, market.price(cents: random.within(1...10) * 50), into: &files)
        }
    }

    /// The next call's second: a Poisson process, thinned by season, weekday and hour (Lewis and Shedler, 1979).
    private mutating func nextCall(after second: Int64) -> Int64 {
        let meanGap = Self.month / (client.callsPerMonth * Season.peak)
        let week = client.isBusiness ? Season.officeWeek : Season.privateWeek
        let hours = client.isBusiness ? Season.officeDay : Season.privateDay
        var at = Double(second)
        while true {
            at += random.exponential(mean: meanGap)
            let candidate = Int64(at)
            if candidate >= stop { return .max }
            let local = candidate + market.hoursAhead * 3600
            let hour = Int(local % 86_400 / 3600)
            let month = world.calendar.monthOfYear(world.calendar.month(at: candidate))
            let weight = Season.calls[month] * week[DemoCalendar.weekday(at: local)] * hours[hour]
            if random.chance(weight / Season.peak) { return candidate }
        }
    }

    // MARK: Money in

    /// A prepaid client pays in, shortly before something that costs `cost`.
    /// - Returns: whether the balance is now larger than that.
    private mutating func topUp(for cost: Int64, into files: inout DemoFiles) throws(DynamicsError) -> Bool {
        guard random.chance(0.9) else { return false }
        var amount = client.topUp * Int64(random.chance(0.15) ? 2 : 1)
        while balance + amount <= cost { amount += client.topUp }
        let due = now
        now = max(lastWritten, due - Int64(random.within(40...1800)))
        try write(.refill, amount, into: &files)
        now = due
        return true
    }

    /// The 8th to 20th of the month after `second`.
    private mutating func invoiceDate(after second: Int64) -> Int64 {
        let (year, month, _) = CivilDate(utc: Instant(seconds: second)).components
        guard
            let date = CivilDate(year: month == 12 ? year + 1 : year, month: month % 12 + 1, day: random.within(8...20))
        else { return .max }
        return date.startInUTC.seconds + Int64(random.within(25_000...64_000))
    }

    private mutating func payInvoice(into files: inout DemoFiles) throws(DynamicsError) {
        nextInvoice = invoiceDate(after: now)
        // Some forget a month and pay twice as much the next.
        guard balance < 0, now < stopsPaying, random.chance(0.93) else { return }
        let cents = (-balance + 9_999) / 10_000
        try write(.refill, cents * 10_000, into: &files)
    }

    // MARK: Plans

    private mutating func planNextChange(mean: Double) {
        nextPlanChange = now + 600 + Int64(random.exponential(mean: mean))
    }

    /// Takes a plan, leaves it, or takes another one instead.
    private mutating func changePlan(into files: inout DemoFiles) throws(DynamicsError) {
        let wasSubscribed = !plans.isEmpty
        while let plan = plans.popLast() { try write(plan, endedAt: now, into: &files) }
        if wasSubscribed, random.chance(0.45) {
            planNextChange(mean: 8 * Self.month)
            return
        }
        if let audience = client.audience { try subscribe(to: audience, into: &files) }
        if !plans.isEmpty, client.type == .client, random.chance(0.08) { try subscribe(to: .addOn, into: &files) }
        planNextChange(mean: plans.isEmpty ? Self.month : 18 * Self.month)
    }

    private mutating func subscribe(
        to audience: DemoPackage.Audience, into files: inout DemoFiles
    ) throws(DynamicsError) {
        let calendar = world.calendar
        let part = Double(now - calendar.start) / Double(calendar.end - calendar.start)
        let offers = DemoPackage.offers(to: audience, at: part)
        guard !offers.isEmpty else { return }
        let package = random.pick(offers)
        let isPromotion = random.chance(0.2)
        let fee = isPromotion ? 0 : market.price(cents: DemoPackage.all[package].activation)
        let price = isPromotion ? 0 : monthly(package)
        guard try covers(fee + price, into: &files) else { return }
        subscriptionCount += 1
        plans.append(
            Plan(
                package: package, serial: subscriptionCount, startedAt: now, renewals: 1,
                nextRenewal: DemoCalendar.adding(months: 1, to: now)))
        try write(.activation, fee, package: package, into: &files)
        try write(.renewal, price, package: package, into: &files)
    }

    /// Renews the plan that is due; a prepaid client without money loses it.
    private mutating func renew(into files: inout DemoFiles) throws(DynamicsError) {
        guard let index = plans.indices.min(by: { plans[$0].nextRenewal < plans[$1].nextRenewal }) else { return }
        let price = monthly(plans[index].package)
        guard try covers(price, into: &files) else {
            try write(plans.remove(at: index), endedAt: now, into: &files)
            return
        }
        try write(.renewal, price, package: plans[index].package, into: &files)
        plans[index].renewals += 1
        plans[index].nextRenewal = DemoCalendar.adding(months: plans[index].renewals, to: plans[index].startedAt)
    }

    private mutating func covers(_ cost: Int64, into files: inout DemoFiles) throws(DynamicsError) -> Bool {
        if client.isPostpaid || balance >= cost { return true }
        return try topUp(for: cost, into: &files)
    }

    private func monthly(_ package: Int) -> Int64 {
        market.price(cents: world.prices[package][world.calendar.month(at: now)])
    }

    // MARK: Rows

    private func write(_ plan: Plan, endedAt: Int64?, into files: inout DemoFiles) throws(DynamicsError) {
        files.subscriptions.serial(client.digits, plan.serial)
        files.subscriptions.plain(client.id)
        files.subscriptions.plain(DemoPackage.all[plan.package].id)
        files.subscriptions.timestamp(plan.startedAt)
        if let endedAt { files.subscriptions.timestamp(endedAt) } else { files.subscriptions.empty() }
        try files.subscriptions.endRow()
    }

    /// Writes a transaction at `now` and moves the balance by its effect.
    private mutating func write(
        _ kind: TransactionKind, _ amount: Int64, package: Int? = nil, into files: inout DemoFiles
    ) throws(DynamicsError) {
        transactionCount += 1
        balance += kind == .refill || kind == .adjustment ? amount : -amount
        lastWritten = now
        files.transactions.serial(client.digits, transactionCount)
        files.transactions.plain(client.id)
        files.transactions.timestamp(now)
        files.transactions.plain(kind.rawValue)
        files.transactions.amount(amount)
        if let package { files.transactions.plain(DemoPackage.all[package].id) } else { files.transactions.empty() }
        try files.transactions.endRow()
    }
}
