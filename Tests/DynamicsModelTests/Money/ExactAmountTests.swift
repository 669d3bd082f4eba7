import DynamicsModel
import DynamicsTestSupport
import Testing

/// Rounding, once and half to even: section 5 of `docs/semantics.md`.
@Suite struct ExactAmountTests {
    struct Example: Sendable {
        let units: String
        var divisor: Int64 = 1
        let digits: Int
        let text: String
    }

    /// `units` is a decimal number with at most 18 fractional digits.
    private func amount(_ units: String, _ divisor: Int64) throws -> ExactAmount {
        let parts = units.split(separator: ".")
        let fraction = parts.count == 2 ? String(parts[1]) : ""
        let text = "\(parts[0])\(fraction)\(String(repeating: "0", count: 18 - fraction.utf8.count))"
        return ExactAmount(units: try #require(Int128(text)), divisor: divisor)
    }

    @Test(arguments: [
        // Ties go to the even digit, whatever the number of digits.
        Example(units: "1.0000005", digits: 6, text: "1.000000"),
        Example(units: "1.0000015", digits: 6, text: "1.000002"),
        Example(units: "1.00005", digits: 4, text: "1.0000"),
        Example(units: "1.00015", digits: 4, text: "1.0002"),
        Example(units: "0.0625", digits: 3, text: "0.062"),
        Example(units: "0.0635", digits: 3, text: "0.064"),
        Example(units: "0.125", digits: 2, text: "0.12"),
        Example(units: "0.135", digits: 2, text: "0.14"),
        Example(units: "0.5", digits: 0, text: "0"),
        Example(units: "1.5", digits: 0, text: "2"),
        Example(units: "2.5", digits: 0, text: "2"),
        // The smallest step off a tie decides.
        Example(units: "0.125000000000000001", digits: 2, text: "0.13"),
        Example(units: "0.134999999999999999", digits: 2, text: "0.13"),
        Example(units: "2.500000000000000001", digits: 0, text: "3"),
        Example(units: "3.499999999999999999", digits: 0, text: "3"),
        // The same below zero.
        Example(units: "-1.0000005", digits: 6, text: "-1.000000"),
        Example(units: "-1.0000015", digits: 6, text: "-1.000002"),
        Example(units: "-0.125", digits: 2, text: "-0.12"),
        Example(units: "-2.5", digits: 0, text: "-2"),
        Example(units: "-3.5", digits: 0, text: "-4"),
        // No minus sign on what rounds to zero, one on what does not.
        Example(units: "-0.0000005", digits: 6, text: "0.000000"),
        Example(units: "-0.000000500000000001", digits: 6, text: "-0.000001"),
        Example(units: "-0.005", digits: 2, text: "0.00"),
        Example(units: "-0.5", digits: 0, text: "0"),
        Example(units: "-0.000000000000000001", digits: 6, text: "0.000000"),
        Example(units: "0", digits: 6, text: "0.000000"),
        Example(units: "0", digits: 0, text: "0"),
        // Carries run through.
        Example(units: "9.9999995", digits: 6, text: "10.000000"),
        Example(units: "999.995", digits: 2, text: "1000.00"),
        Example(units: "99.5", digits: 0, text: "100"),
        // Averages are divided once, so ties are those of the quotient.
        Example(units: "10", divisor: 3, digits: 6, text: "3.333333"),
        Example(units: "20", divisor: 3, digits: 2, text: "6.67"),
        Example(units: "-20", divisor: 3, digits: 0, text: "-7"),
        Example(units: "0.01", divisor: 8, digits: 4, text: "0.0012"),
        Example(units: "0.03", divisor: 8, digits: 4, text: "0.0038"),
        Example(units: "7", divisor: 2, digits: 0, text: "4"),
        Example(units: "-1", divisor: 9_223_372_036_854_775_807, digits: 6, text: "0.000000"),
        Example(
            units: "99999999999999999999.999999999999999999", divisor: 9_223_372_036_854_775_807, digits: 6,
            text: "10.842022"),
        // The largest value there is.
        Example(units: "99999999999999999999.999999999999999999", digits: 6, text: "100000000000000000000.000000"),
        Example(units: "-99999999999999999999.9999994", digits: 6, text: "-99999999999999999999.999999"),
    ])
    func rounds(_ example: Example) throws {
        #expect(try amount(example.units, example.divisor).rounded(toDigits: example.digits) == example.text)
    }

    /// Two thousand amounts of all sizes, many of them ties, against Python's fractions.
    @Test func pythonRoundsTheSame() async throws {
        var random = SplitMix64(seed: 5)
        var lines = ""
        for _ in 0..<2000 {
            let digits = random.pick([0, 2, 3, 4, 6])
            let divisor: Int64 = random.pick([1, 1, 2, 3, 4, 7, 8, 1000, Int64(random.between(1...1 << 40)), .max])
            var step: Int128 = 1
            for _ in 0..<18 - digits { step *= 10 }
            let many = Int128(random.between(0...random.pick([3, 1000, 1 << 40])))
            // Whole steps, halves of steps, and the units next to them.
            let multiple = step / 2 * many
            let product = multiple.multipliedReportingOverflow(by: Int128(divisor))
            let limit: Int128 = 10_000_000_000_000_000_000 * 10_000_000_000_000_000_000
            let units = product.overflow || product.partialValue >= limit - 1 ? multiple : product.partialValue
            let sign: Int128 = random.pick([1, -1])
            let amount = ExactAmount(units: sign * (units + Int128(random.between(-1...1))), divisor: divisor)
            lines += "\(amount.units) \(amount.divisor) \(digits) \(amount.rounded(toDigits: digits))\n"
        }
        let differences = try await python(
            """
            import sys
            from fractions import Fraction
            for line in sys.stdin:
                units, divisor, digits, text = line.split()
                digits = int(digits)
                whole = round(Fraction(int(units), int(divisor)) * 10 ** digits / 10 ** 18)
                figures = str(abs(whole)).rjust(digits + 1, '0')
                point = len(figures) - digits
                wanted = ('-' if whole < 0 else '') + figures[:point] + ('.' + figures[point:] if digits else '')
                if wanted != text: print(line.strip(), 'should be', wanted)
            """, input: lines)
        #expect(differences == "")
    }

    /// Compared with doubles' help only where they are far apart; the rest by examples that doubles cannot tell apart.
    @Test func orderIsExactWhateverTheDivisors() {
        func amount(_ units: Int128, _ divisor: Int64 = 1) -> ExactAmount {
            ExactAmount(units: units, divisor: divisor)
        }
        let huge: Int128 = 99_999_999_999_999_999_999_999_999_999_999_999_999
        let ascending = [
            amount(-huge), amount(-huge, 2), amount(-huge, 3), amount(-2, 3), amount(-1, 2), amount(-1, .max),
            amount(0, 5),
            amount(1, .max), amount(1, .max - 1), amount(1, 3),
            amount(333_333_333_333_333_334, 1_000_000_000_000_000_000),
            amount(1, 2), amount(1), amount(huge - 1, .max), amount(huge, .max), amount(huge - 1), amount(huge),
        ]
        for (i, a) in ascending.enumerated() {
            for (j, b) in ascending.enumerated() { #expect(a.isLess(than: b) == (i < j), "\(a) \(b)") }
        }
        #expect(!amount(1, 2).isLess(than: amount(2, 4)) && !amount(2, 4).isLess(than: amount(1, 2)))
        #expect(!amount(0, 7).isLess(than: amount(0)) && !amount(0).isLess(than: amount(0, 7)))
    }
}
