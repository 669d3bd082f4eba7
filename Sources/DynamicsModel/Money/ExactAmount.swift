/// An amount of the report's currency, exact: `units / divisor` times 10^-18.
///
/// Micro-units times a cross rate of 12 digits are integers of 10^-18; only averages have a divisor.
public struct ExactAmount: Sendable, Hashable {
    /// |units / divisor| < 10^38 in a final value.
    public var units: Int128
    /// >= 1.
    public var divisor: Int64

    public init(units: Int128, divisor: Int64 = 1) {
        precondition(divisor >= 1)
        self.units = units
        self.divisor = divisor
    }

    public static let zero = ExactAmount(units: 0)

    /// The decimal number with `digits` fractional digits, rounded once, half to even, without a sign when it rounds to zero.
    /// - Parameter digits: 0...6.
    public func rounded(toDigits digits: Int) -> String {
        let scaled = scaled(toDigits: digits)
        var text = String(scaled.magnitude)
        if digits > 0 {
            if text.utf8.count <= digits { text = String(repeating: "0", count: digits + 1 - text.utf8.count) + text }
            text.insert(".", at: text.index(text.endIndex, offsetBy: -digits))
        }
        return scaled < 0 ? "-" + text : text
    }

    /// Whether it is less than another amount, compared exactly whatever the divisors. (Not `Comparable`: 1/2 and 2/4 are neither
    /// less nor `==`.)
    public func isLess(than other: ExactAmount) -> Bool {
        if divisor == other.divisor { return units < other.units }
        if (units < 0) != (other.units < 0) { return units < 0 }
        // |units| < 2^127 and divisors < 2^63: the products need more than 128 bits.
        let mine = units.magnitude.multipliedFullWidth(by: UInt128(other.divisor))
        let theirs = other.units.magnitude.multipliedFullWidth(by: UInt128(divisor))
        let isSmaller = (mine.high, mine.low) < (theirs.high, theirs.low)
        let isSame = mine == theirs
        return units < 0 ? !isSmaller && !isSame : isSmaller
    }

    /// The amount in units of 10^-digits, rounded once, half to even.
    /// - Parameter digits: 0...6.
    public func scaled(toDigits digits: Int) -> Int128 {
        precondition((0...6).contains(digits))
        let power = Self.powers[18 - digits]
        let magnitude = units.magnitude
        let high = UInt64(truncatingIfNeeded: magnitude >> 64)
        let rounded: UInt128
        if divisor == 1, high < power {
            // Nearly all amounts: one division of the processor does it.
            let low = UInt64(truncatingIfNeeded: magnitude)
            let (quotient, remainder) = power.dividingFullWidth((high, low))
            rounded = UInt128(quotient) + (Self.roundsUp(remainder, of: power, after: quotient & 1 == 1) ? 1 : 0)
        } else {
            // |units| < 10^38 * divisor is guaranteed only for divisor 1; averages have units < 10^38 and a step of
            // 10^18 * 2^63 at most, below 2^127.
            let step = UInt128(power) * UInt128(divisor)
            let (quotient, remainder) = magnitude.quotientAndRemainder(dividingBy: step)
            rounded = quotient + (Self.roundsUp(remainder, of: step, after: quotient & 1 == 1) ? 1 : 0)
        }
        return units < 0 ? -Int128(rounded) : Int128(rounded)
    }

    /// 10^0 ... 10^18.
    private static let powers: [UInt64] = (0...18).map { (0..<$0).reduce(1) { power, _ in power * 10 } }

    private static func roundsUp<Number: UnsignedInteger>(_ remainder: Number, of step: Number, after isOdd: Bool)
        -> Bool
    {
        let distance = step - remainder
        return remainder > distance || (remainder == distance && isOdd)
    }
}
