import DynamicsDemo
import DynamicsModel
import Testing

/// That the demo's report would tell the stories of a real operator.
@Suite struct DemoStoryTests {
    /// Written and read once for all tests: 36 months from January 2022 on.
    private static let threeYears = Result {
        try DemoRows(
            DemoLedger(clients: 1500, years: 3, seed: 1, through: #require(CivilDate(year: 2024, month: 12, day: 31))))
    }

    let rows: DemoRows

    init() throws { rows = try Self.threeYears.get() }

    /// Months since the first: 0 ..< 36.
    private func monthIndex(_ text: String?) -> Int? {
        guard let text, let year = Int(text.prefix(4)), let month = Int(text.dropFirst(5).prefix(2)) else { return nil }
        return (year - 2022) * 12 + month - 1
    }

    private func perMonth(_ table: [DemoRows.Row], _ column: String, where matches: (DemoRows.Row) -> Bool) -> [Int] {
        var counts = Array(repeating: 0, count: 36)
        for row in table where matches(row) {
            if let month = monthIndex(row[column]) { counts[month] += 1 }
        }
        return counts
    }

    /// Clients by id with the months in which they used something, whether paid at once or by a plan.
    private var monthsOfUse: [String: Set<Int>] {
        var months: [String: Set<Int>] = [:]
        for row in rows.transactions where row["kind"] == "usage" {
            if let month = monthIndex(row["at"]) { months[row["client_id", default: ""], default: []].insert(month) }
        }
        return months
    }

    @Test func clientTypesAreOfBelievableSizes() {
        let types = Dictionary(grouping: rows.clients) { $0["type", default: ""] }.mapValues(\.count)
        #expect((950...1250).contains(types["client", default: 0]))
        #expect((250...450).contains(types["calling_card", default: 0]))
        #expect((30...100).contains(types["call_shop", default: 0]))
        #expect((5...20).contains(types["reseller", default: 0]))
    }

    @Test func theBaseGrowsThoughClientsLeave() {
        let created = perMonth(rows.clients, "created_at") { _ in true }
        let closed = perMonth(rows.clients, "closed_at") { $0["closed_at"] != nil }
        let perYear = [0..<12, 12..<24, 24..<36].map { range in
            (created: created[range].reduce(0, +), closed: closed[range].reduce(0, +))
        }
        #expect(created[0] > 1500 / 8, "those who came with the old system")
        #expect(perYear[2].created > perYear[1].created)
        #expect(perYear[1].closed > 20 && perYear[2].closed > perYear[1].closed)
        for year in perYear { #expect(year.created > year.closed * 2) }
    }

    @Test func mostOpenAccountsAreActiveAndSomeNeverWere() {
        let used = monthsOfUse
        let open = rows.clients.filter { $0["closed_at"] == nil }
        let active = open.count { used[$0["id", default: ""], default: []].contains { $0 >= 33 } }
        let never = open.count { used[$0["id", default: ""]] == nil }
        #expect((65...92).contains(active * 100 / open.count), "\(active) of \(open.count)")
        #expect((1...12).contains(never * 100 / open.count), "\(never) of \(open.count)")
    }

    @Test func dormantClientsComeBack() {
        let returned = monthsOfUse.values.count { used in
            let sorted = used.sorted()
            return zip(sorted, sorted.dropFirst()).contains { $1 - $0 > 4 }
        }
        #expect(returned > 1500 / 50)
    }

    @Test func callsFollowTheYearTheWeekAndTheDay() throws {
        let calls = perMonth(rows.transactions, "at") { $0["kind"] == "usage" }
        for year in 0..<3 {
            let month = { calls[year * 12 + $0 - 1] }
            #expect(month(12) > month(11) && month(12) > month(10), "December is the peak")
            #expect(month(7) < month(6) && month(8) < month(10), "summer is a dip")
        }
        var weekdays = Array(repeating: 0, count: 7)
        var hours = Array(repeating: 0, count: 24)
        for row in rows.transactions where row["kind"] == "usage" {
            let at = try #require(DemoRows.seconds(row["at"]))
            weekdays[Int((at / 86_400 + 3) % 7)] += 1
            hours[Int(at % 86_400 / 3600)] += 1
        }
        #expect(weekdays[5] + weekdays[6] < weekdays[1] + weekdays[2])
        #expect(hours[15] > hours[3] * 4)
    }

    @Test func balancesStayNearZeroButForDebtorsAndReserves() throws {
        var balances: [String: Int64] = [:]
        for row in rows.transactions {
            let amount = try #require(DemoRows.micro(row["amount"]))
            let isCredit = row["kind"] == "refill" || row["kind"] == "adjustment"
            balances[row["client_id", default: ""], default: 0] += isCredit ? amount : -amount
        }
        let prepaid = rows.clients.filter { $0["tags"]?.contains("prepaid") == true && $0["currency"] == "EUR" }
        let amounts = prepaid.map { balances[$0["id", default: ""], default: 0] }
        #expect(amounts.allSatisfy { $0 > -60_000_000 && $0 < 500_000_000 }, "prepaid: no large debts, no hoards")
        let postpaid = rows.clients.filter { $0["tags"]?.contains("postpaid") == true }
        let debtors = postpaid.count { balances[$0["id", default: ""], default: 0] < -1_000_000 }
        #expect(debtors * 10 > postpaid.count, "\(debtors) of \(postpaid.count) owe something")
    }

    @Test func pricesOfPlansChange() {
        let euros = Set(rows.clients.filter { $0["currency"] == "EUR" }.compactMap { $0["id"] })
        let renewals = rows.transactions.filter {
            $0["kind"] == "renewal" && $0["package_id"] == "family-500" && euros.contains($0["client_id", default: ""])
        }
        let prices = Set(renewals.compactMap { $0["amount"] })
        #expect(prices.isSuperset(of: ["11.90", "12.50"]), "\(prices)")
        #expect((3...6).contains(prices.count), "a price or two a year, and promotions at 0.00: \(prices)")
    }

    @Test func namesAreOfManyScriptsAndNeedQuoting() {
        let names = rows.clients.compactMap { $0["name"] }
        #expect(names.contains { $0.unicodeScalars.contains { (0x400...0x4FF).contains($0.value) } })
        #expect(names.contains { $0.unicodeScalars.contains { (0xC0...0x17F).contains($0.value) } })
        #expect(names.contains { $0.contains(",") })
    }
}
