import DynamicsFuzzing
import DynamicsTestSupport
import Foundation
import Testing

/// What takes bytes from strangers, on a corpus and on what random damage makes of it; nothing may crash, and what each promises holds.
///
/// `FUZZ_SECONDS=60` runs each for so long; `FUZZ_SEED` repeats a run. A crash leaves the last input in the temporary folder.
@Suite(.serialized) struct CorpusTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let seconds = environment["FUZZ_SECONDS"].flatMap { Double($0) } ?? 3
    private static let corpus = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "fuzz/corpus")

    private func inputs(_ target: FuzzTarget) throws -> [[UInt8]] {
        try FileManager.default.contentsOfDirectory(
            at: Self.corpus.appending(path: target.rawValue), includingPropertiesForKeys: nil
        ).sorted { $0.path < $1.path }.map { [UInt8](try Data(contentsOf: $0)) }
    }

    @Test(arguments: FuzzTarget.allCases) func promisesHoldForDamagedInputs(target: FuzzTarget) throws {
        let inputs = try inputs(target)
        #expect(inputs.count >= 5)
        for input in inputs { target.run(input) }
        let end = Date(timeIntervalSinceNow: Self.seconds)
        let first = Self.environment["FUZZ_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: .min ... .max)
        let last = FileManager.default.temporaryDirectory.appending(path: "fuzz-\(target.rawValue)-\(first)")
        var runs: UInt64 = 0
        while Date() < end {
            var random = SplitMix64(seed: first &+ runs)
            var input = random.pick(inputs)
            for _ in 0..<random.between(1...4) { damage(&input, inputs, &random) }
            try Data(input).write(to: last)
            target.run(input)
            runs += 1
        }
        try FileManager.default.removeItem(at: last)
        print("\(target): \(runs) damaged inputs from seed \(first) on")
        #expect(runs > 100)
    }

    private static let pieces: [[UInt8]] =
        [
            "\"", ",", "\n", "\r", "\0", "-", "+", ".", "0", "9", "Z", "T", ":", "{", "}", "[", "]", "\\u0000",
            "\\ud800",
            "null", "&", "=", "%", "%00", "%ff", "\u{FEFF}", "é", "😀", "99999999999999999999", "-1", "1e308",
        ].map { Array($0.utf8) } + [[0xFF], [0xC0, 0x80], [0x80], [0xED, 0xA0, 0x80]]

    private func damage(_ bytes: inout [UInt8], _ others: [[UInt8]], _ random: inout SplitMix64) {
        let place = random.between(0...bytes.count)
        let rest = min(bytes.count - place, random.between(0...12))
        switch random.between(0...5) {
        case 0: bytes.insert(contentsOf: random.pick(Self.pieces), at: place)
        case 1: bytes.removeSubrange(place..<place + rest)
        case 2: bytes.replaceSubrange(place..<place + min(rest, 1), with: random.pick(Self.pieces))
        case 3: bytes.insert(contentsOf: bytes[place..<place + rest], at: random.between(0...bytes.count))
        case 4:
            // The beginning of one, the end of another.
            let other = random.pick(others)
            bytes = Array(bytes.prefix(place) + other.dropFirst(min(place, other.count)))
        default: if place < bytes.count { bytes[place] ^= 1 << UInt8(random.between(0...7)) }
        }
    }
}
