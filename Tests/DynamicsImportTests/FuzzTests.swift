import DynamicsImport
import DynamicsModel
import DynamicsTestSupport
import Foundation
import Testing

/// Valid files, damaged at random: nothing crashes, and the reader agrees with those that are too simple to be wrong.
@Suite struct FuzzTests {
    static let reader = RoundTripTests.awkward
    private static let environment = ProcessInfo.processInfo.environment
    /// For each test. A run takes a fraction of a millisecond.
    static let seconds = environment["FUZZ_SECONDS"].flatMap { Double($0) } ?? 4

    @Test func damagedTablesAreReadAsTheReferenceReadsThem() throws {
        try forEachSeed { seed in
            var records = RandomRecords(seed: seed)
            let kind = records.random.pick(RecordKind.allCases)
            let list = (0..<records.random.between(1...5)).map { _ in records.record(kind, of: Self.reader) }
            let bytes = damaged(records.csv(kind, list).bytes, &records.random)
            let reference = ReferenceReader(bytes, kind, clients: Self.reader.clients, packages: Self.reader.packages)
            var reader = Self.reader
            reader.chunkSize = records.random.pick([1, 40, 1 << 20])
            let reading = try reader.read(PiecewiseStream(bytes, piece: records.random.pick([1, 50, 1 << 20])), kind)
            guard reading.problems.count < ImportFailure.limit else { return true }
            // A header may have several problems.
            let lines = reading.rows.isEmpty ? Set(reading.problems.map(\.line)).sorted { ($0 ?? 0) < ($1 ?? 0) } : nil
            return reading.rows == reference.rows && (lines ?? reading.problems.map(\.line)) == reference.badLines
        }
    }

    /// Foundation reads more than an import may hold, so only what is accepted can be compared.
    @Test func damagedObjectsAreReadAsFoundationReadsThem() throws {
        try forEachSeed { seed in
            var records = RandomRecords(seed: seed)
            let list = (0..<records.random.between(1...3)).map { _ in records.record(.packages, of: Self.reader) }
            let bytes = damaged(records.ndjson(.packages, list).bytes, &records.random)
            let reading = try Self.reader.read(bytes, .packages, .ndjson)
            let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
            let lines = content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            for row in reading.rows where !foundationAgrees(row, lines) { return false }
            // Each line is blank, a row or a problem, unless the whole is refused.
            let blank = lines.count { $0.isEmpty || $0.elementsEqual([0x0D]) }
            let isRefused = reading.problems.contains { $0.line == nil }
            return isRefused || reading.rows.count + reading.problems.count + blank == lines.count
        }
    }

    private func foundationAgrees(_ row: TestRow, _ lines: [ArraySlice<UInt8>]) -> Bool {
        switch row {
        case .package(let line, let package):
            let object = foundationObject(lines[line - 1])
            return text(object?["id"]) == bare(package.id) && text(object?["name"]) == bare(package.name)
                && object?["deleted"] as? Bool != true
        case .removal(let line, let id):
            let object = foundationObject(lines[line - 1])
            return text(object?["id"]) == bare(id) && object?["deleted"] as? Bool == true
        default: return false
        }
    }

    private func foundationObject(_ line: ArraySlice<UInt8>) -> [String: Any]? {
        (try? JSONSerialization.jsonObject(with: Data(line))) as? [String: Any]
    }

    private func text(_ value: Any?) -> ExactText? { (value as? String).map { bare(ExactText($0)) } }

    /// Foundation loses U+FEFF at the beginning of strings and behind escapes.
    private func bare(_ text: ExactText) -> ExactText {
        ExactText(String(String.UnicodeScalarView(text.string.unicodeScalars.filter { $0 != "\u{FEFF}" })))
    }

    /// Runs with new seeds until the time is over; first, again, with that of the environment's `FUZZ_SEED`.
    private func forEachSeed(_ holds: (UInt64) throws -> Bool) throws {
        let end = Date(timeIntervalSinceNow: Self.seconds)
        let first = Self.environment["FUZZ_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: .min ... .max)
        var runs: UInt64 = 0
        while Date() < end {
            let seed = first &+ runs
            try #require(try holds(seed), "run again with FUZZ_SEED=\(seed)")
            runs += 1
        }
        print("\(runs) damaged files from seed \(first) on")
        #expect(runs > 100)
    }

    private static let pieces: [[UInt8]] =
        [
            "\"", "\"\"", ",", "\n", "\r", "\r\n", "\n\n", ";", "\0", "-", "+", ".", "0", "9", "Z", "T", ":", " ",
            "true", "false",
            "deleted", "id", "{", "}", "[", "]", "\\", "\\u0000", "\\ud800", "null", "\u{FEFF}", "é", "😀",
        ].map { Array($0.utf8) } + [[0xFF], [0xC0, 0x80], [0x80], [0xED, 0xA0, 0x80], [0xFF, 0xFE]]

    private func damaged(_ bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<random.between(0...3) {
            let place = random.between(0...bytes.count)
            let rest = min(bytes.count - place, random.between(0...8))
            switch random.between(0...4) {
            case 0: bytes.insert(contentsOf: random.pick(Self.pieces), at: place)
            case 1: bytes.removeSubrange(place..<place + rest)
            case 2: bytes.replaceSubrange(place..<place + min(rest, 1), with: random.pick(Self.pieces))
            case 3: bytes.insert(contentsOf: bytes[place..<place + rest], at: random.between(0...bytes.count))
            default: if place < bytes.count { bytes[place] ^= 1 << UInt8(random.between(0...7)) }
            }
        }
        return bytes
    }
}
