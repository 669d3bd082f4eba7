import DynamicsModel
import DynamicsWorkspace
import Testing

@Suite struct AuditTests {
    let office: Office
    var workspace: Workspace { office.workspace }

    init() throws { office = try Office() }

    @Test func entriesInPages() async throws {
        let ann = try await office.add("Ann")
        for number in 0..<25 {
            office.clock.advance(1)
            try await workspace.note(
                .reportExported, by: ann, subject: "report \(number)", address: "::1", detail: "csv")
        }
        var pages: [[AuditEntry]] = []
        var before: Int64?
        while true {
            let page = try await office.reopened().auditLog(before: before, limit: 10)
            guard let last = page.last else { break }
            pages.append(page)
            before = last.id
        }
        #expect(pages.map(\.count) == [10, 10, 6])
        let all = pages.flatMap { $0 }
        #expect(all.map(\.id) == all.map(\.id).sorted(by: >))
        #expect(all.map(\.subject) == (0..<25).reversed().map { "report \($0)" } + ["Ann"])
        #expect(all[0].at == office.clock.now && all[0].actor == "Ann" && all[0].role == .analyst)
        #expect(all[0].address == "::1" && all[0].detail == "csv")
        #expect(all[25].actor == "command line" && all[25].role == nil && all[25].address == nil)
    }

    @Test func nothingIsTakenBack() async throws {
        try await workspace.note(.imported, by: nil, name: "someone", subject: "clients.csv")
        for change in ["DELETE FROM audit_entry", "UPDATE audit_entry SET actor = 'nobody'"] {
            await #expect(throws: (any Error).self) { try await office.tamper(change) }
        }
        #expect(try await workspace.auditLog().map(\.actor) == ["someone"])
    }

    @Test func textsAreBounded() async throws {
        let long = String(repeating: "é", count: 3000)
        try await workspace.note(.imported, by: nil, name: long, subject: long, address: long, detail: long)
        try await workspace.note(.imported, by: nil, subject: "a\u{0}b\nc\u{1B}[31m")
        let entries = try await workspace.auditLog()
        #expect(entries[0].subject == "a\u{FFFD}b\u{FFFD}c\u{FFFD}[31m")
        #expect(entries[1].actor.unicodeScalars.count == 255 && entries[1].subject.unicodeScalars.count == 255)
        #expect(entries[1].address?.unicodeScalars.count == 255 && entries[1].detail.unicodeScalars.count == 2000)
    }

    @Test func everyActionHasATitleAndAName() async throws {
        #expect(Set(AuditAction.allCases.map(\.title)).count == AuditAction.allCases.count)
        for action in AuditAction.allCases { try await workspace.note(action, by: nil) }
        #expect(try await office.actions() == AuditAction.allCases)
    }

    /// A change that fails leaves no entry.
    @Test func refusalsLeaveNoTrace() async throws {
        let ada = try await office.add("Ada", .administrator)
        let before = try await workspace.auditLog().count
        _ = await code { _ = try await office.add("Ada") }
        _ = await code { try await workspace.setDisabled(true, of: ada) }
        _ = await code { try await workspace.revoke("nothing", by: ada) }
        #expect(try await workspace.auditLog().count == before)
    }
}
