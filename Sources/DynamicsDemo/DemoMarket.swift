/// A country group that the demo's operator sells in: what its clients are called, pay with, and when they are awake.
struct DemoMarket {
    var currency: String
    /// What one EUR of a price list is in this currency.
    var priceFactor: Double
    /// Prices are multiples of this, in micro-units.
    var priceStep: Int64
    /// What people top up, in whole units, from small to large.
    var topUps: [Int64]
    /// Hours that clocks are ahead of UTC; the demo ignores summer time.
    var hoursAhead: Int64
    var languages: [DemoLanguage]
    /// In 1/100 of the clients that have no reseller.
    var share: Int

    static let all = [
        DemoMarket(
            currency: "EUR", priceFactor: 1, priceStep: 100_000, topUps: [5, 10, 15, 20, 30, 50, 100], hoursAhead: 1,
            languages: [.german, .french, .spanish, .italian, .bulgarian], share: 52),
        DemoMarket(
            currency: "GBP", priceFactor: 0.87, priceStep: 100_000, topUps: [5, 10, 10, 20, 25, 50, 100], hoursAhead: 0,
            languages: [.english], share: 17),
        DemoMarket(
            currency: "USD", priceFactor: 1.1, priceStep: 100_000, topUps: [5, 10, 15, 20, 25, 50, 100], hoursAhead: -5,
            languages: [.english, .spanish], share: 13),
        DemoMarket(
            currency: "UAH", priceFactor: 42, priceStep: 5_000_000, topUps: [100, 200, 300, 500, 700, 1000, 2000],
            hoursAhead: 2, languages: [.ukrainian, .polish], share: 18),
    ]

    /// The currency that reports are in unless they ask for another.
    static let baseCurrency = "EUR"

    /// - Parameter cents: a price in hundredths of a EUR.
    /// - Returns: the price here, in micro-units.
    func price(cents: Int) -> Int64 {
        let steps = Double(cents) * 10_000 * priceFactor / Double(priceStep)
        return Int64(steps.rounded()) * priceStep
    }

    /// The index in `all` of a market drawn by `share`.
    static func draw(_ random: inout SeededGenerator) -> Int {
        var left = random.below(all.reduce(0) { $0 + $1.share })
        for (index, market) in all.enumerated() {
            if left < market.share { return index }
            left -= market.share
        }
        return 0
    }
}
