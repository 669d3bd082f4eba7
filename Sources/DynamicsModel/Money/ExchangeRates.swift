/// All exchange rates of a ledger: section 5 of `docs/semantics.md`.
public struct ExchangeRates: Sendable {
    /// One currency's rates, by date ascending.
    public struct Series: Sendable, Hashable {
        public var dates: [CivilDate]
        /// In units of 10^-12.
        public var rates: [Int64]

        /// The rate in force on `date`; before the first row, that of the first row.
        public func rate(on date: CivilDate) -> (rate: Int64, isBeforeFirst: Bool) {
            guard let index = index(on: date) else { return (rates[0], true) }
            return (rates[index], false)
        }

        /// The row in force on `date`; nil before the first row.
        func index(on date: CivilDate) -> Int? {
            var low = 0
            var high = dates.count
            while low < high {
                let middle = (low + high) / 2
                if dates[middle] <= date { low = middle + 1 } else { high = middle }
            }
            return low == 0 ? nil : low - 1
        }
    }

    public let base: CurrencyCode
    /// Never an empty series; never one of the base currency.
    public let series: [CurrencyCode: Series]

    /// - Parameter rates: in any order; at most one for a currency and date.
    public init(base: CurrencyCode, rates: some Sequence<ExchangeRate>) {
        var grouped: [CurrencyCode: [ExchangeRate]] = [:]
        for rate in rates where rate.currency != base { grouped[rate.currency, default: []].append(rate) }
        self.base = base
        series = grouped.mapValues { list in
            let sorted = list.sorted { $0.effectiveOn < $1.effectiveOn }
            return Series(dates: sorted.map(\.effectiveOn), rates: sorted.map(\.rate))
        }
    }

    /// Whether a value in `currency` can be converted at all.
    public func knows(_ currency: CurrencyCode) -> Bool { currency == base || series[currency] != nil }

    /// 10^12: what a rate of one is in units of 10^-12.
    public static let one: Int64 = 1_000_000_000_000

    /// The cross rate `rate_c(d) / rate_R(d)` in units of 10^-12, rounded half to even; at most 10^24.
    ///
    /// - Parameter beforeFirst: is told each currency whose first rate is later than `date`.
    /// - Precondition: both currencies are known.
    public func crossRate(
        from currency: CurrencyCode, to target: CurrencyCode, on date: CivilDate,
        beforeFirst: (CurrencyCode) -> Void = { _ in }
    ) -> Int128 {
        if currency == target { return Int128(Self.one) }
        func rate(_ code: CurrencyCode) -> Int128 {
            if code == base { return Int128(Self.one) }
            guard let series = series[code] else { preconditionFailure("no rate for \(code)") }
            let (rate, isBeforeFirst) = series.rate(on: date)
            if isBeforeFirst { beforeFirst(code) }
            return Int128(rate)
        }
        let numerator = rate(currency) * Int128(Self.one)
        let denominator = rate(target)
        let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
        let twice = remainder * 2
        return twice > denominator || (twice == denominator && quotient & 1 == 1) ? quotient + 1 : quotient
    }
}
