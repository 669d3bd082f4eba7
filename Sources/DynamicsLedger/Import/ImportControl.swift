import Foundation
import Synchronization

/// What all threads of an import share: whether it is to stop, and how far it is.
final class ImportControl: Sendable {
    /// The parts of an import, and which share of the time each takes, as measured for a first import.
    enum Part: CaseIterable {
        case reading, keys, clients, commit

        var share: Double {
            switch self {
            case .reading: 0.5
            case .keys: 0.12
            case .clients: 0.22
            case .commit: 0.16
            }
        }
    }

    private struct State {
        var progress = ImportProgress(phase: .committing, rows: 0, fraction: 0)
        var reportedAt = ContinuousClock.now - .seconds(1)
        var transactions = 0
    }

    private let isCancelled = Atomic(false)
    private let state = Mutex(State())
    private let report: @Sendable (ImportProgress) -> Void

    init(_ report: @escaping @Sendable (ImportProgress) -> Void) { self.report = report }

    func cancel() { isCancelled.store(true, ordering: .relaxed) }

    func check() throws {
        if isCancelled.load(ordering: .relaxed) { throw CancellationError() }
    }

    func enter(_ phase: ImportProgress.Phase, fraction: Double = 0) {
        update(isUrgent: true) {
            $0.progress.phase = phase
            $0.progress.fraction = max($0.progress.fraction, fraction)
        }
    }

    /// - Parameter fraction: of all files' bytes.
    func read(rows: Int, transactions: Int, fraction: Double) {
        update {
            $0.progress.rows += rows
            $0.transactions += transactions
            $0.progress.fraction = max($0.progress.fraction, fraction * Part.reading.share)
        }
    }

    private func update(isUrgent: Bool = false, _ change: (inout State) -> Void) {
        let news = state.withLock { state -> ImportProgress? in
            change(&state)
            let now = ContinuousClock.now
            guard isUrgent || now - state.reportedAt > .milliseconds(100) else { return nil }
            state.reportedAt = now
            return state.progress
        }
        if let news { report(news) }
    }

    /// Counts the records of a pass; now and then tells how far it is, and whether to stop.
    struct Pace {
        fileprivate let control: ImportControl
        fileprivate let start: Double
        fileprivate let step: Double
        private var count = 0

        fileprivate init(control: ImportControl, start: Double, step: Double) {
            self.control = control
            self.start = start
            self.step = step
        }

        @inline(__always)
        mutating func tick() throws {
            count &+= 1
            if count & 0x3FFF == 0 { try look() }
        }

        private func look() throws {
            try control.check()
            let fraction = start + step * Double(count)
            control.update { $0.progress.fraction = max($0.progress.fraction, min(fraction, 1)) }
        }
    }

    /// For a pass over the ledger, of unknown length.
    func pace() -> Pace { Pace(control: self, start: 0, step: 0) }

    /// For a pass over all of the import's transactions.
    func pace(_ part: Part) -> Pace {
        let total = state.withLock { $0.transactions }
        let before = Part.allCases.prefix { $0 != part }.reduce(0) { $0 + $1.share }
        return Pace(control: self, start: before, step: part.share / Double(max(1, total)))
    }
}
