import DynamicsModel

/// Conversion, one amount at a time: section 5 of `docs/semantics.md`.
struct NaiveMoney {
    let base: CurrencyCode
    let target: CurrencyCode
    /// By date, ascending.
    let rates: [CurrencyCode: [ExchangeRate]]
    /// The currencies that some conversion needed before their first rate, with that rate's date.
    private(set) var tooEarly: [CurrencyCode: CivilDate] = [:]

    /// The rates that some conversion went by.
    private(set) var used: Set<ExchangeRate> = []

    init(ledger: LedgerRecords, target: CurrencyCode) {
        base = ledger.baseCurrency
        rates = Dictionary(grouping: ledger.rates, by: \.currency)
            .mapValues { rows in rows.sorted { $0.effectiveOn < $1.effectiveOn } }
        self.target = target
    }

    private static let one: Int128 = 1_000_000_000_000

    /// What keeps `currency` from being converted: itself or the target, when it has no rate at all.
    func missingRate(for currency: CurrencyCode) -> CurrencyCode? {
        if currency == target { return nil }
        return [currency, target].first { $0 != base && rates[$0] == nil }
    }

    /// Units of 10^-12 of the target currency that one unit of `currency` is worth on a UTC date.
    private mutating func crossRate(of currency: CurrencyCode, on date: CivilDate) -> Int128 {
        if currency == target { return Self.one }
        let numerator = rate(of: currency, on: date) * Self.one
        let denominator = rate(of: target, on: date)
        let below = numerator / denominator
        let twiceTheRest = (numerator - below * denominator) * 2
        if twiceTheRest > denominator { return below + 1 }
        if twiceTheRest == denominator { return below % 2 == 0 ? below : below + 1 }
        return below
    }

    private mutating func rate(of currency: CurrencyCode, on date: CivilDate) -> Int128 {
        if currency == base { return Self.one }
        guard let rows = rates[currency] else { preconditionFailure("missing rates have been refused before") }
        if let row = rows.last(where: { $0.effectiveOn <= date }) {
            used.insert(row)
            return Int128(row.rate)
        }
        tooEarly[currency] = rows[0].effectiveOn
        used.insert(rows[0])
        return Int128(rows[0].rate)
    }

    /// Adds what an amount is worth on a UTC date.
    mutating func add(_ microUnits: Int128, of currency: CurrencyCode, on date: CivilDate, to sum: inout NaiveSum) {
        sum.add(microUnits, of: currency, at: crossRate(of: currency, on: date))
    }
}

/// A sum of amounts of one sign.
struct NaiveSum {
    private var microUnits: [CurrencyCode: Int128] = [:]
    /// Of 10^-18; nil once it is beyond 128 bits, where amounts of one sign never return from.
    private var units: Int128? = 0

    fileprivate mutating func add(_ amount: Int128, of currency: CurrencyCode, at crossRate: Int128) {
        microUnits[currency, default: 0] += amount
        let (product, overflows) = amount.multipliedReportingOverflow(by: crossRate)
        guard let soFar = units, !overflows else { return units = nil }
        let (sum, overflowsNow) = soFar.addingReportingOverflow(product)
        units = overflowsNow ? nil : sum
    }

    /// Units of 10^-18.
    /// - Throws: `overflow` at 2^63 micro-units of one currency or 10^20 of the report's currency.
    func value(for measure: Measure) throws -> Int128 {
        let limit: Int128 = 10_000_000_000_000_000_000 * 10_000_000_000_000_000_000
        let isTooMuch = microUnits.values.contains { $0.magnitude >= 1 << 63 }
        guard !isTooMuch, let units, units.magnitude < limit.magnitude else {
            throw DynamicsError(.data, "overflow", field: measure.field, "the amounts are too large to add up")
        }
        return units
    }
}
