import DynamicsExport
import DynamicsModel
import DynamicsTestSupport
import DynamicsWorkspace
import Foundation
import HTTPTypes
import Testing

/// The table on the page says what the report says.
@Suite struct ReportTableTests {
    /// The figures of a page as plain numbers again.
    private func plain(_ cells: [HTMLTable.Cell]) -> [String] {
        cells.filter { $0.name == "td" }.map { cell in
            cell.text == "no value"
                ? "" : cell.text.replacing(",", with: "").replacing("\u{2212}", with: "-")
        }
    }

    @Test(arguments: 1...12) func figuresAndNamesAreThoseOfTheReport(seed: Int) async throws {
        let site = try await ReportSite(LedgerRecords(baseCurrency: .eur))
        var random = RandomResult(seed: UInt64(seed))
        let result = try random.result()
        let facts = try await site.store(result)
        let expected = ReportTable(result)
        try await site.visit { client in
            let page = try await client.page("/view?id=\(facts.id)", as: site.analyst)
            #expect(page.status == .ok)
            let table = try await HTMLTable(in: page.text)
            #expect(table.body.count == result.rows.count)
            for (index, cells) in table.body.enumerated() {
                #expect(cells.filter { $0.name == "th" }.map(\.text) == expected.groupCells[index])
                #expect(plain(cells) == expected.figures[index].values.map(expected.text))
            }
            let total = try #require(table.foot.first)
            #expect(total[0].text == "Total")
            #expect(plain(total) == expected.figures[result.rows.count].values.map(expected.text))
            // Negative figures carry a mark beside the sign, which has a colour in the style sheet; others do not.
            for cell in table.body.joined() where cell.name == "td" {
                #expect((cell.attributes["class"] == "n") == cell.text.hasPrefix("\u{2212}"))
            }
        }
    }

    @Test func titlesStandInTwoLevels() async throws {
        let site = try await ReportSite(LedgerRecords(baseCurrency: .eur))
        var random = RandomResult(seed: 3)
        let facts = try await site.store(try random.result(groupBy: [.month, .package], rowCount: 8))
        try await site.visit { client in
            let table = try await HTMLTable(in: try await client.page("/view?id=\(facts.id)", as: site.analyst).text)
            #expect(
                table.head[0].map(\.text) == [
                    "Month", "Package Name", "Clients - Active", "Clients - Overall Active", "Clients - All",
                    "Balance Refill", "Pay As You Go", "Packages",
                ])
            #expect(table.head[0].dropFirst(2).map { $0.attributes["colspan"] } == ["4", "4", "4", "3", "2", "4"])
            #expect(table.head[1].map(\.text) == Measure.allCases.map(\.title))
        }
    }

    /// A number of each language, as its readers write it: Unicode CLDR.
    static let languages: [(header: String, number: String)] = [
        ("en", "−1,234,567.89"), ("de", "−1.234.567,89"), ("de-CH,de;q=0.9", "−1’234’567.89"),
        ("fr-FR,fr;q=0.9,en;q=0.8", "−1\u{202F}234\u{202F}567,89"), ("hi-IN", "−12,34,567.89"),
        ("uk", "−1\u{A0}234\u{A0}567,89"), ("en-IN;q=0.5, pl", "−1\u{A0}234\u{A0}567,89"), ("*", "−1,234,567.89"),
        ("zz-not-a-language,de;q=0.1", "−1.234.567,89"), ("", "−1,234,567.89"), ("ar-EG", "−1,234,567.89"),
        ("<script>", "−1,234,567.89"),
    ]

    @Test(arguments: languages) func numbersAreWrittenAsTheReaderDoes(header: String, number: String) async throws {
        let site = try await ReportSite(LedgerRecords(baseCurrency: .eur))
        let facts = try await site.store(
            try oneRow([.activeBalanceNeg: .money(ExactAmount(units: -1_234_567_890_000_000_000_000_000))]))
        try await site.visit { client in
            let page = try await client.page("/view?id=\(facts.id)", as: site.analyst, language: header)
            let table = try await HTMLTable(in: page.text)
            #expect(table.body[0].filter { $0.name == "td" }[2].text == number)
        }
    }

    /// Spanish and Polish group from five digits on.
    @Test func shortNumbersAreGroupedWhereThatIsUsual() async throws {
        let site = try await ReportSite(LedgerRecords(baseCurrency: .eur))
        let facts = try await site.store(try oneRow([.activeQty: .quantity(1234), .allQty: .quantity(12_345)]))
        try await site.visit { client in
            func quantities(_ language: String) async throws -> [String] {
                let page = try await client.page("/view?id=\(facts.id)", as: site.analyst, language: language)
                let cells = try await HTMLTable(in: page.text).body[0].filter { $0.name == "td" }
                return [cells[0].text, cells[8].text]
            }
            let spanish = try await quantities("es")
            #expect(spanish == ["1234", "12.345"])
            let german = try await quantities("de")
            #expect(german == ["1.234", "12.345"])
        }
    }

    private func oneRow(_ values: [Measure: MeasureValue]) throws -> ReportResult {
        var random = RandomResult(seed: 1)
        var result = try random.result(groupBy: [])
        result.currency = .eur
        result.rows[0].measures = Measures(
            values: Measure.allCases.map { values[$0] ?? ($0.isMoney ? .money(.zero) : .quantity(0)) })
        return result
    }

    // MARK: - Order

    @Test(arguments: ["asc", "desc"]) func anyColumnSorts(direction: String) async throws {
        let site = try await ReportSite(LedgerRecords(baseCurrency: .eur))
        var random = RandomResult(seed: 11)
        let result = try random.result(groupBy: [.date, .package], rowCount: 60)
        let facts = try await site.store(result)
        let expected = ReportTable(result)
        try await site.visit { client in
            for measure in [Measure.activeQty, .refillTotal, .refillAvg, .activeBalanceNeg] {
                let address = "/view?id=\(facts.id)&sort=\(measure.field)&dir=\(direction)"
                let table = try await HTMLTable(in: try await client.page(address, as: site.analyst).text)
                let order = slowOrder(result.rows, measure, isDescending: direction == "desc")
                #expect(table.body.map { $0[0].text + $0[1].text } == order.map { expected.groupCells[$0].joined() })
                #expect(table.foot[0][0].text == "Total")
                let title = try #require(table.head[1].first { $0.attributes["aria-sort"] != nil })
                #expect(title.text == measure.title)
                #expect(title.attributes["aria-sort"] == direction + "ending")
                let other = direction == "desc" ? "asc" : "desc"
                #expect(title.attributes["href"] == "/view?id=\(facts.id)&sort=\(measure.field)&dir=\(other)")
            }
        }
    }

    /// The order by the exact values, written anew: by whole numbers of a common denominator.
    private func slowOrder(_ rows: [ReportRow], _ measure: Measure, isDescending: Bool) -> [Int] {
        func key(_ index: Int) -> (Int128, Int128)? {
            switch rows[index].measures[measure] {
            case .quantity(let number): (Int128(number), 0)
            case .money(let amount):
                // Whole part and a fraction in 2^-60 units, enough to tell amounts with divisors below 100 apart.
                (
                    amount.units.floorDivided(by: Int128(amount.divisor)),
                    (amount.units - amount.units.floorDivided(by: Int128(amount.divisor)) * Int128(amount.divisor))
                        << 60
                        / Int128(amount.divisor)
                )
            case .empty: nil
            }
        }
        return rows.indices.sorted { a, b in
            switch (key(a), key(b)) {
            case (nil, nil): a < b
            case (nil, _): false
            case (_, nil): true
            case (let left?, let right?) where left == right: a < b
            case (let left?, let right?): isDescending ? left > right : left < right
            }
        }
    }

    @Test func groupColumnsSortToo() async throws {
        let site = try await ReportSite(LedgerRecords(baseCurrency: .eur))
        var random = RandomResult(seed: 5)
        let result = try random.result(groupBy: [.date, .package], rowCount: 40)
        let facts = try await site.store(result)
        try await site.visit { client in
            let own = try await HTMLTable(in: try await client.page("/view?id=\(facts.id)", as: site.analyst).text)
            #expect(own.head[0][0].attributes["aria-sort"] == "ascending")
            #expect(own.head[0][0].attributes["href"] == "/view?id=\(facts.id)&sort=date&dir=desc")
            let down = try await HTMLTable(
                in: try await client.page("/view?id=\(facts.id)&sort=date&dir=desc", as: site.analyst).text)
            let dates = down.body.map { $0[0].text }
            #expect(dates == dates.sorted(by: >))
            // Within a date, packages stay as they were.
            #expect(down.body[0...3].map { $0[1].text } == own.body.suffix(4).map { $0[1].text })
            let byPackage = try await HTMLTable(
                in: try await client.page("/view?id=\(facts.id)&sort=package&dir=desc", as: site.analyst).text)
            let packages = byPackage.body.map { $0[1].text }
            #expect(packages.suffix(10).allSatisfy { $0 == "No package" })
            let names = packages.prefix(30).map { ExactText($0.replacing(#/ \[p\d+\]$/#, with: "")) }
            #expect(names == names.sorted(by: >))
        }
    }

    @Test(arguments: [
        "sort=nothing", "sort=package", "sort=all_qty&dir=up", "page=0", "page=x", "rows=0", "rows=1001",
    ]) func senselessViewsAreRefused(query: String) async throws {
        let site = try await ReportSite(LedgerRecords(baseCurrency: .eur))
        var random = RandomResult(seed: 5)
        let facts = try await site.store(try random.result(groupBy: [.date], rowCount: 4))
        try await site.visit { client in
            let page = try await client.page("/view?id=\(facts.id)&\(query)", as: site.analyst)
            #expect(page.status == .badRequest)
            #expect(page.text.contains("must be") || page.text.contains("no column"))
        }
    }
}

extension Int128 {
    fileprivate func floorDivided(by divisor: Int128) -> Int128 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
