/// A checksum as fast as memory: two running sums over eight lanes of 64 bits, position-dependent like Fletcher's (RFC 1146).
///
/// It finds damage (flipped bits, lost or swapped pages, truncation), not malice: the file is derived and stands beside the truth.
enum BlockChecksum {
    /// Bytes that one checksum covers; the last block of a part is shorter.
    static let blockSize = 1 << 20

    /// - Precondition: `bytes.count` is a multiple of 64.
    static func of(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        precondition(bytes.count % 64 == 0)
        var sums = SIMD8<UInt64>(repeating: 0x9E37_79B9_7F4A_7C15)
        var sumsOfSums = SIMD8<UInt64>(repeating: 0)
        var i = 0
        while i < bytes.count {
            sums &+= bytes.loadUnaligned(fromByteOffset: i, as: SIMD8<UInt64>.self)
            sumsOfSums &+= sums
            i &+= 64
        }
        var result = UInt64(bytes.count)
        for lane in 0..<8 {
            result = mix(result ^ sums[lane])
            result = mix(result ^ sumsOfSums[lane])
        }
        return result
    }

    /// The finalizer of SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014).
    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
