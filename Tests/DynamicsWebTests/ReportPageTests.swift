import DynamicsModel
import DynamicsTestSupport
import DynamicsWorkspace
import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

/// What stands around the table, and who may see it.
@Suite struct ReportPageTests {
    private func someResult(_ change: (inout ReportResult) -> Void = { _ in }) throws -> ReportResult {
        var random = RandomResult(seed: 2)
        var result = try random.result(groupBy: [.month], rowCount: 11)
        change(&result)
        return result
    }

    private func ledger(_ times: String...) throws -> LedgerRecords {
        var records = LedgerRecords(baseCurrency: .eur)
        for (index, time) in times.enumerated() {
            let limit = try PeriodLimit(parsing: time, field: "from")
            records.clients.append(
                Client(
                    id: ExactText("c\(index)"), name: "C", type: .client, currency: .eur,
                    createdAt: limit.start(in: try TimeZoneDirectory().rules(named: "UTC"))))
        }
        return records
    }

    // MARK: - Who sees it

    @Test func whoeverIsSignedInMayOpenALink() async throws {
        let site = try await ReportSite(LedgerRecords(baseCurrency: .eur))
        let facts = try await site.store(try someResult(), by: site.reseller)
        try await site.visit { client in
            for visitor in [site.reseller, site.otherReseller, site.analyst, site.administrator] {
                let page = try await client.page("/view?id=\(facts.id)", as: visitor)
                #expect(page.status == .ok)
                #expect(page.text.contains("<dd>Reseller"))
                // Only people of the same company are told who it was.
                let isColleague = visitor.account.id == site.reseller.account.id
                #expect(page.text.contains("Reseller (rita)") == isColleague)
                // Only the owner and administrators may change the link.
                let mayChange = isColleague || visitor.account.role == .administrator
                #expect(page.text.contains("/reports/\(facts.id)/revoke") == mayChange)
            }
            let stranger = try await client.executeRequest(
                uri: "/view?id=\(facts.id)", method: .get, headers: [.accept: "text/html"], body: nil)
            #expect(stranger.status == .seeOther)
            #expect(stranger.headers[.location]?.hasPrefix("/sign-in?to=") == true)
        }
    }

    @Test func aRevokedLinkIsThereForItsOwnerOnly() async throws {
        let site = try await ReportSite(LedgerRecords(baseCurrency: .eur))
        let facts = try await site.store(try someResult())
        try await site.workspace.revoke(facts.id, by: site.analyst.account)
        try await site.visit { client in
            let paths =
                ["/view?id=\(facts.id)"] + ["table", "rows", "export?format=csv"].map { "/reports/\(facts.id)/\($0)" }
            for path in paths {
                #expect(try await client.page(path, as: site.otherAnalyst).status == .notFound)
                #expect(try await client.page(path, as: site.analyst).status == .ok)
                #expect(try await client.page(path, as: site.administrator).status == .ok)
            }
            let page = try await client.page("/view?id=\(facts.id)", as: site.analyst)
            #expect(page.text.contains("Link: revoked"))
            #expect(page.text.contains("/reports/\(facts.id)/restore"))
            // Also when it was looked at before, and is still at hand.
            try await site.workspace.unrevoke(facts.id, by: site.analyst.account)
            #expect(try await client.page("/view?id=\(facts.id)", as: site.otherAnalyst).status == .ok)
            try await site.workspace.revoke(facts.id, by: site.analyst.account)
            #expect(try await client.page("/view?id=\(facts.id)", as: site.otherAnalyst).status == .notFound)
        }
    }

    @Test func anExpiredLinkIsThereForItsOwnerOnly() async throws {
        let site = try await ReportSite(LedgerRecords(baseCurrency: .eur))
        let facts = try await site.store(try someResult())
        let end = Instant(seconds: site.now.value.seconds + 3600)
        try await site.workspace.setExpiry(end, facts.id, by: site.analyst.account)
        try await site.visit { client in
            let before = try await client.page("/view?id=\(facts.id)", as: site.otherReseller).status
            #expect(before == .ok)
            site.now.value = end
            let after = try await client.page("/view?id=\(facts.id)", as: site.otherReseller).status
            #expect(after == .notFound)
            let isTold = try await client.page("/view?id=\(facts.id)", as: site.analyst).text.contains("Link: expired")
            #expect(isTold)
        }
    }

    @Test(arguments: ["", "x", "../../etc/passwd", "%00", "AAAAAAAAAAAAAAAAAAAAAAAA"])
    func thereIsNoSuchReport(id: String) async throws {
        let site = try await ReportSite(LedgerRecords(baseCurrency: .eur))
        try await site.visit { client in
            let page = try await client.page("/view?id=\(id)", as: site.analyst)
            #expect(page.status == .notFound)
            #expect(page.text.contains("<h1>Not Found</h1>"))
        }
    }

    @Test func openingIsWrittenDown() async throws {
        let site = try await ReportSite(LedgerRecords(baseCurrency: .eur))
        let facts = try await site.store(try someResult())
        try await site.visit { client in
            _ = try await client.page("/view?id=\(facts.id)", as: site.otherReseller)
        }
        let entry = try #require(try await site.workspace.auditLog(limit: 1).first)
        #expect(entry.action == .linkOpened && entry.actor == "rolf" && entry.subject == facts.id)
        #expect(try await site.workspace.reports(openedBy: site.otherReseller.account).map(\.id) == [facts.id])
    }

    // MARK: - What it tells

    @Test func infoTellsWhereTheFiguresComeFrom() async throws {
        let site = try await ReportSite(LedgerRecords(baseCurrency: .eur))
        let facts = try await site.store(
            try someResult { result in
                result.currency = .eur
                result.warnings = ["USD has no exchange rate before <2024>"]
                result.ratesUsed = (0..<300).map {
                    ExchangeRate(currency: .usd, effectiveOn: CivilDate(dayNumber: 19_723 + $0), rate: 923_400_000_000)
                }
            })
        try await site.visit { client in
            let text = try await client.page("/view?id=\(facts.id)", as: site.analyst).text
            for expected in [
                "<dt>Data period</dt><dd>2024-01-01 to 2024-12-31</dd>", "<dt>Timezone</dt><dd>Europe/Kyiv</dd>",
                "<dt>Actual date interval</dt><dd>2024-01-01 00:00 (+02:00) to 2024-11-23 10:15 (+02:00)</dd>",
                "<dt>Why it differs</dt><dd>There was no data after 2024-11-23 10:15 (+02:00) yet.</dd>",
                "<dt>Generated by</dt><dd>Analyst (ann)</dd>",
                "<dt>Generated at</dt><dd>2025-01-01 02:00:00 (+02:00)</dd>", "<dt>Duration</dt><dd>1.2 s</dd>",
                "<dt>Ledger revision</dt><dd>7</dd>", "<dt>Timezone data</dt><dd>2025b</dd>",
                "<dt>Grouped by</dt><dd>month</dd>", "<dt>Currency</dt><dd>EUR</dd>",
                "USD has no exchange rate before &lt;2024&gt;",
                "USD: 0.9234 to 0.9234 (300, of 2024-01-01 to 2024-10-26)",
                "<td>2024-01-02</td><td class=\"number\">0.9234</td>", "and 100 more",
            ] {
                #expect(text.contains(expected), "\(expected)")
            }
            // Warnings are seen without opening anything.
            #expect(text.components(separatedBy: "USD has no exchange rate before &lt;2024&gt;").count == 3)
        }
    }

    @Test func theIntervalIsToldOnlyWhereItDiffers() async throws {
        let site = try await ReportSite(LedgerRecords(baseCurrency: .eur))
        let whole = try await site.store(
            try someResult {
                $0.actualInterval = ActualInterval(from: "2024-01-01T00:00:00+02:00", to: "2025-01-01T00:00:00+02:00")
            })
        let late = try await site.store(
            try someResult {
                $0.actualInterval = ActualInterval(from: "2024-03-05T08:00:00+02:00", to: "2025-01-01T00:00:00+02:00")
            })
        try await site.visit { client in
            #expect(
                !(try await client.page("/view?id=\(whole.id)", as: site.analyst).text.contains("Actual date interval"))
            )
            let text = try await client.page("/view?id=\(late.id)", as: site.analyst).text
            #expect(text.contains("<dd>There is no data before 2024-03-05 08:00 (+02:00).</dd>"))
        }
    }

    @Test func anEmptyReportSaysWhy() async throws {
        func reason(_ records: LedgerRecords, _ change: (inout ReportResult) -> Void) async throws -> String {
            let site = try await ReportSite(records)
            let result = try someResult { result in
                result.rows = []
                result.total = Measures(values: Measure.allCases.map { $0.isMoney ? .money(.zero) : .quantity(0) })
                result.actualInterval = nil
                result.revision = 1
                change(&result)
            }
            let facts = try await site.store(result)
            nonisolated(unsafe) var text = ""
            try await site.visit { client in
                text = try await client.page("/view?id=\(facts.id)", as: site.analyst).text
            }
            let start = try #require(text.range(of: "emptiness\"><p><strong>"))
            return String(text[start.upperBound...].prefix { $0 != "<" })
        }
        #expect(try await reason(LedgerRecords(baseCurrency: .eur)) { _ in } == "There is no data in the ledger yet.")
        #expect(try await reason(ledger("2025-02-03")) { _ in } == "There is no data before 2025-02-03.")
        #expect(try await reason(ledger("2019-05-06", "2020-02-03")) { _ in } == "There is no data after 2020-02-03.")
        #expect(
            try await reason(ledger("2019-05-06", "2025-02-03")) { _ in }
                == "There was no data in this period when the report was made.")
        #expect(
            try await reason(ledger("2024-05-06")) { result in
                result.actualInterval = ActualInterval(
                    from: "2024-05-06T00:00:00+03:00", to: "2024-05-07T00:00:00+03:00")
                result.query.tags = ["VIP", "gold"]
                result.query.tagMode = .all
            } == "The filters match no client in this period (Tags: all of VIP, gold).")
        #expect(
            try await reason(ledger("2024-05-06")) { result in
                result.actualInterval = ActualInterval(
                    from: "2024-05-06T00:00:00+03:00", to: "2024-05-07T00:00:00+03:00")
            } == "There is no client in this period that you may see.")
    }

    @Test func theFileIsOneClickAway() async throws {
        let site = try await ReportSite(LedgerRecords(baseCurrency: .eur))
        let facts = try await site.store(try someResult())
        try await site.visit { client in
            let text = try await client.page("/view?id=\(facts.id)", as: site.analyst).text
            #expect(text.contains("href=\"/reports/\(facts.id)/export?format=csv\""))
            let file = try await client.page("/reports/\(facts.id)/export?format=csv", as: site.otherReseller)
            #expect(file.text.hasPrefix("\u{FEFF}Month,"))
            #expect(file.text.components(separatedBy: "\r\n").count == 11 + 3)
        }
    }
}
