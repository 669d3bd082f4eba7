public import DynamicsModel
public import DynamicsReports
public import DynamicsWorkspace
import HTTPTypes
package import Hummingbird
import HummingbirdCore
import HummingbirdTLS
public import Logging
public import ServiceLifecycle

/// What an installation decides about its web application; `docs/operators/configuration.md` has the table.
public struct WebSettings: Sendable {
    public var host = "127.0.0.1"
    /// 0: any free one.
    public var port = 8080
    /// As users type it, such as `https://reports.example.com`; nil: what the browser says.
    public var publicAddress: String?
    /// The address of a proxy whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed; nil: nobody's are.
    public var trustedProxy: String?
    /// The largest body with records that is taken, in bytes as they are sent.
    public var largestUpload_bytes = 20_000_000_000
    /// How many bodies with records may arrive, or be imported, at the same time.
    public var concurrentUploads = 4
    /// nil: nobody is signed in by the billing system.
    public var billingSignIn: BillingSignInSettings?
    /// nil: plain HTTP.
    public var certificate: WebCertificate?
    /// How many requests an account may make in a minute, or an address without one; all of them at once, if it likes.
    public var requestsPerMinute = 1200

    public init() {}
}

/// What the pages tell of a ledger.
public struct LedgerFacts: Sendable, Hashable {
    public var revision: Int64
    public var committedAt: Instant?
    public var baseCurrency: CurrencyCode
    public var packages: Int
    public var clients: Int
    public var subscriptions: Int
    public var rates: Int
    public var transactions: Int
    /// From the earliest to the latest of all creations and transactions; nil in an empty ledger.
    public var bounds: ClosedRange<Instant>?

    public init(
        revision: Int64, committedAt: Instant?, baseCurrency: CurrencyCode, packages: Int, clients: Int,
        subscriptions: Int, rates: Int, transactions: Int, bounds: ClosedRange<Instant>?
    ) {
        self.revision = revision
        self.committedAt = committedAt
        self.baseCurrency = baseCurrency
        self.packages = packages
        self.clients = clients
        self.subscriptions = subscriptions
        self.rates = rates
        self.transactions = transactions
        self.bounds = bounds
    }
}

/// A ledger as the web application sees it, beside the reports that are made from it.
public protocol LedgerStatusSource: Sendable {
    /// What the ledger holds now. Must not block the caller's thread for long.
    func status() async throws -> LedgerFacts
}

/// Everything that routes work with; made once at start.
struct WebParts: Sendable {
    let workspace: Workspace
    let runs: ReportRuns
    let backend: any ReportBackend
    let ledger: any LedgerStatusSource
    let intake: any LedgerIntake
    let uploads: Uploads
    /// nil: nobody is signed in by the billing system.
    let billingTokens: BillingTokens?
    /// nil: no mail server is configured.
    let deliveries: Deliveries?
    let schedules: ScheduledReports
    let zones: TimeZoneDirectory
    let zoneChoices: TimeZoneChoices
    let settings: WebSettings
    let clock: @Sendable () -> Instant
    let metrics: WebMetrics
    let pages: Pages
    let description: Description
    let assets: Assets
    let exports: ReportExports
    let shelf: ReportShelf
    let streams: EventStreams
}

/// The web application and the HTTP interface.
public struct WebServer: Service {
    private let parts: WebParts
    /// nil: plain HTTP.
    private let tls: TLSConfiguration?
    private let logger: Logger
    private let onServing: @Sendable (Int) async -> Void

    /// - Parameters:
    ///   - deliveries: what sends reports; nil: no mail server is configured.
    ///   - schedules: what runs templates; somebody else calls its `run`, as that of `deliveries`.
    ///   - onServing: is told the port once connections are accepted.
    /// - Throws: `DynamicsError`: `.unavailable` when the pages' resources are missing; `.usage` for a certificate, or keys of a
    ///   billing system, that cannot be used.
    public init(
        workspace: Workspace, runs: ReportRuns, backend: any ReportBackend, ledger: any LedgerStatusSource,
        intake: any LedgerIntake, deliveries: Deliveries?, schedules: ScheduledReports, zones: TimeZoneDirectory,
        settings: WebSettings,
        clock: @escaping @Sendable () -> Instant, logger: Logger, onServing: @escaping @Sendable (Int) async -> Void
    ) async throws {
        parts = WebParts(
            workspace: workspace, runs: runs, backend: backend, ledger: ledger, intake: intake,
            uploads: Uploads(
                folder: "\(workspace.folder)/incoming", largest_bytes: settings.largestUpload_bytes,
                most: settings.concurrentUploads),
            billingTokens: try settings.billingSignIn.map { try BillingTokens($0, clock: clock) },
            deliveries: deliveries,
            schedules: schedules, zones: zones, zoneChoices: TimeZoneChoices(zones), settings: settings, clock: clock,
            metrics: WebMetrics(),
            pages: try Pages(), description: try Description(), assets: try Assets(), exports: ReportExports(),
            shelf: ReportShelf(),
            streams: EventStreams())
        tls = try settings.certificate.map { try $0.configuration() }
        self.logger = logger
        self.onServing = onServing
    }

    /// What pages have to do without, and what to do about it, in a sentence; nil: nothing.
    public var whatIsMissing: String? { parts.assets.chartLibrary == nil ? Assets.chartLibraryIsMissing : nil }

    /// All that the server answers to.
    static var routes: [Route] {
        pages + programs + Operations.routes + Description.routes + [
            Route(.get, "/assets/{version}/{name}", for: .everyone) { try $0.parts.assets.respond($0) }
        ]
    }

    /// What people look at.
    private static var pages: [Route] {
        SignIn.routes + QueryForm.routes + ReportPages.routes + RunPages.routes + MyReports.routes + TemplateList.routes
            + SchedulePages.routes + ReportMailPage.routes + Administration.routes
    }

    /// What programs call: the HTTP interface.
    static var programs: [Route] {
        ReportsAPI.routes + ReportListAPI.routes + DeliveriesAPI.routes + RunsAPI.routes + TemplatesAPI.routes
            + IngestionAPI.routes + AccountsAPI.routes
    }

    /// Method, path and access of all routes: what `Tests/DynamicsWebTests` compare with their table of who may do what.
    package static var routeTable: [(method: String, path: String, access: Access)] {
        routes.map { ($0.method.rawValue, $0.path, $0.access) }
    }

    /// The way that every request takes, outermost first.
    private func router() -> Router<WebContext> {
        let router = Router(context: WebContext.self, options: [.autoGenerateHeadEndpoints])
        router.add(middleware: WayHere(settings: parts.settings))
        router.add(middleware: RequestLog(metrics: parts.metrics))
        router.add(middleware: Compression())
        router.add(middleware: SecurityHeaders())
        router.add(middleware: ErrorAnswers(pages: parts.pages))
        router.add(
            middleware: Authentication(
                workspace: parts.workspace, settings: parts.settings,
                rates: RequestRates(perMinute: parts.settings.requestsPerMinute), metrics: parts.metrics))
        // Once more, for what goes wrong with people whom one knows by now: their error pages keep the way to the other pages.
        router.add(middleware: ErrorAnswers(pages: parts.pages))
        for route in Self.routes { route.add(to: router, parts: parts) }
        return router
    }

    /// The application, for `run` and for tests that talk to it.
    package func application() throws -> some ApplicationProtocol {
        let onServing = onServing
        let http = HTTPServerBuilder.http1(
            configuration: .init(
                idleTimeout: .seconds(120),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 16 * 1024, maxHeaderListSize: 32 * 1024, maxHeaderFieldCount: 100)))
        return Application(
            router: router(), server: try tls.map { try .tls(http, tlsConfiguration: $0) } ?? http,
            configuration: .init(
                address: .hostname(parts.settings.host, port: parts.settings.port), serverName: nil),
            onServerRunning: { await onServing($0.localAddress?.port ?? 0) },
            logger: logger)
    }

    /// Serves until a graceful shutdown is asked for: then requests and runs under way are finished, and no new ones taken.
    public func run() async throws {
        try await application().run()
        await parts.runs.shutDown()
    }
}
