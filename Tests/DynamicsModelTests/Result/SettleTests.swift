import DynamicsModel
import DynamicsTestSupport
import Testing

/// From sums to figures: sections 4 to 6 of `docs/semantics.md`.
@Suite struct SettleTests {
    // MARK: - Figures

    @Test func everyFigureComesFromItsSum() throws {
        let flow = Flow(
            bucket: 0, currency: .eur, date: try date("2024-01-01"), refill: .init(qty: 3, total: 10),
            payg: .init(qty: 5, total: 20), activation: .init(qty: 6, total: 30), renewal: .init(qty: 7, total: 40))
        let population = Population(
            bucket: 0, currency: .eur, active: .init(qty: 7, positive: 100, negative: -1),
            overallActive: .init(qty: 8, positive: 200, negative: -2), all: .init(qty: 9, positive: 300, negative: -303)
        )
        let result = try settled([.everyone: .init(populations: [population], flows: [flow])])
        let expected: [MeasureValue] = [
            .quantity(7), money(100), money(-1), money(99), .quantity(8), money(200), money(-2), money(198),
            .quantity(9), money(300), money(-303), money(-3), .quantity(3), money(10), money(10, over: 3),
            money(20), money(20, over: 7), .quantity(6), money(30), .quantity(7), money(40),
        ]
        #expect(result.rows == [ReportRow(key: RowKey(), measures: Measures(values: expected))])
        #expect(result.total.values == expected)
        #expect(
            result.currency == .eur && result.revision == 7 && result.zoneVersion == "2025b" && result.warnings == [])
    }

    @Test func averagesOverNothingAreEmpty() throws {
        let usage = Flow(bucket: 0, currency: .eur, date: try date("2024-01-01"), payg: .init(qty: 1, total: 5))
        let total = try settled([.everyone: .init(flows: [usage])]).total
        #expect(total[.refillAvg] == .empty && total[.paygActiveAvg] == .empty)
        #expect(total[.paygTotal] == money(5) && total[.refillTotal] == money(0) && total[.refillQty] == .quantity(0))
    }

    @Test func emptyIntervalHasATotalOfZeros() throws {
        let result = try settled([:], by: [.date], of: makeCatalog(bounds: nil))
        #expect(result.rows == [] && result.actualInterval == nil)
        for measure in Measure.allCases {
            let isAverage = measure == .refillAvg || measure == .paygActiveAvg
            #expect(result.total[measure] == (isAverage ? .empty : measure.isMoney ? .money(.zero) : .quantity(0)))
        }
    }

    @Test func totalCountsClientsOnceAsOfTheEnd() throws {
        let days = [ReportSums.Group].init([.clients(5, bucket: 0), .clients(2, bucket: 1)])
        let flows = [try ReportSums.Group.refills(3, on: "2024-01-01"), try .refills(4, on: "2024-01-02", bucket: 1)]
        let result = try settled([.everyone: (days + flows).reduce(.init(), +)], by: [.date])
        #expect(result.rows.map { $0.measures[.allQty] } == [.quantity(5), .quantity(2)])
        #expect(result.total[.allQty] == .quantity(2))
        #expect(result.rows.map { $0.measures[.refillTotal] } == [money(3), money(4)])
        #expect(result.total[.refillTotal] == money(7) && result.total[.refillAvg] == money(7, over: 2))
    }

    @Test func totalIsThatOfSubscribersUnderAPackageFilter() throws {
        let ledger = makeCatalog(packages: ["gold": "Gold"])
        let groups: [ReportSums.Membership: ReportSums.Group] = [.everyone: .clients(9), .subscribers: .clients(4)]
        #expect(try settled(groups, of: ledger).total[.allQty] == .quantity(9))
        #expect(try settled(groups, filter: ["gold"], of: ledger).total[.allQty] == .quantity(4))
        #expect(try settled(groups, filter: ["gold"], of: ledger).rows.map { $0.measures[.allQty] } == [.quantity(4)])
    }

    // MARK: - Conversion

    /// A flow by the date of its own, a balance by the date of the last instant before T.
    @Test func eachSumHasTheRateOfItsDate() throws {
        let ledger = makeCatalog(rates: [
            try rate(.usd, "2024-01-01", 2_000_000_000_000), try rate(.usd, "2024-01-02", 3_000_000_000_000),
            try rate(.usd, "2024-01-03", 5_000_000_000_000),
        ])
        var sums: [ReportSums.Group] = [.clients(positive: 1, of: .usd), .clients(positive: 1, of: .usd, bucket: 1)]
        sums.append(try .refills(10, of: .usd, on: "2024-01-01"))
        sums.append(try .refills(100, of: .usd, on: "2024-01-02", bucket: 1))
        let result = try settled([.everyone: sums.reduce(.init(), +)], by: [.date], of: ledger)
        #expect(result.rows.map { $0.measures[.allBalance] } == [money(2), money(3)])
        #expect(result.rows.map { $0.measures[.refillTotal] } == [money(20), money(300)])
        #expect(result.total[.allBalance] == money(3) && result.total[.refillTotal] == money(320))
        #expect(result.warnings == [])
    }

    @Test func sumsAreExactAndRoundedOnceAtTheEnd() throws {
        // A third of a millionth each: 0.000000333333 three times is 0.000000999999, which is one millionth.
        let ledger = makeCatalog(rates: [try rate(.usd, "2024-01-01", 333_333_333_333)])
        let total = try settled([.everyone: .clients(3, positive: 3, of: .usd)], of: ledger).total
        #expect(total[.allBalance] == .money(ExactAmount(units: 999_999_999_999)))
        guard case .money(let amount) = total[.allBalance] else { return }
        #expect(amount.rounded(toDigits: 6) == "0.000001")
    }

    @Test func currenciesWithoutARate() throws {
        let ledger = makeCatalog(rates: [try rate(.uah, "2024-01-01", 25_000_000_000)])
        func refused(_ currency: CurrencyCode, in target: CurrencyCode?) throws -> DynamicsError {
            try refusal { try settled([.everyone: .clients(of: currency)], in: target, of: ledger) }
        }
        for error in [try refused(.jpy, in: nil), try refused(.jpy, in: .uah), try refused(.uah, in: .jpy)] {
            #expect(error.kind == .data && error.code == "missing_rate" && error.message.contains("JPY"))
        }
        // The base currency is converted, too.
        #expect(try refused(.eur, in: .jpy).message.contains("JPY"))
        // Nothing to convert.
        let same = try settled([.everyone: .clients(positive: 5, of: .jpy)], in: .jpy, of: ledger)
        #expect(same.total[.allBalance] == money(5) && same.currency == .jpy)
        #expect(try settled([:], in: .jpy, of: ledger).total[.allQty] == .quantity(0))
    }

    /// A client that passes is enough, though nothing of it is counted.
    @Test func missingRateOfAClientWithoutSums() throws {
        let plan = try makePlan(makeQuery("2024-01-01", "2024-01-02"))
        let error = try refusal {
            try ReportResult(settling: ReportSums(currencies: [.eur, .jpy]), of: plan, catalog: makeCatalog())
        }
        #expect(error.code == "missing_rate" && error.message.contains("JPY"))
    }

    @Test func warningsNameCurrencyAndFirstRate() throws {
        let ledger = makeCatalog(rates: [
            try rate(.usd, "2024-01-02", 900_000_000_000), try rate(.uah, "2024-01-03", 25_000_000_000),
            try rate(.uah, "2024-02-01", 24_000_000_000),
        ])
        func warnings(_ groups: ReportSums.Group..., in currency: CurrencyCode? = nil) throws -> [String] {
            try settled([.everyone: groups.reduce(.init(), +)], by: [.date], in: currency, of: ledger).warnings
        }
        // Of zero, too; each currency once, in alphabetical order.
        let both = try warnings(.clients(of: .uah), .clients(of: .usd), .clients(of: .uah, bucket: 1))
        #expect(both.count == 2)
        #expect(both.first?.contains("UAH") == true && both.first?.contains("2024-01-03") == true)
        #expect(both.last?.contains("USD") == true && both.last?.contains("2024-01-02") == true)
        #expect(try warnings(.refills(0, of: .usd, on: "2024-01-01")).count == 1)
        #expect(try warnings(.refills(1, of: .usd, on: "2024-01-02", bucket: 1)) == [])
        #expect(try warnings(.clients(of: .usd, bucket: 1)) == [])
        // The report's own currency needs its rate, whoever has it.
        #expect(try warnings(.clients(), in: .uah).count == 1)
        #expect(try warnings(.clients(of: .uah), in: .uah) == [])
    }

    // MARK: - Rows

    private var packages: LedgerCatalog {
        makeCatalog(packages: [
            "z": "Gold", "a": "Gold", "\u{E9}": "Gold", "s": "Silver", "g": "gold", "e": "\u{1F600}", "f": "\u{FFFD}",
            "unused": "A",
        ])
    }

    /// One client in each package in each month from January to March, and one without.
    private func monthsOfPackages(_ groupings: [Grouping]) throws -> [String] {
        let months = (0..<3).map { ReportSums.Group.clients(bucket: $0) }.reduce(.init(), +)
        let everyone = (0..<3).map { ReportSums.Group.clients(8, bucket: $0) }.reduce(.init(), +)
        let subscribers = (0..<3).map { ReportSums.Group.clients(7, bucket: $0) }.reduce(.init(), +)
        var groups: [ReportSums.Membership: ReportSums.Group] = [.everyone: everyone, .subscribers: subscribers]
        for id: ExactText in ["z", "a", "\u{E9}", "s", "g", "e", "f"] { groups[.package(id)] = months }
        return try settled(groups, by: groupings, to: "2024-03-31", of: packages).rows.map(\.name)
    }

    /// By name in the order of code points, then by id; *no package* last.
    private static let inOrder = ["a", "z", "\u{E9}", "s", "g", "f", "e", "none"]

    @Test func packagesAreOrderedByNameThenID() throws {
        let byPackage = try monthsOfPackages([.package, .month])
        #expect(byPackage == Self.inOrder.flatMap { id in ["2024-01", "2024-02", "2024-03"].map { "\($0) \(id)" } })
        let byMonth = try monthsOfPackages([.month, .package])
        #expect(
            byMonth == ["2024-01", "2024-02", "2024-03"].flatMap { month in Self.inOrder.map { "\(month) \($0)" } })
        let yearsFirst = try monthsOfPackages([.year, .package, .month])
        #expect(yearsFirst == byPackage.map { "2024 \($0)" })
        #expect(try monthsOfPackages([.month, .year, .package]) == byMonth.map { "2024 \($0)" })
    }

    @Test func labelsAreThoseOfTheGroupings() throws {
        let everyone = (0..<32).map { ReportSums.Group.clients(bucket: $0) }.reduce(.init(), +)
        let result = try settled([.everyone: everyone], by: [.date, .year], to: "2024-02-01")
        #expect(result.rows.first?.key == RowKey(year: "2024", date: "2024-01-01"))
        #expect(result.rows.last?.key == RowKey(year: "2024", date: "2024-02-01"))
        let months = try settled([.everyone: .clients()], by: [.month], to: "2024-02-01")
        #expect(months.rows.map(\.key) == [RowKey(month: "2024-01"), RowKey(month: "2024-02")])
    }

    @Test func onlyPackageRowsOfNothingAreLeftOut() throws {
        // Without packages every bucket has its row.
        #expect(
            try settled([.everyone: .clients(bucket: 1)], by: [.date]).rows.map(\.name) == ["2024-01-01", "2024-01-02"])
        // With them, only those with something: a quantity is enough.
        let free = Flow(bucket: 0, currency: .eur, date: try date("2024-01-01"), activation: .init(qty: 1, total: 0))
        let groups: [ReportSums.Membership: ReportSums.Group] = [
            .everyone: .clients(2, bucket: 1) + .init(flows: [free]),
            .subscribers: .clients(2, bucket: 1) + .init(flows: [free]),
            .package("a"): .clients(2, bucket: 1), .package("s"): .init(flows: [free]), .package("z"): .init(),
        ]
        let rows = try settled(groups, by: [.date, .package], of: packages).rows
        #expect(rows.map(\.name) == ["2024-01-01 s", "2024-01-02 a"])
        #expect(rows[0].measures[.activationQty] == .quantity(1) && rows[0].measures[.activationTotal] == money(0))
    }

    /// Usage of nothing outside of packages is counted nowhere, so it makes no row.
    @Test func usageOfNothingMakesNoPackageRow() throws {
        let usage = Flow(bucket: 0, currency: .eur, date: try date("2024-01-01"), payg: .init(qty: 1, total: 0))
        let groups: [ReportSums.Membership: ReportSums.Group] = [.everyone: .init(flows: [usage])]
        #expect(try settled(groups, by: [.package], of: packages).rows == [])
    }

    @Test func noPackageIsWhatIsLeftOfEveryone() throws {
        let day = try date("2024-01-01")
        let everyone = ReportSums.Group(
            populations: [
                Population(
                    bucket: 0, currency: .eur, active: .init(qty: 3, positive: 30, negative: -3),
                    overallActive: .init(qty: 5, positive: 50, negative: -5),
                    all: .init(qty: 9, positive: 90, negative: -9)),
                Population(bucket: 0, currency: .uah, all: .init(qty: 1, positive: 40)),
            ],
            flows: [
                Flow(
                    bucket: 0, currency: .eur, date: day, refill: .init(qty: 4, total: 44),
                    payg: .init(qty: 2, total: 7),
                    activation: .init(qty: 1, total: 3), renewal: .init(qty: 1, total: 2))
            ])
        let subscribers = ReportSums.Group(
            populations: [
                Population(
                    bucket: 0, currency: .eur, active: .init(qty: 2, positive: 10, negative: -3),
                    overallActive: .init(qty: 3, positive: 20, negative: -4),
                    all: .init(qty: 4, positive: 30, negative: -4))
            ],
            flows: [
                Flow(
                    bucket: 0, currency: .eur, date: day, refill: .init(qty: 1, total: 11),
                    payg: .init(qty: 1, total: 3),
                    activation: .init(qty: 1, total: 3), renewal: .init(qty: 1, total: 2))
            ])
        var ledger = packages
        ledger.rates = ExchangeRates(base: .eur, rates: [try rate(.uah, "2024-01-01", 25_000_000_000)])
        let result = try settled([.everyone: everyone, .subscribers: subscribers], by: [.package], of: ledger)
        let expected: [MeasureValue] = [
            .quantity(1), money(20), money(0), money(20), .quantity(2), money(30), money(-1), money(29),
            .quantity(6), money(61), money(-5), money(56), .quantity(3), money(33), money(33, over: 3),
            money(4), money(4), .quantity(0), money(0), .quantity(0), money(0),
        ]
        #expect(
            result.rows == [
                ReportRow(key: RowKey(package: RowKey.PackageColumn.none), measures: Measures(values: expected))
            ])
    }

    @Test func filteredPackagesHaveNoRowOfTheRest() throws {
        let groups: [ReportSums.Membership: ReportSums.Group] = [
            .subscribers: .clients(2), .package("a"): .clients(), .package("s"): .clients(),
        ]
        let rows = try settled(groups, by: [.package], filter: ["s", "a"], of: packages).rows
        #expect(rows.map(\.name) == ["a", "s"])
    }
}
