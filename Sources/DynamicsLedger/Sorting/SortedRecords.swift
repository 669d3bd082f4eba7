import Foundation

/// Merges the runs of an `ExternalSorter`: gives all records in order, one at a time; for one thread.
package final class SortedRecords: @unchecked Sendable {
    /// Bytes before each payload in a run: the rank, and the payload's length in two bytes.
    static let headerLength = 10
    /// Bytes of the longest record, header included.
    static let longestRecord = headerLength + 1023

    private let runs: [RunReader]
    /// The current records' ranks, beside each other, as nearly every comparison needs nothing else.
    private var ranks: UnsafeMutablePointer<UInt64>
    /// A tree of losers (Knuth, The Art of Computer Programming 3, 5.4.1): node i's children are 2i and 2i + 1, the
    /// runs are the leaves, each node holds the run that lost there, and node 0 the winner of all.
    private var losers: UnsafeMutablePointer<Int32>
    private let leaves: Int
    private var isStarted = false

    /// The record that `next` went to.
    package private(set) var rank: UInt64 = 0
    /// Valid until the next call of `next`.
    package private(set) var payload = UnsafeRawBufferPointer(start: nil, count: 0)
    /// Whether there is no record any more (or none yet).
    private(set) var isAtEnd = true

    init(file: TemporaryFile?, runs: [ExternalSorter.Run], memory: Int) {
        let chunk = min(1 << 20, max(1 << 15, memory / max(1, runs.count)))
        self.runs =
            file.map { file in
                runs.map { RunReader(file: file, offset: $0.offset, length: $0.length, chunk: chunk) }
            } ?? []
        leaves = max(1, runs.count)
        ranks = .allocate(capacity: leaves)
        ranks.initialize(repeating: .max, count: leaves)
        losers = .allocate(capacity: leaves)
        losers.initialize(repeating: -1, count: leaves)
    }

    deinit {
        ranks.deallocate()
        losers.deallocate()
    }

    /// Goes to the next record; false behind the last one.
    @inline(__always)
    package func next() throws -> Bool {
        if isStarted {
            let winner = Int(losers[0])
            try advance(winner)
            replay(from: winner)
        } else {
            try start()
        }
        return takeWinner()
    }

    private func start() throws {
        isStarted = true
        guard !runs.isEmpty else { return }
        for run in runs.indices { try advance(run) }
        // Each run climbs until it finds a place that is free.
        for run in runs.indices {
            var winner = Int32(truncatingIfNeeded: run)
            var node = (run + leaves) / 2
            while node > 0 {
                let other = losers[node]
                if other < 0 {
                    losers[node] = winner
                    winner = -1
                    break
                }
                if precedes(Int(other), Int(winner)) { swap(&losers[node], &winner) }
                node /= 2
            }
            if winner >= 0 { losers[0] = winner }
        }
    }

    @inline(__always)
    private func advance(_ run: Int) throws {
        ranks[run] = try runs[run].next() ? runs[run].rank : .max
    }

    @inline(__always)
    private func replay(from run: Int) {
        var winner = Int32(truncatingIfNeeded: run)
        var node = (run &+ leaves) / 2
        while node > 0 {
            let other = losers[node]
            if precedes(Int(other), Int(winner)) {
                losers[node] = winner
                winner = other
            }
            node /= 2
        }
        losers[0] = winner
    }

    @inline(__always)
    private func takeWinner() -> Bool {
        guard !runs.isEmpty else { return false }
        let run = runs[Int(losers[0])]
        isAtEnd = run.isAtEnd
        if isAtEnd { return false }
        rank = run.rank
        payload = run.payload
        return true
    }

    @inline(__always)
    private func precedes(_ a: Int, _ b: Int) -> Bool {
        let (first, second) = (ranks[a], ranks[b])
        return first != second ? first < second : precedesInPayload(a, b)
    }

    /// Runs at their end have the highest rank, and lose even against a record that has it.
    private func precedesInPayload(_ a: Int, _ b: Int) -> Bool {
        if runs[a].isAtEnd || runs[b].isAtEnd { return runs[b].isAtEnd && !runs[a].isAtEnd }
        return Self.precedes(runs[a].payload, runs[b].payload)
    }

    static func precedes(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
        if let first = a.baseAddress, let second = b.baseAddress {
            let order = memcmp(first, second, min(a.count, b.count))
            if order != 0 { return order < 0 }
        }
        return a.count < b.count
    }
}

/// Reads one run, a chunk at a time.
private final class RunReader {
    private let file: TemporaryFile
    private var offset: Int
    private let end: Int
    private let buffer: UnsafeMutablePointer<UInt8>
    private let capacity: Int
    private var filled = 0
    private var place = 0

    private(set) var rank: UInt64 = 0
    private(set) var payload = UnsafeRawBufferPointer(start: nil, count: 0)
    private(set) var isAtEnd = false

    /// - Parameter chunk: at least the longest record.
    init(file: TemporaryFile, offset: Int, length: Int, chunk: Int) {
        self.file = file
        self.offset = offset
        end = offset + length
        capacity = min(chunk, max(length, 1))
        buffer = .allocate(capacity: capacity)
    }

    deinit { buffer.deallocate() }

    @inline(__always)
    func next() throws -> Bool {
        if filled &- place < SortedRecords.longestRecord, try !refill() { return false }
        let start = UnsafeRawPointer(buffer + place)
        rank = start.loadUnaligned(as: UInt64.self)
        let length = Int((start + 8).loadUnaligned(as: UInt16.self))
        payload = UnsafeRawBufferPointer(start: start + SortedRecords.headerLength, count: length)
        place &+= SortedRecords.headerLength &+ length
        return true
    }

    /// Fills the buffer when less than the longest record is left in it; false when nothing is left at all.
    private func refill() throws -> Bool {
        let left = filled - place
        if offset < end {
            buffer.update(from: buffer + place, count: left)
            let count = min(capacity - left, end - offset)
            try file.read(into: UnsafeMutableRawBufferPointer(start: buffer + left, count: count), at: offset)
            offset += count
            filled = left + count
            place = 0
        }
        isAtEnd = filled == place
        return !isAtEnd
    }
}
