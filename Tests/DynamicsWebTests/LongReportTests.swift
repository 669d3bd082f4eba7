import DynamicsExport
import DynamicsModel
import DynamicsTestSupport
import DynamicsWorkspace
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

/// Reports of more rows than a page shows: pages without scripts, and blocks of rows for the script that scrolls.
@Suite struct LongReportTests {
    private struct Rows: Decodable {
        let count: Int
        let first: Int
        let groups: [[String]]
        let figures: [[String?]]
    }

    @Test func aLongReportComesInPages() async throws {
        let site = try await ReportSite(LedgerRecords(baseCurrency: .eur))
        var random = RandomResult(seed: 21)
        let result = try random.result(groupBy: [.date, .package], rowCount: 2501)
        let facts = try await site.store(result)
        let expected = ReportTable(result)
        try await site.visit { client in
            var cells: [String] = []
            for page in 1...3 {
                let html = try await client.page("/view?id=\(facts.id)&page=\(page)", as: site.analyst).text
                let table = try await HTMLTable(in: html)
                #expect(table.attributes["aria-rowcount"] == "2504")
                #expect(table.rows.first?["aria-rowindex"] == String((page - 1) * 1000 + 3))
                #expect(table.foot[0][0].text == "Total")
                cells += table.body.map { $0[0].text + "|" + $0[1].text }
                #expect(html.contains("rel=\"prev\"") == (page > 1))
                #expect(html.contains("rel=\"next\"") == (page < 3))
                let last = page == 3 ? "2,501" : "\(page),000"
                let from = page == 1 ? "1" : "\(page - 1),001"
                #expect(html.contains("Rows \(from) to \(last) of 2,501"))
            }
            #expect(cells == expected.groupCells.map { $0.joined(separator: "|") })
            let small = try await client.page("/view?id=\(facts.id)&rows=100&page=26&sort=all_qty", as: site.analyst)
            #expect(try await HTMLTable(in: small.text).body.count == 1)
            #expect(small.text.contains("/view?id=\(facts.id)&amp;sort=all_qty&amp;dir=asc&amp;rows=100&amp;page=25"))
            // A page that is not there is the last one.
            let beyond = try await client.page("/view?id=\(facts.id)&rows=100&page=99", as: site.analyst)
            #expect(beyond.text.contains("Rows 2,501 to 2,501 of 2,501"))
        }
    }

    @Test func rowsComeAsTheyAreDisplayed() async throws {
        let site = try await ReportSite(LedgerRecords(baseCurrency: .eur))
        var random = RandomResult(seed: 22)
        let result = try random.result(groupBy: [.package, .month], rowCount: 1300)
        let facts = try await site.store(result)
        try await site.visit { client in
            let address = "/view?id=\(facts.id)&sort=refill_avg&dir=desc&page=2&rows=500"
            let page = try await client.page(address, as: site.analyst, language: "de")
            let table = try await HTMLTable(in: page.text)
            let json = try await client.page(
                "/reports/\(facts.id)/rows?sort=refill_avg&dir=desc&offset=500&limit=500", as: site.analyst,
                language: "de", accept: "application/json")
            #expect(json.headers[.contentType] == "application/json")
            let rows = try JSONDecoder().decode(Rows.self, from: Data(json.text.utf8))
            #expect(rows.count == 1300)
            #expect(rows.first == 500)
            #expect(rows.groups.count == 2 && rows.figures.count == 21)
            for (index, cells) in table.body.enumerated() {
                #expect(cells.prefix(2).map(\.text) == rows.groups.map { $0[index] })
                #expect(cells.dropFirst(2).map(\.text) == rows.figures.map { $0[index] ?? "no value" })
            }
        }
    }

    @Test func blocksAreBounded() async throws {
        let site = try await ReportSite(LedgerRecords(baseCurrency: .eur))
        var random = RandomResult(seed: 23)
        let facts = try await site.store(try random.result(groupBy: [.date], rowCount: 1200))
        try await site.visit { client in
            func rows(_ query: String) async throws -> (HTTPResponse.Status, Int?) {
                let answer = try await client.page("/reports/\(facts.id)/rows?\(query)", as: site.analyst)
                return (
                    answer.status, try? JSONDecoder().decode(Rows.self, from: Data(answer.text.utf8)).groups[0].count
                )
            }
            let whole = try await rows("limit=1000")
            #expect(whole == (.ok, 1000))
            let end = try await rows("offset=1190")
            #expect(end == (.ok, 10))
            let behind = try await rows("offset=99999")
            #expect(behind == (.ok, 0))
            for query in ["limit=1001", "limit=0", "offset=-1", "offset=x", "sort=nothing"] {
                let refused = try await rows(query).0
                #expect(refused == .badRequest)
            }
        }
    }

    /// What a script puts in the place of the table is the table.
    @Test func theTableComesAlone() async throws {
        let site = try await ReportSite(LedgerRecords(baseCurrency: .eur))
        var random = RandomResult(seed: 24)
        let facts = try await site.store(try random.result(groupBy: [.date], rowCount: 30))
        try await site.visit { client in
            let page = try await client.page("/view?id=\(facts.id)&sort=all_qty&dir=desc", as: site.analyst).text
            let table = try await client.page("/reports/\(facts.id)/table?sort=all_qty&dir=desc", as: site.analyst).text
            #expect(table.hasPrefix("<table") && table.hasSuffix("</table>\n"))
            #expect(page.contains(table))
        }
    }

    /// Figures for `docs/performance.md` are measured elsewhere; this holds the size that a page may have.
    @Test func aYearByDateIsSmallOnTheWire() async throws {
        let site = try await ReportSite(LedgerRecords(baseCurrency: .eur))
        var random = RandomResult(seed: 25)
        let facts = try await site.store(try random.result(groupBy: [.date], rowCount: 366))
        try await site.visit { client in
            var headers = site.analyst.headers()
            headers[.acceptEncoding] = "gzip"
            let answer = try await client.executeRequest(
                uri: "/view?id=\(facts.id)", method: .get, headers: headers, body: nil)
            #expect(answer.headers[.contentEncoding] == "gzip")
            #expect(answer.body.readableBytes < 100_000, "\(answer.body.readableBytes) bytes")
        }
    }
}
