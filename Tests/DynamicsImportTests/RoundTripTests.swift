import DynamicsImport
import DynamicsModel
import DynamicsTestSupport
import Testing

@Suite struct RoundTripTests {
    static let awkward = TestReader(
        clients: ["a", "é", "e\u{301}", "a,\"b\"", "a\nb"], packages: ["p", "p\"", "0123456789abc"])

    @Test(arguments: RecordKind.allCases, ImportFormat.allCases)
    func whatWasWrittenIsRead(_ kind: RecordKind, _ format: ImportFormat) throws {
        for seed in UInt64(1)...300 {
            let file = written(kind, format, seed: seed)
            var random = SplitMix64(seed: seed)
            let chunkSize = random.pick([1, 7, 64, 300, 1 << 20])
            let stream = PiecewiseStream(file.bytes, piece: random.pick([1, 3, 100, 1 << 20]))
            var reader = Self.awkward
            reader.chunkSize = chunkSize
            let reading = try reader.read(stream, kind, format)
            try #require(reading.problems == [], "seed \(seed), chunk size \(chunkSize)")
            try #require(reading.rows == file.rows, "seed \(seed), chunk size \(chunkSize)")
        }
    }

    /// A chunk may end, and a reading stop, anywhere.
    @Test(arguments: ImportFormat.allCases)
    func everyChunkSizeReadsTheSame(_ format: ImportFormat) throws {
        let file = written(.clients, format, seed: 4711)
        for size in 1...file.bytes.count {
            var reader = Self.awkward
            reader.chunkSize = size
            let reading = try reader.read(PiecewiseStream(file.bytes, piece: size), .clients, format)
            try #require(reading.problems == [], "chunk size \(size)")
            try #require(reading.rows == file.rows, "chunk size \(size)")
        }
    }

    private func written(_ kind: RecordKind, _ format: ImportFormat, seed: UInt64) -> WrittenFile {
        var records = RandomRecords(seed: seed)
        let list = (0..<records.random.between(0...12)).map { _ in records.record(kind, of: Self.awkward) }
        return format == .csv ? records.csv(kind, list) : records.ndjson(kind, list)
    }
}
