import Synchronization

/// Deals out the clients of all parts in chunks of about the same number of transactions, to workers that ask for them.
final class ChunkQueue: Sendable {
    struct Chunk {
        /// An index into the parts.
        var part: Int
        var clients: Range<Int>
    }

    private let chunks: [Chunk]
    private let taken = Atomic<Int>(0)

    init(_ parts: [LedgerColumns], transactionsPerChunk: Int) {
        var chunks: [Chunk] = []
        for (index, part) in parts.enumerated() {
            var start = 0
            let starts = part.clients.transactionStarts
            for client in 0..<part.clients.count {
                let size = Int(starts[client + 1] - starts[start])
                // Clients without transactions cost something, too.
                if size + (client - start) * 8 >= transactionsPerChunk || client + 1 == part.clients.count {
                    chunks.append(Chunk(part: index, clients: start..<client + 1))
                    start = client + 1
                }
            }
        }
        self.chunks = chunks
    }

    func next() -> Chunk? {
        let index = taken.wrappingAdd(1, ordering: .relaxed).oldValue
        return index < chunks.count ? chunks[index] : nil
    }

    /// Which part of the chunks has been taken, 0...1.
    var done: Double { min(1, Double(taken.load(ordering: .relaxed)) / Double(max(1, chunks.count))) }
}
