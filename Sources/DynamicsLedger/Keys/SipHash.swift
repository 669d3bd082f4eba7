/// SipHash-2-4 with 128 bits of result: Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012), and their
/// reference implementation (https://github.com/veorq/SipHash) for the longer result.
package struct SipHash: Sendable {
    private let key0: UInt64
    private let key1: UInt64

    /// - Parameter key: 16 bytes.
    package init(key: [UInt8]) {
        precondition(key.count == 16)
        (key0, key1) = key.withUnsafeBytes {
            (
                UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
    }

    /// The result's 16 bytes as two little-endian numbers.
    @inline(__always)
    package func callAsFunction(_ bytes: UnsafeRawBufferPointer) -> (UInt64, UInt64) {
        var v0 = key0 ^ 0x736f_6d65_7073_6575
        var v1 = key1 ^ 0x646f_7261_6e64_6f6d ^ 0xee
        var v2 = key0 ^ 0x6c79_6765_6e65_7261
        var v3 = key1 ^ 0x7465_6462_7974_6573

        @inline(__always)
        func round() {
            v0 = v0 &+ v1
            v1 = Self.rotated(v1, 13) ^ v0
            v0 = Self.rotated(v0, 32)
            v2 = v2 &+ v3
            v3 = Self.rotated(v3, 16) ^ v2
            v0 = v0 &+ v3
            v3 = Self.rotated(v3, 21) ^ v0
            v2 = v2 &+ v1
            v1 = Self.rotated(v1, 17) ^ v2
            v2 = Self.rotated(v2, 32)
        }

        @inline(__always)
        func take(_ word: UInt64) {
            v3 ^= word
            round()
            round()
            v0 ^= word
        }

        let count = bytes.count
        var i = 0
        while i &+ 8 <= count {
            take(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self)))
            i &+= 8
        }
        var last = UInt64(truncatingIfNeeded: count) << 56
        var shift: UInt64 = 0
        while i < count {
            last |= UInt64(bytes[i]) << shift
            shift &+= 8
            i &+= 1
        }
        take(last)

        v2 ^= 0xee
        for _ in 0..<4 { round() }
        let first = v0 ^ v1 ^ v2 ^ v3
        v1 ^= 0xdd
        for _ in 0..<4 { round() }
        return (first, v0 ^ v1 ^ v2 ^ v3)
    }

    @inline(__always)
    private static func rotated(_ value: UInt64, _ bits: UInt64) -> UInt64 {
        value &<< bits | value &>> (64 &- bits)
    }
}
