import DynamicsModel
import DynamicsWorkspace
import Testing

@Suite struct TemplateTests {
    let office: Office
    var workspace: Workspace { office.workspace }

    init() throws { office = try Office() }

    private func add(_ name: String, _ visibility: Template.Visibility, by account: Account) async throws -> Template {
        try await workspace.addTemplate(name: name, visibility: visibility, draft: .sample, by: account)
    }

    @Test func aTemplateIsKept() async throws {
        let people = try await office.addPeople()
        let template = try await workspace.addTemplate(
            name: " Month's end ", description: "Two\nlines\u{1F600}", visibility: .company, draft: .sample,
            output: "xlsx",
            by: people.a)
        #expect(template.name == "Month's end" && template.description == "Two\nlines\u{1F600}")
        #expect(template.owner == people.a.id && template.ownerName == "Rob" && template.company == "A")
        #expect(template.draft == .sample && template.output == "xlsx" && template.visibility == .company)
        #expect(template.createdAt == office.clock.now && template.changedAt == office.clock.now && !template.isDefault)
        #expect(try await office.reopened().template(id: template.id, for: people.colleague) == template)
        #expect(try await workspace.template(id: "nothing", for: people.administrator) == nil)
        #expect(try await add("Month's end", .me, by: people.a).id != template.id, "names may repeat")
    }

    /// Who sees and who changes what: all people, all owners, all visibilities.
    @Test(arguments: Template.Visibility.allCases) func visibility(_ visibility: Template.Visibility) async throws {
        let people = try await office.addPeople()
        for owner in people.all {
            let template = try await add("of \(owner.name)", visibility, by: owner)
            for viewer in people.all {
                let mayChange = viewer == owner || viewer == people.administrator
                let isMeant =
                    viewer == owner || visibility == .everyone
                    || visibility == .company && viewer.company == owner.company
                #expect(
                    (try await workspace.template(id: template.id, for: viewer) != nil) == (isMeant || mayChange),
                    "\(owner.name) \(viewer.name)")
                let listed = try await workspace.templates(for: viewer).contains { $0.id == template.id }
                #expect(listed == isMeant)
                let all = try await workspace.templates(for: viewer, ofOthers: true).contains { $0.id == template.id }
                #expect(all == (isMeant || mayChange))
                #expect(template.name(for: viewer) == (viewer.company == owner.company ? owner.name : nil))
                let changing = await code {
                    _ = try await workspace.changeTemplate(
                        template.id, name: "x", description: "", visibility: visibility, draft: .sample, output: "csv",
                        by: viewer)
                }
                #expect(changing == (mayChange ? nil : "not_found"))
                let duplicating = await code { _ = try await workspace.duplicateTemplate(template.id, by: viewer) }
                #expect(duplicating == (isMeant || mayChange ? nil : "not_found"))
                let choosing = await code { try await workspace.setDefaultTemplate(template.id, for: viewer) }
                #expect(choosing == duplicating)
            }
            for viewer in people.all where viewer != owner && viewer != people.administrator {
                #expect(await code { try await workspace.deleteTemplate(template.id, by: viewer) } == "not_found")
            }
            try await workspace.deleteTemplate(template.id, by: people.administrator)
            #expect(try await workspace.template(id: template.id, for: owner) == nil)
        }
    }

    @Test func aTemplateIsChanged() async throws {
        let people = try await office.addPeople()
        let template = try await add("T", .me, by: people.a)
        office.clock.advance(5)
        var draft = QueryDraft(text: QueryText())
        draft.text.from = "2024-01-01"
        let changed = try await workspace.changeTemplate(
            template.id, name: "U", description: "d", visibility: .everyone, draft: draft, output: "csv",
            by: people.administrator)
        #expect(changed.name == "U" && changed.description == "d" && changed.visibility == .everyone)
        #expect(changed.draft == draft && changed.output == "csv" && changed.changedAt == office.clock.now)
        #expect(changed.owner == people.a.id && changed.company == "A" && changed.createdAt == template.createdAt)
        #expect(try await workspace.template(id: template.id, for: people.b) == changed)
        #expect(try await office.actions().suffix(2) == [.templateAdded, .templateChanged])
    }

    @Test func aCopyBelongsToWhoMadeIt() async throws {
        let people = try await office.addPeople()
        let long = String(repeating: "é", count: 255)
        let template = try await add(long, .everyone, by: people.analyst)
        let copy = try await workspace.duplicateTemplate(template.id, by: people.b)
        #expect(copy.owner == people.b.id && copy.company == "B" && copy.visibility == .me && copy.draft == .sample)
        #expect(copy.name.hasSuffix("é (copy)") && copy.name.unicodeScalars.count == 255)
        try await workspace.deleteTemplate(template.id, by: people.analyst)
        #expect(try await workspace.template(id: copy.id, for: people.b) == copy)
    }

    @Test func eachAccountHasADefault() async throws {
        let people = try await office.addPeople()
        let shared = try await add("S", .everyone, by: people.a)
        let other = try await add("O", .everyone, by: people.a)
        try await workspace.setDefaultTemplate(shared.id, for: people.a)
        try await workspace.setDefaultTemplate(shared.id, for: people.b)
        try await workspace.setDefaultTemplate(other.id, for: people.a)
        #expect(try await workspace.defaultTemplate(for: people.a)?.id == other.id)
        #expect(try await workspace.defaultTemplate(for: people.b)?.id == shared.id)
        #expect(try await workspace.defaultTemplate(for: people.analyst) == nil)
        #expect(try await workspace.templates(for: people.b).filter(\.isDefault).map(\.id) == [shared.id])
        #expect(await code { try await workspace.setDefaultTemplate("nothing", for: people.a) } == "not_found")
        try await workspace.setDefaultTemplate(nil, for: people.a)
        #expect(try await workspace.defaultTemplate(for: people.a) == nil)
        try await workspace.changeTemplate(
            shared.id, name: "S", description: "", visibility: .me, draft: .sample, output: "web", by: people.a)
        #expect(try await workspace.defaultTemplate(for: people.b) == nil, "it is no longer visible")
        try await workspace.setDefaultTemplate(shared.id, for: people.a)
        try await workspace.deleteTemplate(shared.id, by: people.a)
        #expect(try await workspace.defaultTemplate(for: people.a) == nil)
    }

    @Test func templatesOfTheDisabledStay() async throws {
        let people = try await office.addPeople()
        let template = try await add("T", .everyone, by: people.a)
        try await workspace.setDisabled(true, of: people.a)
        #expect(try await workspace.template(id: template.id, for: people.b) == template)
    }

    /// What was shared with one company does not move to another with its owner.
    @Test func theCompanyStays() async throws {
        let people = try await office.addPeople()
        let template = try await add("T", .company, by: people.a)
        let moved = try await workspace.setRole(.reseller, reseller: "B", of: people.a)
        #expect(try await workspace.template(id: template.id, for: people.b) == nil)
        #expect(try await workspace.template(id: template.id, for: people.colleague) != nil)
        #expect(try await workspace.template(id: template.id, for: moved) != nil)
    }

    @Test func limits() async throws {
        let ann = try await office.add("Ann")
        func refusal(
            name: String = "T", description: String = "", output: String = "web", draft: QueryDraft = .sample
        ) async -> [String?] {
            do {
                _ = try await workspace.addTemplate(
                    name: name, description: description, visibility: .me, draft: draft, output: output, by: ann)
            } catch let error as DynamicsError { return [error.code, error.field] } catch { return ["\(error)"] }
            return []
        }
        #expect(await refusal(name: "") == ["too_short", "name"])
        #expect(await refusal(name: " \n") == ["too_short", "name"])
        #expect(await refusal(name: String(repeating: "x", count: 256)) == ["too_long", "name"])
        #expect(await refusal(name: "a\nb") == ["bad_name", "name"])
        #expect(await refusal(name: "a\u{0}b") == ["bad_name", "name"])
        #expect(await refusal(description: String(repeating: "x", count: 2001)) == ["too_long", "description"])
        #expect(await refusal(description: "a\u{0}b") == ["bad_description", "description"])
        #expect(await refusal(description: String(repeating: "é", count: 2000)) == [])
        #expect(await refusal(output: "pdf") == ["bad_output", "output"])
        var long = QueryDraft.sample
        long.text.tags = [String(repeating: "x", count: 100_000)]
        #expect(await refusal(draft: long) == ["too_long", "query"])
        #expect(await code { _ = try await office.store(by: ann) } == nil)
    }

    @Test func thereIsABoundOnTemplates() async throws {
        let ann = try await office.add("Ann")
        _ = try await add("T", .me, by: ann)
        try await office.tamper(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
            INSERT INTO template (id, owner, name, description, visibility, draft, output, created_at, changed_at)
            SELECT 'id' || i, \(ann.id), 'T', '', 'me', '{}', 'web', 0, 0 FROM n
            """)
        #expect(await code { _ = try await add("T", .me, by: ann) } == "too_many_templates")
        #expect(try await workspace.templates(for: ann).count == 1000)
    }

    @Test func templatesAreInOrder() async throws {
        let ann = try await office.add("Ann")
        for name in ["b", "C", "a", "B"] { _ = try await add(name, .me, by: ann) }
        let names = try await workspace.templates(for: ann).map { $0.name.lowercased() }
        #expect(names == ["a", "b", "b", "c"])
    }
}
