/// A small generator of numbers that are the same for the same seed on every machine and with every compiler.
///
/// SplitMix64: Guy L. Steele, Doug Lea, Christine H. Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
/// The standard library's `random(in:using:)` is not used, since it may draw differently in another version.
public struct SplitMix64: Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// - Precondition: `range` is not empty.
    public mutating func between(_ range: ClosedRange<Int>) -> Int {
        let width = UInt64(bitPattern: Int64(range.upperBound &- range.lowerBound)) &+ 1
        let drawn = width == 0 ? next() : next() % width
        return range.lowerBound &+ Int(truncatingIfNeeded: drawn)
    }

    /// True `percent` times out of a hundred.
    public mutating func chance(_ percent: Int) -> Bool { between(0...99) < percent }

    /// - Precondition: `choices` is not empty.
    public mutating func pick<Choice>(_ choices: [Choice]) -> Choice { choices[between(0...(choices.count - 1))] }

    /// The same elements in another order, each order as likely as any other.
    public mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
        var rest = elements
        var shuffled: [Element] = []
        while !rest.isEmpty { shuffled.append(rest.remove(at: between(0...(rest.count - 1)))) }
        return shuffled
    }

    /// Each element with a chance of `percent`, in their order.
    public mutating func some<Element>(_ elements: [Element], percent: Int) -> [Element] {
        elements.filter { _ in chance(percent) }
    }
}
