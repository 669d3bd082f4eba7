import DynamicsModel
import DynamicsTestSupport
import DynamicsWorkspace
import Foundation
import Testing

/// Senders that are killed with `kill -9` at any moment lose nothing, and send little twice.
@Suite struct DeliveryDurabilityTests {
    private static let senders = 3
    private static let kills = 30

    @Test func killedWhileSending() async throws {
        let office = try Office()
        let ann = try await office.add("Ann")
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        for round in 0..<Self.kills {
            // Later than every lease of the round before.
            office.clock.advance(1000)
            setenv("DELIVERIES_FOLDER", office.folder, 1)
            setenv("DELIVERIES_NOW", "\(office.clock.now.seconds)", 1)
            setenv("DELIVERIES_LIFE_MS", "\(random.between(1...60))", 1)
            await #expect(processExitsWith: .signal(SIGKILL), "round \(round) of seed \(seed)") {
                let environment = ProcessInfo.processInfo.environment
                let folder = try #require(environment["DELIVERIES_FOLDER"])
                let now = try #require(environment["DELIVERIES_NOW"].flatMap { Int64($0) })
                let life = try #require(environment["DELIVERIES_LIFE_MS"].flatMap { UInt32($0) })
                try await queueAndSendUntilKilled(folder, now: now, life_ms: life)
            }
        }
        office.clock.advance(1000)
        let acknowledged = try lines(office.folder + "/acknowledged")
        #expect(acknowledged.count >= Self.kills, "each lived long enough to queue something")
        #expect(
            try await office.count("delivery") == 3 * (try await office.count("report")), "all of a report or nothing")
        let sentBefore = Set(try lines(office.folder + "/sent"))

        let log = open(office.folder + "/sent", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        while try await sendOne(office.workspace, log) {}
        let sent = try lines(office.folder + "/sent")
        var recipients: Set<String> = []
        for id in acknowledged {
            let deliveries = try await office.workspace.deliveries(of: id, for: ann)
            #expect(deliveries.count == 3 && deliveries.allSatisfy { $0.state == .sent })
            recipients.formUnion(deliveries.map(\.id))
        }
        #expect(recipients.isSubset(of: sent), "every recipient got it")
        let twice = sent.count - Set(sent).count
        #expect(twice <= Self.kills * Self.senders, "\(twice) of \(sent.count) twice, by seed \(seed)")
        #expect(!sentBefore.isEmpty, "they lived long enough to send something")
        let told = try await office.workspace.auditLog(action: .mailSent, limit: 1000).count
        #expect(told == min(1000, Set(sent).count), "the log tells of each once")
    }

    private func lines(_ path: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }
}

/// Sends, as far as the test is concerned, by writing a line.
private func sendOne(_ workspace: Workspace, _ log: Int32) async throws -> Bool {
    guard let claim = try await workspace.claimDelivery(lease_seconds: 600) else { return false }
    let line = Array("\(claim.delivery.id)\n".utf8)
    _ = write(log, line, line.count)
    try await workspace.noteSent(claim)
    return true
}

private func queueAndSendUntilKilled(_ folder: String, now: Int64, life_ms: UInt32) async throws {
    let workspace = try Workspace(folder: folder, settings: .quick) { Instant(seconds: now) }
    let ann = try #require(try await workspace.account(named: "Ann"))
    let acknowledged = open(folder + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o600)
    let log = open(folder + "/sent", O_WRONLY | O_CREAT | O_APPEND, 0o600)
    @Sendable func queueOne() async throws {
        let facts = try await workspace.store(
            .sample(), draft: .sample, duration_ms: 1, generatedAt: Instant(seconds: now), by: ann,
            deliveries: DeliveryRequest(recipients: ["a@x.example", "b@x.example", "c@x.example"], format: .csv))
        let line = Array("\(facts.id)\n".utf8)
        _ = write(acknowledged, line, line.count)
    }
    // However busy the machine is, something has been acknowledged.
    try await queueOne()
    Thread.detachNewThread {
        usleep(life_ms * 1000)
        kill(getpid(), SIGKILL)
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { while true { try await queueOne() } }
        for _ in 0..<3 {
            group.addTask { while true { _ = try await sendOne(workspace, log) } }
        }
        try await group.waitForAll()
    }
}
