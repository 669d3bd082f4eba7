import DynamicsModel
import DynamicsWorkspace

/// Which runs there are, and how far each is as to what may still be done with it.
struct RunBook {
    private enum Phase: Equatable {
        /// Can be cancelled.
        case open
        case storing
        case over(since: Instant)
    }

    private struct Entry {
        var run: Run
        var phase = Phase.open
        let start = ContinuousClock.now
        var task: Task<Void, Never>?
    }

    private var entries: [String: Entry] = [:]
    /// Whether new runs are refused.
    var isClosed = false
    /// What became of those that are over.
    private var ended = RunFigures()

    /// As of now.
    var figures: RunFigures {
        var figures = ended
        let unfinished = unfinished
        figures.waiting = unfinished.count(where: \.isWaiting)
        figures.running = unfinished.count - figures.waiting
        return figures
    }

    /// The runs that are not over.
    var unfinished: [Run] {
        entries.values.compactMap { entry in
            if case .over = entry.phase { return nil }
            return entry.run
        }
    }

    func run(id: String, for account: Account) -> Run? {
        guard let run = entries[id]?.run, run.account.id == account.id || account.isAdministrator else {
            return nil
        }
        return run
    }

    /// - Throws: `DynamicsError` when the limits do not let the run in.
    mutating func admit(_ run: Run, _ limits: RunLimits, now: Instant) throws {
        forget(now: now, limits)
        if isClosed {
            throw DynamicsError(.unavailable, "shutting_down", "the server is shutting down; try again in a minute")
        }
        let unfinished = unfinished
        guard unfinished.count(where: { $0.account.id == run.account.id }) < limits.perAccount else {
            throw DynamicsError(
                .usage, "too_many_runs",
                "you have \(limits.perAccount) reports under way; wait for one of them, or cancel one")
        }
        guard unfinished.count(where: \.isWaiting) < limits.maxWaiting else {
            throw DynamicsError(
                .unavailable, "too_busy", "\(limits.maxWaiting) reports are waiting already; try again in a minute")
        }
        entries[run.id] = Entry(run: run)
    }

    mutating func setTask(_ task: Task<Void, Never>, of run: Run) { entries[run.id]?.task = task }

    /// False when the run is over.
    mutating func beginStoring(_ run: Run) -> Bool {
        guard isUnderWay(run) else { return false }
        entries[run.id]?.phase = .storing
        return true
    }

    /// Whether the run is not over.
    func isUnderWay(_ run: Run) -> Bool {
        switch entries[run.id]?.phase {
        case .open, .storing: true
        case .over, nil: false
        }
    }

    /// Ends a run that can be cancelled.
    /// - Returns: the task to cancel; nil when it is too late.
    mutating func end(_ run: Run, as state: RunState, now: Instant) -> Task<Void, Never>? {
        guard entries[run.id]?.phase == .open else { return nil }
        count(run, state)
        entries[run.id]?.phase = .over(since: now)
        return entries[run.id]?.task
    }

    /// The run has come to its own end; false when it had been ended before.
    mutating func finish(_ run: Run, as state: RunState, now: Instant) -> Bool {
        guard isUnderWay(run) else { return false }
        count(run, state)
        entries[run.id]?.phase = .over(since: now)
        return true
    }

    private mutating func count(_ run: Run, _ state: RunState) {
        switch state {
        case .waiting, .running: break
        case .finished:
            ended.finished += 1
            if let start = entries[run.id]?.start { ended.durations.note(start.duration(to: .now)) }
        case .failed: ended.failed += 1
        case .cancelled: ended.cancelled += 1
        }
    }

    /// Drops runs that have been over for long enough.
    mutating func forget(now: Instant, _ limits: RunLimits) {
        entries = entries.filter { _, entry in
            guard case .over(let since) = entry.phase else { return true }
            return now.seconds - since.seconds < Int64(limits.keepFinished_seconds)
        }
    }
}

extension Run {
    fileprivate var isWaiting: Bool {
        if case .waiting = state() { true } else { false }
    }
}
