import DynamicsModel
import DynamicsReports
import DynamicsTestSupport
import DynamicsWeb
import DynamicsWorkspace
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Synchronization
import Testing

/// A ledger that computes when it is told to: what a test needs to look at a run that is under way.
private struct HeldBackend: ReportBackend, LedgerSnapshot {
    let inner: MemoryBackend
    let steps: AsyncStream<Double>

    var catalog: LedgerCatalog { inner.catalog }
    func snapshot() -> any LedgerSnapshot { self }

    func sums(for plan: ReportPlan, progress: @escaping @Sendable (Double) -> Void) async throws -> ReportSums {
        for await part in steps { progress(part) }
        try Task.checkCancellation()
        return try await inner.sums(for: plan, progress: { _ in })
    }

    func packagesInUse(byClientsOf directOwners: Set<ExactText>) -> Set<ExactText> {
        inner.packagesInUse(byClientsOf: directOwners)
    }
    func suggestions(_ kind: SuggestionKind, matching text: String, scope: Scope, limit: Int) -> [Suggestion] {
        inner.suggestions(kind, matching: text, scope: scope, limit: limit)
    }
    func names(of kind: SuggestionKind, ids: [ExactText], scope: Scope) -> [ExactText: ExactText] {
        inner.names(of: kind, ids: ids, scope: scope)
    }
}

@Suite struct RunPageTests {
    private let records = RandomLedger(seed: 4).records

    /// Steps the run of a held site: `yield` for progress, `finish` to let it end.
    private func heldSite() async throws -> (ReportSite, AsyncStream<Double>.Continuation) {
        let (steps, controls) = AsyncStream.makeStream(of: Double.self)
        let backend = HeldBackend(inner: MemoryBackend(records), steps: steps)
        return (try await ReportSite(records, backend: backend), controls)
    }

    private func draft(owner: String? = nil) -> QueryDraft {
        var text = QueryText()
        (text.from, text.to, text.groupBy) = ("2024-01-01", "2024-01-31", ["date"])
        if let owner { text.owners = [owner] }
        return QueryDraft(text: text)
    }

    @Test func aFastReportComesAtOnce() async throws {
        let site = try await ReportSite(records)
        let run = try await site.runs.start(draft(), by: site.analyst.account)
        try await site.visit { client in
            let page = try await client.page("/runs/\(run.id)?output=web", as: site.analyst)
            #expect(page.status == .seeOther)
            let location = try #require(page.headers[.location])
            #expect(location.hasPrefix("/view?id="))
            #expect(try await client.page(location, as: site.analyst).status == .ok)
        }
    }

    @Test func aFileStartsToDownload() async throws {
        let site = try await ReportSite(records)
        let run = try await site.runs.start(draft(), by: site.analyst.account)
        let reportID = try await run.finished()
        try await site.visit { client in
            let page = try await client.page("/runs/\(run.id)?output=csv", as: site.analyst)
            #expect(page.status == .ok)
            let file = "/reports/\(reportID)/export?format=csv"
            #expect(page.text.contains("<meta http-equiv=\"refresh\" content=\"0; url=\(file)\">"))
            #expect(page.text.contains("<a class=\"button primary\" href=\"\(file)\" download>Download CSV</a>"))
            #expect(page.text.contains("<a class=\"button\" href=\"/view?id=\(reportID)\">"))
            #expect(try await client.page(file, as: site.analyst).text.hasPrefix("\u{FEFF}Date,"))
        }
    }

    @Test func aLongRunShowsHowFarItIs() async throws {
        let (site, controls) = try await heldSite()
        let run = try await site.runs.start(draft(), by: site.analyst.account)
        controls.yield(0.42)
        try await until { run.state() == .running(part: 0.42) }
        try await site.visit { client in
            let page = try await client.page("/runs/\(run.id)?output=web", as: site.analyst)
            #expect(page.status == .ok)
            #expect(page.text.contains("<h1 id=\"run-heading\">Running</h1>"))
            #expect(page.text.contains("max=\"100\" value=\"42\""))
            #expect(page.text.contains("<noscript><meta http-equiv=\"refresh\" content=\"2\"></noscript>"))
            #expect(page.text.contains("2024-01-01 to 2024-01-31, UTC; by date"))
            // A run is its own account's business, and an administrator's.
            #expect(try await client.page("/runs/\(run.id)", as: site.otherAnalyst).status == .notFound)
            #expect(try await client.page("/runs/\(run.id)/events", as: site.otherAnalyst).status == .notFound)
            #expect(try await client.post("/runs/\(run.id)/cancel", as: site.otherAnalyst).status == .notFound)
            #expect(try await client.page("/runs/\(run.id)", as: site.administrator).status == .ok)
        }
        controls.finish()
        _ = try await run.finished()
    }

    @Test func cancellingStopsTheRun() async throws {
        let (site, controls) = try await heldSite()
        let run = try await site.runs.start(draft(), by: site.analyst.account)
        try await site.visit { client in
            let answer = try await client.post("/runs/\(run.id)/cancel", as: site.analyst, fields: "output=csv")
            #expect(answer.status == .seeOther && answer.location == "/runs/\(run.id)?output=csv")
            #expect(run.state() == .cancelled)
            let page = try await client.page("/runs/\(run.id)?output=csv", as: site.analyst)
            #expect(page.text.contains("Cancelled") && page.text.contains("Nothing was stored"))
            try expectDraft(draft(), output: "csv", in: page.text)
        }
        controls.finish()
        #expect(try await site.workspace.reports(ownedBy: site.analyst.account).isEmpty)
    }

    @Test func aFailureSaysWhatToDoAndKeepsTheQuery() async throws {
        let site = try await ReportSite(records)
        let run = try await site.runs.start(draft(owner: "nobody <here>"), by: site.analyst.account)
        try await site.visit { client in
            let page = try await client.page("/runs/\(run.id)?output=web", as: site.analyst)
            #expect(page.status == .ok)
            #expect(page.text.contains("role=\"alert\"") && page.text.contains("nobody &lt;here&gt;"))
            #expect(!page.text.contains("http-equiv=\"refresh\""))
            try expectDraft(draft(owner: "nobody <here>"), output: "web", in: page.text)
        }
    }

    /// The page's link back to the form carries the query.
    private func expectDraft(_ draft: QueryDraft, output: String, in page: String) throws {
        let start = try #require(page.range(of: "href=\"/?draft="))
        let encoded = page[start.upperBound...].prefix { $0 != "\"" }
        let parts = encoded.components(separatedBy: "&amp;output=")
        #expect(parts.count == 2 && parts.last == output)
        let json = try #require(parts[0].removingPercentEncoding)
        #expect(try JSONDecoder().decode(QueryDraft.self, from: Data(json.utf8)) == draft)
    }

    @Test(arguments: ["pdf", "", "web%00"]) func outputsAreThoseOfTheForm(output: String) async throws {
        let site = try await ReportSite(records)
        let run = try await site.runs.start(draft(), by: site.analyst.account)
        try await site.visit { client in
            let status = try await client.page("/runs/\(run.id)?output=\(output)", as: site.analyst).status
            #expect(status == .badRequest)
        }
    }

    // MARK: - Events

    private struct Event: Decodable {
        let state: String
        let percent: Int?
        let isOver: Bool
    }

    @Test func eventsTellEveryStateAndEnd() async throws {
        let (site, controls) = try await heldSite()
        let run = try await site.runs.start(draft(), by: site.analyst.account)
        let stepper = Task {
            for part in [0.25, 0.5, 0.75] {
                controls.yield(part)
                // A reader that is slow would see the latest state only: the next one comes when this one has been there a while.
                while run.state() != .running(part: part) { try await Task.sleep(for: .milliseconds(5)) }
                try await Task.sleep(for: .milliseconds(300))
            }
            controls.finish()
        }
        try await site.visit { client in
            let answer = try await client.page("/runs/\(run.id)/events", as: site.analyst, accept: "text/event-stream")
            #expect(answer.headers[.contentType] == "text/event-stream")
            #expect(answer.text.hasSuffix("\n\n"))
            let events = try answer.text.components(separatedBy: "\n\n").filter { !$0.isEmpty }.map { block in
                let lines = block.components(separatedBy: "\n")
                #expect(lines.count == 2 && lines[0] == "event: state" && lines[1].hasPrefix("data: "))
                return try JSONDecoder().decode(Event.self, from: Data(lines[1].dropFirst(6).utf8))
            }
            #expect(events.last?.state == "finished" && events.last?.isOver == true)
            #expect(events.dropLast().allSatisfy { !$0.isOver })
            let percents = events.compactMap(\.percent)
            #expect(percents == percents.sorted())
            #expect(percents.contains(50))
        }
        try await stepper.value
    }

    @Test func eventsOfARunThatIsOverAreOne() async throws {
        let site = try await ReportSite(records)
        let run = try await site.runs.start(draft(), by: site.analyst.account)
        _ = try await run.finished()
        try await site.visit { client in
            let answer = try await client.page("/runs/\(run.id)/events", as: site.analyst)
            #expect(answer.text.components(separatedBy: "event: state").count == 2)
            #expect(answer.text.contains("\"finished\""))
        }
    }

    /// Over real connections: an account has eight streams at most, and one that is closed makes room.
    @Test func streamsAreCounted() async throws {
        let (site, controls) = try await heldSite()
        let run = try await site.runs.start(draft(), by: site.analyst.account)
        try await site.server.application().test(.live) { client in
            let port = try #require(client.port)
            let watchers = (0..<8).map { _ in
                EventWatcher(port: port, path: "/runs/\(run.id)/events", token: site.analyst.session.token)
            }
            for watcher in watchers { try await until { watcher.hasEvents } }
            #expect(try await client.page("/runs/\(run.id)/events", as: site.analyst).status == .tooManyRequests)
            // Another account has its own.
            #expect(try await client.page("/runs/nothing/events", as: site.administrator).status == .notFound)
            watchers[0].stop()
            // That a reader has gone is seen when there is something to tell it.
            var part = 0.3
            try await until {
                part += 0.005
                controls.yield(part)
                let probe = EventWatcher(port: port, path: "/runs/\(run.id)/events", token: site.analyst.session.token)
                try await Task.sleep(for: .milliseconds(100))
                defer { probe.stop() }
                return probe.hasEvents
            }
            controls.finish()
            for watcher in watchers { watcher.stop() }
        }
    }
}

/// Reads a stream of events until it is stopped, as a browser does.
private final class EventWatcher: Sendable {
    private let received = Mutex("")
    private let task: Mutex<Task<Void, any Error>?>

    var hasEvents: Bool { received.withLock { $0.contains("event: state") } }

    init(port: Int, path: String, token: String) {
        task = Mutex(nil)
        task.withLock {
            $0 = Task { [weak self] in
                let socket = try await ClientSocket.connected(port: port)
                defer { socket.close() }
                try socket.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\nCookie: session=\(token)\r\n\r\n")
                while !Task.isCancelled, let text = try await socket.receive() {
                    self?.received.withLock { $0 += text }
                }
            }
        }
    }

    func stop() { task.withLock { $0?.cancel() } }
}

/// Waits until a condition holds.
/// - Throws: `SiteFailure` when it does not within ten seconds.
private func until(_ condition: () async throws -> Bool) async throws {
    for _ in 0..<500 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(20))
    }
    throw SiteFailure("waited for ten seconds in vain")
}
