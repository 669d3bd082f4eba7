import DynamicsModel
import Foundation
import Synchronization

/// Sorts any number of records in bounded memory: sorted runs go to a temporary file, and are merged when read back.
///
/// A record is a 64-bit `rank` and up to 1,023 bytes of payload. Records are ordered by rank, then by the bytes of the payload as
/// `memcmp` orders them, a shorter one first.
package final class ExternalSorter: Sendable {
    /// A sorted part of the file.
    struct Run: Sendable {
        var offset: Int
        var length: Int
    }

    private struct State {
        var file: TemporaryFile?
        var length = 0
        var runs: [Run] = []
        var records = 0
    }

    private let folder: String
    private let state = Mutex(State())

    /// - Parameter folder: where the temporary file is made when it is needed.
    package init(folder: String) { self.folder = folder }

    /// How many records the runs hold.
    package var count: Int { state.withLock { $0.records } }

    /// Makes room for a run of `length` bytes, which the caller then writes to the file.
    fileprivate func newRun(length: Int, records: Int) throws -> (file: TemporaryFile, offset: Int) {
        try state.withLock { state in
            let file = try state.file ?? TemporaryFile(in: folder)
            state.file = file
            let offset = state.length
            state.runs.append(Run(offset: offset, length: length))
            state.length += length
            state.records += records
            return (file, offset)
        }
    }

    /// All records in order. Every buffer must have been spilled.
    /// - Parameter memory: bytes for reading, shared by all runs.
    package func sorted(memory: Int = 16 << 20) -> SortedRecords {
        state.withLock { SortedRecords(file: $0.file, runs: $0.runs, memory: memory) }
    }
}

/// Where one thread collects records for an `ExternalSorter`; not for more than one thread at a time.
package final class SortBuffer: @unchecked Sendable {
    private struct Item {
        var rank: UInt64
        var offset: UInt32
        var length: UInt32
    }

    private let sorter: ExternalSorter
    private let capacity: Int
    private let items: UnsafeMutablePointer<Item>
    private let scratch: UnsafeMutablePointer<Item>
    private var count = 0
    private let payloadCapacity: Int
    private let payloads: UnsafeMutablePointer<UInt8>
    private var payloadCount = 0
    private var ranks: (lowest: UInt64, highest: UInt64) = (.max, 0)

    /// - Parameter memory: bytes that the buffer takes; half is for payloads, and 32 bytes are needed beside each.
    package init(_ sorter: ExternalSorter, memory: Int) {
        self.sorter = sorter
        capacity = max(2, memory / 64)
        items = .allocate(capacity: capacity)
        scratch = .allocate(capacity: capacity)
        payloadCapacity = max(1 << 16, memory / 2)
        payloads = .allocate(capacity: payloadCapacity)
    }

    deinit {
        items.deallocate()
        scratch.deallocate()
        payloads.deallocate()
    }

    /// Adds a record; spills a run first when the buffer is full.
    /// - Parameter write: fills the payload of `length` bytes.
    @inline(__always)
    package func add(rank: UInt64, length: Int, _ write: (UnsafeMutableRawPointer) -> Void) throws {
        if count == capacity || payloadCount &+ length > payloadCapacity { try spill() }
        write(UnsafeMutableRawPointer(payloads + payloadCount))
        items[count] = Item(
            rank: rank, offset: UInt32(truncatingIfNeeded: payloadCount), length: UInt32(truncatingIfNeeded: length))
        count &+= 1
        payloadCount &+= length
        if rank < ranks.lowest { ranks.lowest = rank }
        if rank > ranks.highest { ranks.highest = rank }
    }

    /// Sorts what has been added and writes it out as a run; the buffer is then empty.
    package func spill() throws {
        guard count > 0 else { return }
        let sorted = sort()
        let (file, offset) = try sorter.newRun(
            length: payloadCount + count * SortedRecords.headerLength, records: count)
        var writer = RunWriter(file: file, offset: offset)
        for i in 0..<count {
            let item = sorted[i]
            try writer.append(
                rank: item.rank,
                UnsafeRawBufferPointer(start: payloads + Int(item.offset), count: Int(item.length)))
        }
        try writer.finish()
        count = 0
        payloadCount = 0
        ranks = (.max, 0)
    }

    // MARK: Sorting

    /// How many bits of the rank each pass looks at, and how many passes there are.
    private static let digitBits: UInt64 = 11
    private static let passes = 3

    /// Three passes of a radix sort over the highest 33 bits in which the ranks differ leave few records that are still
    /// equal; those are compared. Returns `items` or `scratch`, whichever holds the result.
    private func sort() -> UnsafeMutablePointer<Item> {
        let lowest = ranks.lowest
        let shift = UInt64((ranks.highest &- lowest).leadingZeroBitCount)
        let down = 64 &- Self.digitBits &* UInt64(Self.passes)
        @inline(__always)
        func top(_ item: Item) -> UInt64 {
            // A shift of 64, when all ranks are equal, gives 0.
            ((item.rank &- lowest) << shift) &>> down
        }
        var from = items
        var to = scratch
        for pass in 0..<UInt64(Self.passes) {
            scatter(from, to) { top($0) &>> (pass &* Self.digitBits) & (1 &<< Self.digitBits &- 1) }
            swap(&from, &to)
        }
        var start = 0
        while start < count {
            var end = start &+ 1
            let group = top(from[start])
            while end < count, top(from[end]) == group { end &+= 1 }
            if end &- start > 1 { order(UnsafeMutableBufferPointer(start: from + start, count: end - start)) }
            start = end
        }
        return from
    }

    @inline(__always)
    private func scatter(
        _ from: UnsafeMutablePointer<Item>, _ to: UnsafeMutablePointer<Item>, by digit: (Item) -> UInt64
    ) {
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 1 << Int(Self.digitBits)) { places in
            places.initialize(repeating: 0)
            for i in 0..<count { places[Int(digit(from[i]))] &+= 1 }
            var place = 0
            for i in places.indices {
                let number = places[i]
                places[i] = place
                place &+= number
            }
            for i in 0..<count {
                let value = Int(digit(from[i]))
                to[places[value]] = from[i]
                places[value] &+= 1
            }
        }
    }

    /// Orders a few records, or many that differ only in the lowest bits of their ranks or in their payloads.
    private func order(_ part: UnsafeMutableBufferPointer<Item>) {
        var group = part
        guard group.count <= 16 else {
            group.sort(by: precedes)
            return
        }
        for i in 1..<group.count {
            let item = group[i]
            var j = i
            while j > 0, precedes(item, group[j - 1]) {
                group[j] = group[j - 1]
                j -= 1
            }
            group[j] = item
        }
    }

    private func precedes(_ a: Item, _ b: Item) -> Bool {
        if a.rank != b.rank { return a.rank < b.rank }
        return SortedRecords.precedes(
            UnsafeRawBufferPointer(start: payloads + Int(a.offset), count: Int(a.length)),
            UnsafeRawBufferPointer(start: payloads + Int(b.offset), count: Int(b.length)))
    }
}

/// Writes the records of one run, in order.
private struct RunWriter {
    private let file: TemporaryFile
    private var offset: Int
    private let buffer: ByteBuffer

    private static let chunk = 1 << 20

    init(file: TemporaryFile, offset: Int) {
        self.file = file
        self.offset = offset
        buffer = ByteBuffer(capacity: Self.chunk + SortedRecords.longestRecord)
    }

    @inline(__always)
    mutating func append(rank: UInt64, _ payload: UnsafeRawBufferPointer) throws {
        // There is always room for one record more.
        let start = UnsafeMutableRawPointer(buffer.start + buffer.count)
        start.storeBytes(of: rank, as: UInt64.self)
        (start + 8).storeBytes(of: UInt16(truncatingIfNeeded: payload.count), as: UInt16.self)
        buffer.advance(SortedRecords.headerLength)
        buffer.append(payload)
        if buffer.count >= Self.chunk { try finish() }
    }

    mutating func finish() throws {
        try file.write(buffer.bytes, at: offset)
        offset += buffer.count
        buffer.removeAll()
    }
}
