import Synchronization

/// Loads something that blocks for all who ask at the same time, on a thread that is not one of Swift's cooperative pool.
///
/// Who asks while a round is under way waits for the next one, as the present one may have begun with what is old by now.
/// Nobody waits longer than until it is cancelled; when nobody waits any more, the loading itself is told to stop.
final class LoadingRounds<Value: Sendable>: Sendable {
    typealias Progress = @Sendable (Double) -> Void

    private struct Waiter {
        var continuation: CheckedContinuation<Value, any Error>
        var progress: Progress
        var load: @Sendable () throws -> Value
    }

    private struct State {
        var nextID = 0
        /// For whom the round is that is under way, and for whom the next one.
        var present: [Int: Waiter] = [:]
        var waiting: [Int: Waiter] = [:]
        /// Whether there is a thread.
        var isRunning = false

        var isAbandoned: Bool { present.isEmpty && waiting.isEmpty }
    }

    /// What comes of asking.
    private enum Entry { case wait, start, cancel }

    private let state = Mutex(State())
    /// `State.isAbandoned`, to be asked often.
    private let isAbandoned = Atomic<Bool>(true)

    /// What `load` returns in a round that begins after this call.
    ///
    /// - Parameters:
    ///   - progress: is told what `report` is told.
    ///   - load: of all who wait for a round, one's is called; it should call `check` now and then.
    /// - Throws: what `load` throws; `CancellationError` at once when the task is cancelled.
    func value(progress: @escaping Progress, load: @escaping @Sendable () throws -> Value) async throws -> Value {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                add(Waiter(continuation: continuation, progress: progress, load: load), id)
            }
        } onCancel: {
            let waiter = state.withLock { state in
                let waiter = state.present.removeValue(forKey: id) ?? state.waiting.removeValue(forKey: id)
                isAbandoned.store(state.isAbandoned, ordering: .relaxed)
                return waiter
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    /// - Throws: `CancellationError` when nobody waits for what is being loaded.
    func check() throws {
        if isAbandoned.load(ordering: .relaxed) { throw CancellationError() }
    }

    /// Tells all who wait which part (0...1) of the loading is done.
    func report(_ part: Double) {
        let told = state.withLock { Array($0.present.values) + Array($0.waiting.values) }
        for waiter in told { waiter.progress(part) }
    }

    private func add(_ waiter: Waiter, _ id: Int) {
        let next: Entry = state.withLock { state in
            // Cancelled before: `onCancel` has found nobody. Cancelled from now on: it will find the waiter.
            if Task.isCancelled { return .cancel }
            state.waiting[id] = waiter
            isAbandoned.store(false, ordering: .relaxed)
            if state.isRunning { return .wait }
            state.isRunning = true
            return .start
        }
        switch next {
        case .wait: break
        case .start: Threads.detach { self.runRounds() }
        case .cancel: waiter.continuation.resume(throwing: CancellationError())
        }
    }

    private func runRounds() {
        while let load = beginRound() {
            let result = Result { try load() }
            let served = state.withLock { state in
                defer { state.present = [:] }
                return Array(state.present.values)
            }
            for waiter in served { waiter.continuation.resume(with: result) }
        }
    }

    /// nil when nobody waits: the thread then ends.
    private func beginRound() -> (@Sendable () throws -> Value)? {
        state.withLock { state in
            (state.present, state.waiting) = (state.waiting, [:])
            isAbandoned.store(state.isAbandoned, ordering: .relaxed)
            state.isRunning = !state.present.isEmpty
            return state.present.values.first?.load
        }
    }
}
