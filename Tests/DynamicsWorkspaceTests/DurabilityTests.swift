import DynamicsModel
import DynamicsWorkspace
import Foundation
import Synchronization
import Testing

/// What was acknowledged survives `kill -9` at any moment.
@Suite struct DurabilityTests {
    @Test(arguments: 1...4) func killedWhileWriting(round: Int) async throws {
        let office = try Office()
        let ann = try await office.add("Ann")
        let acknowledged = office.folder + "/acknowledged"
        setenv("WORKSPACE_TO_KILL", office.folder, 1)
        setenv("MILLISECONDS_TO_LIVE", "\(round * 20 - 15)", 1)
        await #expect(processExitsWith: .signal(SIGKILL)) {
            let environment = ProcessInfo.processInfo.environment
            let folder = try #require(environment["WORKSPACE_TO_KILL"])
            let life = try #require(environment["MILLISECONDS_TO_LIVE"].flatMap { UInt32($0) })
            try await writeUntilKilled(folder, life_ms: life)
        }
        let text = try String(contentsOfFile: acknowledged, encoding: .utf8)
        let ids = text.split(separator: "\n").map(String.init)
        #expect(ids.count > 1, "it lived long enough to write something")
        let again = try office.reopened()
        for id in ids {
            let stored = try #require(try await again.report(id: id, for: ann), "\(id) was acknowledged")
            #expect(try stored.result == .sample(rows: 50))
            #expect(try await again.template(id: stored.facts.draft.text.timezone, for: ann) != nil)
        }
        let entries = try await again.auditLog(limit: 1000)
        let runs = entries.filter { $0.action == .reportRun }.map(\.subject)
        #expect(Set(ids).isSubset(of: runs), "the log tells of all of them")
        for id in runs { #expect(try await again.report(id: id, for: ann) != nil, "and of nothing else") }
    }
}

/// Stores templates and reports, several at once, and writes down each report when it is acknowledged, until it is killed.
private func writeUntilKilled(_ folder: String, life_ms: UInt32) async throws {
    let workspace = try Workspace(folder: folder, settings: .quick)
    let ann = try #require(try await workspace.account(named: "Ann"))
    let descriptor = open(folder + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o600)
    let writing = Writing(workspace: workspace, account: ann, descriptor: descriptor)
    // However busy the machine is, something has been acknowledged.
    for _ in 0..<2 { try await writing.once() }
    Thread.detachNewThread {
        usleep(life_ms * 1000)
        kill(getpid(), SIGKILL)
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<3 {
            group.addTask { while true { try await writing.once() } }
        }
        try await group.waitForAll()
    }
}

private struct Writing: Sendable {
    let workspace: Workspace
    let account: Account
    let descriptor: Int32

    /// A template, then a report that names it, then its acknowledgement.
    func once() async throws {
        let template = try await workspace.addTemplate(name: "T", visibility: .me, draft: .sample, by: account)
        var draft = QueryDraft(text: QueryText())
        draft.text.timezone = template.id
        let facts = try await workspace.store(
            .sample(rows: 50), draft: draft, duration_ms: 1, generatedAt: Instant(seconds: 0), by: account)
        let line = Array("\(facts.id)\n".utf8)
        _ = write(descriptor, line, line.count)
    }
}
