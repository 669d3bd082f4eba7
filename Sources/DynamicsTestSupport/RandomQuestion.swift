public import DynamicsModel

/// A query and who asks it.
public struct RandomQuestion: Sendable, Hashable {
    public var query: ReportQuery
    public var scope: Scope

    static let tags: [ExactText] = ["é", "e\u{301}", "vip", "VIP", "two words", "a\r\nb"]
}

extension RandomLedger {
    /// Questions to this ledger, the same ones for the same seed. Few of them make no sense.
    public func questions(_ count: Int) -> [RandomQuestion] {
        var random = SplitMix64(seed: ~seed)
        return (0..<count).map { _ in
            var maker = RandomQuestionMaker(ledger: self, random: SplitMix64(seed: random.next()))
            return maker.question()
        }
    }
}

private struct RandomQuestionMaker {
    let ledger: RandomLedger
    var random: SplitMix64

    private var day: CivilDate { ledger.scenario.day }

    mutating func question() -> RandomQuestion {
        let resellers = ledger.records.clients.filter { $0.type == .reseller }.map(\.id)
        let zone = random.chance(88) ? ledger.scenario.zone : random.pick(RandomScenario.all).zone
        let groupings = random.some(random.shuffled(Grouping.allCases), percent: 45)
        let (from, to) = period(groupings)
        var query = ReportQuery(from: from, to: to, timezone: zone, groupBy: groupings)

        if random.chance(20) { query.clientTypes = random.some(random.shuffled(ClientType.allCases), percent: 60) }
        if random.chance(20) { query.tags = random.some(RandomQuestion.tags + ["unheard of"], percent: 40) }
        query.tagMode = random.pick(TagMode.allCases)
        if random.chance(25) { query.owners = random.some(random.shuffled(resellers + [""]), percent: 40) }
        if random.chance(30) { query.packages = random.some(ledger.records.packages.map(\.id), percent: 40) }
        if random.chance(50) { query.currency = currency() }
        query.activeMonths = random.pick([1, 1, 1, 1, 2, 3, 3, 12, 120, random.between(1...120)])

        var question = RandomQuestion(query: query, scope: .everything)
        if !resellers.isEmpty, random.chance(20) {
            question.scope = .reseller(random.pick(resellers))
            if random.chance(70) { question.query.owners = [] }
        }
        if random.chance(6) { spoil(&question.query) }
        return question
    }

    private mutating func currency() -> CurrencyCode? {
        let used = ledger.records.clients.map(\.currency) + ledger.records.rates.map(\.currency)
        return used.isEmpty ? nil : random.pick(used)
    }

    // MARK: - Period

    /// Not more than some sixty buckets of days or months, so that the reference answers at once.
    private mutating func period(_ groupings: [Grouping]) -> (PeriodLimit, PeriodLimit) {
        let longest = groupings.contains(.date) ? 25 : groupings.contains(.month) ? 800 : 80_000
        let reach = random.pick([3, 25, min(longest, ledger.span.days)])
        var first = max(
            day.adding(days: -random.between(0...reach) + random.between(0...3)), CivilDate(utc: .earliest))
        var last = day.adding(days: random.between(-3...reach))
        if random.chance(5) {
            // Where most ledgers have no data.
            first = random.pick([CivilDate(utc: .earliest), CivilDate(dayNumber: 83_000)])
            last = first.adding(days: random.between(0...20))
        }
        last = min(max(first, last), CivilDate(dayNumber: 84_004))
        let (from, to) = (limit(on: first), limit(on: last))
        // Times on the same day may come in the wrong order; the day's end does not.
        return (from, first == last ? dayLimit(last) : to)
    }

    private func dayLimit(_ date: CivilDate) -> PeriodLimit { PeriodLimit(text: "\(date)", meaning: .day(date)) }

    private mutating func limit(on date: CivilDate) -> PeriodLimit {
        if random.chance(60) { return dayLimit(date) }
        let hour = random.pick([0, 0, 0, 1, 2, 3, 12, 22, 23])
        let time = CivilTime(date, secondOfDay: hour * 3600 + random.pick([0, 0, 0, 15, 30, 45]) * 60)
        let text = "\(time)"
        return PeriodLimit(text: random.chance(50) ? text : String(text.dropLast(3)), meaning: .time(time))
    }

    // MARK: - Mistakes

    /// One mistake, so that it does not matter which of several is told first.
    private mutating func spoil(_ query: inout ReportQuery) {
        switch random.between(0...7) {
        case 0: query.groupBy += [query.groupBy.first ?? .year, query.groupBy.first ?? .year]
        case 1: query.activeMonths = random.pick([0, 121, -1])
        case 2: query.owners.append("nobody")
        case 3: query.packages.append("nothing")
        case 4: query.timezone = random.pick(["Europe/Nowhere", "GMT+3", "", "../etc/localtime", "posix/Europe/Kyiv"])
        case 5: swap(&query.from, &query.to)
        case 6:
            let time = CivilTime(day.adding(days: -30), secondOfDay: random.between(0...1439) / 15 * 900 + 420)
            query.from = PeriodLimit(text: "\(time)", meaning: .time(time))
        default:
            query.groupBy = [.package, .date]
            query.from = dayLimit(CivilDate(utc: .earliest))
            query.to = dayLimit(query.from.day.adding(days: random.pick([20_000, 20_001, 70_000])))
        }
    }
}

extension PeriodLimit {
    fileprivate var day: CivilDate {
        switch meaning {
        case .day(let date): date
        case .time(let time): time.date
        }
    }
}
