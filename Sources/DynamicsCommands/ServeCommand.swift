import ArgumentParser
import DynamicsClickHouse
import DynamicsLedger
import DynamicsModel
import DynamicsReports
import DynamicsWeb
import DynamicsWorkspace
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// `serve`: the web application and the HTTP interface, until it is told to stop.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve the web application and the HTTP interface.",
        discussion: """
            Stops cleanly on SIGTERM and SIGINT: what is running is finished first. Settings come from config.json in the data \
            folder and from environment variables (docs/operators/configuration.md).
            The first user: customer-dynamics user add NAME --role administrator
            """)

    @OptionGroup var data: DataFolder

    @OptionGroup var clickHouse: ClickHouseOption

    @Option(help: "The address to listen at; 0.0.0.0 for all of this machine's.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen at; 0 for any free one.")
    var port = 8080

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port must be a number from 0 to 65535") }
    }

    func run() async throws {
        MemoryHabits.keepLittle()
        try await Server(folder: data.path, host: host, port: port, clickHouse: clickHouse.url).run()
    }
}

/// A server with all its parts wired together.
struct Server {
    private let group: ServiceGroup

    /// - Parameters:
    ///   - clickHouse: the address of the server that has the ledger, before the setting; nil: the setting, else the data folder.
    ///   - announcement: what to print below the address once connections are accepted.
    init(folder: String, host: String, port: Int, clickHouse: String? = nil, announcement: String = "") async throws {
        let settings = try await Settings(folder: folder)
        let logger = try ServeSettings.logger(settings)
        let webSettings = try ServeSettings.web(settings, host: host, port: port)
        let (backend, status, intake) = try Self.ledger(
            folder: folder, server: try settings.clickHouse(url: clickHouse))
        let workspace = try Workspace(folder: folder, settings: try ServeSettings.workspace(settings))
        let zones = TimeZoneDirectory()
        let mail = try MailSettings.read(settings)
        let note: @Sendable (any Error) -> Void = { logger.error("mail failed", metadata: ["error": "\($0)"]) }
        let deliveries = mail.map { mail in
            var mail = mail
            mail.publicAddress = webSettings.publicAddress
            return Deliveries(workspace: workspace, settings: mail, log: note)
        }
        let runs = ReportRuns(
            backend: backend, zones: zones, limits: try ServeSettings.runs(settings), clock: Workspace.systemClock,
            store: { report, account in
                let facts = try await workspace.store(
                    report.result, draft: report.draft, duration_ms: report.duration_ms,
                    generatedAt: report.generatedAt, by: account, address: report.address,
                    deliveries: report.purpose.deliveries, scheduledRun: report.purpose.scheduledRun)
                if report.purpose.deliveries != nil { deliveries?.wake() }
                return facts.id
            },
            log: { error, run in
                logger.error("run failed", metadata: ["run": "\(run.id)", "error": "\(String(reflecting: error))"])
            })
        let schedules = ScheduledReports(
            workspace: workspace, runs: runs, zones: zones, policy: mail?.policy ?? MailPolicy(),
            clock: Workspace.systemClock
        ) { logger.error("a schedule failed", metadata: ["error": "\($0)"]) }
        let web = try await WebServer(
            workspace: workspace, runs: runs, backend: backend, ledger: status, intake: intake, deliveries: deliveries,
            schedules: schedules, zones: zones, settings: webSettings,
            clock: Workspace.systemClock, logger: logger
        ) { port in
            let scheme = webSettings.certificate == nil ? "http" : "https"
            let shown = host == "0.0.0.0" || host == "::" ? "localhost" : host
            print(
                "Customer Dynamics is at \(scheme)://\(shown.contains(":") ? "[\(shown)]" : shown):\(port)/\n\(announcement)",
                terminator: "")
            // Whoever waits for the address reads a pipe.
            fflush(nil)
        }
        if let missing = web.whatIsMissing { logger.warning("\(missing)") }
        try await Self.sayWhatIsMissing(workspace)
        group = ServiceGroup(
            configuration: .init(
                services: [
                    // Stopped in the reverse order: last the mail, which what is running still adds to.
                    .init(service: Sending(deliveries: deliveries)),
                    .init(service: web),
                    .init(service: Schedules(schedules: schedules)),
                    .init(service: Upkeep(workspace: workspace, backend: backend, logger: logger)),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
    }

    private static func ledger(
        folder: String, server: ClickHouseServer?
    ) throws -> (any ReportBackend, any LedgerStatusSource, any LedgerIntake) {
        if let server {
            let backend = ClusterBackend(server)
            return (backend, ClusterStatusReader(backend: backend), ClusterIntake(server: server))
        }
        let ledger = try Ledger(folder: folder)
        let backend = LedgerBackend(ledger)
        return (backend, try LedgerStatusReader(ledger), EmbeddedIntake(ledger: ledger, backend: backend))
    }

    /// Serves until SIGTERM or SIGINT.
    /// - Throws: `DynamicsError` (`.unavailable`) when the address cannot be listened at.
    func run() async throws {
        do {
            try await group.run()
        } catch let error where String(describing: type(of: error)) == "IOError" {
            throw DynamicsError(
                .unavailable, "cannot_listen",
                "the address cannot be listened at: \(error); give another --port, or stop what is listening there")
        }
    }

    private static func sayWhatIsMissing(_ workspace: Workspace) async throws {
        guard try await workspace.accounts().contains(where: { $0.isAdministrator && !$0.isDisabled }) else {
            Terminal.note(
                "Nobody can sign in as an administrator yet: customer-dynamics user add NAME --role administrator")
            return
        }
    }
}

/// Sends what is queued; without a mail server it only waits.
private struct Sending: Service {
    let deliveries: Deliveries?

    func run() async throws {
        await cancelWhenGracefulShutdown {
            if let deliveries {
                await deliveries.run()
            } else {
                try? await Task.sleep(for: .seconds(Int64.max / 2))
            }
        }
    }
}

/// Runs templates by their schedules.
private struct Schedules: Service {
    let schedules: ScheduledReports

    func run() async throws { await cancelWhenGracefulShutdown { await schedules.run() } }
}

/// What is done beside serving: columns made ready before the first report, and stored reports that are too old deleted.
private struct Upkeep: Service {
    let workspace: Workspace
    let backend: any ReportBackend
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            do {
                _ = try await backend.snapshot()
            } catch {
                logger.error("the ledger is not ready for reports", metadata: ["error": "\(error)"])
            }
            while !Task.isCancelled {
                do {
                    let count = try await workspace.applyRetention()
                    if count > 0 { logger.info("old reports deleted", metadata: ["count": "\(count)"]) }
                } catch {
                    logger.error("retention failed", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: .seconds(3600))
            }
        }
    }
}

/// The embedded ledger's figures, read away from the server's threads.
private struct LedgerStatusReader: LedgerStatusSource {
    private let ledger: Ledger
    /// Reports are made also when the disk is full.
    private let hold: LedgerHold

    init(_ ledger: Ledger) throws {
        self.ledger = ledger
        hold = try LedgerHold(ledger)
    }

    func status() async throws -> LedgerFacts {
        let status = try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try ledger.status() }) }
        }
        return LedgerFacts(
            revision: status.revision, committedAt: status.committedAt, baseCurrency: status.baseCurrency,
            packages: status.packages, clients: status.clients, subscriptions: status.subscriptions,
            rates: status.rates, transactions: status.transactions, bounds: status.bounds)
    }
}
