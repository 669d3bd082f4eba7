import DynamicsModel
import DynamicsTestSupport

/// Zones that have surprised somebody: half hours, skipped and doubled days, changes at midnight, many changes.
private let zoneNames = [
    "UTC", "Europe/Kyiv", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Kathmandu",
    "Africa/Casablanca",
    "America/St_Johns", "Pacific/Kwajalein", "America/Sao_Paulo", "Asia/Gaza", "Europe/Dublin", "Antarctica/Troll",
    "Asia/Tehran",
]

/// No ledger has anything later, though some local days of 2199 do.
private let ledgerEnd = Tick(containing: Instant.end)

/// Lines: a zone's name, or a number for one of some; from; to; groupings; months. A period that is taken is cut into buckets that
/// follow each other, and begin where the naive calendar says.
func fuzzPeriod(_ input: [UInt8]) {
    let lines = String(decoding: input, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count == 5 else { return }
    var text = QueryText()
    text.timezone = Int(lines[0]).map { zoneNames[Int($0.magnitude % UInt(zoneNames.count))] } ?? String(lines[0])
    (text.from, text.to) = (String(lines[1]), String(lines[2]))
    text.groupBy = lines[3].split(separator: ",").map(String.init)
    text.activeMonths = Int(lines[4]) ?? 3
    do {
        let zone = try TimeZoneDirectory().rules(named: text.timezone)
        let query = try text.parsed()
        try query.check(in: zone)
        let catalog = LedgerCatalog(
            revision: 1, baseCurrency: .eur, bounds: Tick(0)..<ledgerEnd,
            resellers: [:], packages: [:], rates: ExchangeRates(base: .eur, rates: []))
        let plan = try ReportPlan(
            query, scope: .everything, catalog: catalog, zone: zone, zoneVersion: "x", packagesInScope: [])
        check(plan, query, zone)
    } catch let error as DynamicsError {
        precondition(error.kind == .usage && error.field != nil, "\(error) does not say what to mend")
    } catch {
        preconditionFailure("\(error) is nothing for who sent the query")
    }
}

private func check(_ plan: ReportPlan, _ query: ReportQuery, _ zone: TimeZoneRules) {
    precondition(plan.buckets.count <= ReportPlan.maximumBuckets)
    for (bucket, next) in zip(plan.buckets, plan.buckets.dropFirst()) {
        precondition(bucket.start < bucket.evaluation && bucket.evaluation == next.start, "buckets leave a gap")
    }
    for (segment, next) in zip(plan.segments, plan.segments.dropFirst()) {
        precondition(segment.start < next.start && segment.bucket <= next.bucket)
    }
    precondition(plan.passes.flatMap(\.buckets).sorted() == Array(plan.buckets.indices), "a bucket is in one pass")
    guard let first = plan.buckets.first, let last = plan.buckets.last else { return }
    precondition(first.start == Tick(containing: query.from.start(in: zone)))
    precondition(last.evaluation == min(ledgerEnd, Tick(containing: query.to.end(in: zone))))
    // The naive calendar looks at every quarter of an hour: for a few buckets only.
    guard query.groupBy.contains(.date), plan.buckets.count <= 40 else { return }
    let calendar = NaiveCalendar(zone: zone)
    for bucket in plan.buckets.dropFirst() {
        precondition(
            bucket.start == Tick(containing: calendar.start(of: bucket.date)), "\(bucket.date) begins elsewhere")
    }
}
