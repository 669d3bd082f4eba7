/// Converts sums into measures and remembers what there is to warn about: section 5 of `docs/semantics.md`.
struct Settlement {
    private let plan: ReportPlan
    private let rates: ExchangeRates
    private var crossRates: CrossRates

    init(plan: ReportPlan, rates: ExchangeRates) {
        self.plan = plan
        self.rates = rates
        let first = plan.slices.first?.date.dayNumber ?? 0
        crossRates = CrossRates(
            rates, to: plan.currency, days: first...max(first, plan.slices.last?.date.dayNumber ?? 0))
    }

    /// One for each currency that had to use its first rate for earlier dates.
    var warnings: [String] {
        crossRates.early.sorted().compactMap { currency in
            rates.series[currency].map {
                "\(currency) has no exchange rate before \($0.dates[0]); that one is used from the start"
            }
        }
    }

    /// Every row of the rates that has been looked up, by currency and date, each once.
    var ratesUsed: [ExchangeRate] { crossRates.rowsUsed }

    /// - Throws: when a client's currency would have to be converted, and it or the report's has no rate at all.
    func checkRates(for currencies: Set<CurrencyCode>) throws {
        for currency in currencies.sorted() where currency != plan.currency {
            for needed in [currency, plan.currency] where !rates.knows(needed) {
                throw DynamicsError(
                    .data, "missing_rate", field: "currency",
                    "there is no exchange rate for \(needed); import one into rates.csv, or choose another currency")
            }
        }
    }

    /// The 21 figures of one row, from its populations (of one instant) and flows.
    /// - Throws: the overflow of the first measure, in the report's order, that is out of range.
    mutating func measures(populations: ArraySlice<ReportSums.Population>, flows: ArraySlice<ReportSums.Flow>) throws
        -> Measures
    {
        let states = try states(of: populations)
        let (refill, payg, activation, renewal) = try totals(of: flows)
        var values: [MeasureValue] = []
        values.reserveCapacity(Measure.allCases.count)
        for state in [states.active, states.overallActive, states.all] {
            values.append(.quantity(state.qty))
            values.append(.money(ExactAmount(units: state.positive.units)))
            values.append(.money(ExactAmount(units: state.negative.units)))
            values.append(.money(ExactAmount(units: state.positive.units + state.negative.units)))
        }
        values += [.quantity(refill.qty), money(refill.sum), average(refill.sum, over: refill.qty)]
        values += [money(payg.sum), average(payg.sum, over: states.active.qty)]
        values += [.quantity(activation.qty), money(activation.sum), .quantity(renewal.qty), money(renewal.sum)]
        return Measures(values: values)
    }

    private struct State {
        var qty: Int64 = 0
        var positive = ConvertedSum()
        var negative = ConvertedSum()

        mutating func add(_ sums: ReportSums.StateSums, _ rate: Int128) {
            qty += sums.qty
            positive.add(sums.positive, times: rate)
            negative.add(sums.negative, times: rate)
        }
    }

    private mutating func states(of populations: ArraySlice<ReportSums.Population>) throws
        -> (active: State, overallActive: State, all: State)
    {
        var (active, overallActive, all) = (State(), State(), State())
        for population in populations {
            // A balance at T is converted by the date of the last instant before T.
            let evaluation = plan.buckets[population.bucket].evaluation.start
            let date = CivilDate(utc: Instant(seconds: evaluation.seconds - 1))
            let rate = crossRates.rate(from: population.currency, on: date)
            active.add(population.active, rate)
            overallActive.add(population.overallActive, rate)
            all.add(population.all, rate)
        }
        try active.positive.check(.activeBalancePos)
        try active.negative.check(.activeBalanceNeg)
        try overallActive.positive.check(.overallActiveBalancePos)
        try overallActive.negative.check(.overallActiveBalanceNeg)
        try all.positive.check(.allBalancePos)
        try all.negative.check(.allBalanceNeg)
        return (active, overallActive, all)
    }

    private struct Total {
        var qty: Int64 = 0
        var sum = ConvertedSum()

        mutating func add(_ sums: ReportSums.FlowSums, _ rate: Int128) {
            qty += sums.qty
            if sums.total != 0 { sum.add(sums.total, times: rate) }
        }
    }

    private mutating func totals(of flows: ArraySlice<ReportSums.Flow>) throws -> (Total, Total, Total, Total) {
        var (refill, payg, activation, renewal) = (Total(), Total(), Total(), Total())
        for flow in flows {
            let rate = crossRates.rate(from: flow.currency, on: flow.date)
            refill.add(flow.refill, rate)
            payg.add(flow.payg, rate)
            activation.add(flow.activation, rate)
            renewal.add(flow.renewal, rate)
        }
        try refill.sum.check(.refillTotal) { Self.isAnyCurrencyTooLarge(flows, \.refill) }
        try payg.sum.check(.paygTotal) { Self.isAnyCurrencyTooLarge(flows, \.payg) }
        try activation.sum.check(.activationTotal) { Self.isAnyCurrencyTooLarge(flows, \.activation) }
        try renewal.sum.check(.renewTotal) { Self.isAnyCurrencyTooLarge(flows, \.renewal) }
        return (refill, payg, activation, renewal)
    }

    /// Whether the sum of a currency over all its dates reaches 2^63.
    private static func isAnyCurrencyTooLarge(
        _ flows: ArraySlice<ReportSums.Flow>, _ path: KeyPath<ReportSums.Flow, ReportSums.FlowSums>
    ) -> Bool {
        var sums: [CurrencyCode: Int128] = [:]
        for flow in flows { sums[flow.currency, default: 0] += flow[keyPath: path].total }
        return sums.values.contains { $0.magnitude >= ConvertedSum.sumLimit }
    }

    private func money(_ sum: ConvertedSum) -> MeasureValue { .money(ExactAmount(units: sum.units)) }

    private func average(_ sum: ConvertedSum, over qty: Int64) -> MeasureValue {
        qty == 0 ? .empty : .money(ExactAmount(units: sum.units, divisor: qty))
    }
}

/// A sum of micro-units times cross rates, in units of 10^-18. All that is added to one sum has the same sign, so whatever leaves the
/// range on the way would be out of it in the end, too.
private struct ConvertedSum {
    private(set) var units: Int128 = 0
    private var isOutOfRange = false
    /// Of all currencies together, before conversion.
    private var micros: Int128 = 0

    static let sumLimit = UInt128(1) << 63
    /// 10^38: a converted value of 10^20.
    private static let unitLimit: UInt128 = 100_000_000_000_000_000_000_000_000_000_000_000_000

    mutating func add(_ sum: Int128, times rate: Int128) {
        let (product, productOverflows) = sum.multipliedReportingOverflow(by: rate)
        let (total, totalOverflows) = units.addingReportingOverflow(product)
        let isSumTooLarge = sum.magnitude >= Self.sumLimit
        if isSumTooLarge || productOverflows || totalOverflows {
            isOutOfRange = true
        } else {
            units = total
            micros &+= sum
        }
    }

    /// - Parameter isAnyCurrencyTooLarge: asked only when the currencies' sums might be.
    /// - Throws: `overflow` of `measure` for a currency's sum of 2^63 micro-units or more, or a total of 10^20 or more.
    func check(_ measure: Measure, isAnyCurrencyTooLarge: () -> Bool = { false }) throws {
        let isTooLarge = micros.magnitude >= Self.sumLimit && isAnyCurrencyTooLarge()
        guard !isOutOfRange, !isTooLarge, units.magnitude < Self.unitLimit else {
            throw DynamicsError(
                .data, "overflow", field: measure.field,
                "the value is out of range (2^63 millionths of a currency, or 10^20 after conversion); narrow the filters or mend the amounts"
            )
        }
    }
}
