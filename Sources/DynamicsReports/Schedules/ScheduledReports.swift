public import DynamicsModel
public import DynamicsWorkspace
import Synchronization

/// Runs templates by their schedules, with their owners' rights of that moment, for as long as `run` runs.
///
/// Each due instant is run once, whatever is killed when: *begin* writes down that it is due, and storing the report that it is done.
public final class ScheduledReports: Sendable {
    /// How it works.
    public struct Settings: Sendable {
        /// How many runs are on their way at the same time, at least 1.
        public var maxConcurrent = 2
        /// How often to look for what has become due, or was asked for by another process.
        public var look_seconds = 5.0
        /// How long a process that has died keeps others from its run, at least 3; one that lives renews its claim.
        public var lease_seconds: Int64 = 60

        public init() {}
    }

    private let workspace: Workspace
    private let runs: ReportRuns
    private let zones: TimeZoneDirectory
    private let policy: MailPolicy
    private let settings: Settings
    private let clock: @Sendable () -> Instant
    private let log: @Sendable (any Error) -> Void
    private let looks = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let underWay = Atomic<Int>(0)

    /// - Parameters:
    ///   - policy: whom mail may go to.
    ///   - log: is told errors of the workspace.
    public init(
        workspace: Workspace, runs: ReportRuns, zones: TimeZoneDirectory, policy: MailPolicy = MailPolicy(),
        settings: Settings = Settings(), clock: @escaping @Sendable () -> Instant,
        log: @escaping @Sendable (any Error) -> Void
    ) {
        self.workspace = workspace
        self.runs = runs
        self.zones = zones
        self.policy = policy
        self.settings = settings
        self.clock = clock
        self.log = log
    }

    /// Something may be due: have a look now.
    public func wake() { looks.continuation.yield() }

    /// Runs what is due until the task is cancelled; then begins nothing more, and gives back what was on its way.
    /// Must be called once.
    public func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                while !Task.isCancelled {
                    self.wake()
                    try? await Task.sleep(for: .seconds(self.settings.look_seconds))
                }
            }
            for await _ in looks.stream {
                await beginWhatIsDue()
                while !Task.isCancelled, underWay.load(ordering: .relaxed) < max(1, settings.maxConcurrent),
                    // A claim that was written has to be heard of, also by who is just stopping.
                    let claim = await Task(operation: { await self.claim() }).value
                {
                    underWay.add(1, ordering: .relaxed)
                    group.addTask {
                        await self.make(claim)
                        self.underWay.subtract(1, ordering: .relaxed)
                        self.wake()
                    }
                }
            }
        }
    }

    // MARK: - What is due

    /// Of each schedule the latest due instant, once; what was due before it and not run is counted and left out.
    package func beginWhatIsDue() async {
        do {
            let now = clock()
            for schedule in try await workspace.activeSchedules() {
                do {
                    guard let due = try due(schedule, at: now) else { continue }
                    try await workspace.begin(schedule, due: due.latest, missed: due.missed)
                } catch let error where !(error is CancellationError) {
                    // One that cannot be worked out, as when its timezone is gone, does not hold up the others.
                    log(error)
                }
            }
        } catch is CancellationError {
        } catch {
            log(error)
        }
    }

    private func due(_ schedule: TemplateSchedule, at now: Instant) throws -> (latest: Instant, missed: Int)? {
        let rules = try zones.rules(named: schedule.schedule.timezone)
        guard let latest = schedule.schedule.latest(upTo: now, after: schedule.doneUntil, in: rules) else { return nil }
        var missed = 0
        var instant = schedule.schedule.next(after: schedule.doneUntil, in: rules)
        // A server that was down for years is not asked to count them all.
        while instant < latest, missed < 10_000 {
            missed += 1
            instant = schedule.schedule.next(after: instant, in: rules)
        }
        return (latest, missed)
    }

    /// The next due instants of a schedule, for those who are about to save it.
    public static func preview(
        _ schedule: Schedule, after now: Instant, zones: TimeZoneDirectory, count: Int = 3
    ) throws -> [Instant] {
        let rules = try zones.rules(named: schedule.timezone)
        var instants: [Instant] = []
        while instants.count < count {
            instants.append(schedule.next(after: instants.last ?? now, in: rules))
        }
        return instants
    }

    // MARK: - One run

    private func claim() async -> ScheduledRunClaim? {
        do {
            return try await workspace.claimScheduledRun(lease_seconds: settings.lease_seconds)
        } catch {
            log(error)
            return nil
        }
    }

    private func make(_ claim: ScheduledRunClaim) async {
        let renewal = Task {
            while true {
                try await Task.sleep(for: .seconds(Double(settings.lease_seconds) / 3))
                try await workspace.renew(claim, lease_seconds: settings.lease_seconds)
            }
        }
        defer { renewal.cancel() }
        let outcome = await outcome(of: claim)
        // What happened is written down also by who is just stopping.
        await Task {
            do {
                switch outcome {
                case .stored: break
                case .stopped: try await self.workspace.giveBack(claim)
                case .failed(let error):
                    try await self.workspace.noteFailure(
                        claim, "\(error)", retryAfter_seconds: Self.pause_seconds(after: claim.attempts, error))
                }
            } catch {
                // Its lease ends, and it is due again.
                self.log(error)
            }
        }.value
    }

    private enum Outcome: Sendable {
        case stored
        case stopped
        case failed(DynamicsError)
    }

    private func outcome(of claim: ScheduledRunClaim) async -> Outcome {
        do {
            guard let owner = try await workspace.account(id: claim.template.owner) else {
                throw DynamicsError(.usage, "no_owner", "the template's owner is not there any more")
            }
            var purpose = RunPurpose(scheduledRun: claim)
            if var deliveries = claim.template.deliveries {
                deliveries.recipients = try policy.checked(deliveries.recipients, by: owner)
                purpose.deliveries = deliveries
            }
            let run = try await runs.start(claim.template.draft, by: owner, purpose: purpose)
            do {
                _ = try await run.finished()
            } catch is CancellationError {
                // Either this task was cancelled, or somebody has cancelled the run itself.
                let isOurs = runs.cancel(id: run.id, for: owner) || Task.isCancelled || runs.isShuttingDown
                if case .finished = run.state() { return .stored }
                if isOurs { return .stopped }
                throw DynamicsError(.usage, "cancelled", "somebody cancelled the run")
            }
            return .stored
        } catch let error as DynamicsError {
            return error.code == "shutting_down" ? .stopped : .failed(error)
        } catch is CancellationError {
            return .stopped
        } catch {
            log(error)
            return .failed(
                DynamicsError(
                    .unavailable, "internal",
                    "it failed for a reason that is not yours; the operator finds it in the log"))
        }
    }

    /// Half a minute at first, then longer and longer, an hour and a half in all; nil: another attempt would not help.
    static func pause_seconds(after attempts: Int, _ error: DynamicsError) -> Int64? {
        guard error.kind == .unavailable || error.code == "too_many_runs" else { return nil }
        let pauses: [Int64] = [30, 60, 120, 300, 600, 1800]
        return pauses[min(max(attempts, 1), pauses.count) - 1]
    }
}
