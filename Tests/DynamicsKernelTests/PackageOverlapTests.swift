import DynamicsModel
import DynamicsReports
import DynamicsTestSupport
import Testing

/// Clients with one package at a time are summed up in one way, those with several at once in another. Where the border lies, by hand.
struct PackageOverlapTests {
    /// A client with subscriptions and refills of one EUR each, times being seconds since 2024-01-01T00:00:00Z.
    private func rows(
        _ subscriptions: [(package: ExactText, started: Int64, ended: Int64?)], refills: [Int64],
        purchases: [(package: ExactText, at: Int64)] = []
    ) async throws -> [String] {
        let start: Int64 = 1_704_067_200
        func instant(_ seconds: Int64) -> Instant { Instant(seconds: start + seconds) }
        var ledger = LedgerRecords(baseCurrency: .eur)
        ledger.packages = [Package(id: "g", name: "Gold"), Package(id: "s", name: "Silver")]
        ledger.clients = [Client(id: "c", name: "C", type: .client, currency: .eur, createdAt: instant(0))]
        ledger.subscriptions = subscriptions.enumerated().map { index, subscription in
            Subscription(
                id: ExactText("s\(index)"), clientID: "c", packageID: subscription.package,
                startedAt: instant(subscription.started), endedAt: subscription.ended.map(instant))
        }
        ledger.transactions = refills.enumerated().map { index, at in
            Transaction(
                id: ExactText("r\(index)"), clientID: "c", at: instant(at), kind: .refill, amount: 1_000_000)
        }
        ledger.transactions += purchases.enumerated().map { index, purchase in
            Transaction(
                id: ExactText("p\(index)"), clientID: "c", at: instant(purchase.at), kind: .renewal, amount: 0,
                packageID: purchase.package)
        }
        let query = ReportQuery(
            from: try PeriodLimit(parsing: "2024-01-01", field: "from"),
            to: try PeriodLimit(parsing: "2024-01-31", field: "to"), groupBy: [.date, .package])
        let result = try await runReport(
            query, scope: .everything, on: MemoryBackend(ledger), zones: TimeZoneDirectory())
        return result.rows.map { row in
            let name =
                switch row.key.package {
                case .package(_, let name): name.string
                default: "none"
                }
            func quantity(_ measure: Measure) -> Int64 {
                if case .quantity(let quantity) = row.measures[measure] { quantity } else { -1 }
            }
            let figures = [Measure.allQty, .refillQty, .renewQty].map { "\(quantity($0))" }
            return "\(row.key.date ?? "") \(name) \(figures.joined(separator: " "))"
        }
    }

    private static let day: Int64 = 86_400

    @Test func oneSecondWithBoth() async throws {
        // Gold until a second after midnight, Silver from midnight on: a refill at midnight is of both.
        let rows = try await rows([("g", 0, Self.day + 1), ("s", Self.day, nil)], refills: [Self.day, Self.day + 1])
        #expect(rows == ["2024-01-01 Gold 1 0 0", "2024-01-02 Gold 0 1 0", "2024-01-02 Silver 1 2 0"])
    }

    @Test func oneHandedOverToTheOther() async throws {
        let rows = try await rows([("g", 0, Self.day), ("s", Self.day, nil)], refills: [Self.day - 1, Self.day])
        #expect(rows == ["2024-01-01 Gold 1 1 0", "2024-01-02 Silver 1 1 0"])
    }

    @Test func aShortOneWithinALongOne() async throws {
        // The second Gold is long over when Silver begins; the first is not.
        let subscriptions: [(ExactText, Int64, Int64?)] = [
            ("g", 0, 3 * Self.day), ("g", Self.day, Self.day + 60), ("s", 2 * Self.day, nil),
        ]
        let rows = try await rows(subscriptions, refills: [2 * Self.day + 60])
        #expect(
            rows == [
                "2024-01-01 Gold 1 0 0", "2024-01-02 Gold 1 0 0", "2024-01-03 Gold 1 1 0", "2024-01-03 Silver 1 1 0",
            ])
    }

    @Test func bothWithinOneQuarterOfAnHour() async throws {
        // As of midnight there is none; at the refills there are one, none, and the other.
        let subscriptions: [(ExactText, Int64, Int64?)] = [("g", 60, 120), ("s", 180, 240)]
        let rows = try await rows(subscriptions, refills: [100, 150, 200])
        #expect(rows == ["2024-01-01 Gold 0 1 0", "2024-01-01 Silver 0 1 0", "2024-01-01 none 1 1 0"])
    }

    /// A renewal belongs to its own package, whatever the client has at that time.
    @Test func renewalOfAnotherPackage() async throws {
        let rows = try await rows(
            [("g", 0, Self.day)], refills: [60], purchases: [("s", 120), ("g", 180), ("g", Self.day)])
        #expect(
            rows == [
                "2024-01-01 Gold 1 1 1", "2024-01-01 Silver 0 0 1", "2024-01-02 Gold 0 0 1", "2024-01-02 none 1 0 0",
            ])
    }
}
