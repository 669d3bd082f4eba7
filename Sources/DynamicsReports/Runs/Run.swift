public import DynamicsModel
import DynamicsWorkspace
import Synchronization

/// Where a run is.
public enum RunState: Sendable, Hashable {
    /// Position 1 is next. Runs that share a computation have the same one.
    case waiting(position: Int)
    /// Which part (0...1) is done; never goes back.
    case running(part: Double)
    /// The stored report's id.
    case finished(reportID: String)
    case failed(DynamicsError)
    case cancelled

    /// Whether nothing will follow.
    public var isOver: Bool {
        switch self {
        case .waiting, .running: false
        case .finished, .failed, .cancelled: true
        }
    }
}

/// One report on its way, from the question to the stored answer.
public final class Run: Sendable {
    private struct Shown {
        var state = RunState.waiting(position: 1)
        /// Where the computation's progress starts on the scale of the run: behind the building of columns, if there was any.
        var computationStart = 0.0
        var nextWatcher = 0
        var watchers: [Int: AsyncStream<RunState>.Continuation] = [:]

        mutating func advance(to part: Double) {
            switch state {
            case .waiting: show(.running(part: min(1, part)))
            case .running(let before) where part >= before + Run.smallestStep: show(.running(part: min(1, part)))
            default: break
            }
        }

        mutating func show(_ state: RunState) {
            self.state = state
            for watcher in watchers.values { watcher.yield(state) }
        }
    }

    /// 128 random bits in base64url: whoever does not know it cannot guess it.
    public let id: String
    /// The query as it was asked.
    public let draft: QueryDraft
    /// What becomes of its report.
    public let purpose: RunPurpose
    let account: Account
    private let shown = Mutex(Shown())

    init(_ draft: QueryDraft, by account: Account, _ purpose: RunPurpose = RunPurpose()) {
        id = randomID()
        self.draft = draft
        self.purpose = purpose
        self.account = account
    }

    /// Where it is now.
    public func state() -> RunState { shown.withLock { $0.state } }

    /// The present state and those that follow, the last one included. Who reads slowly gets the latest, and misses those between.
    public func states() -> AsyncStream<RunState> {
        let (stream, continuation) = AsyncStream.makeStream(of: RunState.self, bufferingPolicy: .bufferingNewest(1))
        let watcher: Int? = shown.withLock { shown in
            continuation.yield(shown.state)
            if shown.state.isOver { return nil }
            shown.nextWatcher += 1
            shown.watchers[shown.nextWatcher] = continuation
            return shown.nextWatcher
        }
        if let watcher {
            continuation.onTermination = { [weak self] _ in
                self?.shown.withLock { _ = $0.watchers.removeValue(forKey: watcher) }
            }
        } else {
            continuation.finish()
        }
        return stream
    }

    /// Waits for the end.
    /// - Returns: the stored report's id.
    /// - Throws: the `DynamicsError` that it failed with; `CancellationError` when the run, or the waiting task, was cancelled. A
    ///   waiting task that is cancelled does not cancel the run.
    public func finished() async throws -> String {
        for await state in states() {
            switch state {
            case .waiting, .running: break
            case .finished(let reportID): return reportID
            case .failed(let error): throw error
            case .cancelled: throw CancellationError()
            }
        }
        throw CancellationError()
    }

    // MARK: - Showing

    /// A step of progress that nobody would see is not shown.
    private static let smallestStep = 0.002
    /// What building columns takes of a run that has to wait for it.
    private static let buildingShare = 0.9

    /// Shows the progress of building columns, before the computation.
    func showBuilding(part: Double) {
        shown.withLock { shown in
            shown.computationStart = Self.buildingShare
            shown.advance(to: part * Self.buildingShare)
        }
    }

    /// Shows what the computation says of itself.
    func show(_ state: RunState) {
        guard !state.isOver else { return end(state) }
        shown.withLock { shown in
            switch (state, shown.state) {
            case (.running(let part), _):
                shown.advance(to: shown.computationStart + part * (1 - shown.computationStart))
            case (.waiting, .waiting) where state != shown.state: shown.show(state)
            default: break
            }
        }
    }

    /// Shows the last state; what comes afterwards is not shown.
    func end(_ state: RunState) {
        let watchers = shown.withLock { shown in
            guard !shown.state.isOver else { return [AsyncStream<RunState>.Continuation]() }
            shown.show(state)
            defer { shown.watchers = [:] }
            return Array(shown.watchers.values)
        }
        // Not under the lock: this calls `onTermination`.
        for watcher in watchers { watcher.finish() }
    }
}

/// 128 bits of the system's random generator, in base64url without padding.
private func randomID() -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    var random = SystemRandomNumberGenerator()
    var bits = UInt128(random.next()) << 64 | UInt128(random.next())
    var characters: [UInt8] = []
    // 22 characters of 6 bits are 132 bits.
    for _ in 0..<22 {
        characters.append(alphabet[Int(bits & 63)])
        bits >>= 6
    }
    return String(decoding: characters, as: UTF8.self)
}
