import DynamicsModel
import DynamicsWorkspace
import HTTPTypes
import Testing

struct AdministrationTests {
    @Test func onlyAdministratorsGetIn() async throws {
        let site = try await ListSite()
        let user = site.otto.account.id
        let pages = [
            "", "/users", "/users/new", "/users/\(user)/role", "/users/\(user)/password", "/users/\(user)/disable",
            "/tokens",
            "/tokens/new", "/audit",
        ]
        for page in pages {
            #expect(try await site.get("/administration\(page)", as: site.administrator).status == .ok, "\(page)")
            for visitor in [site.ann, site.north, site.south] {
                #expect(try await site.get("/administration\(page)", as: visitor).status == .forbidden, "\(page)")
            }
        }
        let forms = [
            "/users", "/users/\(user)/role", "/users/\(user)/password", "/users/\(user)/disable",
            "/users/\(user)/enable",
            "/tokens", "/tokens/1/revoke",
        ]
        for form in forms {
            let fields = [("name", "x"), ("role", "administrator")]
            for visitor in [site.ann, site.north] {
                #expect(try await site.post("/administration\(form)", as: visitor, fields).status == .forbidden)
            }
            let forged = try await site.post("/administration\(form)", as: site.administrator, fields, csrf: "")
            #expect(forged.status == .forbidden, "\(form)")
        }
        #expect(try await site.workspace.accounts().count == 5)
    }

    @Test func theOverviewSaysWhatThereIs() async throws {
        let site = try await ListSite()
        try await site.workspace.setDisabled(true, of: site.otto.account)
        let text = try await site.get("/administration", as: site.administrator).text
        #expect(text.contains("<dt>Revision</dt><dd><data value=\"7\">7</data></dd>"))
        #expect(text.contains("<dt>Base currency</dt><dd>EUR</dd>"))
        #expect(text.contains("<th scope=\"row\">Clients</th><td class=\"number\"><data value=\"9\">9</data></td>"))
        #expect(text.contains("datetime=\"2024-01-02T09:00:00Z\"") && text.contains("1 disabled"))
    }

    @Test func aUserIsAddedWithATypedPassword() async throws {
        let site = try await ListSite()
        let answer = try await site.post(
            "/administration/users", as: site.administrator,
            [
                ("name", "Nils"), ("role", "reseller"), ("reseller", "north"), ("how", "typed"),
                ("password", "a long password"), ("repeated", "a long password"),
            ])
        let nils = try #require(try await site.workspace.account(named: "nils"))
        #expect(answer.location == "/administration/users?notice=user-added#user-\(nils.id)")
        #expect(nils.role == .reseller && nils.reseller == "north")
        let list = try await site.get("/administration/users", as: site.administrator).text
        #expect(list.contains("of North Telecom (north)"))
        guard case .signedIn = try await site.workspace.signIn(name: "Nils", password: "a long password", address: "")
        else {
            Issue.record("cannot sign in")
            return
        }
    }

    @Test func aGeneratedPasswordIsShownOnceAndWorks() async throws {
        let site = try await ListSite()
        let answer = try await site.post(
            "/administration/users", as: site.administrator,
            [("name", "gina"), ("role", "analyst"), ("how", "generated"), ("reseller", "ignored")])
        #expect(answer.status == .ok)
        let password = try #require(answer.text.firstMatch(of: /value="([a-z2-9]{5}(?:-[a-z2-9]{5}){4})"/)?.1)
        guard
            case .signedIn = try await site.workspace.signIn(name: "gina", password: String(password), address: "")
        else {
            Issue.record("cannot sign in")
            return
        }
        let gina = try #require(try await site.workspace.account(named: "gina"))
        let again = try await site.post(
            "/administration/users/\(gina.id)/password", as: site.administrator, [("how", "generated")])
        let second = try #require(again.text.firstMatch(of: /value="([a-z2-9]{5}(?:-[a-z2-9]{5}){4})"/)?.1)
        #expect(second != password)
        #expect(try await !site.get("/administration/users", as: site.administrator).text.contains(second))
    }

    @Test(arguments: [
        (["name": ""], "name-error"), (["name": "ADA"], "is there already"), (["role": "ledger_writer"], "role-error"),
        (["role": ""], "Choose one of"), (["role": "reseller"], "reseller-error"),
        (["role": "reseller", "reseller": "anna"], "no reseller with the id &quot;anna&quot;"),
        (["role": "reseller", "reseller": "<x>"], "&lt;x&gt;"),
        (["password": "short", "repeated": "short"], "password-error"),
        (["repeated": "another password"], "The two do not match."),
    ])
    func whatIsWrongWithANewUserIsSaidBesideTheField(changes: [String: String], sign: String) async throws {
        let site = try await ListSite()
        var fields = [
            "name": "zoe", "role": "analyst", "reseller": "", "how": "typed", "password": "a long password",
            "repeated": "a long password",
        ]
        fields.merge(changes) { $1 }
        let answer = try await site.post(
            "/administration/users", as: site.administrator, fields.map { ($0.key, $0.value) })
        #expect(answer.status == .unprocessableContent)
        #expect(answer.text.contains(sign) && answer.text.contains("aria-invalid=\"true\""))
        if changes["name"] == nil { #expect(answer.text.contains("value=\"zoe\"")) }
        #expect(!answer.text.contains("a long password") && !answer.text.contains("<x>"))
        #expect(try await site.workspace.accounts().count == 5)
    }

    @Test func aRoleIsChangedButNotTheLastAdministrators() async throws {
        let site = try await ListSite()
        let address = "/administration/users/\(site.otto.account.id)/role"
        let page = try await site.get("/administration/users/\(site.north.account.id)/role", as: site.administrator)
            .text
        #expect(
            page.contains("<option value=\"reseller\" selected>") && page.contains("name=\"reseller\" value=\"north\""))
        let changed = try await site.post(
            address, as: site.administrator, [("role", "reseller"), ("reseller", "fjord")])
        #expect(changed.location == "/administration/users?notice=user-changed#user-\(site.otto.account.id)")
        #expect(try await site.workspace.account(named: "otto")?.reseller == "fjord")
        let last = try await site.post(
            "/administration/users/\(site.administrator.account.id)/role", as: site.administrator, [("role", "analyst")]
        )
        #expect(last.status == .unprocessableContent && last.text.contains("is the last administrator"))
        #expect(try await site.post("/administration/users/999/role", as: site.administrator).status == .notFound)
        #expect(try await site.post("/administration/users/x/role", as: site.administrator).status == .notFound)
    }

    @Test func aUserIsDisabledAfterAQuestionAndEnabledAgain() async throws {
        let site = try await ListSite()
        let address = "/administration/users/\(site.otto.account.id)"
        #expect(try await site.get("\(address)/disable", as: site.administrator).text.contains("Disable otto?"))
        #expect(try await site.workspace.account(named: "otto")?.isDisabled == false)
        _ = try await site.post("\(address)/disable", as: site.administrator)
        #expect(try await site.workspace.account(named: "otto")?.isDisabled == true)
        #expect(try await site.workspace.session(token: site.otto.session.token) == nil)
        #expect(try await site.get("/administration/users", as: site.administrator).text.contains("\(address)/enable"))
        _ = try await site.post("\(address)/enable", as: site.administrator)
        #expect(try await site.workspace.account(named: "otto")?.isDisabled == false)
    }

    @Test func nobodyDisablesThemselves() async throws {
        let site = try await ListSite()
        try await site.workspace.setRole(.administrator, of: site.ann.account)
        let address = "/administration/users/\(site.administrator.account.id)/disable"
        let answer = try await site.post(address, as: site.administrator)
        #expect(answer.status == .unprocessableContent)
        #expect(answer.text.contains("You cannot disable your own account"))
        #expect(try await site.workspace.account(named: "ada")?.isDisabled == false)
    }

    @Test func aTokenIsCreatedShownOnceAndRevoked() async throws {
        let site = try await ListSite()
        let answer = try await site.post(
            "/administration/tokens", as: site.administrator,
            [("name", "billing <import>"), ("role", "ledger_writer"), ("date", "2025-06-30")])
        #expect(answer.status == .ok)
        let secret = String(try #require(answer.text.firstMatch(of: /value="(cdt_[A-Za-z0-9_-]+)"/)?.1))
        #expect(try await site.workspace.authenticate(secret: secret)?.role == .ledgerWriter)
        let token = try #require(try await site.workspace.tokens().first)
        #expect(token.expiresAt?.seconds == 1_751_328_000)
        let list = try await site.get("/administration/tokens", as: site.administrator).text
        #expect(list.contains("billing &lt;import&gt;") && list.contains("by ada") && !list.contains(secret))
        let revoke = "/administration/tokens/\(token.id)/revoke"
        #expect(try await site.get(revoke, as: site.administrator).text.contains("It was last used on 2025-01-01"))
        #expect(
            try await site.post(revoke, as: site.administrator).location
                == "/administration/tokens?notice=token-revoked#token-\(token.id)")
        #expect(try await site.workspace.authenticate(secret: secret) == nil)
        #expect(try await site.post("/administration/tokens/999/revoke", as: site.administrator).status == .notFound)
    }

    @Test(arguments: [
        (["name": ""], "name-error"), (["role": "king"], "role-error"), (["date": "2024-01-01"], "date-error"),
        (["date": "soon"], "date-error"), (["role": "reseller", "reseller": "nowhere"], "reseller-error"),
        (["date": "2025-06-30", "timezone": "Mars/Olympus"], "date-error"),
    ])
    func whatIsWrongWithANewTokenIsSaidBesideTheField(changes: [String: String], sign: String) async throws {
        let site = try await ListSite()
        var fields = ["name": "reader", "role": "analyst", "date": ""]
        fields.merge(changes) { $1 }
        let answer = try await site.post(
            "/administration/tokens", as: site.administrator, fields.map { ($0.key, $0.value) })
        #expect(answer.status == .unprocessableContent && answer.text.contains("id=\"\(sign)\""))
        #expect(try await site.workspace.tokens().isEmpty)
    }

    @Test func theAuditLogIsPagedAndFiltered() async throws {
        let site = try await ListSite()
        for number in 1...120 {
            try await site.workspace.note(.reportExported, by: site.ann.account, subject: "report-\(number)-end")
        }
        try await site.workspace.note(.imported, by: nil, name: "<b>token</b>", subject: "ledger")
        let address = "/administration/audit"
        let first = try await site.get(address, as: site.administrator).text
        #expect(first.contains("&lt;b&gt;token&lt;/b&gt;") && !first.contains("<b>token"))
        #expect(first.contains("report-120-end") && !first.contains("report-20-end"))
        #expect(first.contains("<span class=\"utc\">2025-01-01 00:00:00</span>"))
        let older = try #require(first.firstMatch(of: /rel="next" href="([^"]+)"/)?.1).replacing("&amp;", with: "&")
        let second = try await site.get(String(older), as: site.administrator).text
        #expect(
            second.contains("report-20-end") && second.contains("report-21-end") && !second.contains("report-22-end"))
        let filtered = try await site.get("\(address)?action=imported", as: site.administrator).text
        #expect(filtered.contains("&lt;b&gt;token") && !filtered.contains("report-120-end"))
        let anns = try await site.get("\(address)?action=report_exported&person=ANN", as: site.administrator).text
        #expect(anns.contains("report-120-end"))
        #expect(anns.contains("action=report_exported&amp;person=ANN&amp;before="))
        let nobody = try await site.get("\(address)?person=nobody", as: site.administrator).text
        #expect(nobody.contains("Nothing of this kind has happened."))
    }
}
