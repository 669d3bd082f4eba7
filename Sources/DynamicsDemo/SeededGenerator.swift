/// A stream of random numbers that is the same for the same seed on every machine.
///
/// SplitMix64: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators" (2014). The distributions use only IEEE
/// additions, multiplications and comparisons, no `log` or `exp`, whose last bits differ between C libraries.
struct SeededGenerator {
    private var state: UInt64

    /// - Parameter stream: tells apart the streams of one seed: one for each client, so that their order does not matter.
    init(seed: UInt64, stream: UInt64) {
        state = Self.mix(seed &+ Self.gamma) ^ Self.mix(stream &* 0xD134_2543_DE82_EF95 &+ 1)
    }

    private static let gamma: UInt64 = 0x9E37_79B9_7F4A_7C15

    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func next() -> UInt64 {
        state &+= Self.gamma
        return Self.mix(state)
    }

    /// Uniform in 0 ..< 1, in steps of 2^-53.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    mutating func chance(_ probability: Double) -> Bool { unit() < probability }

    /// Uniform in 0 ..< count; biased by less than count / 2^64.
    mutating func below(_ count: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(count)).high) }

    mutating func within(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }

    mutating func pick<Item>(_ items: [Item]) -> Item { items[below(items.count)] }

    /// Exponentially distributed: John von Neumann, "Various Techniques Used in Connection With Random Digits" (1951).
    mutating func exponential(mean: Double) -> Double {
        var whole = 0.0
        while true {
            let first = unit()
            var last = first
            var isOddRun = true
            while true {
                let next = unit()
                if next >= last { break }
                last = next
                isOddRun.toggle()
            }
            if isOddRun { return (whole + first) * mean }
            whole += 1
        }
    }

    /// A value of the distribution with these quantiles at equal distances, straight lines between them.
    mutating func quantile(_ quantiles: [Double]) -> Double {
        let position = unit() * Double(quantiles.count - 1)
        let index = Int(position)
        return quantiles[index] + (quantiles[index + 1] - quantiles[index]) * (position - Double(index))
    }
}
