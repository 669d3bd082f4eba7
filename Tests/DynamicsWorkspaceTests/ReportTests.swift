import DynamicsModel
import DynamicsWorkspace
import GRDB
import Testing

@Suite struct ReportTests {
    let office: Office
    var workspace: Workspace { office.workspace }

    init() throws { office = try Office() }

    @Test func whatIsStoredIsWhatIsRead() async throws {
        let people = try await office.addPeople()
        let result = try ReportResult.sample()
        let facts = try await office.store(by: people.a, result)
        #expect(facts.owner == people.a.id && facts.ownerName == "Rob" && facts.generatedBy == .reseller)
        #expect(facts.company == "A" && facts.scope == .reseller("A") && facts.generatedAt == office.clock.now)
        #expect(facts.duration_ms == 12 && facts.revision == 17 && facts.rowCount == 3 && facts.draft == .sample)
        #expect(facts.expiresAt == nil && facts.revokedAt == nil)
        #expect(facts.id.utf8.count == 24)
        let again = try office.reopened()
        let stored = try #require(try await again.report(id: facts.id, for: people.a))
        #expect(stored.facts == facts && stored.result == result)
        #expect(try await again.facts(id: facts.id, for: people.a) == facts)
        #expect(try await again.report(id: facts.id + "x", for: people.administrator) == nil)
        let other = try await office.store(by: people.administrator)
        #expect(other.scope == .everything && other.company == nil && other.id != facts.id)
        #expect(try await office.actions().suffix(2) == [.reportRun, .reportRun])
    }

    @Test func storedReportsDoNotChange() async throws {
        let ann = try await office.add("Ann")
        let facts = try await office.store(by: ann)
        for change in [
            "UPDATE report SET owner = owner", "UPDATE report SET revision = 1", "UPDATE report SET draft = '{}'",
            "UPDATE report_body SET body = x'00'", "UPDATE report SET generated_at = 0",
        ] {
            await #expect(throws: (any Error).self) { try await office.tamper(change) }
        }
        try await workspace.setRole(.reseller, reseller: "A", of: ann)
        let later = try #require(try await workspace.account(id: ann.id))
        #expect(try await workspace.facts(id: facts.id, for: later) == facts, "role and scope of that time")
    }

    @Test func aLinkOpensForEveryone() async throws {
        let people = try await office.addPeople()
        let facts = try await office.store(by: people.a)
        for viewer in people.all { #expect(try await workspace.report(id: facts.id, for: viewer) != nil) }
        #expect(people.all.map { facts.name(for: $0) } == [nil, nil, "Rob", "Rob", nil])
        let operators = try await office.store(by: people.analyst)
        #expect(people.all.map { operators.name(for: $0) } == ["Ann", "Ann", nil, nil, nil])
    }

    @Test func aRevokedLinkIsGoneForOthers() async throws {
        let people = try await office.addPeople()
        let facts = try await office.store(by: people.a)
        for viewer in [people.analyst, people.colleague, people.b] {
            #expect(await code { try await workspace.revoke(facts.id, by: viewer) } == "not_found")
            #expect(await code { try await workspace.unrevoke(facts.id, by: viewer) } == "not_found")
            #expect(await code { try await workspace.setExpiry(nil, facts.id, by: viewer) } == "not_found")
            #expect(await code { try await workspace.deleteReport(facts.id, by: viewer) } == "not_found")
        }
        #expect(await code { try await workspace.revoke("nothing", by: people.administrator) } == "not_found")
        try await workspace.revoke(facts.id, by: people.a)
        try await workspace.revoke(facts.id, by: people.a)
        let seen = try await seeing(facts.id, people)
        #expect(seen == ["Ada", "Rob"])
        #expect(try await workspace.facts(id: facts.id, for: people.a)?.revokedAt == office.clock.now)
        try await workspace.unrevoke(facts.id, by: people.administrator)
        #expect(try await seeing(facts.id, people).count == 5)
        try await workspace.deleteReport(facts.id, by: people.administrator)
        #expect(try await seeing(facts.id, people).isEmpty)
        #expect(try await office.count("report_body") == 0)
        #expect(
            try await office.actions().suffix(4) == [.reportRun, .linkRevoked, .linkRestored, .reportDeleted])
    }

    @Test func anExpiredLinkIsGoneForOthers() async throws {
        let people = try await office.addPeople()
        let facts = try await office.store(by: people.a)
        #expect(await code { try await workspace.setExpiry(office.clock.now, facts.id, by: people.a) } == "bad_expiry")
        try await workspace.setExpiry(office.clock.later(60), facts.id, by: people.a)
        office.clock.advance(59)
        #expect(try await seeing(facts.id, people).count == 5)
        office.clock.advance(1)
        #expect(try await seeing(facts.id, people) == ["Ada", "Rob"])
        try await workspace.setExpiry(nil, facts.id, by: people.a)
        #expect(try await seeing(facts.id, people).count == 5)
    }

    /// Who sees it, by both ways, which have to agree.
    private func seeing(_ id: String, _ people: People) async throws -> [String] {
        var names: [String] = []
        for viewer in people.all {
            let facts = try await workspace.facts(id: id, for: viewer)
            #expect(try await workspace.report(id: id, for: viewer)?.facts == facts)
            if facts != nil { names.append(viewer.name) }
        }
        return names
    }

    @Test func ownReportsInPages() async throws {
        let people = try await office.addPeople()
        var ids: [String] = []
        for _ in 0..<5 {
            ids.insert(try await office.store(by: people.a).id, at: 0)
            try await office.store(by: people.b)
        }
        #expect(try await workspace.reports(ownedBy: people.a).map(\.id) == ids)
        #expect(try await workspace.reports(ownedBy: people.a, offset: 1, limit: 2).map(\.id) == Array(ids[1...2]))
        #expect(try await workspace.reports(ownedBy: people.a, offset: 5).isEmpty)
        #expect(try await workspace.reports(ownedBy: people.a, limit: 0).count == 1, "at least one")
    }

    @Test func openedReportsOfOthers() async throws {
        let people = try await office.addPeople()
        let one = try await office.store(by: people.a)
        let two = try await office.store(by: people.a)
        let own = try await office.store(by: people.b)
        for id in [one.id, two.id, own.id, "nothing"] {
            try await workspace.noteOpening(of: id, by: people.b, address: "192.0.2.3")
        }
        func opened(_ viewer: Account) async throws -> [String] {
            try await workspace.reports(openedBy: viewer).map(\.id)
        }
        #expect(try await opened(people.b) == [two.id, one.id])
        #expect(try await opened(people.analyst).isEmpty)
        try await workspace.noteOpening(of: one.id, by: people.b)
        #expect(try await opened(people.b) == [two.id, one.id], "the same opening still")
        office.clock.advance(60)
        try await workspace.noteOpening(of: one.id, by: people.b)
        #expect(try await opened(people.b) == [one.id, two.id])
        #expect(try await office.actions().filter { $0 == .linkOpened }.count == 4)
        let entry = try #require(try await workspace.auditLog().last { $0.action == .linkOpened })
        #expect(entry.actor == "Bea" && entry.subject == one.id && entry.address == "192.0.2.3")

        try await workspace.revoke(one.id, by: people.a)
        try await workspace.setExpiry(office.clock.later(5), two.id, by: people.a)
        #expect(try await opened(people.b) == [two.id])
        office.clock.advance(5)
        #expect(try await opened(people.b).isEmpty)
        try await workspace.noteOpening(of: one.id, by: people.b)
        try await workspace.noteOpening(of: one.id, by: people.administrator)
        #expect(try await opened(people.administrator) == [one.id])
        try await workspace.deleteReport(one.id, by: people.a)
        #expect(try await opened(people.administrator).isEmpty)
    }

    @Test func retention() async throws {
        var settings = WorkspaceSettings.quick
        settings.retention_days = 30
        let ann = try await office.add("Ann")
        let old = try await office.store(by: ann)
        let needed = try await office.store(by: ann)
        let expired = try await office.store(by: ann)
        try await workspace.setExpiry(office.clock.later(60 * 86_400), needed.id, by: ann)
        try await workspace.setExpiry(office.clock.later(86_400), expired.id, by: ann)
        office.clock.advance(86_400)
        let young = try await office.store(by: ann)
        let limited = try office.reopened(settings)
        #expect(try await limited.applyRetention() == 0, "nothing is older than 30 days")
        office.clock.advance(29 * 86_400)
        #expect(try await limited.applyRetention() == 0, "30 days to the second")
        office.clock.advance(1)
        #expect(try await workspace.applyRetention() == 0, "for ever")
        #expect(try await limited.applyRetention() == 2)
        #expect(try await limited.reports(ownedBy: ann).map(\.id) == [young.id, needed.id])
        let entries = try await limited.auditLog().filter { $0.action == .reportDeleted }
        #expect(Set(entries.map(\.subject)) == [old.id, expired.id])
        #expect(entries.allSatisfy { $0.actor == "retention" && $0.role == nil })
        office.clock.advance(60 * 86_400)
        #expect(try await limited.applyRetention() == 2)
    }

    @Test func theHistoryOfSchedulesIsKeptForAYear() async throws {
        let ann = try await office.add("Ann")
        _ = try await workspace.addTemplate(name: "Monthly", visibility: .me, draft: .sample, by: ann)
        for (number, state) in ["finished", "failed", "waiting"].enumerated() {
            try await office.tamper(
                """
                INSERT INTO scheduled_run (id, template, due_at, is_by_hand, missed, state, attempts, next_at, error, changed_at)
                VALUES (?, 1, ?, 0, 0, ?, 1, ?, 'why', ?)
                """, ["\(number)", number, state, state == "waiting" ? 1 : nil, office.clock.now.seconds])
        }
        office.clock.advance(400 * 86_400)
        try await workspace.applyRetention()
        #expect(try await office.count("scheduled_run") == 3)
        office.clock.advance(1)
        try await workspace.applyRetention()
        #expect(try await office.count("scheduled_run") == 1, "what is not over stays")
    }

    @Test func retentionOfMany() async throws {
        let ann = try await office.add("Ann")
        for _ in 0..<205 { try await office.store(by: ann, try .sample(rows: 0)) }
        var settings = WorkspaceSettings.quick
        settings.retention_days = 1
        office.clock.advance(2 * 86_400)
        #expect(try await office.reopened(settings).applyRetention() == 205)
    }
}
