/// Converts sums into measures and remembers what there is to warn about: section 5 of `docs/semantics.md`.
struct Settlement {
    let plan: ReportPlan
    let rates: ExchangeRates
    /// Currencies of which a rate before the first one was needed.
    private var early: Set<CurrencyCode> = []

    init(plan: ReportPlan, rates: ExchangeRates) {
        self.plan = plan
        self.rates = rates
    }

    /// One for each currency that had to use its first rate for earlier dates.
    var warnings: [String] {
        early.sorted().compactMap { currency in
            rates.series[currency].map {
                "\(currency) has no exchange rate before \($0.dates[0]); that one is used from the start"
            }
        }
    }

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
    mutating func measures(populations: ArraySlice<ReportSums.Population>, flows: ArraySlice<ReportSums.Flow>) throws
        -> Measures
    {
        let balances = try states(populations, [
            (\.active, .activeBalancePos), (\.overallActive, .overallActiveBalancePos), (\.all, .allBalancePos),
        ])
        let refill = try flow(flows, \.refill, .refillTotal)
        let payg = try flow(flows, \.payg, .paygTotal)
        let activation = try flow(flows, \.activation, .activationTotal)
        let renewal = try flow(flows, \.renewal, .renewTotal)
        return Measures(
            values: balances.flatMap(\.values) + [
                .quantity(refill.qty), money(refill), average(refill.total, over: refill.qty),
                money(payg), average(payg.total, over: balances[0].qty),
                .quantity(activation.qty), money(activation), .quantity(renewal.qty), money(renewal),
            ])
    }

    private struct State {
        var qty: Int64 = 0
        var positive: Int128 = 0
        var negative: Int128 = 0

        var values: [MeasureValue] {
            [
                .quantity(qty), .money(ExactAmount(units: positive)), .money(ExactAmount(units: negative)),
                .money(ExactAmount(units: positive + negative)),
            ]
        }
    }

    private typealias StatePath = KeyPath<ReportSums.Population, ReportSums.StateSums>

    /// The populations' states, each with the measure of its positive balances; the negative ones' is the next.
    private mutating func states(
        _ populations: ArraySlice<ReportSums.Population>, _ paths: [(StatePath, Measure)]
    ) throws -> [State] {
        let crossRates = populations.map { population in
            let evaluation = plan.buckets[population.bucket].evaluation
            return crossRate(population.currency, on: CivilDate(utc: Instant(seconds: evaluation.start.seconds - 1)))
        }
        return try paths.map { path, measure in
            var state = State()
            for (population, rate) in zip(populations, crossRates) {
                state.qty += population[keyPath: path].qty
                try state.positive.add(population[keyPath: path].positive, times: rate, measure)
            }
            for (population, rate) in zip(populations, crossRates) {
                try state.negative.add(population[keyPath: path].negative, times: rate, measure.next)
            }
            return state
        }
    }

    private mutating func flow(
        _ flows: ArraySlice<ReportSums.Flow>, _ path: KeyPath<ReportSums.Flow, ReportSums.FlowSums>, _ measure: Measure
    ) throws -> (qty: Int64, total: Int128) {
        var qty: Int64 = 0
        var total: Int128 = 0
        var byCurrency: [CurrencyCode: Int128] = [:]
        for flow in flows {
            let sums = flow[keyPath: path]
            guard sums.qty > 0 else { continue }
            qty += sums.qty
            try total.add(sums.total, times: crossRate(flow.currency, on: flow.date), measure)
            byCurrency[flow.currency, default: 0] += sums.total
        }
        for sum in byCurrency.values where sum >= Int128(1) << 63 { throw Int128.overflow(measure) }
        return (qty, total)
    }

    private mutating func crossRate(_ currency: CurrencyCode, on date: CivilDate) -> Int128 {
        rates.crossRate(from: currency, to: plan.currency, on: date) { early.insert($0) }
    }

    private func money(_ flow: (qty: Int64, total: Int128)) -> MeasureValue {
        .money(ExactAmount(units: flow.total))
    }

    private func average(_ total: Int128, over qty: Int64) -> MeasureValue {
        qty == 0 ? .empty : .money(ExactAmount(units: total, divisor: qty))
    }
}

extension Measure {
    /// The measure behind this one in the report's order.
    fileprivate var next: Measure { Measure(rawValue: rawValue + 1) ?? self }
}

extension Int128 {
    /// 10^38: a converted value of 10^20 in units of 10^-18.
    private static let limit: Int128 = 100_000_000_000_000_000_000_000_000_000_000_000_000

    static func overflow(_ measure: Measure) -> DynamicsError {
        DynamicsError(
            .data, "overflow", field: measure.field,
            "the value is out of range (2^63 millionths of a currency, or 10^20 after conversion); narrow the filters or mend the amounts"
        )
    }

    /// Adds `sum` micro-units times a cross rate. All values added to one total have the same sign, so whatever leaves the
    /// range here would be out of it in the end, too.
    /// - Throws: `overflow` for a sum of 2^63 or more, or a total of 10^38 or more.
    fileprivate mutating func add(_ sum: Int128, times rate: Int128, _ measure: Measure) throws {
        let (product, productOverflows) = sum.multipliedReportingOverflow(by: rate)
        let (total, totalOverflows) = addingReportingOverflow(product)
        guard sum.magnitude < UInt128(1) << 63, !productOverflows, !totalOverflows, total.magnitude < Self.limit.magnitude
        else { throw Self.overflow(measure) }
        self = total
    }
}
