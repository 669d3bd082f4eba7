import DynamicsModel
import DynamicsWorkspace
import HTTPTypes
import Testing

struct MyReportsTests {
    @Test func onesOwnReportsAreListedWithWhatIsKnownOfThem() async throws {
        let site = try await ListSite()
        let report = try await site.storeReport(by: site.ann)
        let page = try await site.get("/reports", as: site.ann)
        #expect(page.status == .ok)
        #expect(page.text.contains("<a href=\"/view?id=\(report.id)\">2024-01-01 to 2024-03-31, UTC</a>"))
        #expect(page.text.contains("by month; base currency; active within 3 months"))
        #expect(page.text.contains("<time datetime=\"2025-01-01T00:00:00Z\">2025-01-01 00:00 UTC</time>"))
        #expect(page.text.contains("<td role=\"cell\" data-label=\"Duration\" class=\"number\">1.2 s</td>"))
        #expect(page.text.contains("<data value=\"3\">3</data>"))
        #expect(page.text.contains("<span class=\"badge open\">Shared</span>"))
        #expect(!page.text.contains("aria-label=\"Pages\""))
        #expect(try await !site.get("/reports", as: site.otto).text.contains(report.id))
    }

    @Test func aRelativePeriodIsShownWithItsDatesUnlessMidnightMakesThemDoubtful() async throws {
        let site = try await ListSite()
        // The run began in 2024 and ended in 2025: whether "today" was the one day or the other is not known.
        _ = try await site.storeReport(by: site.ann, preset: .today)
        let doubtful = try await site.get("/reports", as: site.ann)
        #expect(doubtful.text.contains(">Today, UTC</a>"))
        site.clock.pass(3600)
        _ = try await site.storeReport(by: site.ann, preset: .lastMonth)
        let page = try await site.get("/reports", as: site.ann)
        #expect(page.text.contains(">Last month (2024-12-01 to 2024-12-31), UTC</a>"))
    }

    @Test func whatOthersSharedIsListedOnceItWasOpened() async throws {
        let site = try await ListSite()
        let report = try await site.storeReport(by: site.ann)
        #expect(try await site.get("/reports?list=shared", as: site.otto).text.contains("once you have opened it"))
        for visitor in [site.otto, site.south, site.administrator] {
            try await site.workspace.noteOpening(of: report.id, by: visitor.account)
        }
        let colleague = try await site.get("/reports?list=shared", as: site.otto).text
        #expect(colleague.contains("by ann"))
        #expect(!colleague.contains("/reports/\(report.id)/delete"))
        let stranger = try await site.get("/reports?list=shared", as: site.south).text
        #expect(stranger.contains("by Analyst") && !stranger.contains("by ann"))
        let administrator = try await site.get("/reports?list=shared", as: site.administrator).text
        #expect(administrator.contains("/reports/\(report.id)/delete?back=%2Freports%3Flist%3Dshared"))
        try await site.workspace.revoke(report.id, by: site.ann.account)
        #expect(try await !site.get("/reports?list=shared", as: site.otto).text.contains(report.id))
    }

    @Test func aListHasPagesOfFifty() async throws {
        let site = try await ListSite()
        var ids: [String] = []
        for _ in 0..<101 { ids.append(try await site.storeReport(by: site.ann).id) }
        func shown(_ address: String) async throws -> (ids: Set<String>, text: String) {
            let text = try await site.get(address, as: site.ann).text
            return (Set(ids.filter { text.contains("id=\"report-\($0)\"") }), text)
        }
        let first = try await shown("/reports")
        #expect(first.ids == Set(ids.suffix(50)))
        #expect(first.text.contains("rel=\"next\" href=\"/reports?page=2\"") && !first.text.contains("rel=\"prev\""))
        let second = try await shown("/reports?page=2")
        #expect(second.ids == Set(ids[1...50]))
        #expect(
            second.text.contains("rel=\"prev\" href=\"/reports\"") && second.text.contains("href=\"/reports?page=3\""))
        let third = try await shown("/reports?page=3")
        #expect(third.ids == [ids[0]] && !third.text.contains("rel=\"next\""))
        for nonsense in ["0", "-1", "x", "99999999999999999999"] {
            #expect(try await shown("/reports?page=\(nonsense)").ids == first.ids)
        }
    }

    @Test func theOwnerAndAdministratorsRevokeAndRestore() async throws {
        let site = try await ListSite()
        let report = try await site.storeReport(by: site.ann)
        let back = ("back", "/reports?page=1#report-\(report.id)")
        for visitor in [site.ann, site.administrator] {
            let revoked = try await site.post("/reports/\(report.id)/revoke", as: visitor, [back])
            #expect(revoked.status == .seeOther)
            #expect(revoked.location == "/reports?page=1&notice=link-revoked#report-\(report.id)")
            #expect(try await site.workspace.facts(id: report.id, for: site.otto.account) == nil)
            let restored = try await site.post("/reports/\(report.id)/restore", as: visitor, [back])
            #expect(restored.location == "/reports?page=1&notice=link-restored#report-\(report.id)")
            #expect(try await site.workspace.facts(id: report.id, for: site.otto.account) != nil)
        }
        let page = try await site.get("/reports?notice=link-revoked", as: site.ann).text
        #expect(page.contains("The link is revoked: only you and administrators can open the report now."))
        #expect(try await !site.get("/reports?notice=You+are+fired", as: site.ann).text.contains("fired"))
    }

    @Test(arguments: ["revoke", "restore", "expiry", "delete"])
    func forEverybodyElseThereIsNoSuchReport(action: String) async throws {
        let site = try await ListSite()
        let report = try await site.storeReport(by: site.ann)
        for visitor in [site.otto, site.north, site.south] {
            let answer = try await site.post("/reports/\(report.id)/\(action)", as: visitor, [("date", "2030-01-01")])
            #expect(answer.status == .notFound)
            if ["expiry", "delete"].contains(action) {
                #expect(try await site.get("/reports/\(report.id)/\(action)", as: visitor).status == .notFound)
            }
        }
        #expect(try await site.post("/reports/none/\(action)", as: site.ann).status == .notFound)
        let facts = try await site.workspace.facts(id: report.id, for: site.ann.account)
        #expect(facts == report)
    }

    @Test(arguments: ["revoke", "restore", "expiry", "delete"])
    func aFormFromElsewhereIsRefused(action: String) async throws {
        let site = try await ListSite()
        let report = try await site.storeReport(by: site.ann)
        for csrf in ["", site.otto.session.csrfToken] {
            let answer = try await site.post("/reports/\(report.id)/\(action)", as: site.ann, csrf: csrf)
            #expect(answer.status == .forbidden)
        }
        #expect(try await site.workspace.facts(id: report.id, for: site.ann.account) == report)
    }

    @Test func anExpiryIsTheEndOfADayInTheVisitorsTimezone() async throws {
        let site = try await ListSite()
        let report = try await site.storeReport(by: site.ann)
        let address = "/reports/\(report.id)/expiry"
        func expiry() async throws -> Int64? {
            try await site.workspace.facts(id: report.id, for: site.ann.account)?.expiresAt?.seconds
        }
        let plain = try await site.post(address, as: site.ann, [("date", "2025-01-31")])
        #expect(plain.location == "/reports?notice=expiry-set")
        #expect(try await expiry() == 1_738_368_000)
        _ = try await site.post(address, as: site.ann, [("date", "2025-01-31"), ("timezone", "Europe/Kyiv")])
        #expect(try await expiry() == 1_738_368_000 - 7200)
        let list = try await site.get("/reports", as: site.ann).text
        #expect(list.contains("Shared until</span> <time class=\"more\" datetime=\"2025-01-31T22:00:00Z\">"))
        let page = try await site.get(address, as: site.ann).text
        #expect(page.contains("value=\"2025-01-31\"") && page.contains("name=\"clear\""))
        #expect(
            try await site.post(address, as: site.ann, [("clear", "yes"), ("date", "2025-02-01")]).location
                == "/reports?notice=expiry-cleared")
        #expect(try await expiry() == nil)
    }

    @Test(arguments: [
        ("2024-12-31", "Must be in the future."), ("2025-02-30", "is not a date; write it as 2024-03-31."),
        ("<b>", "&lt;b&gt;"), ("2025-03-01T10:00", "is not a date"),
    ])
    func anExpiryThatMakesNoSenseIsExplainedBesideItsField(date: String, reason: String) async throws {
        let site = try await ListSite()
        let report = try await site.storeReport(by: site.ann)
        let answer = try await site.post("/reports/\(report.id)/expiry", as: site.ann, [("date", date)])
        #expect(answer.status == .unprocessableContent)
        #expect(answer.text.contains("aria-invalid=\"true\"") && answer.text.contains("id=\"date-error\""))
        #expect(answer.text.contains(reason) && !answer.text.contains("<b>"))
        #expect(try await site.workspace.facts(id: report.id, for: site.ann.account)?.expiresAt == nil)
    }

    @Test func anExpiredLinkIsSaidToBe() async throws {
        let site = try await ListSite()
        let report = try await site.storeReport(by: site.ann)
        try await site.workspace.setExpiry(
            Instant(seconds: site.clock.now.seconds + 60), report.id, by: site.ann.account)
        site.clock.pass(60)
        #expect(
            try await site.get("/reports", as: site.ann).text.contains("<span class=\"badge closed\">Expired</span>"))
    }

    @Test func deletingAsksFirstAndSaysWhatIsLost() async throws {
        let site = try await ListSite()
        let report = try await site.storeReport(by: site.ann)
        let address = "/reports/\(report.id)/delete"
        let mine = try await site.get("\(address)?back=%2Freports%3Fpage%3D2", as: site.ann)
        #expect(mine.text.contains("Delete this report?") && mine.text.contains("for everybody who has it"))
        #expect(mine.text.contains("<input type=\"hidden\" name=\"back\" value=\"/reports?page=2\">"))
        #expect(!mine.text.contains("belongs to"))
        #expect(
            try await site.get(address, as: site.administrator).text.contains("It belongs to ann, who loses it too."))
        try await site.workspace.revoke(report.id, by: site.ann.account)
        #expect(try await site.get(address, as: site.ann).text.contains("opens for nobody else already"))
        #expect(try await site.workspace.facts(id: report.id, for: site.ann.account) != nil)
        let deleted = try await site.post(address, as: site.ann, [("back", "/view?id=\(report.id)")])
        #expect(deleted.location == "/reports?notice=report-deleted")
        #expect(try await site.workspace.facts(id: report.id, for: site.ann.account) == nil)
        #expect(try await site.post(address, as: site.ann).status == .notFound)
    }

    @Test(arguments: ["https://evil.example/", "//evil.example", "/\\evil.example", "/a\r\nSet-Cookie: a=b"])
    func oneIsNeverSentToAnotherSite(back: String) async throws {
        let site = try await ListSite()
        let report = try await site.storeReport(by: site.ann)
        let answer = try await site.post("/reports/\(report.id)/revoke", as: site.ann, [("back", back)])
        #expect(answer.location == "/?notice=link-revoked")
        let page = try await site.get("/reports/\(report.id)/delete?back=\(ListSite.encode(back))", as: site.ann).text
        #expect(!page.contains("evil") && !page.contains("Set-Cookie"))
    }

    @Test func theReportsOwnPageSendsTheFieldsThatAreTakenHere() async throws {
        let site = try await ListSite()
        let report = try await site.storeReport(by: site.ann)
        let page = try await site.get("/view?id=\(report.id)", as: site.ann).text
        #expect(page.contains("action=\"/reports/\(report.id)/revoke\"") && page.contains("name=\"date\""))
        let back = try #require(page.firstMatch(of: /name="back" value="([^"]+)"/)?.1)
        let answer = try await site.post("/reports/\(report.id)/revoke", as: site.ann, [("back", String(back))])
        #expect(answer.location == "/view?id=\(report.id)&notice=link-revoked")
        let after = try await site.get("/view?id=\(report.id)&notice=link-revoked", as: site.ann).text
        #expect(after.contains("The link is revoked") && after.contains("/reports/\(report.id)/restore"))
    }
}
