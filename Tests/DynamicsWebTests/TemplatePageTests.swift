import DynamicsModel
import DynamicsWorkspace
import HTTPTypes
import Testing

struct TemplatePageTests {
    static let draft = #"{"preset":"last_month","timezone":"Europe/Kyiv","group_by":["month"],"tags":["vip"]}"#

    @Test func everybodySeesTheirOwnTheirCompanysAndEveryones() async throws {
        let site = try await ListSite()
        _ = try await site.addTemplate("Private of Ann", by: site.ann)
        _ = try await site.addTemplate("Operator report", .company, description: "Read\nme", by: site.ann)
        _ = try await site.addTemplate("For all", .everyone, by: site.ann)
        _ = try await site.addTemplate("Northern", .company, by: site.north)
        func names(_ visitor: ListSite.Visitor, _ address: String = "/templates") async throws -> [String] {
            let text = try await site.get(address, as: visitor).text
            return ["Private of Ann", "Operator report", "For all", "Northern"].filter { text.contains(">\($0)</a>") }
        }
        #expect(try await names(site.ann) == ["Private of Ann", "Operator report", "For all"])
        #expect(try await names(site.otto) == ["Operator report", "For all"])
        #expect(try await names(site.north) == ["For all", "Northern"])
        #expect(try await names(site.south) == ["For all"])
        #expect(try await names(site.south, "/templates?others=yes") == ["For all"])
        #expect(try await names(site.administrator) == ["Operator report", "For all"])
        #expect(try await names(site.administrator, "/templates?others=yes").count == 4)

        let colleague = try await site.get("/templates", as: site.otto).text
        #expect(colleague.contains("of ann") && colleague.contains("Read\nme"))
        #expect(colleague.contains("<span>Last month, UTC</span>"))
        #expect(!colleague.contains("/delete?"))
        let stranger = try await site.get("/templates", as: site.south).text
        #expect(stranger.contains("of Another company") && !stranger.contains("of ann"))
        let empty = try await ListSite()
        #expect(try await empty.get("/templates", as: empty.south).text.contains("There is no template yet"))
    }

    @Test(arguments: [
        (["name": "  "], "name-error"), (["name": String(repeating: "x", count: 256)], "name-error"),
        (["description": String(repeating: "x", count: 2001)], "description-error"),
        (["visibility": "all"], "visibility-error"), (["output": "pdf"], "output-error"),
        (["draft": #"{"from":"2024-13-01","to":"2024-12-31"}"#], "The query cannot be saved like this: from:"),
        (["draft": #"{"preset":"today","timezone":"Mars/Olympus"}"#], "The query cannot be saved like this: timezone:"),
        (["draft": "{}"], "The query cannot be saved like this: from:"),
    ])
    func whatIsWrongIsSaidAndWhatWasTypedStays(changes: [String: String], sign: String) async throws {
        let site = try await ListSite()
        let template = try await site.addTemplate("Old", .me, by: site.ann)
        var fields = [
            "name": "A name & more", "description": "Some words", "visibility": "everyone", "draft": Self.draft,
            "output": "csv",
        ]
        fields.merge(changes) { $1 }
        let answer = try await site.post(
            "/templates/\(template.id)", as: site.ann, fields.map { ($0.key, $0.value) })
        #expect(answer.status == .unprocessableContent)
        #expect(answer.text.contains(sign))
        if changes["name"] == nil { #expect(answer.text.contains("value=\"A name &amp; more\"")) }
        if changes["description"] == nil { #expect(answer.text.contains("\nSome words</textarea>")) }
        if changes["visibility"] == nil { #expect(answer.text.contains("<option value=\"everyone\" selected>")) }
        if changes["output"] == nil { #expect(answer.text.contains("<option value=\"csv\" selected>")) }
        #expect(try await site.workspace.template(id: template.id, for: site.ann.account) == template)
    }

    @Test(arguments: ["[]", "{\"preset\":\"someday\"}", "{"])
    func aQueryThatCannotBeReadIsNotSaved(draft: String) async throws {
        let site = try await ListSite()
        let template = try await site.addTemplate("Old", .me, by: site.ann)
        let answer = try await site.post("/templates/\(template.id)", as: site.ann, [("draft", draft)])
        #expect(answer.status == .badRequest)
    }

    @Test func changingKeepsWhatTheFormDoesNotHave() async throws {
        let site = try await ListSite()
        let template = try await site.addTemplate("Old", .everyone, description: "Kept", by: site.ann)
        let page = try await site.get("/templates/\(template.id)/edit", as: site.ann).text
        #expect(page.contains("value=\"Old\"") && page.contains("Kept</textarea>"))
        let changed = try await site.post("/templates/\(template.id)", as: site.administrator, [("name", "New")])
        #expect(changed.location == "/templates?notice=template-changed#template-\(template.id)")
        var now = try #require(try await site.workspace.template(id: template.id, for: site.ann.account))
        #expect(now.name == "New" && now.description == "Kept" && now.visibility == .everyone)
        #expect(now.draft == template.draft && now.owner == site.ann.account.id)
        _ = try await site.post("/templates/\(template.id)", as: site.ann, [("draft", Self.draft), ("output", "csv")])
        now = try #require(try await site.workspace.template(id: template.id, for: site.ann.account))
        #expect(now.draft.text.timezone == "Europe/Kyiv" && now.output == "csv" && now.name == "New")
        let refused = try await site.post("/templates/\(template.id)", as: site.ann, [("name", "")])
        #expect(refused.status == .unprocessableContent && refused.text.contains("Edit template"))
    }

    @Test func onlyTheOwnerAndAdministratorsChangeAndDelete() async throws {
        let site = try await ListSite()
        let template = try await site.addTemplate("For all", .everyone, by: site.ann)
        let address = "/templates/\(template.id)"
        for visitor in [site.otto, site.north, site.south] {
            #expect(try await site.get("\(address)/edit", as: visitor).status == .notFound)
            #expect(try await site.post(address, as: visitor, [("name", "Mine")]).status == .notFound)
            #expect(try await site.get("\(address)/delete", as: visitor).status == .notFound)
            #expect(try await site.post("\(address)/delete", as: visitor).status == .notFound)
        }
        #expect(try await site.workspace.template(id: template.id, for: site.ann.account) == template)
        let asked = try await site.get("\(address)/delete", as: site.ann).text
        #expect(asked.contains("Delete “For all”?") && asked.contains("Everybody loses it, in all companies."))
        #expect(try await site.get("\(address)/delete", as: site.administrator).text.contains("it belongs to ann"))
        let deleted = try await site.post("\(address)/delete", as: site.ann, [("back", "/?template=\(template.id)")])
        #expect(deleted.location == "/templates?notice=template-deleted")
        #expect(try await site.workspace.template(id: template.id, for: site.ann.account) == nil)
    }

    @Test func privateTemplatesAreNotThereForOthers() async throws {
        let site = try await ListSite()
        let template = try await site.addTemplate("Secret", by: site.ann)
        for visitor in [site.otto, site.south] {
            for action in ["run", "duplicate", "default"] {
                let answer = try await site.post(
                    "/templates/\(template.id)/\(action)", as: visitor, [("default", "yes")])
                #expect(answer.status == .notFound, "\(action)")
            }
        }
    }

    @Test func runningGoesOnToTheRun() async throws {
        let site = try await ListSite()
        let template = try await site.addTemplate("For all", .everyone, by: site.ann)
        for visitor in [site.ann, site.south] {
            let answer = try await site.post("/templates/\(template.id)/run", as: visitor)
            #expect(answer.status == .seeOther)
            let location = try #require(answer.location)
            #expect(location.hasPrefix("/runs/") && location.hasSuffix("?output=web"))
        }
    }

    @Test func aTemplateThatCannotRunSaysWhy() async throws {
        let site = try await ListSite()
        var text = QueryText()
        (text.from, text.to, text.activeMonths) = ("2024-02-01", "2024-01-01", 3)
        let template = try await site.workspace.addTemplate(
            name: "<i>Broken</i>", visibility: .me, draft: QueryDraft(text: text), by: site.ann.account)
        let answer = try await site.post("/templates/\(template.id)/run", as: site.ann)
        #expect(answer.status == .unprocessableContent)
        #expect(answer.text.contains("“&lt;i&gt;Broken&lt;/i&gt;” cannot run:"))
        #expect(answer.text.contains("href=\"/?template=\(template.id)\""))
    }

    @Test func aCopyIsOnesOwn() async throws {
        let site = try await ListSite()
        let template = try await site.addTemplate("For all", .everyone, by: site.ann)
        let answer = try await site.post("/templates/\(template.id)/duplicate", as: site.south)
        let copy = try #require(
            try await site.workspace.templates(for: site.south.account).first { $0.owner == site.south.account.id })
        #expect(answer.location == "/templates?notice=template-copied#template-\(copy.id)")
        #expect(copy.name == "For all (copy)" && copy.visibility == .me)
    }

    @Test func theDefaultIsEverybodysOwnChoice() async throws {
        let site = try await ListSite()
        let template = try await site.addTemplate("For all", .everyone, by: site.ann)
        let address = "/templates/\(template.id)/default"
        #expect(
            try await site.post(address, as: site.south, [("default", "yes")]).location
                == "/templates?notice=default-set")
        #expect(try await site.workspace.defaultTemplate(for: site.south.account)?.id == template.id)
        #expect(try await site.workspace.defaultTemplate(for: site.ann.account) == nil)
        #expect(try await site.get("/templates", as: site.south).text.contains(">Default</span>"))
        #expect(try await !site.get("/templates", as: site.ann).text.contains(">Default</span>"))
        #expect(
            try await site.post(address, as: site.south, [("default", "no")]).location
                == "/templates?notice=default-unset")
        #expect(try await site.workspace.defaultTemplate(for: site.south.account) == nil)
        #expect(try await site.post(address, as: site.south, [("default", "perhaps")]).status == .badRequest)
    }

    @Test(arguments: ["/ID", "/ID/run", "/ID/duplicate", "/ID/default", "/ID/delete"])
    func aFormFromElsewhereIsRefused(path: String) async throws {
        let site = try await ListSite()
        let template = try await site.addTemplate("Mine", by: site.ann)
        let address = "/templates" + path.replacing("ID", with: template.id)
        let fields = [("name", "Changed"), ("draft", Self.draft), ("default", "yes")]
        #expect(try await site.post(address, as: site.ann, fields, csrf: "").status == .forbidden)
        #expect(try await site.workspace.templates(for: site.ann.account) == [template])
    }

    @Test(arguments: [
        #"<script>alert(1)</script>"#, #""><img src=x onerror=alert(1)>"#, "' onmouseover='x",
        // A mark behind the quote makes another character of both.
        "x\"\u{301} onfocus=\"\u{301}alert(1)", "{{csrf}}", "</textarea><b>",
    ])
    func hostileNamesAreText(name: String) async throws {
        let site = try await ListSite()
        let template = try await site.addTemplate(name, .everyone, description: name, by: site.ann)
        for address in ["", "/\(template.id)/edit", "/\(template.id)/delete"] {
            let text = try await site.get("/templates\(address)", as: site.ann).text
            #expect(!text.contains("<script>alert") && !text.contains("<img") && !text.contains("</textarea><b>"))
            // Compared by scalars: no quote of the name is left as it is.
            for mark in ["\"><img", "' onmouseover", "\"\u{301} onfocus"] {
                #expect(!text.utf8.contains(sequence: mark.utf8), "\(address): \(mark)")
            }
            #expect(!text.contains("{{") || name.contains("{{"))
        }
    }
}

extension Sequence<UInt8> {
    /// Whether these bytes occur in a row.
    func contains(sequence: some Sequence<UInt8>) -> Bool {
        let (all, part) = (Array(self), Array(sequence))
        guard all.count >= part.count else { return false }
        return (0...(all.count - part.count)).contains { all[$0..<($0 + part.count)].elementsEqual(part) }
    }
}
