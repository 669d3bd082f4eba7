import DynamicsModel
import DynamicsTestSupport
import DynamicsWorkspace
import Foundation
import HTTPTypes
import Testing

/// The query form: what fills it, what it sends, and what it says of mistakes.
@Suite struct QueryFormTests {
    // MARK: - There and back

    /// Drafts of every kind, made up.
    private static func draft(_ random: inout SplitMix64) -> QueryDraft {
        func some(_ values: [String]) -> [String] { random.shuffled(random.some(values, percent: 50)) }
        var text = QueryText()
        let preset = random.chance(50) ? random.pick(PeriodPreset.allCases) : nil
        if preset == nil {
            text.from = random.pick(["2024-01-01", "2024-01-05T09:30"])
            text.to = random.pick(["2024-02-29", "2024-03-01T00:00"])
        }
        text.timezone = random.pick(["UTC", "Europe/Kyiv", "Asia/Kathmandu"])
        text.groupBy = some(["year", "month", "date", "package"])
        text.clientTypes = random.some(ClientType.allCases.map(\.rawValue), percent: 50)
        text.tags = some(["vip", "stone", "e\u{301}", "\u{E9}", "a,b;c", "<b>\"'&", " \u{202E}x"])
        text.tagMode = text.tags.isEmpty ? "any" : random.pick(["any", "all"])
        text.owners = some(["", "r1", "r11", "r2"])
        text.packages = some(["p1", "p2", "p0"])
        text.currency = nil
        text.activeMonths = random.between(1...120)
        return QueryDraft(preset: preset, text: text)
    }

    @Test func aSavedQueryFillsTheFormAndComesBackTheSame() async throws {
        let form = try await FormSite()
        let analyst = form.site.analyst.account
        let seed = UInt64.random(in: 0 ... .max)
        var random = SplitMix64(seed: seed)
        for _ in 0..<12 {
            let draft = Self.draft(&random)
            let template = try await form.site.workspace.addTemplate(
                name: "kept", visibility: .me, draft: draft, output: "csv", by: analyst)
            let shown = try await form.get("/?template=\(template.id)").form()
            let fields = shown.controls.map { ($0[0], $0[1]) }
            let again = try await form.post(fields + [("do", "refresh")]).form()
            #expect(again.controls == shown.controls, "seed \(seed)")
            let saved = try await form.post(
                "/query/save", fields + [("name", "copy"), ("visibility", "me"), ("replace", "no")])
            let id = try #require(saved.location?.split(separator: "=").last?.split(separator: "&").first)
            let copy = try #require(
                try await form.site.workspace.template(id: String(id), for: analyst), "seed \(seed): \(draft)")
            #expect(copy.draft == draft, "seed \(seed)")
            #expect(copy.output == "csv")
        }
    }

    @Test func nothingChosenIsAGoodStart() async throws {
        let form = try await FormSite()
        let shown = try await form.get("/").form()
        #expect(shown.value("preset") == "last_12_months")
        #expect(shown.value("timezone") == "UTC")
        #expect(shown.elements["timezone"]?.attributes["data-guess"] != nil)
        #expect(shown.values("group_by") == ["month"])
        #expect(shown.value("active_months") == "3")
        #expect(shown.focused == [])
        let sent = shown.controls.map { ($0[0], $0[1]) }
        #expect(try await form.post(sent).status == .seeOther)
    }

    @Test func theDefaultTemplateOpensWithThePage() async throws {
        let form = try await FormSite()
        let analyst = form.site.analyst.account
        var text = QueryText()
        text.groupBy = ["package"]
        let template = try await form.site.workspace.addTemplate(
            name: "Mine <b>", visibility: .me, draft: QueryDraft(preset: .lastWeek, text: text), by: analyst)
        try await form.site.workspace.setDefaultTemplate(template.id, for: analyst)
        let page = try await form.get("/")
        #expect(page.text.contains("Filled from <strong>Mine &lt;b&gt;</strong>"))
        #expect(try await page.form().value("preset") == "last_week")
        #expect(try await form.get("/?new").form().value("preset") == "last_12_months")
        let other = try await form.get("/?template=\(template.id)", as: form.site.otherAnalyst)
        #expect(other.text.contains("This saved query is not for you, or not there any more."))
        #expect(try await other.form().value("preset") == "last_12_months")
    }

    // MARK: - Mistakes

    struct Mistake: Sendable, CustomTestStringConvertible {
        let fields: [(String, String)]
        let control: String
        let phrase: String
        var testDescription: String { "\(control): \(phrase)" }

        init(_ field: String, _ values: [String], at control: String? = nil, _ phrase: String) {
            fields = FormSite.query.filter { $0.0 != field } + values.map { (field, $0) }
            self.control = control ?? field
            self.phrase = phrase
        }
    }

    static let mistakes = [
        Mistake("preset", ["tomorrow"], "Choose a period."),
        Mistake("from", [""], "Give the first date."),
        Mistake("from", ["2024-02-30"], "2024-02-30"),
        Mistake("to", [" "], "Give the last date."),
        Mistake("to", ["2023-12-31"], "not after its start"),
        Mistake("to_time", ["09:31"], at: "to", "quarter of an hour"),
        Mistake("timezone", [""], "Choose a timezone"),
        Mistake("timezone", ["europe/kyiv"], "did you mean Europe/Kyiv?"),
        Mistake("tags_search", ["wat"], at: "tags-search", "Choose what \"wat\" shall be"),
        Mistake("tags_search", ["nowhere"], at: "tags-search", "Nothing is called \"nowhere\""),
        Mistake("tag_mode", ["some"], at: "tags-search", "some"),
        Mistake("owners", ["nobody"], at: "owners-search", "There is no reseller \"nobody\""),
        Mistake("packages", ["nothing"], at: "packages-search", "There is no package \"nothing\""),
        Mistake("output", ["pdf"], "Choose a type"),
        Mistake("currency", ["euro"], "euro"),
        Mistake("active_months", ["0"], "from 1 to 120"),
        Mistake("active_months", ["+3"], "from 1 to 120"),
        Mistake("active_months", ["3.5"], "from 1 to 120"),
    ]

    @Test(arguments: mistakes) func aMistakeStandsBesideItsField(_ mistake: Mistake) async throws {
        let form = try await FormSite()
        let answer = try await form.post(mistake.fields)
        #expect(answer.status == .unprocessableContent)
        let shown = try await answer.form()
        let error = try #require(shown.error(at: mistake.control))
        #expect(error.contains(mistake.phrase))
        #expect(shown.problemLinks == ["#\(mistake.control)"])
        #expect(shown.focused == [mistake.control])
        // What was typed is still there, and what was not typed is not.
        for (name, value) in mistake.fields where !["preset", "output", "tag_mode"].contains(name) {
            #expect(shown.values(name).contains(value), "\(name)")
        }
    }

    @Test func allMistakesAreShownAtOnce() async throws {
        let form = try await FormSite()
        let fields = [
            ("preset", "custom"), ("from", "x"), ("to", ""), ("timezone", "Kyiv"), ("owners", "nobody"),
            ("packages", "p1"), ("packages", "nothing"), ("group_by", "week"), ("output", "web"),
            ("active_months", "x"),
        ]
        let shown = try await form.post(fields).form()
        let expected = ["from", "to", "timezone", "owners-search", "packages-search", "group-by", "active_months"]
        #expect(shown.problemLinks == expected.map { "#" + $0 })
        #expect(shown.focused == ["from"])
        #expect(shown.values("packages") == ["p1", "nothing"])
    }

    @Test func whatIsGroupedByTwiceIsRefused() async throws {
        let form = try await FormSite()
        let answer = try await form.post(FormSite.query("group_by", "month", "month"))
        #expect(answer.status == .unprocessableContent)
        #expect(answer.text.contains("Month is there twice; name each grouping once."))
    }

    @Test func whatIsUnknownAndWhatIsNotVisibleReadTheSame() async throws {
        let form = try await FormSite()
        for (field, hidden) in [("owners", "r2"), ("owners", ""), ("packages", "p2"), ("packages", "p0")] {
            let one = try await form.post(FormSite.query(field, hidden), as: form.site.reseller)
            let other = try await form.post(FormSite.query(field, "unheard"), as: form.site.reseller)
            #expect(one.status == .unprocessableContent)
            let control = "\(field)-search"
            let said = try await one.form().error(at: control)
            let saidOther = try await other.form().error(at: control)
            #expect(said == saidOther?.replacingOccurrences(of: "unheard", with: hidden))
            for name in ["Roads", "Wheel", "Wall"] { #expect(!one.text.contains(">\(name)<")) }
        }
        #expect(try await form.post(FormSite.query("owners", "r11"), as: form.site.reseller).status == .seeOther)
    }

    // MARK: - Hostile input

    static let hostile = [
        "\"><script>alert(1)</script>", "' onfocus='alert(1)", "\"\u{301} onfocus=alert(1) autofocus \"",
        "<\u{338}img src=x onerror=alert(1)>", "{{csrf}}{{{report}}}", "</textarea></select></form>",
    ]

    @Test(arguments: hostile) func markupInAnyFieldIsText(_ text: String) async throws {
        let form = try await FormSite()
        let lists = ["tags", "owners", "packages"]
        let single = [
            "from", "from_time", "to", "to_time", "timezone", "tags_search", "owners_search", "packages_search",
            "active_months", "currency", "template",
        ]
        let fields = (lists + single).map { ($0, text) } + [("preset", "custom"), ("output", text), ("group_by", text)]
        for extra in [[("do", "refresh")], [], [("do", "save")]] {
            let shown = try await form.post(fields + extra).form()
            for name in lists + single { #expect(shown.values(name) == [text], "\(name)") }
            #expect(shown.scripts.allSatisfy { $0.hasPrefix("/assets/") })
            #expect(!shown.attributeNames.contains { $0.hasPrefix("on") || $0 == "style" })
        }
        let saved = try await form.post(
            "/query/save", FormSite.query + [("name", text + text), ("description", text), ("visibility", text)])
        #expect(saved.status == .unprocessableContent)
        #expect(!saved.text.contains("<script>") && !saved.text.contains("onfocus=alert(1) autofocus \"\""))
    }

    @Test func aHugeFormIsRefusedAndALongOneIsBounded() async throws {
        let form = try await FormSite()
        let huge = try await form.post([("tags", String(repeating: "x", count: 1 << 20))])
        #expect(huge.status == .contentTooLarge)
        let many = (0..<50_000).map { ("tags", "t\($0)") }
        let bounded = try await form.post(FormSite.query + many)
        #expect(bounded.status == .unprocessableContent)
        #expect(bounded.text.contains("Choose at most 1000."))
        #expect(bounded.text.utf8.count < 500_000)
        let long = try await form.post(FormSite.query("tags", String(repeating: "x", count: 500_000)))
        #expect(try await long.form().error(at: "tags-search") == "None of these may be longer than 255 characters.")
    }

    @Test func ofAFieldThatIsThereTwiceTheFirstCounts() async throws {
        let form = try await FormSite()
        let twice = [("preset", "today"), ("active_months", "7")] + FormSite.query + [("do", "refresh")]
        let shown = try await form.post(twice).form()
        #expect(shown.values("preset") == ["today"])
        #expect(shown.values("active_months") == ["7"])
        #expect(try await form.post(FormSite.query + [("do", "explode")]).status == .badRequest)
    }

    @Test func withoutTheSessionsTokenNothingHappens() async throws {
        let form = try await FormSite()
        for address in ["/query", "/query/save"] {
            let answer = try await form.post(address, FormSite.query + [("name", "x")], csrf: "forged")
            #expect(answer.status == .forbidden)
        }
        #expect(try await form.site.workspace.templates(for: form.site.analyst.account).isEmpty)
    }
}
