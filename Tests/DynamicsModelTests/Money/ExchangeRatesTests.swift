import DynamicsModel
import DynamicsTestSupport
import Testing

/// Cross rates: section 5 of `docs/semantics.md`.
@Suite struct ExchangeRatesTests {
    private static let one: Int64 = 1_000_000_000_000

    private func rates(_ rows: (String, String, Int64)...) throws -> ExchangeRates {
        ExchangeRates(
            base: .eur,
            rates: try rows.map { try ExchangeRate(currency: currency($0), effectiveOn: date($1), rate: $2) })
    }

    private func currency(_ text: String) throws -> CurrencyCode { try #require(CurrencyCode(text)) }

    /// The cross rate and the currencies of which a rate before the first one was needed.
    private func cross(_ rates: ExchangeRates, _ from: String, _ to: String, _ day: String) throws -> (Int128, [String])
    {
        var early: [String] = []
        let rate = rates.crossRate(from: try currency(from), to: try currency(to), on: try date(day)) {
            early.append($0.description)
        }
        return (rate, early)
    }

    @Test func rateHoldsFromItsDateUntilTheNext() throws {
        // Rows come in any order.
        let rates = try rates(("USD", "2024-03-01", 920_000_000_000), ("USD", "2024-01-01", 900_000_000_000))
        #expect(try cross(rates, "USD", "EUR", "2024-01-01") == (900_000_000_000, []))
        #expect(try cross(rates, "USD", "EUR", "2024-02-29") == (900_000_000_000, []))
        #expect(try cross(rates, "USD", "EUR", "2024-03-01") == (920_000_000_000, []))
        #expect(try cross(rates, "USD", "EUR", "2199-12-31") == (920_000_000_000, []))
    }

    @Test func firstRateHoldsBeforeItsDate() throws {
        let rates = try rates(("USD", "2024-01-01", 900_000_000_000), ("UAH", "2024-02-01", 25_000_000_000))
        #expect(try cross(rates, "USD", "EUR", "2023-12-31") == (900_000_000_000, ["USD"]))
        #expect(try cross(rates, "USD", "UAH", "2023-12-31") == (36 * Int128(Self.one), ["USD", "UAH"]))
        #expect(try cross(rates, "USD", "UAH", "2024-01-31") == (36 * Int128(Self.one), ["UAH"]))
        #expect(try cross(rates, "EUR", "UAH", "1990-01-01") == (40 * Int128(Self.one), ["UAH"]))
    }

    @Test func sameCurrencyNeedsNoRate() throws {
        let rates = try rates(("USD", "2024-01-01", 900_000_000_000))
        #expect(try cross(rates, "USD", "USD", "1990-01-01") == (Int128(Self.one), []))
        #expect(try cross(rates, "JPY", "JPY", "1990-01-01") == (Int128(Self.one), []))
        #expect(try cross(rates, "EUR", "EUR", "1990-01-01") == (Int128(Self.one), []))
        #expect(try rates.knows(currency("EUR")) && rates.knows(currency("USD")) && !rates.knows(currency("JPY")))
    }

    struct Quotient: Sendable {
        /// Rates in units of 10^-12.
        let rate, target: Int64
        let cross: Int128
    }

    @Test(arguments: [
        // 10^12 times the rate through the target: ties at the 13th digit go to the even one.
        Quotient(rate: 1_000_001, target: 2_000_000_000_000, cross: 500_000),
        Quotient(rate: 1_000_003, target: 2_000_000_000_000, cross: 500_002),
        Quotient(rate: 1_000_005, target: 2_000_000_000_000, cross: 500_002),
        Quotient(rate: 1_000_001, target: 4_000_000_000_000, cross: 250_000),
        Quotient(rate: 1_000_002, target: 4_000_000_000_000, cross: 250_000),
        Quotient(rate: 1_000_003, target: 4_000_000_000_000, cross: 250_001),
        Quotient(rate: 1_000_006, target: 4_000_000_000_000, cross: 250_002),
        Quotient(rate: 1_000_000_000_000, target: 3_000_000_000_000, cross: 333_333_333_333),
        Quotient(rate: 2_000_000_000_000, target: 3_000_000_000_000, cross: 666_666_666_667),
        // From the smallest to the largest rate and back.
        Quotient(rate: 1_000_000_000_000_000_000, target: 1_000_000, cross: 1_000_000_000_000_000_000_000_000),
        Quotient(rate: 1_000_000, target: 1_000_000_000_000_000_000, cross: 1),
        Quotient(rate: 1_499_999, target: 1_000_000_000_000_000_000, cross: 1),
        Quotient(rate: 1_500_000, target: 1_000_000_000_000_000_000, cross: 2),
        Quotient(rate: 2_500_000, target: 1_000_000_000_000_000_000, cross: 2),
    ])
    func crossRateIsRoundedHalfToEven(_ quotient: Quotient) throws {
        let rates = try rates(("USD", "2024-01-01", quotient.rate), ("UAH", "2024-01-01", quotient.target))
        #expect(try cross(rates, "USD", "UAH", "2024-01-01").0 == quotient.cross)
    }

    @Test func pythonDividesTheSame() async throws {
        var random = SplitMix64(seed: 7)
        var lines = ""
        for _ in 0..<2000 {
            func rate() -> Int64 {
                let most = random.pick([3_000_000, 4_000_000_000_000, 1_000_000_000_000_000_000])
                return Int64(random.between(1_000_000...most))
            }
            let (rate, target) = (rate(), rate())
            let rates = try rates(("USD", "2024-01-01", rate), ("UAH", "2024-01-01", target))
            lines += "\(rate) \(target) \(try cross(rates, "USD", "UAH", "2024-06-01").0)\n"
        }
        let differences = try await python(
            """
            import sys
            from fractions import Fraction
            for line in sys.stdin:
                rate, target, cross = map(int, line.split())
                if round(Fraction(rate * 10 ** 12, target)) != cross: print(line.strip())
            """, input: lines)
        #expect(differences == "")
    }
}
