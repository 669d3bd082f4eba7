import DynamicsModel
import DynamicsTestSupport
import Testing

/// Limits that random questions hardly ever meet.
@Suite("The naive report")
struct NaiveReportTests {
    private static let euro = CurrencyCode("EUR") ?? CurrencyCode(number: 0)

    /// One client of 1 January 2024, 00:00 UTC, with these refills at that second.
    private func ledger(refills: [Int64]) -> LedgerRecords {
        let start = Instant(seconds: 1_704_067_200)
        return LedgerRecords(
            baseCurrency: Self.euro,
            clients: [Client(id: "c", name: "C", type: .client, currency: Self.euro, createdAt: start)],
            transactions: refills.enumerated().map { index, amount in
                Transaction(id: ExactText("t\(index)"), clientID: "c", at: start, kind: .refill, amount: amount)
            })
    }

    private func report(_ ledger: LedgerRecords, from: String = "2024-01-01", to: String = "2024-01-01") throws
        -> ReportResult
    {
        var text = QueryText()
        text.from = from
        text.to = to
        text.groupBy = ["date"]
        return try naiveReport(
            ledger, try text.parsed(), scope: .everything, zone: try TimeZoneDirectory().rules(named: "UTC"))
    }

    @Test("has 20,000 buckets at most, shown or not")
    func bucketLimit() throws {
        // 20,000 days from 1 January 1990 end with 3 October 2044.
        let result = try report(ledger(refills: []), from: "1990-01-01", to: "2044-10-03")
        #expect(result.rows.map(\.key.date) == ["2024-01-01"])
        let error = #expect(throws: DynamicsError.self) {
            try report(ledger(refills: []), from: "1990-01-01", to: "2044-10-04")
        }
        #expect(error?.code == "too_many_buckets")
        #expect(error?.message.contains("20001") == true)
    }

    @Test("refuses a sum of 2^63 micro-units, and not one less")
    func sumLimit() throws {
        let most: Int64 = 999_999_999_999_999_999
        let rest = Int64.max - 9 * most
        let result = try report(ledger(refills: Array(repeating: most, count: 9) + [rest]))
        #expect(result.total[.refillTotal] == .money(ExactAmount(units: Int128(Int64.max) * 1_000_000_000_000)))
        let error = #expect(throws: DynamicsError.self) {
            try report(ledger(refills: Array(repeating: most, count: 9) + [rest + 1]))
        }
        #expect(error?.code == "overflow")
        // The row's balances come before its flows.
        #expect(error?.field == "all_balance_pos")
    }

    @Test("refuses a value of 10^20, and not one less")
    func valueLimit() throws {
        let dollar = try #require(CurrencyCode("USD"))
        var ledger = ledger(refills: [100_000_000_000_000])
        ledger.clients[0].currency = dollar
        // 10^8 USD at 10^6 EUR each, in a currency of 10^-6 EUR.
        let yen = try #require(CurrencyCode("JPY"))
        let day = CivilDate(utc: .earliest)
        ledger.rates = [
            ExchangeRate(currency: dollar, effectiveOn: day, rate: 1_000_000_000_000_000_000),
            ExchangeRate(currency: yen, effectiveOn: day, rate: 1_000_000),
        ]
        let query = ReportQuery(
            from: PeriodLimit(text: "2024", meaning: .day(CivilDate(dayNumber: 19_723))),
            to: PeriodLimit(text: "2024", meaning: .day(CivilDate(dayNumber: 19_723))), currency: yen)
        let zone = try TimeZoneDirectory().rules(named: "UTC")
        let error = #expect(throws: DynamicsError.self) {
            try naiveReport(ledger, query, scope: .everything, zone: zone)
        }
        #expect(error?.code == "overflow")

        ledger.transactions[0].amount -= 1
        let result = try naiveReport(ledger, query, scope: .everything, zone: zone)
        #expect(result.total[.allBalance] == .money(ExactAmount(units: 99_999_999_999_999 * Self.power(24))))
    }

    private static func power(_ exponent: Int) -> Int128 { (0..<exponent).reduce(Int128(1)) { power, _ in power * 10 } }
}
