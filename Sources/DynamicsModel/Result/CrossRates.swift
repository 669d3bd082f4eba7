/// The cross rates that one report needs, each worked out once, and which currencies had no rate yet on a date.
struct CrossRates {
    private let rates: ExchangeRates
    private let target: CurrencyCode
    /// The UTC dates that can occur.
    private let days: ClosedRange<Int32>
    /// By currency number: where its rates start in `known`; -1: not yet.
    private var places: [Int32]
    /// By place and day; 0: not worked out yet.
    private var known: [Int128] = []
    /// Currencies of which a date before their first rate was needed.
    private(set) var early: Set<CurrencyCode> = []

    init(_ rates: ExchangeRates, to target: CurrencyCode, days: ClosedRange<Int32>) {
        self.rates = rates
        self.target = target
        self.days = days
        places = Array(repeating: -1, count: CurrencyCode.count)
    }

    /// As `ExchangeRates.crossRate`.
    /// - Precondition: the date is one of `days`.
    mutating func rate(from currency: CurrencyCode, on date: CivilDate) -> Int128 {
        precondition(days.contains(date.dayNumber))
        let number = Int(currency.number)
        if places[number] < 0 {
            places[number] = Int32(known.count)
            known.append(contentsOf: repeatElement(0, count: days.count))
        }
        let place = Int(places[number]) + Int(date.dayNumber - days.lowerBound)
        if known[place] == 0 {
            known[place] = rates.crossRate(from: currency, to: target, on: date) { early.insert($0) }
        }
        return known[place]
    }

    /// The rows of the rates behind all cross rates that have been asked for, by currency and date, each once.
    var rowsUsed: [ExchangeRate] {
        // Whether a cross rate was asked for stands in `known`, so that noting it costs nothing.
        var used: [CurrencyCode: Set<Int>] = [:]
        for (number, start) in places.enumerated() where start >= 0 {
            let currency = CurrencyCode(number: UInt16(number))
            guard currency != target else { continue }
            for day in days where known[Int(start) + Int(day - days.lowerBound)] != 0 {
                for needed in [currency, target] {
                    guard let series = rates.series[needed] else { continue }
                    used[needed, default: []].insert(series.index(on: CivilDate(dayNumber: day)) ?? 0)
                }
            }
        }
        return used.sorted { $0.key < $1.key }.flatMap { currency, indexes in
            rates.series[currency].map { series in
                indexes.sorted().map { index in
                    ExchangeRate(currency: currency, effectiveOn: series.dates[index], rate: series.rates[index])
                }
            } ?? []
        }
    }
}
