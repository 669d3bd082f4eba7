import DynamicsModel
import DynamicsReports
import DynamicsTestSupport
import Testing

/// With many packages over many days, the kernel sums up package by package in another way, for the sake of memory. The figures must
/// be the same: packages that nobody has change nothing.
struct ManyPackagesTests {
    private static let zones = TimeZoneDirectory()

    /// A random ledger that reaches over fifty years, so that a report by date has 19,000 rows of time.
    private func longLedger(seed: UInt64) -> LedgerRecords? {
        var records = RandomLedger(seed: seed).records
        guard records.subscriptions.count > 3, records.transactions.count > 20 else { return nil }
        let late = CivilDate(dayNumber: CivilDate(utc: .earliest).dayNumber + 19_000).startInUTC
        records.clients.append(
            Client(
                id: "old", name: "Old", type: .client, currency: records.baseCurrency, createdAt: .earliest,
                closedAt: .earliest))
        records.transactions.append(Transaction(id: "late", clientID: "old", at: late, kind: .usage, amount: 0))
        return records
    }

    @Test func packagesThatNobodyHasChangeNothing() async throws {
        var asked = 0
        for seed in 7000..<7100 where asked < 3 {
            guard let records = longLedger(seed: UInt64(seed)) else { continue }
            var crowded = records
            crowded.packages += (0..<600).map { Package(id: ExactText("nobody's \($0)"), name: "Nobody's") }
            let query = ReportQuery(
                from: try PeriodLimit(parsing: "1990-01-01", field: "from"),
                to: try PeriodLimit(parsing: "2042-01-01", field: "to"), timezone: "Asia/Beirut",
                groupBy: [.date, .package], activeMonths: 2)
            let plain = try? await run(query, records)
            let result = try? await run(query, crowded)
            // Some ledgers have amounts out of range, or currencies without a rate, with and without more packages.
            #expect((plain == nil) == (result == nil), "seed \(seed)")
            guard let plain, let result else { continue }
            asked += 1
            #expect(plain.rows == result.rows, "seed \(seed)")
            #expect(plain.total == result.total && plain.warnings == result.warnings, "seed \(seed)")
            #expect(plain.rows.count > 1000, "seed \(seed)")
        }
        #expect(asked == 3)
    }

    private func run(_ query: ReportQuery, _ records: LedgerRecords) async throws -> ReportResult {
        try await runReport(query, scope: .everything, on: MemoryBackend(records), zones: Self.zones)
    }
}
