import DynamicsModel
import DynamicsTestSupport
import Testing

@Suite struct CurrencyCodeTests {
    @Test(arguments: [
        "", "EU", "EURO", "eur", "Eur", "E1R", "E R", "ÉUR", "E\u{301}R", "ＥＵＲ", "EUR ", "\u{0}\u{0}\u{0}",
    ])
    func threeCapitalLettersOrNothing(text: String) { #expect(CurrencyCode(text) == nil) }

    @Test(arguments: ["AAA", "AAZ", "ABA", "EUR", "UAH", "XPF", "ZZZ"])
    func readsAndWrites(text: String) throws {
        let code = try #require(CurrencyCode(text))
        #expect(code.description == text)
        #expect(CurrencyCode(number: code.number) == code)
    }

    @Test func ordersAlphabetically() {
        let codes = ["AAA", "AAB", "ABA", "BAA", "EUR", "USD", "ZZZ"].map(CurrencyCode.named)
        #expect(codes.reversed().sorted() == codes)
        #expect(codes[0].number == 0 && Int(codes[6].number) == CurrencyCode.count - 1)
    }

    /// The lists of section 5, and some that are in none of them.
    @Test func minorUnits() {
        func digits(_ list: String) -> Set<Int> {
            Set(list.split(separator: " ").map { CurrencyCode.named(String($0)).minorUnits })
        }
        #expect(digits("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF") == [0])
        #expect(digits("BHD IQD JOD KWD LYD OMR TND") == [3])
        #expect(digits("CLF UYW") == [4])
        #expect(digits("EUR USD UAH GBP CHF HUF MGA MRU UYU XXX AAA ZZZ") == [2])
    }
}
