import CZlib
import DynamicsImport
import DynamicsModel
import DynamicsTestSupport
import Testing

@Suite struct GzipTests {
    static let text = Array("id,name\na,A\nb,\"B\nB\"\n".utf8)

    @Test(arguments: [1, 2, 5, 1 << 20])
    func membersAreReadOneAfterTheOther(_ piece: Int) throws {
        let members = try gzip(Array(Self.text.prefix(10))) + gzip([]) + gzip(Array(Self.text.dropFirst(10))) + gzip([])
        let stream = GzipStream(PiecewiseStream(members, piece: piece), name: "packages.csv.gz")
        let reading = try TestReader().read(stream, .packages)
        #expect(reading.problems == [])
        #expect(reading.rows.count == 2)
        #expect(stream.bytesRead == members.count)
        #expect(stream.totalBytes == members.count)
    }

    @Test func largeContentsComeWhole() throws {
        var random = SplitMix64(seed: 8)
        let bytes = (0..<1_000_000).map { _ in UInt8(truncatingIfNeeded: random.next() >> 3) }
        let compressed = try gzip(Array(bytes.prefix(400_000))) + gzip(Array(bytes.dropFirst(400_000)))
        let stream = GzipStream(MemoryStream(compressed), name: "x")
        var read: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = try buffer.withUnsafeMutableBytes { try stream.read(into: $0) }
            if count == 0 { break }
            read += buffer[..<count]
        }
        #expect(read == bytes)
    }

    @Test func whateverIsCutOffIsRefused() throws {
        let whole = try gzip(Self.text)
        for count in 0..<whole.count {
            let reading = try read(Array(whole.prefix(count)))
            try #require(
                reading.problems.map(\.description) == [
                    "packages.csv.gz: the compressed data end early; the file seems to be cut off"
                ])
        }
        #expect(try read(whole).problems == [])
    }

    /// A few bits have no meaning: the time, how and where it was compressed, what fills up the last byte of a block. A change
    /// of them may pass, if the contents are the same.
    @Test func whateverIsDamagedIsRefused() throws {
        let whole = try gzip(Self.text)
        let rows = try read(whole).rows
        var refusals = 0
        for index in whole.indices {
            for bit in 0..<8 {
                var damaged = whole
                damaged[index] ^= 1 << UInt8(bit)
                let reading = try read(damaged)
                if reading.problems.isEmpty {
                    try #require(reading.rows == rows, "byte \(index), bit \(bit)")
                } else {
                    #expect(reading.problems.first?.message.contains("the compressed data") == true)
                    refusals += 1
                }
            }
        }
        #expect(refusals >= (whole.count - 10) * 8 - 7)
    }

    @Test(arguments: [[0], [0x1F], Array("more".utf8), [0x1F, 0x8B, 0x09, 0, 0, 0, 0, 0, 0, 0]])
    func whatFollowsIsRefused(_ more: [UInt8]) throws {
        let problems = try read(gzip(Self.text) + more).problems
        let expected = [
            "packages.csv.gz: something else follows the compressed data",
            "packages.csv.gz: the compressed data end early; the file seems to be cut off",
        ]
        #expect(problems.map(\.description) == [more == [0] || more == [0x1F] ? expected[1] : expected[0]])
    }

    @Test func whatIsNoGzipIsRefused() throws {
        #expect(
            try read(Self.text).problems.map(\.description) == [
                "packages.csv.gz: the compressed data are corrupt (incorrect header check)"
            ])
    }

    private func read(_ bytes: [UInt8]) throws -> Reading {
        try TestReader().read(GzipStream(MemoryStream(bytes), name: "packages.csv.gz"), .packages)
    }

    private struct CompressionFailed: Error {}

    private func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        var input = bytes
        var output = [UInt8](repeating: 0, count: bytes.count + bytes.count / 100 + 100)
        let capacity = UInt32(output.count)
        let status = try input.withUnsafeMutableBufferPointer { input in
            try output.withUnsafeMutableBufferPointer { output in
                guard deflateInit2_(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK
                else {
                    throw CompressionFailed()
                }
                defer { deflateEnd(&stream) }
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = capacity
                return deflate(&stream, Z_FINISH)
            }
        }
        guard status == Z_STREAM_END else { throw CompressionFailed() }
        return Array(output.prefix(Int(capacity - stream.avail_out)))
    }
}
