import DynamicsModel
import DynamicsReports
import DynamicsTestSupport
import DynamicsWeb
import DynamicsWorkspace
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Synchronization

/// The whole web application over a workspace of its own and the worked example's ledger, to which a reseller `south` is added
/// beside the branch of `north` and `fjord`.
struct ListSite {
    let workspace: Workspace
    let server: WebServer
    let schedules: ScheduledReports
    let clock: Clock
    let administrator: Visitor
    let ann: Visitor
    let otto: Visitor
    let north: Visitor
    let south: Visitor

    /// What time it is on this site; 2025-01-01T00:00:00Z at first.
    final class Clock: Sendable {
        private let instant = Mutex(Instant(seconds: 1_735_689_600))
        var now: Instant { instant.withLock { $0 } }
        func pass(_ seconds: Int64) { instant.withLock { $0.seconds += seconds } }
    }

    struct Failure: Error { let description: String }

    private struct Status: LedgerStatusSource {
        let facts: LedgerFacts
        func status() -> LedgerFacts { facts }
    }

    /// - Parameter mail: nil: no mail server is configured. Nobody sends what is queued.
    init(mail: DeliverySettings? = nil, web: WebSettings = WebSettings()) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "lists-\(UUID().uuidString)").path
        let clock = Clock()
        var settings = WorkspaceSettings()
        settings.passwordCost = PasswordCost(log2Rounds: 1)
        let workspace = try Workspace(folder: folder, settings: settings, clock: { clock.now })
        var records = try WorkedExample.ledger()
        let south = Client(
            id: "south", name: "South Lines", type: .reseller, currency: records.baseCurrency,
            createdAt: records.clients[0].createdAt)
        records.clients.append(south)
        let backend = MemoryBackend(records)
        let runs = ReportRuns(backend: backend, zones: TimeZoneDirectory(), clock: { clock.now }) { finished, account in
            try await workspace.store(
                finished.result, draft: finished.draft, duration_ms: finished.duration_ms,
                generatedAt: finished.generatedAt, by: account, deliveries: finished.purpose.deliveries,
                scheduledRun: finished.purpose.scheduledRun
            ).id
        }
        let facts = LedgerFacts(
            revision: 7, committedAt: clock.now, baseCurrency: records.baseCurrency, packages: records.packages.count,
            clients: records.clients.count, subscriptions: records.subscriptions.count, rates: records.rates.count,
            transactions: records.transactions.count, bounds: records.clients[0].createdAt...clock.now)
        var logger = Logger(label: "lists")
        logger.logLevel = .critical
        let deliveries = mail.map { Deliveries(workspace: workspace, settings: $0, log: { _ in }) }
        schedules = ScheduledReports(
            workspace: workspace, runs: runs, zones: TimeZoneDirectory(), clock: { clock.now }, log: { _ in })
        server = try await WebServer(
            workspace: workspace, runs: runs, backend: backend, ledger: Status(facts: facts),
            intake: NoIntake(), deliveries: deliveries, schedules: schedules, zones: TimeZoneDirectory(),
            settings: web,
            clock: { clock.now }, logger: logger,
            onServing: { _ in })
        self.workspace = workspace
        self.clock = clock
        administrator = try await Visitor("ada", .administrator, nil, workspace)
        ann = try await Visitor("ann", .analyst, nil, workspace)
        otto = try await Visitor("otto", .analyst, nil, workspace)
        north = try await Visitor("nora", .reseller, "north", workspace)
        self.south = try await Visitor("sue", .reseller, "south", workspace)
    }

    /// Somebody who is signed in.
    struct Visitor: Sendable {
        static let password = "correct horse battery"
        let account: Account
        let session: Session

        init(_ name: String, _ role: Role, _ reseller: ExactText?, _ workspace: Workspace) async throws {
            account = try await workspace.addAccount(
                name: name, role: role, reseller: reseller, password: Self.password)
            guard
                case .signedIn(let session) = try await workspace.signIn(
                    name: name, password: Self.password, address: "127.0.0.1")
            else { throw Failure(description: "\(name) cannot sign in") }
            self.session = session
        }
    }

    /// An answer, read to its end.
    struct Answer {
        let status: HTTPResponse.Status
        let location: String?
        let text: String
    }

    func get(_ address: String, as visitor: Visitor) async throws -> Answer {
        try await send(.get, address, as: visitor, fields: nil)
    }

    /// Sends a form.
    /// - Parameter csrf: nil: the session's own.
    func post(
        _ address: String, as visitor: Visitor, _ fields: [(String, String)] = [], csrf: String? = nil
    ) async throws -> Answer {
        try await send(.post, address, as: visitor, fields: [("csrf", csrf ?? visitor.session.csrfToken)] + fields)
    }

    private func send(
        _ method: HTTPRequest.Method, _ address: String, as visitor: Visitor, fields: [(String, String)]?
    ) async throws -> Answer {
        var headers: HTTPFields = [.cookie: "session=\(visitor.session.token)", .accept: "text/html"]
        var body: ByteBuffer?
        if let fields {
            headers[.contentType] = "application/x-www-form-urlencoded"
            let pairs = fields.map { "\(Self.encode($0.0))=\(Self.encode($0.1))" }
            body = ByteBuffer(string: pairs.joined(separator: "&"))
        }
        let (sentHeaders, sentBody) = (headers, body)
        return try await server.application().test(.router) { client in
            let response = try await client.executeRequest(
                uri: address, method: method, headers: sentHeaders, body: sentBody)
            return Answer(
                status: response.status, location: response.headers[.location], text: String(buffer: response.body))
        }
    }

    static func encode(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    /// Stores a report of the worked example's first quarter.
    func storeReport(by visitor: Visitor, preset: PeriodPreset? = nil) async throws -> ReportFacts {
        var text = QueryText()
        (text.from, text.to, text.groupBy) = ("2024-01-01", "2024-03-31", ["month"])
        guard let scope = visitor.account.scope else { throw Failure(description: "no scope") }
        let result = try await runReport(
            try text.parsed(), scope: scope, on: MemoryBackend(try WorkedExample.ledger()), zones: TimeZoneDirectory())
        return try await workspace.store(
            result, draft: QueryDraft(preset: preset, text: text), duration_ms: 1234, generatedAt: clock.now,
            by: visitor.account)
    }

    func addTemplate(
        _ name: String, _ visibility: Template.Visibility = .me, description: String = "", by visitor: Visitor
    ) async throws -> Template {
        var text = QueryText()
        text.groupBy = ["month"]
        return try await workspace.addTemplate(
            name: name, description: description, visibility: visibility,
            draft: QueryDraft(preset: .lastMonth, text: text), by: visitor.account)
    }
}

/// For sites whose records are in memory: what arrives is in the tests of the running server.
struct NoIntake: LedgerIntake {
    func take(_ file: IntakeFile) throws -> IntakeOutcome {
        throw DynamicsError(.unavailable, "no_ledger", "records in memory stay as they are")
    }
}
