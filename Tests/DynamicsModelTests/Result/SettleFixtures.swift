import DynamicsModel
import DynamicsTestSupport
import Testing

typealias Population = ReportSums.Population
typealias Flow = ReportSums.Flow

extension ReportSums.Group {
    /// A group of one population of clients that never used anything, each with the same balance sign.
    static func clients(
        _ qty: Int64 = 1, positive: Int128 = 0, negative: Int128 = 0, of currency: CurrencyCode = .eur, bucket: Int = 0
    ) -> Self {
        Self(populations: [
            Population(
                bucket: bucket, currency: currency,
                all: ReportSums.StateSums(qty: qty, positive: positive, negative: negative))
        ])
    }

    /// A group of refills of one date.
    static func refills(
        _ total: Int128, qty: Int64 = 1, of currency: CurrencyCode = .eur, on day: String, bucket: Int = 0
    ) throws -> Self {
        Self(flows: [
            Flow(bucket: bucket, currency: currency, date: try date(day), refill: .init(qty: qty, total: total))
        ])
    }

    static func + (a: Self, b: Self) -> Self {
        Self(populations: a.populations + b.populations, flows: a.flows + b.flows)
    }
}

/// Settles sums of the first days of January 2024.
func settled(
    _ groups: [ReportSums.Membership: ReportSums.Group], by groupings: [Grouping] = [], to: String = "2024-01-02",
    in currency: CurrencyCode? = nil, filter packages: [ExactText] = [], of catalog: LedgerCatalog = makeCatalog()
) throws -> ReportResult {
    var query = try makeQuery("2024-01-01", to, by: groupings)
    query.currency = currency
    query.packages = packages
    let all = groups.values.flatMap { $0.populations.map(\.currency) + $0.flows.map(\.currency) }
    let plan = try makePlan(query, catalog)
    return try ReportResult(settling: ReportSums(currencies: Set(all), groups: groups), of: plan, catalog: catalog)
}

/// The error that settling ends in.
func refusal(_ settling: () throws -> ReportResult) throws -> DynamicsError {
    try #require(throws: DynamicsError.self) { try settling() }
}

func rate(_ currency: CurrencyCode, _ day: String, _ rate: Int64) throws -> ExchangeRate {
    ExchangeRate(currency: currency, effectiveOn: try date(day), rate: rate)
}

/// Micro-units of a currency that needs no conversion, as the result holds them.
func money(_ microUnits: Int128, over divisor: Int64 = 1) -> MeasureValue {
    .money(ExactAmount(units: microUnits * 1_000_000_000_000, divisor: divisor))
}

extension ReportRow {
    /// `2024-01 gold`, in the order of the law's columns.
    var name: String {
        let package: String? =
            switch key.package {
            case .package(let id, _): id.string
            case .some(.none): "none"
            case nil: nil
            }
        return [key.year, key.month, key.date, package].compactMap { $0 }.joined(separator: " ")
    }
}
