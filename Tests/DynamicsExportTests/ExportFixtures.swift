import DynamicsModel
import DynamicsTestSupport
import Testing

/// A result made by hand, as settling would make it.
func makeResult(
    by groupings: [Grouping] = [], in currency: CurrencyCode = .eur, rows: [ReportRow] = [],
    total: Measures = figures()
) throws -> ReportResult {
    let query = ReportQuery(
        from: try PeriodLimit(parsing: "2024-01-01", field: "from"),
        to: try PeriodLimit(parsing: "2024-12-31", field: "to"),
        groupBy: groupings, currency: currency)
    return ReportResult(
        query: query, currency: currency, rows: rows, total: total,
        actualInterval: ActualInterval(from: "2024-01-01T00:00:00+00:00", to: "2024-06-15T10:15:00+00:00"),
        warnings: [],
        zoneVersion: "2025b", revision: 1)
}

/// Zeros but for what is given.
func figures(_ values: [Measure: MeasureValue] = [:]) -> Measures {
    Measures(values: Measure.allCases.map { values[$0] ?? ($0.isMoney ? .money(.zero) : .quantity(0)) })
}

/// Micro-units, through a divisor.
func money(_ microUnits: Int128, over divisor: Int64 = 1) -> MeasureValue {
    .money(ExactAmount(units: microUnits * 1_000_000_000_000, divisor: divisor))
}

func packageRow(_ id: String, _ name: String) -> ReportRow {
    ReportRow(key: RowKey(package: .package(id: ExactText(id), name: ExactText(name))), measures: figures())
}
