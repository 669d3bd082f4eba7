import DynamicsExport
import DynamicsMail
import DynamicsModel
import DynamicsReports
import DynamicsTestSupport
import DynamicsWorkspace
import Foundation
import Synchronization
import Testing

/// From a stored report to what a mail server has: the queue, the sender and a real server.
@Suite struct DeliveriesTests {
    /// An office with one report-runner and a clock of its own.
    private final class Desk: Sendable {
        let folder = FileManager.default.temporaryDirectory.path + "/deliveries-test-" + UUID().uuidString
        let workspace: Workspace
        let ticks = Ticks()

        init() throws {
            let ticks = ticks
            workspace = try Workspace(folder: folder) { ticks.now }
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        func report(by account: Account, to recipients: [String], _ format: Delivery.Format = .xlsx) async throws
            -> ReportFacts
        {
            var text = QueryText()
            (text.from, text.to, text.groupBy) = ("2024-01-01", "2024-04-30", ["month", "package"])
            let backend = MemoryBackend(try WorkedExample.ledger())
            let result = try await runReport(
                text.parsed(), scope: .everything, on: backend, zones: TimeZoneDirectory())
            return try await workspace.store(
                result, draft: QueryDraft(text: text), duration_ms: 1, generatedAt: ticks.now, by: account,
                deliveries: DeliveryRequest(recipients: recipients, format: format))
        }

        /// Runs `deliveries` until `isDone`, then stops it.
        func run(_ deliveries: Deliveries, until isDone: () async throws -> Bool) async throws {
            let task = Task { await deliveries.run() }
            for _ in 0..<1500 {
                if try await isDone() { break }
                try await Task.sleep(for: .milliseconds(20))
            }
            task.cancel()
            await task.value
            #expect(try await isDone())
        }
    }

    private final class Ticks: Sendable {
        private let time = Mutex(Instant(seconds: 1_717_243_200))
        var now: Instant { time.withLock { $0 } }
        func advance(_ seconds: Int64) { time.withLock { $0 = Instant(seconds: $0.seconds + seconds) } }
    }

    private func deliveries(
        _ desk: Desk, _ server: TestServer, _ change: (inout DeliverySettings) -> Void = { _ in }
    ) throws -> Deliveries {
        var settings = DeliverySettings(server: try server.settings())
        settings.publicAddress = "https://reports.operator.example/"
        settings.look_seconds = 0.05
        change(&settings)
        return Deliveries(workspace: desk.workspace, settings: settings) { Issue.record($0) }
    }

    private func ann(_ desk: Desk) async throws -> Account {
        try await desk.workspace.addAccount(name: "Ann", role: .analyst, password: "correct horse battery")
    }

    @Test(arguments: Delivery.Format.allCases) func theReportArrives(format: Delivery.Format) async throws {
        let desk = try Desk()
        let ann = try await ann(desk)
        let report = try await desk.report(by: ann, to: (0..<6).map { "r\($0)@a.example" }, format)
        try await TestServer.with { server in
            func all() async throws -> [Delivery] { try await desk.workspace.deliveries(of: report.id, for: ann) }
            try await desk.run(try deliveries(desk, server)) { try await all().allSatisfy { $0.state == .sent } }
            let stored = try #require(try await desk.workspace.report(id: report.id))
            let file = try #require(ReportFile(rawValue: format.rawValue))
            let expected = try stored.file(file)
            var ids: Set<String> = []
            for number in 1...6 {
                let mail = try await server.received(number)
                #expect(mail.defects.isEmpty && mail["Subject"] == "Customer Dynamics 2024-01-01 to 2024-04-30")
                #expect(mail.file?[0] == "customer-dynamics 2024-01-01 to 2024-04-30.\(format.rawValue)")
                #expect(mail.file.flatMap { Data(base64Encoded: $0[2]) } == Data(expected))
                let table = ReportTable(stored.result)
                let total = table.text(stored.result.total[.refillTotal])
                for text in mail.texts {
                    #expect(text.contains("https://reports.operator.example/view?id=\(report.id)"))
                    #expect(text.contains(total) && text.contains(stored.result.query.words(preset: nil).prefix(24)))
                    #expect(text.contains("role Analyst, about all clients") && text.contains("is attached"))
                }
                ids.insert(try #require(mail["Message-ID"]))
            }
            #expect(ids == Set(try await all().map { "<\($0.id)@operator.example>" }))
            #expect(!FileManager.default.fileExists(atPath: server.folder.appending(path: "7.eml").path))
        }
    }

    @Test func aFileThatIsTooLargeStaysAtHome() async throws {
        let desk = try Desk()
        let ann = try await ann(desk)
        let report = try await desk.report(by: ann, to: ["a@a.example"], .csv)
        try await TestServer.with { server in
            let deliveries = try deliveries(desk, server) { $0.largestFile_bytes = 100 }
            try await desk.run(deliveries) {
                try await desk.workspace.deliveries(of: report.id, for: ann)[0].state == .sent
            }
            let mail = try await server.received()
            #expect(mail.file == nil)
            #expect(mail.texts.allSatisfy { $0.contains("No file is attached: it has ") && $0.contains("/view?id=") })
        }
    }

    @Test func firstTheServerIsBusyThenItTakesIt() async throws {
        let desk = try Desk()
        let ann = try await ann(desk)
        let report = try await desk.report(by: ann, to: ["a@a.example", "b@a.example"], .csv)
        func all() async throws -> [Delivery] { try await desk.workspace.deliveries(of: report.id, for: ann) }
        try await TestServer.with(["--rcpt", "450 4.2.1 come back later"]) { server in
            try await desk.run(try deliveries(desk, server)) {
                try await all().allSatisfy { $0.state == .queued && $0.attempts == 1 }
            }
        }
        #expect(try await all().allSatisfy { $0.lastError?.contains("come back later") == true })
        desk.ticks.advance(70)
        try await TestServer.with { server in
            try await desk.run(try deliveries(desk, server)) { try await all().allSatisfy { $0.state == .sent } }
        }
        #expect(try await all().allSatisfy { $0.attempts == 2 && $0.lastError == nil })
    }

    @Test func oneBadAddressHarmsNobody() async throws {
        let desk = try Desk()
        let ann = try await ann(desk)
        let password = "a secret, really"
        let report = try await desk.report(
            by: ann, to: ["a@a.example", "nobody@a.example", "moved@a.example", "b@a.example"], .csv)
        func states() async throws -> [Delivery.State] {
            try await desk.workspace.deliveries(of: report.id, for: ann).map(\.state)
        }
        try await TestServer.with(script: "exim_server.py", ["operator", password]) { server in
            let settings = try server.settings(.starttls, user: "operator", password: password)
            try await desk.run(try deliveries(desk, server) { $0.server = settings }) {
                let deliveries = try await desk.workspace.deliveries(of: report.id, for: ann)
                return deliveries.allSatisfy { $0.state != .sending && $0.attempts == 1 }
            }
            #expect(try await states() == [.sent, .failed, .queued, .sent])
        }
    }

    @Test func whatIsOnItsWayWhenItStopsIsFinished() async throws {
        let desk = try Desk()
        let ann = try await ann(desk)
        let report = try await desk.report(by: ann, to: ["a@a.example", "b@a.example"], .csv)
        func all() async throws -> [Delivery] { try await desk.workspace.deliveries(of: report.id, for: ann) }
        // The server takes its time, so that the sender is certainly stopped in the middle of the first one.
        try await TestServer.with(["--slow", "4"]) { server in
            try await desk.run(try deliveries(desk, server) { $0.maxConcurrent = 1 }) {
                try await all()[0].state != .queued
            }
            let found = try await all()
            #expect(found.map(\.state) == [.sent, .queued], "\(found)")
        }
    }

    @Test func nothingIsSentForADisabledAccount() async throws {
        let desk = try Desk()
        let ann = try await ann(desk)
        let report = try await desk.report(by: ann, to: ["a@a.example"], .csv)
        try await desk.workspace.setDisabled(true, of: ann)
        try await TestServer.with { server in
            try await desk.run(try deliveries(desk, server)) {
                try await desk.workspace.deliveries(of: report.id, for: ann)[0].state == .failed
            }
            #expect(!FileManager.default.fileExists(atPath: server.folder.appending(path: "1.eml").path))
        }
    }

    @Test func aReportIsNotSentWhenItsLinkIsRevokedMeanwhile() async throws {
        let desk = try Desk()
        let ann = try await ann(desk)
        let report = try await desk.report(by: ann, to: ["a@a.example"], .csv)
        desk.ticks.advance(1)
        try await desk.workspace.revoke(report.id, by: ann)
        desk.ticks.advance(1)
        // Who sends it in spite of that knows what they do.
        try await desk.workspace.send(
            report.id, DeliveryRequest(recipients: ["b@a.example"], format: .csv), by: ann)
        try await TestServer.with { server in
            try await desk.run(try deliveries(desk, server)) {
                try await desk.workspace.deliveries(of: report.id, for: ann).allSatisfy {
                    $0.state != .queued && $0.state != .sending
                }
            }
            let found = try await desk.workspace.deliveries(of: report.id, for: ann)
            #expect(found.map(\.state) == [.failed, .sent] && found[0].lastError?.contains("revoked") == true)
        }
    }
}
