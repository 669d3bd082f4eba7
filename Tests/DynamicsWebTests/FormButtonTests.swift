import DynamicsModel
import DynamicsReports
import DynamicsTestSupport
import DynamicsWorkspace
import Foundation
import HTTPTypes
import Testing

/// What the form's buttons do: without scripts each of them loads the form anew.
@Suite struct FormButtonTests {
    /// The form after one press, sent with all that it showed before.
    private func press(_ button: String, in shown: HTMLForm, _ form: FormSite) async throws -> HTMLForm {
        #expect(shown.buttons.contains(button), "there is no button \(button)")
        return try await form.post(shown.controls.map { ($0[0], $0[1]) } + [("do", button)]).form()
    }

    @Test func filtersComeAndGo() async throws {
        let form = try await FormSite()
        var shown = try await form.get("/?new").form()
        #expect(shown.values("filter") == ["client_types"])
        shown = try await press("add-filter:tags", in: shown, form)
        #expect(shown.values("filter") == ["client_types", "tags"])
        #expect(shown.focused == ["tags-search"])
        #expect(!shown.buttons.contains("add-filter:tags"))
        shown = try await press("remove-filter:client_types", in: shown, form)
        #expect(shown.values("filter") == ["tags"])
        #expect(shown.focused == ["filters-menu"])
        shown = try await press("remove-filter:tags", in: shown, form)
        #expect(shown.values("filter") == [])
    }

    @Test func valuesAreFoundChosenAndDropped() async throws {
        let form = try await FormSite()
        var shown = try await form.post(
            FormSite.query + [("filter", "owners"), ("owners_search", "ri"), ("do", "find:owners")]
        ).form()
        #expect(shown.buttons.filter { $0.hasPrefix("choose:") } == ["choose:owners:r1", "choose:owners:r11"])
        #expect(shown.value("owners_search") == "ri")
        shown = try await press("choose:owners:r1", in: shown, form)
        #expect(shown.values("owners") == ["r1"])
        #expect(shown.value("owners_search") == "")
        shown = try await press("find:owners", in: shown, form)
        #expect(shown.buttons.contains("choose:owners:"), "the operator")
        #expect(!shown.buttons.contains("choose:owners:r1"), "what is chosen is not offered again")
        shown = try await press("choose:owners:", in: shown, form)
        shown = try await press("drop:owners:r1", in: shown, form)
        #expect(shown.values("owners") == [""])
    }

    @Test func whatIsTypedInFullNeedsNoChoosing() async throws {
        let form = try await FormSite()
        let fields = FormSite.query + [("packages_search", "wave"), ("do", "save")]
        let page = try await form.post(fields)
        #expect(page.status == .ok)
        #expect(page.text.contains("<input type=\"hidden\" name=\"packages\" value=\"p1\">"))
    }

    @Test func groupingsChangePlaces() async throws {
        let form = try await FormSite()
        var shown = try await form.get("/?new").form()
        shown = try await press("add-group:package", in: shown, form)
        shown = try await press("add-group:year", in: shown, form)
        #expect(shown.values("group_by") == ["month", "package", "year"])
        shown = try await press("move-up:year", in: shown, form)
        #expect(shown.values("group_by") == ["month", "year", "package"])
        #expect(shown.focused == ["move-up-year"])
        shown = try await press("move-down:month", in: shown, form)
        #expect(shown.values("group_by") == ["year", "month", "package"])
        shown = try await press("move-up:year", in: shown, form)
        #expect(shown.values("group_by") == ["year", "month", "package"], "the first one stays")
        shown = try await press("remove-group:month", in: shown, form)
        #expect(shown.values("group_by") == ["year", "package"])
        #expect(shown.focused == ["add-month"])
    }

    // MARK: - Query

    @Test func aGoodQueryRunsAndIsStored() async throws {
        let form = try await FormSite()
        let answer = try await form.post(FormSite.query("output", "csv") + [("owners", "r1"), ("tags", "vip")])
        #expect(answer.status == .seeOther)
        let location = try #require(answer.location)
        #expect(location.hasPrefix("/runs/") && location.hasSuffix("?output=csv"))
        let id = String(location.dropFirst("/runs/".count).prefix { $0 != "?" })
        let run = try #require(form.site.runs.run(id: id, for: form.site.analyst.account))
        let reportID = try await run.finished()
        let report = try #require(
            try await form.site.workspace.report(id: reportID, for: form.site.analyst.account))
        #expect(report.facts.draft.text.owners == ["r1"])
        #expect(report.facts.draft.text.tags == ["vip"])
        #expect(report.facts.draft.text.timezone == "Europe/Kyiv")
        #expect(report.result.rows.count == 1, "the ledger ends in January")
    }

    @Test func aScriptIsToldWhereToGo() async throws {
        struct Goal: Decodable { let location: String }
        let form = try await FormSite()
        let answer = try await form.post(FormSite.query, accept: "application/json, text/html")
        #expect(answer.status == .ok)
        let goal = try JSONDecoder().decode(Goal.self, from: Data(answer.text.utf8))
        #expect(goal.location.hasPrefix("/runs/"))
        let wrong = try await form.post(FormSite.query("to", ""), accept: "application/json, text/html")
        #expect(wrong.status == .unprocessableContent)
        #expect(try await wrong.form().error(at: "to") == "Give the last date.")
    }

    // MARK: - Save and load

    @Test func aQueryIsSavedAndReplaced() async throws {
        let form = try await FormSite()
        let analyst = form.site.analyst.account
        let fields = FormSite.query.filter { !["from", "to", "preset"].contains($0.0) } + [("preset", "last_month")]
        let page = try await form.post(fields + [("do", "save")])
        #expect(page.status == .ok)
        #expect(page.text.contains("Last month, Europe/Kyiv; by month"))
        let saved = try await form.post(
            "/query/save",
            fields + [("name", " Months "), ("description", "one\r\ntwo"), ("visibility", "company")])
        #expect(saved.status == .seeOther)
        let template = try #require(try await form.site.workspace.templates(for: analyst).first)
        #expect(saved.location == "/?template=\(template.id)&saved")
        #expect(template.name == "Months")
        #expect(template.description == "one\ntwo")
        #expect(template.visibility == .company)
        #expect(template.draft.preset == .lastMonth)

        let change = FormSite.query("template", template.id) + [("name", "Dates"), ("visibility", "me")]
        _ = try await form.post("/query/save", change + [("replace", "yes")])
        let after = try await form.site.workspace.templates(for: analyst)
        #expect(after.map(\.name) == ["Dates"])
        #expect(after.first?.draft.text.from == "2024-01-01")
        _ = try await form.post("/query/save", change + [("replace", "no")])
        #expect(try await form.site.workspace.templates(for: analyst).count == 2)
    }

    @Test func nobodyReplacesWhatBelongsToOthers() async throws {
        let form = try await FormSite()
        let owner = form.site.analyst.account
        let template = try await form.site.workspace.addTemplate(
            name: "Theirs", visibility: .everyone, draft: QueryDraft(preset: .today, text: QueryText()), by: owner)
        let fields = FormSite.query("template", template.id) + [("name", "Mine"), ("visibility", "me")]
        let answer = try await form.post("/query/save", fields + [("replace", "yes")], as: form.site.reseller)
        #expect(answer.status == .seeOther)
        #expect(try await form.site.workspace.template(id: template.id, for: owner)?.name == "Theirs")
        #expect(
            try await form.site.workspace.templates(for: form.site.reseller.account).map(\.name) == ["Mine", "Theirs"])
    }

    @Test func whatCannotBeSavedSaysWhy() async throws {
        let form = try await FormSite()
        let fields = FormSite.query + [("name", " "), ("description", "kept"), ("visibility", "company")]
        let page = try await form.post("/query/save", fields)
        #expect(page.status == .unprocessableContent)
        #expect(page.text.contains("Must not be empty.") && page.text.contains(">kept</textarea>"))
        let shown = try await page.form()
        #expect(shown.elements["save-name"]?.attributes["aria-invalid"] == "true")
        let json = try await form.post("/query/save", fields, accept: "application/json")
        #expect(json.status == .unprocessableContent)
        let refusal = try JSONDecoder().decode([String: [[String: String]]].self, from: Data(json.text.utf8))
        #expect(refusal == ["fields": [["name": "name", "message": "Must not be empty."]]])
        let bad = try await form.post("/query/save", FormSite.query("from", "x") + [("name", "n")])
        #expect(try await bad.form().error(at: "from") != nil)
        #expect(try await form.site.workspace.templates(for: form.site.analyst.account).isEmpty)
    }

    @Test func theMenuShowsWhatOneMayLoad() async throws {
        let form = try await FormSite()
        func add(_ name: String, _ visibility: Template.Visibility, _ visitor: ReportSite.Visitor) async throws {
            _ = try await form.site.workspace.addTemplate(
                name: name, visibility: visibility, draft: QueryDraft(preset: .today, text: QueryText()),
                by: visitor.account)
        }
        let empty = try await form.get("/")
        #expect(!empty.text.contains("Load Query"))
        try await add("secret", .me, form.site.otherAnalyst)
        try await add("colleagues", .company, form.site.otherAnalyst)
        try await add("all", .everyone, form.site.reseller)
        try await add("own", .everyone, form.site.analyst)
        let page = try await form.get("/").text
        let menu = try #require(page.components(separatedBy: "id=\"load-query\"").last)
        let order = ["<h3>Mine", ">own<", "<h3>My company", ">colleagues<", "<h3>Everyone", ">all<"]
        var rest = menu[...]
        for text in order {
            let place = try #require(rest.range(of: text), "\(text)")
            rest = rest[place.upperBound...]
        }
        #expect(!page.contains(">secret<"))
    }

    // MARK: - Suggestions

    private func suggestions(
        _ query: String, as visitor: ReportSite.Visitor, _ form: FormSite
    ) async throws -> [String] {
        struct Answer: Decodable {
            struct Choice: Decodable { let id: String }
            let suggestions: [Choice]
        }
        let answer = try await form.get("/suggestions?\(query)", as: visitor, accept: "application/json")
        #expect(answer.status == .ok)
        return try JSONDecoder().decode(Answer.self, from: Data(answer.text.utf8)).suggestions.map(\.id)
    }

    @Test func suggestionsStayWithinTheScope() async throws {
        let form = try await FormSite()
        let (all, one, two) = (form.site.analyst, form.site.reseller, form.site.otherReseller)
        #expect(try await suggestions("kind=owners&q=", as: all, form) == ["", "r1", "r11", "r2"])
        #expect(try await suggestions("kind=owners&q=", as: one, form) == ["r1", "r11"])
        #expect(try await suggestions("kind=owners&q=ro", as: one, form) == [])
        #expect(try await suggestions("kind=owners", as: two, form) == ["r2"])
        #expect(try await suggestions("kind=tags&q=", as: one, form) == ["vip", "water"])
        #expect(try await suggestions("kind=tags&q=STO", as: two, form) == ["stone"])
        #expect(try await suggestions("kind=packages&q=w", as: one, form) == ["p1"])
        #expect(try await suggestions("kind=packages&q=w", as: all, form) == ["p0", "p1", "p2"])
    }

    @Test func suggestionsAreFew() async throws {
        let form = try await FormSite(FormSite.records(tagCount: 300))
        #expect(try await suggestions("kind=tags&q=many", as: form.site.analyst, form).count == 20)
        let long = String(repeating: "m", count: 10_000)
        #expect(try await suggestions("kind=tags&q=\(long)", as: form.site.analyst, form) == [])
        #expect(try await form.get("/suggestions?kind=names", accept: "application/json").status == .badRequest)
    }
}
