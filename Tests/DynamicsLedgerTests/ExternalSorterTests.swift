import DynamicsLedger
import DynamicsTestSupport
import Testing

@Suite struct ExternalSorterTests {
    struct Record: Comparable {
        var rank: UInt64
        var payload: [UInt8]

        static func < (a: Record, b: Record) -> Bool {
            a.rank != b.rank ? a.rank < b.rank : a.payload.lexicographicallyPrecedes(b.payload)
        }
    }

    /// How ranks are drawn: each shape takes another way through the sort.
    enum Shape: CaseIterable {
        case random, equal, few, clients, close, extremes

        func rank(_ random: inout SplitMix64) -> UInt64 {
            switch self {
            case .random: random.next()
            case .equal: 7
            case .few: UInt64(random.between(0...3)) << 62
            case .clients: UInt64(random.between(1...50)) << 33 | UInt64(random.between(0...1_000_000))
            case .close: 1 << 40 + UInt64(random.between(0...5))
            case .extremes: random.chance(50) ? .max : UInt64(random.between(0...1))
            }
        }
    }

    @Test(arguments: Shape.allCases, [0, 1, 2, 17, 1000, 30_000])
    func givesBackEverythingInOrder(_ shape: Shape, count: Int) throws {
        var random = SplitMix64(seed: UInt64(count) + 1)
        let folder = try ScratchFolder()
        let sorter = ExternalSorter(folder: folder.path)
        // Two buffers, as two threads have them; the smallest spills every 16 records.
        let buffers = [SortBuffer(sorter, memory: 1 << 10), SortBuffer(sorter, memory: 1 << 16)]
        var expected: [Record] = []
        for _ in 0..<count {
            // Many equal beginnings, and payloads that begin one another.
            let length = random.chance(2) ? 1023 : random.between(0...9)
            let record = Record(
                rank: shape.rank(&random), payload: (0..<length).map { _ in UInt8(random.between(0...1)) })
            expected.append(record)
            try random.pick(buffers).add(rank: record.rank, length: length) { target in
                target.copyMemory(from: record.payload, byteCount: length)
            }
        }
        for buffer in buffers { try buffer.spill() }
        #expect(sorter.count == count)
        let sorted = sorter.sorted(memory: 1 << 16)
        var actual: [Record] = []
        while try sorted.next() { actual.append(Record(rank: sorted.rank, payload: [UInt8](sorted.payload))) }
        #expect(actual == expected.sorted())
        #expect(folder.names == [], "the temporary file has no name")
    }
}
