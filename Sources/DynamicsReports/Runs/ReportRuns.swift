public import DynamicsModel
public import DynamicsWorkspace
import Synchronization

/// A report that is to be stored.
public struct FinishedReport: Sendable {
    public var result: ReportResult
    /// As it was asked: its period may be relative.
    public var draft: QueryDraft
    /// How long it was computed, as far as the one who asked waited for it.
    public var duration_ms: Int
    public var generatedAt: Instant
    /// Where it was asked from, for the audit log; nil: from this machine.
    public var address: String?
    /// Whom it goes to.
    public var purpose: RunPurpose

    public init(
        result: ReportResult, draft: QueryDraft, duration_ms: Int, generatedAt: Instant, address: String? = nil,
        purpose: RunPurpose = RunPurpose()
    ) {
        self.result = result
        self.draft = draft
        self.duration_ms = duration_ms
        self.generatedAt = generatedAt
        self.address = address
        self.purpose = purpose
    }
}

/// What becomes of a report once it is there, beside being stored.
public struct RunPurpose: Sendable, Hashable {
    /// Whom it is sent to; nil: nobody.
    public var deliveries: DeliveryRequest?
    /// The scheduled run that asks for it; nil: a person does, or a program.
    public var scheduledRun: ScheduledRunClaim?

    public init(deliveries: DeliveryRequest? = nil, scheduledRun: ScheduledRunClaim? = nil) {
        self.deliveries = deliveries
        self.scheduledRun = scheduledRun
    }
}

/// Runs reports off the callers' threads: bounded, shared, cancellable. Each run that finishes is stored once.
///
/// Runs of the same query, scope and revision of the ledger share one computation, which stops when all of them have been cancelled.
/// Accounts take turns.
public final class ReportRuns: Sendable {
    private let backend: any ReportBackend
    private let zones: TimeZoneDirectory
    private let limits: RunLimits
    private let clock: @Sendable () -> Instant
    private let store: @Sendable (FinishedReport, Account) async throws -> String
    private let log: @Sendable (any Error, Run) -> Void
    private let computations: Computations
    private let book = Mutex(RunBook())

    /// - Parameters:
    ///   - clock: what time it is.
    ///   - store: keeps a report and returns its id; is never called in a task that is cancelled.
    ///   - log: is told errors that visitors see as a fault without details.
    public init(
        backend: any ReportBackend, zones: TimeZoneDirectory, limits: RunLimits = RunLimits(),
        clock: @escaping @Sendable () -> Instant,
        store: @escaping @Sendable (FinishedReport, Account) async throws -> String,
        log: @escaping @Sendable (any Error, Run) -> Void = { _, _ in }
    ) {
        self.backend = backend
        self.zones = zones
        self.limits = limits
        self.clock = clock
        self.store = store
        self.log = log
        computations = Computations(zones: zones, maxConcurrent: limits.maxConcurrent)
    }

    /// Starts a run; returns before it has begun.
    ///
    /// - Parameters:
    ///   - address: as `FinishedReport.address`.
    ///   - purpose: as `FinishedReport.purpose`.
    /// - Throws: `DynamicsError`: of kind `usage` with the field for whatever is wrong with the query without a look at the ledger (an
    ///   owner or a package that is not there makes the run fail later); `too_many_runs` for the account's limit; `no_scope` for an
    ///   account that sees nothing; of kind `unavailable` `too_busy` when too many wait, `shutting_down`.
    public func start(
        _ draft: QueryDraft, by account: Account, address: String? = nil, purpose: RunPurpose = RunPurpose()
    ) async throws -> Run {
        guard let scope = account.scope else {
            throw DynamicsError(
                .usage, "no_scope", "the role \(account.role.title) sees no clients, and runs no reports")
        }
        let query = try draft.resolved(at: clock(), zones: zones).parsed()
        try query.check(in: zones.rules(named: query.timezone))
        let run = Run(draft, by: account, purpose)
        try book.withLock { book in
            try book.admit(run, limits, now: clock())
            book.setTask(Task { await self.serve(run, query, scope, address) }, of: run)
        }
        return run
    }

    /// The run with this id: one of the account's own, or of anyone for an administrator. nil when there is none, or it has been over
    /// for longer than `RunLimits.keepFinished_seconds`.
    public func run(id: String, for account: Account) -> Run? {
        book.withLock { book in
            book.forget(now: clock(), limits)
            return book.run(id: id, for: account)
        }
    }

    /// Cancels a run that `run(id:for:)` would give.
    /// - Returns: whether it is cancelled now; false when there is no such run, it is over, or its report is being stored.
    public func cancel(id: String, for account: Account) -> Bool {
        guard let run = run(id: id, for: account) else { return false }
        return end(run, .cancelled)
    }

    /// Refuses new runs, and waits for those under way, waiting ones included. When the task is cancelled, so are they, and it returns.
    public func shutDown() async {
        let runs = book.withLock { book in
            book.isClosed = true
            return book.unfinished
        }
        for run in runs { _ = try? await run.finished() }
        if Task.isCancelled {
            for run in runs { end(run, .cancelled) }
        }
    }

    /// How many there are, for who watches the server.
    public var figures: RunFigures { book.withLock { $0.figures } }

    /// Whether `shutDown` has been called.
    public var isShuttingDown: Bool { book.withLock { $0.isClosed } }

    // MARK: - One run

    private func serve(_ run: Run, _ query: ReportQuery, _ scope: Scope, _ address: String?) async {
        let timer = Task { [limits] in
            try await Task.sleep(for: .seconds(limits.timeout_seconds))
            self.end(run, .failed(Self.timeout(limits)))
        }
        defer { timer.cancel() }
        do {
            let snapshot = try await backend.snapshot { run.showBuilding(part: $0) }
            let question = Computations.Question(
                query: query, scope: scope, revision: snapshot.catalog.revision)
            let answer = try await computations.answer(to: question, from: snapshot, account: run.account.id) {
                run.show($0)
            }
            // From here on it can no longer be cancelled.
            guard book.withLock({ $0.beginStoring(run) }) else { return }
            let report = FinishedReport(
                result: answer.result, draft: run.draft, duration_ms: Int(answer.duration / .milliseconds(1)),
                generatedAt: clock(), address: address, purpose: run.purpose)
            finish(run, .finished(reportID: try await store(report, run.account)))
        } catch let error as DynamicsError {
            finish(run, .failed(error))
        } catch {
            guard book.withLock({ $0.isUnderWay(run) }) else { return }
            log(error, run)
            finish(run, .failed(Self.fault))
        }
    }

    /// Ends a run before its report is stored; false when that is too late.
    @discardableResult
    private func end(_ run: Run, _ state: RunState) -> Bool {
        guard let task = book.withLock({ $0.end(run, as: state, now: clock()) }) else { return false }
        run.end(state)
        task.cancel()
        return true
    }

    private func finish(_ run: Run, _ state: RunState) {
        if book.withLock({ $0.finish(run, as: state, now: clock()) }) { run.end(state) }
    }

    private static func timeout(_ limits: RunLimits) -> DynamicsError {
        DynamicsError(
            .unavailable, "timeout",
            "the report was not ready after \(limits.timeout_seconds) seconds; try again later, or ask for less")
    }

    private static let fault = DynamicsError(
        .fault, "internal", "the report failed for a reason that is not yours; the operator finds it in the log")
}
