import DynamicsModel
import Foundation
import Synchronization

/// Computations that are under way or wait for their turn, each shared by all who asked for the same.
final class Computations: Sendable {
    /// What makes two requests the same.
    struct Question: Hashable {
        /// With its dates.
        var query: ReportQuery
        var scope: Scope
        /// Of the ledger.
        var revision: Int64
    }

    /// A result as one of those who waited for it saw it.
    struct Answer {
        var result: ReportResult
        /// How long the computation went on while this one waited for it.
        var duration: Duration
    }

    private struct Waiter {
        var continuation: CheckedContinuation<Answer, any Error>
        var show: @Sendable (RunState) -> Void
        var since: ContinuousClock.Instant
    }

    private struct Computation {
        /// Tells it from an older one of the same question that is about to stop.
        var number: Int
        var snapshot: any LedgerSnapshot
        var waiters: [Int: Waiter] = [:]
        /// nil while it waits for its turn.
        var began: ContinuousClock.Instant?
        /// Which part (0...1) is done.
        var part = 0.0
        var task: Task<Void, Never>?
    }

    private struct State {
        var nextNumber = 0
        var computations: [Question: Computation] = [:]
        var line = WaitingLine<Question>()
        /// Computations that use processors, those that are about to stop included.
        var running = 0

        mutating func newNumber() -> Int {
            nextNumber += 1
            return nextNumber
        }
    }

    private let state = Mutex(State())
    private let zones: TimeZoneDirectory
    private let maxConcurrent: Int
    private let threads: ComputeThreads
    private let clock = ContinuousClock()

    init(zones: TimeZoneDirectory, maxConcurrent: Int) {
        self.zones = zones
        self.maxConcurrent = max(1, maxConcurrent)
        // A computation has a worker for each processor or so; the system shares the processors between them.
        threads = ComputeThreads(count: self.maxConcurrent * ProcessInfo.processInfo.activeProcessorCount)
    }

    /// The answer to a question, computed for all who ask it at the same time.
    ///
    /// - Parameters:
    ///   - snapshot: of the question's revision.
    ///   - account: whose turn it takes.
    ///   - show: is told the place in the line, then the progress.
    /// - Throws: what the computation throws; `CancellationError` at once when the task is cancelled. The computation stops when all
    ///   who wait for it have been cancelled.
    func answer(
        to question: Question, from snapshot: any LedgerSnapshot, account: Int64,
        show: @escaping @Sendable (RunState) -> Void
    ) async throws -> Answer {
        let id = state.withLock { $0.newNumber() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let waiter = Waiter(continuation: continuation, show: show, since: clock.now)
                if !enter(waiter, id, question, snapshot, account) {
                    continuation.resume(throwing: CancellationError())
                }
            }
        } onCancel: {
            leave(id, question)
        }
    }

    // MARK: - Coming and going

    /// False when the task was cancelled before; from then on, `leave` finds the waiter.
    private func enter(
        _ waiter: Waiter, _ id: Int, _ question: Question, _ snapshot: any LedgerSnapshot, _ account: Int64
    ) -> Bool {
        let hasEntered = state.withLock { state in
            if Task.isCancelled { return false }
            if state.computations[question] == nil {
                state.computations[question] = Computation(number: state.newNumber(), snapshot: snapshot)
            }
            state.computations[question]?.waiters[id] = waiter
            if let computation = state.computations[question], computation.began != nil {
                waiter.show(.running(part: computation.part))
            } else {
                state.line.add(id, for: question, account: account)
            }
            startNext(&state)
            return true
        }
        return hasEntered
    }

    private func leave(_ id: Int, _ question: Question) {
        let (waiter, task) = state.withLock { state -> (Waiter?, Task<Void, Never>?) in
            guard let waiter = state.computations[question]?.waiters.removeValue(forKey: id) else { return (nil, nil) }
            state.line.remove(id)
            var task: Task<Void, Never>?
            if state.computations[question]?.waiters.isEmpty == true {
                task = state.computations.removeValue(forKey: question)?.task
            }
            showPositions(state)
            return (waiter, task)
        }
        task?.cancel()
        waiter?.continuation.resume(throwing: CancellationError())
    }

    /// Starts what there is room for.
    private func startNext(_ state: inout State) {
        while state.running < maxConcurrent, let question = state.line.takeNext(),
            var computation = state.computations[question]
        {
            state.running += 1
            computation.began = clock.now
            for waiter in computation.waiters.values { waiter.show(.running(part: 0)) }
            let (number, snapshot) = (computation.number, computation.snapshot)
            computation.task = Task(executorPreference: threads) {
                let result = await self.compute(question, number, snapshot)
                self.end(question, number, result)
            }
            state.computations[question] = computation
        }
        showPositions(state)
    }

    private func showPositions(_ state: borrowing State) {
        for (index, question) in state.line.items().enumerated() {
            for waiter in (state.computations[question]?.waiters ?? [:]).values {
                waiter.show(.waiting(position: index + 1))
            }
        }
    }

    private func end(_ question: Question, _ number: Int, _ result: Result<ReportResult, any Error>) {
        let now = clock.now
        let ended: Computation? = state.withLock { state in
            state.running -= 1
            defer { startNext(&state) }
            guard state.computations[question]?.number == number else { return nil }
            return state.computations.removeValue(forKey: question)
        }
        guard let ended, let began = ended.began else { return }
        for waiter in ended.waiters.values {
            waiter.continuation.resume(
                with: result.map { Answer(result: $0, duration: now - max(began, waiter.since)) })
        }
    }

    // MARK: - Computing

    @concurrent
    private func compute(_ question: Question, _ number: Int, _ snapshot: any LedgerSnapshot) async
        -> Result<ReportResult, any Error>
    {
        let shown = Atomic<Int>(0)
        do {
            return .success(
                try await runReport(question.query, scope: question.scope, in: snapshot, zones: zones) { part in
                    // Sweeps tell their progress thousands of times; a thousand steps are enough to see.
                    let step = Int(part * 1000)
                    guard shown.max(step, ordering: .relaxed).oldValue < step else { return }
                    self.showProgress(part, of: question, number)
                })
        } catch {
            return .failure(error)
        }
    }

    private func showProgress(_ part: Double, of question: Question, _ number: Int) {
        state.withLock { state in
            guard let computation = state.computations[question], computation.number == number else { return }
            state.computations[question]?.part = part
            for waiter in computation.waiters.values { waiter.show(.running(part: part)) }
        }
    }
}
