import DynamicsDemo
import DynamicsModel
import Testing

/// What the import would refuse, and what no billing system would have written.
@Suite struct DemoRuleTests {
    /// Written and read once for all tests.
    private static let small = Result {
        try DemoRows(
            DemoLedger(clients: 600, years: 2, seed: 3, through: #require(CivilDate(year: 2024, month: 6, day: 30))))
    }

    let rows: DemoRows

    init() throws { rows = try Self.small.get() }

    private func times(_ row: DemoRows.Row, _ from: String, _ to: String) -> (from: Int64, to: Int64)? {
        guard let start = DemoRows.seconds(row[from]) else { return nil }
        guard let text = row[to] else { return (start, .max) }
        return DemoRows.seconds(text).map { (start, $0) }
    }

    @Test func idsAreUnique() {
        for table in [rows.clients, rows.packages, rows.subscriptions, rows.transactions] {
            let ids = table.compactMap { $0["id"] }
            #expect(Set(ids).count == table.count)
            #expect(ids.allSatisfy { (1...64).contains($0.unicodeScalars.count) })
        }
        let dates = rows.rates.map { "\($0["currency"] ?? "")\($0["effective_on"] ?? "")" }
        #expect(Set(dates).count == rows.rates.count)
    }

    @Test func clientsAreValid() throws {
        let types: [String: String] = Dictionary(
            uniqueKeysWithValues: rows.clients.compactMap { row in
                row["id"].flatMap { id in row["type"].map { (id, $0) } }
            })
        let currencies = Set(rows.clients.compactMap { $0["currency"] })
        #expect(currencies == ["EUR", "GBP", "USD", "UAH"])
        for row in rows.clients {
            let open = try #require(times(row, "created_at", "closed_at"), "\(row)")
            #expect(open.from >= rows.from && open.from < rows.to && open.to >= open.from, "\(row)")
            #expect(open.to == .max || open.to < rows.to, "\(row)")
            #expect(row["type"].flatMap(ClientType.init) != nil && row["name"] != nil, "\(row)")
            if let owner = row["owner_id"] { #expect(types[owner] == "reseller", "\(row)") }
        }
    }

    @Test func resellersFormATreeOfThreeLevels() throws {
        let resellers = rows.clients.filter { $0["type"] == "reseller" }
        let byID = Dictionary(uniqueKeysWithValues: resellers.map { ($0["id", default: ""], $0) })
        var levels: Set<Int> = []
        for row in rows.clients {
            var level = 1
            var owner = row["owner_id"]
            while let id = owner, level < 10 {
                level += 1
                let reseller = try #require(byID[id])
                #expect(
                    try #require(DemoRows.seconds(reseller["created_at"]))
                        < #require(DemoRows.seconds(row["created_at"])))
                owner = reseller["owner_id"]
            }
            #expect(level <= 4)
            if row["type"] == "reseller" { levels.insert(level) }
        }
        #expect(levels == [1, 2, 3])
    }

    @Test func subscriptionsLieWithinTheirClientsLives() throws {
        let clients = Dictionary(uniqueKeysWithValues: rows.clients.map { ($0["id", default: ""], $0) })
        let packages = Set(rows.packages.compactMap { $0["id"] })
        for row in rows.subscriptions {
            let span = try #require(times(row, "started_at", "ended_at"), "\(row)")
            let client = try #require(clients[row["client_id", default: ""]])
            let life = try #require(times(client, "created_at", "closed_at"))
            #expect(span.from <= span.to && span.from >= life.from && span.to <= life.to, "\(row)")
            #expect(row["package_id"].map(packages.contains) == true)
        }
    }

    @Test func transactionsKeepTheRules() throws {
        let clients = Dictionary(uniqueKeysWithValues: rows.clients.map { ($0["id", default: ""], $0) })
        let subscriptions = Dictionary(grouping: rows.subscriptions) { $0["client_id", default: ""] }
        var last: (client: String, at: Int64) = ("", 0)
        for row in rows.transactions {
            let id = row["client_id", default: ""]
            let at = try #require(DemoRows.seconds(row["at"]), "\(row)")
            let amount = try #require(DemoRows.micro(row["amount"]), "\(row)")
            let kind = try #require(row["kind"].flatMap(TransactionKind.init), "\(row)")
            let life = try #require(clients[id].flatMap { times($0, "created_at", "closed_at") })
            #expect(at >= life.from && at < min(life.to, rows.to), "\(row)")
            #expect(id != last.client || at >= last.at, "in time order: \(row)")
            last = (id, at)
            let package = row["package_id"]
            switch kind {
            case .refill: #expect(amount > 0 && package == nil, "\(row)")
            case .usage: #expect(package == nil ? amount >= 0 : amount == 0, "\(row)")
            case .activation, .renewal: #expect(amount >= 0 && package != nil, "\(row)")
            case .adjustment: #expect(amount != 0 && package == nil, "\(row)")
            }
            guard let package else { continue }
            let isSubscribed = try subscriptions[id, default: []].contains {
                let span = try #require(times($0, "started_at", "ended_at"))
                return $0["package_id"] == package && span.from <= at && at <= span.to
            }
            #expect(isSubscribed, "\(row)")
        }
    }

    @Test func everyActivationComesWithItsInitialRenewal() {
        let activations = rows.transactions.indices.filter { rows.transactions[$0]["kind"] == "activation" }
        #expect(activations.count == rows.subscriptions.count)
        for index in activations {
            let (row, next) = (rows.transactions[index], rows.transactions[index + 1])
            #expect(next["kind"] == "renewal" && next["package_id"] == row["package_id"] && next["at"] == row["at"])
        }
    }

    @Test func everyDayHasItsRates() throws {
        let days = Int((rows.to - rows.from) / 86_400)
        let byCurrency = Dictionary(grouping: rows.rates) { $0["currency", default: ""] }
        #expect(Set(byCurrency.keys) == ["GBP", "USD", "UAH"])
        for (currency, table) in byCurrency {
            #expect(table.count == days, "\(currency)")
            let rates = try table.map { try #require(DemoRows.micro($0["rate"])) }
            let low = try #require(rates.min())
            let high = try #require(rates.max())
            #expect(low > 0 && high < low * 2, "a walk, but a bounded one: \(currency)")
            for (today, tomorrow) in zip(rates, rates.dropFirst()) {
                #expect(abs(tomorrow - today) * 50 < today, "no jumps: \(currency)")
            }
            #expect(Set(rates).count > days / 4, "it moves: \(currency)")
        }
    }
}
