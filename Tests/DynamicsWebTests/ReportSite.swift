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

/// The whole web application over a workspace of its own and a ledger in memory, with people of two companies.
struct ReportSite {
    let workspace: Workspace
    let server: WebServer
    let runs: ReportRuns
    let schedules: ScheduledReports
    /// What time it is on this site.
    let now: Now
    let administrator: Visitor
    let analyst: Visitor
    let otherAnalyst: Visitor
    /// Of the resellers `r1` and `r2`.
    let reseller: Visitor
    let otherReseller: Visitor

    /// Somebody who is signed in.
    struct Visitor {
        let account: Account
        let session: Session

        /// Headers of a browser.
        func headers(language: String = "en", accept: String = "text/html") -> HTTPFields {
            [.cookie: "session=\(session.token)", .accept: accept, .acceptLanguage: language]
        }
    }

    final class Now: Sendable {
        private let instant = Mutex(Instant(seconds: 1_735_689_600))
        var value: Instant {
            get { instant.withLock { $0 } }
            set { instant.withLock { $0 = newValue } }
        }
    }

    /// Tells what the records say.
    struct Ledger: LedgerStatusSource {
        let records: LedgerRecords

        func status() -> LedgerFacts {
            let times = (records.clients.map(\.createdAt) + records.transactions.map(\.at)).sorted()
            return LedgerFacts(
                revision: 1, committedAt: nil, baseCurrency: records.baseCurrency, packages: records.packages.count,
                clients: records.clients.count, subscriptions: records.subscriptions.count, rates: records.rates.count,
                transactions: records.transactions.count,
                bounds: times.first.flatMap { first in times.last.map { first...$0 } })
        }
    }

    /// - Parameter mail: nil: no mail server is configured. Nobody sends what is queued.
    init(
        _ records: LedgerRecords, backend: (any ReportBackend)? = nil, limits: RunLimits = RunLimits(),
        mail: DeliverySettings? = nil
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "site-\(UUID().uuidString)").path
        let now = Now()
        self.now = now
        var settings = WorkspaceSettings()
        settings.passwordCost = PasswordCost(log2Rounds: 1)
        let workspace = try Workspace(folder: folder, settings: settings, clock: { now.value })
        self.workspace = workspace
        let backend = backend ?? MemoryBackend(records)
        runs = ReportRuns(backend: backend, zones: TimeZoneDirectory(), limits: limits, clock: { now.value }) {
            finished, account in
            try await workspace.store(
                finished.result, draft: finished.draft, duration_ms: finished.duration_ms,
                generatedAt: finished.generatedAt, by: account, deliveries: finished.purpose.deliveries,
                scheduledRun: finished.purpose.scheduledRun
            ).id
        }
        var logger = Logger(label: "site")
        logger.logLevel = .error
        let deliveries = mail.map { Deliveries(workspace: workspace, settings: $0, log: { _ in }) }
        schedules = ScheduledReports(
            workspace: workspace, runs: runs, zones: TimeZoneDirectory(), clock: { now.value }, log: { _ in })
        server = try await WebServer(
            workspace: workspace, runs: runs, backend: backend, ledger: Ledger(records: records),
            intake: NoIntake(), deliveries: deliveries, schedules: schedules, zones: TimeZoneDirectory(),
            settings: WebSettings(),
            clock: { now.value }, logger: logger,
            onServing: { _ in })
        administrator = try await Self.visitor("ada", .administrator, workspace)
        analyst = try await Self.visitor("ann", .analyst, workspace)
        otherAnalyst = try await Self.visitor("otto", .analyst, workspace)
        reseller = try await Self.visitor("rita", .reseller, of: "r1", workspace)
        otherReseller = try await Self.visitor("rolf", .reseller, of: "r2", workspace)
    }

    private static func visitor(
        _ name: String, _ role: Role, of reseller: ExactText? = nil, _ workspace: Workspace
    ) async throws -> Visitor {
        let account = try await workspace.addAccount(
            name: name, role: role, reseller: reseller, password: "correct horse battery")
        guard
            case .signedIn(let session) = try await workspace.signIn(
                name: name, password: "correct horse battery", address: "127.0.0.1")
        else { throw SiteFailure("\(name) cannot sign in") }
        return Visitor(account: account, session: session)
    }

    /// Stores a report as the analyst's, unless somebody else is named.
    func store(_ result: ReportResult, by visitor: Visitor? = nil) async throws -> ReportFacts {
        try await workspace.store(
            result, draft: QueryDraft(text: QueryText(result.query)), duration_ms: 1234, generatedAt: now.value,
            by: (visitor ?? analyst).account)
    }

    /// Talks to the application; each call is a site's visit.
    func visit(_ body: @Sendable @escaping (any TestClientProtocol) async throws -> Void) async throws {
        try await server.application().test(.router) { try await body($0) }
    }
}

struct SiteFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

extension TestClientProtocol {
    /// A page as text.
    func page(
        _ address: String, as visitor: ReportSite.Visitor, language: String = "en", accept: String = "text/html"
    ) async throws -> (status: HTTPResponse.Status, headers: HTTPFields, text: String) {
        let response = try await executeRequest(
            uri: address, method: .get, headers: visitor.headers(language: language, accept: accept), body: nil)
        return (response.status, response.headers, String(buffer: response.body))
    }

    func post(
        _ address: String, as visitor: ReportSite.Visitor, fields: String = ""
    ) async throws -> (status: HTTPResponse.Status, location: String?) {
        var headers = visitor.headers()
        headers[.contentType] = "application/x-www-form-urlencoded"
        let body = ByteBuffer(string: "csrf=\(visitor.session.csrfToken)&\(fields)")
        let response = try await executeRequest(uri: address, method: .post, headers: headers, body: body)
        return (response.status, response.headers[.location])
    }
}
