import Synchronization

/// Deals out the selected clients of all parts in chunks of about the same number of transactions, to workers that ask for them.
final class ChunkQueue: Sendable {
    struct Chunk {
        /// An index into the parts.
        var part: Int
        /// Places in the part's selection; of clients, when all are selected.
        var places: Range<Int>
        /// What it takes, in transactions.
        var size: Int
    }

    /// Clients without transactions cost something, too: as many transactions as this.
    private static let costOfClient = 16

    private let chunks: [Chunk]
    private let taken = Atomic<Int>(0)
    /// What all chunks take together, in transactions.
    let size: Int

    /// - Parameter selections: one for each part.
    init(_ parts: [LedgerColumns], _ selections: [ClientSelection], transactionsPerChunk: Int) {
        var chunks: [Chunk] = []
        for (index, part) in parts.enumerated() {
            let selection = selections[index]
            let count = selection.count(in: part)
            let starts = part.clients.transactionStarts
            var chunk = Chunk(part: index, places: 0..<0, size: 0)
            for place in 0..<count {
                let client = selection.clients.map { Int($0[place]) } ?? place
                chunk.size += Int(starts[client + 1] - starts[client]) + Self.costOfClient
                if chunk.size >= transactionsPerChunk || place + 1 == count {
                    chunk.places = chunk.places.lowerBound..<place + 1
                    chunks.append(chunk)
                    chunk = Chunk(part: index, places: place + 1..<place + 1, size: 0)
                }
            }
        }
        self.chunks = chunks
        size = chunks.reduce(0) { $0 + $1.size }
    }

    func next() -> Chunk? {
        let index = taken.wrappingAdd(1, ordering: .relaxed).oldValue
        return index < chunks.count ? chunks[index] : nil
    }
}

/// Tells how far several workers have come together, never less than before.
final class SweepProgress: Sendable {
    private let total: Int
    private let state = Mutex((done: 0, percent: 0))
    private let report: @Sendable (Double) -> Void

    init(total: Int, report: @escaping @Sendable (Double) -> Void) {
        self.total = max(total, 1)
        self.report = report
    }

    /// Tells about every percent.
    func add(_ size: Int) {
        // Reported under the lock: else two workers' reports could overtake one another.
        state.withLock { state in
            state.done += size
            let percent = min(100, state.done * 100 / total)
            guard percent > state.percent else { return }
            state.percent = percent
            report(Double(percent) / 100)
        }
    }
}
