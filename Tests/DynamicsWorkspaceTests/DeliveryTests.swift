import DynamicsModel
import DynamicsWorkspace
import Foundation
import Testing

@Suite struct DeliveryTests {
    private static let lease: Int64 = 600

    private func claim(_ workspace: Workspace) async throws -> DeliveryClaim? {
        try await workspace.claimDelivery(lease_seconds: Self.lease)
    }

    @Test func aReportIsQueuedForEachRecipientOnce() async throws {
        let office = try Office()
        let people = try await office.addPeople()
        let report = try await office.store(by: people.a, to: ["x@a.example", " y@a.example", "x@a.example"])
        #expect(try await office.workspace.nextDeliveryAt() == office.clock.now)
        for viewer in [people.a, people.administrator] {
            let found = try await office.workspace.deliveries(of: report.id, for: viewer)
            #expect(found.map(\.recipient) == ["x@a.example", "y@a.example"])
            #expect(found.allSatisfy { $0.state == .queued && $0.attempts == 0 && $0.dueAt == office.clock.now })
            #expect(
                found.allSatisfy { $0.askedBy == people.a.id && $0.content == .report(id: report.id, format: .xlsx) })
        }
        for viewer in [people.colleague, people.analyst, people.b] {
            // They may see the report by its link, but not whom it was sent to; what they send themselves they see.
            #expect(try await office.workspace.deliveries(of: report.id, for: viewer).isEmpty)
        }
        let own = try await office.workspace.send(
            report.id, DeliveryRequest(recipients: ["z@b.example"], format: .csv), by: people.b)
        #expect(try await office.workspace.deliveries(of: report.id, for: people.b) == own && own.count == 1)
        #expect(try await office.workspace.deliveries(of: report.id, for: people.a).count == 3)
        try await office.workspace.revoke(report.id, by: people.a)
        #expect(await code { _ = try await office.workspace.deliveries(of: report.id, for: people.b) } == "not_found")
        #expect(
            await code {
                try await office.workspace.send(
                    report.id, DeliveryRequest(recipients: ["z@b.example"], format: .csv), by: people.b)
            } == "not_found")
        let silent = try await office.store(by: people.a)
        #expect(try await office.workspace.deliveries(of: silent.id, for: people.a).isEmpty)
    }

    @Test func recipientsThatMakeNoSenseStoreNothing() async throws {
        let office = try Office()
        let ann = try await office.add("Ann")
        for recipients in [
            [], [""], ["a@b.example", "a\r\nb@c.example"], [String(repeating: "a", count: 255)],
            (0..<101).map { "a\($0)@b.example" },
        ] {
            let error = await #expect(throws: DynamicsError.self) { try await office.store(by: ann, to: recipients) }
            #expect(error?.field == "send_to")
        }
        #expect(try await office.count("report") == 0)
        try await office.store(by: ann, to: (0..<100).map { "a\($0)@b.example" })
        #expect(try await office.count("delivery") == 100)
    }

    @Test func sentOnce() async throws {
        let office = try Office()
        let ann = try await office.add("Ann")
        #expect(try await claim(office.workspace) == nil)
        let report = try await office.store(by: ann, to: ["x@a.example", "y@a.example"])
        let first = try #require(try await claim(office.workspace))
        let second = try #require(try await claim(office.workspace))
        #expect([first, second].map(\.delivery.recipient) == ["x@a.example", "y@a.example"])
        #expect(first.delivery.state == .sending && first.delivery.attempts == 1)
        #expect(first.delivery.dueAt == office.clock.later(Self.lease))
        #expect(try await claim(office.workspace) == nil)
        office.clock.advance(3)
        #expect(try await office.workspace.noteSent(first))
        #expect(try await office.workspace.noteSent(first) == false)
        #expect(try await office.workspace.noteFailure(second, "no such\r\nmailbox", isTemporary: false))
        let found = try await office.reopened().deliveries(of: report.id, for: ann)
        #expect(
            found.map(\.state) == [.sent, .failed] && found.map(\.changedAt) == [office.clock.now, office.clock.now])
        #expect(found.map(\.lastError) == [nil, "no such\u{FFFD}\u{FFFD}mailbox"] && found.map(\.dueAt) == [nil, nil])
        #expect(try await office.workspace.nextDeliveryAt() == nil)
        let entries = try await office.workspace.auditLog(limit: 2)
        #expect(entries.map(\.action) == [.mailFailed, .mailSent] && entries.map(\.subject) == [report.id, report.id])
        #expect(entries.map(\.actor) == ["Ann", "Ann"] && entries[1].detail == "x@a.example")
    }

    @Test func temporaryFailuresAreTriedForADay() async throws {
        let office = try Office()
        let ann = try await office.add("Ann")
        let report = try await office.store(by: ann, to: ["x@a.example"])
        let start = office.clock.now
        var pauses: [Int64] = []
        while let claim = try await claim(office.workspace) {
            #expect(claim.delivery.attempts == pauses.count + 1)
            #expect(try await office.workspace.noteFailure(claim, "450 later", isTemporary: true))
            guard let due = try await office.workspace.nextDeliveryAt() else { break }
            let pause = due.seconds - office.clock.now.seconds
            pauses.append(pause)
            let waiting = try await office.workspace.deliveries(of: report.id, for: ann)[0]
            #expect(waiting.state == .queued && waiting.lastError == "450 later")
            office.clock.advance(pause - 1)
            #expect(try await self.claim(office.workspace) == nil, "not a second too early")
            office.clock.advance(1)
        }
        let least = [60, 300, 900, 3600, 14_400, 28_800, 28_800] as [Int64]
        #expect(pauses.count == 7 && zip(pauses, least).allSatisfy { ($1...$1 + $1 / 10).contains($0) }, "\(pauses)")
        #expect((76_860...84_546).contains(office.clock.now.seconds - start.seconds))
        let failed = try await office.workspace.deliveries(of: report.id, for: ann)[0]
        #expect(failed.state == .failed && failed.attempts == 8 && failed.lastError == "450 later")
        #expect(try await office.actions().filter { $0 == .mailFailed }.count == 1, "told once")
    }

    @Test func patience() {
        let plain = [60, 300, 900, 3600, 14_400, 28_800, 28_800] as [Int64]
        for (index, pause) in plain.enumerated() {
            #expect(DeliveryPatience.pause_seconds(after: index + 1, jitter: 0) == pause)
            #expect(DeliveryPatience.pause_seconds(after: index + 1, jitter: 0.5) == pause + pause / 20)
            #expect(DeliveryPatience.pause_seconds(after: index + 1, jitter: 1) == pause + pause / 10)
        }
        #expect(DeliveryPatience.pause_seconds(after: 8, jitter: 0) == nil)
        #expect(plain.reduce(0) { $0 + $1 + $1 / 10 } < 86_400)
    }

    @Test func aSenderThatDiesLosesItsClaim() async throws {
        let office = try Office()
        let ann = try await office.add("Ann")
        let report = try await office.store(by: ann, to: ["x@a.example"])
        func state() async throws -> Delivery { try await office.workspace.deliveries(of: report.id, for: ann)[0] }
        let dead = try #require(try await claim(office.workspace))
        office.clock.advance(Self.lease - 1)
        #expect(try await claim(office.workspace) == nil)
        office.clock.advance(1)
        let next = try #require(try await claim(office.workspace))
        #expect(next.delivery.id == dead.delivery.id && next.delivery.attempts == 2)
        // It was only slow: what it says of a failure is no longer its business, but sent is sent.
        #expect(try await office.workspace.noteFailure(dead, "x", isTemporary: false) == false)
        #expect(try await office.workspace.giveBack(dead) == false)
        #expect(try await state().state == .sending)
        #expect(try await office.workspace.noteSent(dead))
        #expect(try await office.workspace.noteFailure(next, "x", isTemporary: false) == false)
        #expect(try await office.workspace.noteSent(next) == false)
        #expect(try await state().state == .sent)
        #expect(try await office.actions().filter { $0 == .mailSent || $0 == .mailFailed } == [.mailSent])
    }

    @Test func whatKillsEverySenderIsGivenUp() async throws {
        let office = try Office()
        let ann = try await office.add("Ann")
        let report = try await office.store(by: ann, to: ["x@a.example", "y@a.example"])
        var claims = 0
        while let claim = try await claim(office.workspace) {
            claims += 1
            if claim.delivery.recipient == "y@a.example" { try await office.workspace.noteSent(claim) }
            office.clock.advance(Self.lease)
        }
        #expect(claims == 8 + 1)
        let found = try await office.workspace.deliveries(of: report.id, for: ann)
        #expect(found.map(\.state) == [.failed, .sent] && found[0].lastError?.contains("too often") == true)
    }

    @Test func whatIsGivenBackIsDueAtOnceAndNotCounted() async throws {
        let office = try Office()
        let ann = try await office.add("Ann")
        try await office.store(by: ann, to: ["x@a.example"])
        for _ in 0..<20 {
            let claim = try #require(try await claim(office.workspace))
            #expect(claim.delivery.attempts == 1)
            #expect(try await office.workspace.giveBack(claim))
        }
    }

    @Test func whenTheClockIsSet() async throws {
        let office = try Office()
        let ann = try await office.add("Ann")
        try await office.store(by: ann, to: ["x@a.example"])
        let claim = try #require(try await claim(office.workspace))
        // Set back while it is sent, by less than the lease: nobody else takes it.
        office.clock.advance(-Self.lease)
        #expect(try await self.claim(office.workspace) == nil)
        // Set back while it waits: it is not left waiting for ten years.
        office.clock.advance(Self.lease)
        try await office.workspace.noteFailure(claim, "later", isTemporary: true)
        office.clock.advance(-10 * 365 * 86_400)
        let again = try #require(try await self.claim(office.workspace))
        #expect(again.delivery.attempts == 2)
        try await office.workspace.noteFailure(again, "later", isTemporary: true)
        #expect(try await self.claim(office.workspace) == nil, "it waits by the new clock")
        // Set forward: due, and a lease has ended.
        office.clock.advance(10 * 365 * 86_400)
        let third = try #require(try await self.claim(office.workspace))
        office.clock.advance(86_400)
        #expect(try #require(try await self.claim(office.workspace)).delivery.id == third.delivery.id)
        // A sender that died, and then the clock was set back by a year: due again nevertheless.
        office.clock.advance(-365 * 86_400)
        #expect(try await self.claim(office.workspace) != nil)
    }

    @Test func deletedWithItsReport() async throws {
        let office = try Office()
        let ann = try await office.add("Ann")
        let report = try await office.store(by: ann, to: ["x@a.example", "y@a.example"])
        let claim = try #require(try await claim(office.workspace))
        try await office.workspace.deleteReport(report.id, by: ann)
        #expect(try await office.workspace.noteSent(claim) == false)
        #expect(try await office.workspace.noteFailure(claim, "x", isTemporary: true) == false)
        #expect(try await self.claim(office.workspace) == nil)
        #expect(try await office.count("delivery") == 0)
    }

    @Test func manySendersNeverTakeTheSame() async throws {
        let office = try Office()
        let ann = try await office.add("Ann")
        for report in 0..<4 { try await office.store(by: ann, to: (0..<50).map { "\(report)-\($0)@a.example" }) }
        // Each with connections of its own, as different processes have them.
        let doors = try [office.workspace, office.reopened(), office.reopened()]
        let taken = try await withThrowingTaskGroup(of: [String].self) { group in
            for sender in 0..<9 {
                group.addTask {
                    var taken: [String] = []
                    while let claim = try await claim(doors[sender % 3]) {
                        taken.append(claim.delivery.recipient)
                        if taken.count % 2 == 0 { try await doors[(sender + 1) % 3].noteSent(claim) }
                    }
                    return taken
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(taken.count == 200 && Set(taken).count == 200)
    }

    @Test func theFileOfVersion1GetsAQueue() async throws {
        let office = try Office(copying: WorkspaceFileTests.version1)
        let ada = try #require(try await office.workspace.account(named: "Ada"))
        try await office.store(by: ada, to: ["x@a.example"])
        #expect(try await claim(office.workspace)?.delivery.recipient == "x@a.example")
    }
}
