import DynamicsModel
import DynamicsTestSupport
import Testing

/// A query of a period, limits as on the command line.
func makeQuery(_ from: String, _ to: String, _ zone: String = "UTC", by groupings: [Grouping] = [], months: Int = 3)
    throws
    -> ReportQuery
{
    ReportQuery(
        from: try PeriodLimit(parsing: from, field: "from"), to: try PeriodLimit(parsing: to, field: "to"),
        timezone: zone, groupBy: groupings, activeMonths: months)
}

/// A catalog of a ledger whose base currency is EUR.
func makeCatalog(
    bounds: Range<Tick>? = Tick(0)..<Tick(Tick.count), resellers: [ExactText: LedgerCatalog.Reseller] = [:],
    packages: [ExactText: ExactText] = [:], rates: [ExchangeRate] = []
) -> LedgerCatalog {
    LedgerCatalog(
        revision: 7, baseCurrency: .eur, bounds: bounds, resellers: resellers, packages: packages,
        rates: ExchangeRates(base: .eur, rates: rates))
}

/// Bounds from the tick of one instant to the end of that of another, both in UTC.
func ticks(_ first: String, _ last: String) throws -> Range<Tick> {
    Tick(containing: try utc(first))..<Tick(Tick(containing: try utc(last)).index + 1)
}

func makePlan(
    _ query: ReportQuery, _ catalog: LedgerCatalog = makeCatalog(), scope: Scope = .everything,
    zone rules: TimeZoneRules? = nil,
    packagesInScope: Set<ExactText> = []
) throws -> ReportPlan {
    try ReportPlan(
        query, scope: scope, catalog: catalog, zone: try rules ?? zone(query.timezone), zoneVersion: "2025b",
        packagesInScope: packagesInScope)
}

extension Tick {
    /// `YYYY-MM-DD HH:MM` in UTC.
    var text: String { String("\(CivilTime(seconds: start.seconds))".dropLast(3)).replacing("T", with: " ") }
}

extension ReportPlan {
    /// Each shown bucket: its date, when it starts, and T; times in UTC.
    var bucketTexts: [String] { buckets.map { "\($0.date): \($0.start.text) to \($0.evaluation.text)" } }

    /// Whether a paid use at `instant` makes its client active as of the T of a bucket.
    func counts(_ instant: Instant, asOf bucket: Int) throws -> Bool {
        let tick = Tick(containing: instant)
        guard tick < buckets[buckets.count - 1].evaluation else { return false }
        let segment = try #require(segments.lastIndex { $0.start <= tick })
        let pass = try #require(passes.first { $0.buckets.contains(bucket) })
        return segments[segment].bucket <= bucket && bucket < pass.activeUntil[segment]
    }
}
