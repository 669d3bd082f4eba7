public import DynamicsModel

/// The report as `docs/semantics.md` tells it, sentence by sentence: what every engine is compared with.
///
/// Meant to be too simple to be wrong, so it looks at everything for every row: for ledgers of some hundred records.
///
/// - Parameters:
///   - zone: That of the query's timezone.
///   - zoneVersion, revision: What the result is to say.
/// - Throws: `DynamicsError` with the first of these codes that applies: `duplicate_grouping`, `bad_active_months`,
///   `off_tick`, `empty_period`, `too_many_buckets`, `unknown_owner`, `unknown_package`, `missing_rate`, `overflow`.
public func naiveReport(
    _ ledger: LedgerRecords, _ query: ReportQuery, scope: Scope, zone: TimeZoneRules, zoneVersion: String = "unknown",
    revision: Int64 = 0
) throws -> ReportResult {
    let question = NaiveQuestion(ledger: ledger, query: query, scope: scope, calendar: NaiveCalendar(zone: zone))
    try question.checkShape()
    let period = try question.period()
    try question.checkNames()

    let currency = query.currency ?? ledger.baseCurrency
    var rows = NaiveRows(subjects: question.subjects(), money: NaiveMoney(ledger: ledger, target: currency))
    try question.checkRates(of: rows)

    var result = ReportResult(
        query: query, currency: currency, rows: [], total: .ofNothing, actualInterval: nil, warnings: [],
        zoneVersion: zoneVersion, revision: revision)
    result.query.currency = currency
    guard let actual = question.actualInterval(of: period) else { return result }

    for (key, bucket, membership) in question.rowsInOrder(period: period, actual: actual) {
        let figures = try rows.figures(question.stretch(bucket, through: actual.upperBound), membership)
        if query.groupBy.contains(.package), figures.areAllZero { continue }
        result.rows.append(ReportRow(key: key, measures: figures))
    }
    let wanted = question.chosenPackages.map(NaiveRows.Membership.subscribers) ?? .everyone
    result.total = try rows.figures(question.stretch(period, through: actual.upperBound), wanted)
    let stamp = question.calendar.stamp
    result.actualInterval = ActualInterval(from: stamp(actual.lowerBound), to: stamp(actual.upperBound))
    result.warnings = rows.money.tooEarly.sorted { $0.key < $1.key }.map { currency, first in
        "\(currency) has no exchange rate before \(first); that one is used from the start"
    }
    result.ratesUsed = rows.money.used.sorted { ($0.currency, $0.effectiveOn) < ($1.currency, $1.effectiveOn) }
    return result
}

/// One question to one ledger: whom and when it is about.
struct NaiveQuestion {
    let ledger: LedgerRecords
    let query: ReportQuery
    let scope: Scope
    let calendar: NaiveCalendar

    // MARK: - Checks

    func checkShape() throws {
        if Set(query.groupBy).count < query.groupBy.count {
            throw DynamicsError(.usage, "duplicate_grouping", field: "group_by", "a grouping is there twice")
        }
        if query.activeMonths < 1 || query.activeMonths > 120 {
            throw DynamicsError(.usage, "bad_active_months", field: "active_months", "must be 1 to 120")
        }
    }

    func checkNames() throws {
        for owner in query.owners where !isKnownOwner(owner) {
            throw DynamicsError(.usage, "unknown_owner", field: "owners", "there is no owner \"\(owner)\"")
        }
        for package in query.packages where !isKnownPackage(package) {
            throw DynamicsError(.usage, "unknown_package", field: "packages", "there is no package \"\(package)\"")
        }
    }

    func checkRates(of rows: NaiveRows) throws {
        for subject in rows.subjects {
            guard let missing = rows.money.missingRate(for: subject.client.currency) else { continue }
            throw DynamicsError(.data, "missing_rate", field: "currency", "\(missing) has no exchange rate")
        }
    }

    /// The operator (for those who see everything), the user's own reseller, and every reseller that the user sees.
    private func isKnownOwner(_ owner: ExactText) -> Bool {
        if owner.isEmpty { return scope == .everything }
        if scope == .reseller(owner) { return true }
        return ledger.clients.contains { $0.id == owner && $0.type == .reseller && isVisible($0) }
    }

    /// A user sees the packages that the clients that he sees have or had.
    private func isKnownPackage(_ package: ExactText) -> Bool {
        guard ledger.packages.contains(where: { $0.id == package }) else { return false }
        if scope == .everything { return true }
        let visible = Set(ledger.clients.filter(isVisible).map(\.id))
        return ledger.subscriptions.contains { $0.packageID == package && visible.contains($0.clientID) }
            || ledger.transactions.contains { $0.packageID == package && visible.contains($0.clientID) }
    }

    // MARK: - Clients

    func subjects() -> [NaiveRows.Subject] {
        ledger.clients.filter { isVisible($0) && passesFilters($0) }.map { client in
            NaiveRows.Subject(
                client: client,
                transactions: ledger.transactions.filter { $0.clientID == client.id },
                subscriptions: ledger.subscriptions.filter { $0.clientID == client.id })
        }
    }

    private func isVisible(_ client: Client) -> Bool {
        switch scope {
        case .everything: true
        case .reseller(let reseller): ownersUpwards(client).contains(reseller)
        }
    }

    private func passesFilters(_ client: Client) -> Bool {
        let hasType = query.clientTypes.isEmpty || query.clientTypes.contains(client.type)
        let hasTags =
            switch query.tagMode {
            case _ where query.tags.isEmpty: true
            case .any: query.tags.contains { client.tags.contains($0) }
            case .all: query.tags.allSatisfy { client.tags.contains($0) }
            }
        let isOwned =
            query.owners.isEmpty
            || query.owners.contains { owner in
                owner.isEmpty ? client.ownerID == nil : ownersUpwards(client).contains(owner)
            }
        return hasType && hasTags && isOwned
    }

    /// The reseller that owns the client, the one that owns that one, and so on.
    private func ownersUpwards(_ client: Client) -> [ExactText] {
        guard let ownerID = client.ownerID, let owner = ledger.clients.first(where: { $0.id == ownerID }) else {
            return []
        }
        return [ownerID] + ownersUpwards(owner)
    }

    // MARK: - Time

    func period() throws -> Range<Instant> {
        let from = instant(of: query.from)
        let to = instant(of: query.to, isEnd: true)
        for (field, limit) in [("from", from), ("to", to)] where limit.seconds % 900 != 0 {
            throw DynamicsError(.usage, "off_tick", field: field, "must be a quarter of an hour in UTC")
        }
        guard from < to else {
            let message = "the period from \(query.from.text) to \(query.to.text) is empty"
            throw DynamicsError(.usage, "empty_period", field: "to", message)
        }
        let buckets = buckets(of: from..<to)
        if buckets > 20_000 {
            throw DynamicsError(.usage, "too_many_buckets", field: "group_by", "there would be \(buckets) rows of time")
        }
        return from..<to
    }

    private func instant(of limit: PeriodLimit, isEnd: Bool = false) -> Instant {
        switch limit.meaning {
        case .day(let date): calendar.start(of: isEnd ? date.adding(days: 1) : date)
        case .time(let time): calendar.instant(showing: time)
        }
    }

    /// The period's part in which the ledger has data; nil when there is none.
    func actualInterval(of period: Range<Instant>) -> Range<Instant>? {
        let instants = ledger.clients.map(\.createdAt) + ledger.transactions.map(\.at)
        guard let earliest = instants.min(), let latest = instants.max() else { return nil }
        let from = max(period.lowerBound, Tick(containing: earliest).start)
        let to = min(period.upperBound, Instant(seconds: Tick(containing: latest).start.seconds + 900))
        return from < to ? from..<to : nil
    }

    func stretch(_ bucket: Range<Instant>, through end: Instant) -> NaiveRows.Stretch {
        let evaluation = min(bucket.upperBound, end)
        let local = calendar.zone.civilTime(at: evaluation)
        let activeSince = calendar.instant(showing: calendar.time(local, minusMonths: query.activeMonths))
        return NaiveRows.Stretch(start: bucket.lowerBound, evaluation: evaluation, activeSince: activeSince)
    }

    // MARK: - Buckets

    private enum Unit { case year, month, date, period }

    /// The finest of the groupings.
    private var unit: Unit {
        if query.groupBy.contains(.date) { return .date }
        if query.groupBy.contains(.month) { return .month }
        return query.groupBy.contains(.year) ? .year : .period
    }

    /// How many calendar units the period touches.
    private func buckets(of period: Range<Instant>) -> Int {
        let (first, last) = (firstDay(of: period), lastDay(of: period))
        switch unit {
        case .period: return 1
        case .year: return last.year - first.year + 1
        case .month: return (last.year * 12 + last.month) - (first.year * 12 + first.month) + 1
        case .date: return Int(last.dayNumber - first.dayNumber) + 1
        }
    }

    private func firstDay(of interval: Range<Instant>) -> CivilDate { calendar.day(holding: interval.lowerBound) }

    private func lastDay(of interval: Range<Instant>) -> CivilDate {
        calendar.day(holding: Instant(seconds: interval.upperBound.seconds - 1))
    }

    /// The buckets that overlap the actual interval, each with the first date of its calendar unit, cut to the period.
    private func shownBuckets(_ period: Range<Instant>, _ actual: Range<Instant>) -> [(CivilDate, Range<Instant>)] {
        if unit == .period { return [(firstDay(of: period), period)] }
        var shown: [(CivilDate, Range<Instant>)] = []
        var date = startOfUnit(firstDay(of: actual))
        let last = lastDay(of: actual)
        while date <= last {
            let next = startOfUnit(date.adding(days: unit == .year ? 366 : unit == .month ? 31 : 1))
            let start = max(calendar.start(of: date), period.lowerBound)
            let end = min(calendar.start(of: next), period.upperBound)
            // A date that the zone skips takes no time.
            if start < end { shown.append((date, start..<end)) }
            date = next
        }
        return shown
    }

    private func startOfUnit(_ date: CivilDate) -> CivilDate {
        switch unit {
        case .date, .period: date
        case .month: date.adding(days: 1 - date.day)
        case .year: CivilDate(year: date.year, month: 1, day: 1) ?? date
        }
    }

    // MARK: - Rows

    /// nil when the query does not filter by package.
    var chosenPackages: Set<ExactText>? { query.packages.isEmpty ? nil : Set(query.packages) }

    typealias Row = (RowKey, Range<Instant>, NaiveRows.Membership)

    func rowsInOrder(period: Range<Instant>, actual: Range<Instant>) -> [Row] {
        var rows: [Row] = []
        for (date, bucket) in shownBuckets(period, actual) {
            for (package, membership) in packageColumns() {
                var key = RowKey(package: package)
                if query.groupBy.contains(.year) { key.year = String("\(date)".prefix(4)) }
                if query.groupBy.contains(.month) { key.month = String("\(date)".prefix(7)) }
                if query.groupBy.contains(.date) { key.date = "\(date)" }
                rows.append((key, bucket, membership))
            }
        }
        return rows.sorted { precedes($0.0, $1.0) }
    }

    private func packageColumns() -> [(RowKey.PackageColumn?, NaiveRows.Membership)] {
        guard query.groupBy.contains(.package) else {
            return [(nil, chosenPackages.map(NaiveRows.Membership.subscribers) ?? .everyone)]
        }
        var columns: [(RowKey.PackageColumn?, NaiveRows.Membership)] = []
        for package in ledger.packages where chosenPackages?.contains(package.id) ?? true {
            columns.append((.package(id: package.id, name: package.name), .subscribers([package.id])))
        }
        if chosenPackages == nil { columns.append((RowKey.PackageColumn.none, .unsubscribed)) }
        return columns
    }

    private func precedes(_ a: RowKey, _ b: RowKey) -> Bool {
        for grouping in query.groupBy {
            let (x, y) = (sortable(a, grouping), sortable(b, grouping))
            if x != y { return x.lexicographicallyPrecedes(y) }
        }
        return false
    }

    /// What a row is sorted by in one of its columns: texts in the order of their scalar values.
    private func sortable(_ key: RowKey, _ grouping: Grouping) -> [ExactText] {
        switch grouping {
        case .year: [ExactText(key.year ?? "")]
        case .month: [ExactText(key.month ?? "")]
        case .date: [ExactText(key.date ?? "")]
        case .package:
            switch key.package {
            case .package(let id, let name): ["1", name, id]
            case .some(.none): ["2"]
            case nil: []
            }
        }
    }
}

extension Measures {
    /// The figures of a report whose actual interval is empty.
    fileprivate static let ofNothing = Measures(
        values: Measure.allCases.map { measure in
            switch measure {
            case .refillAvg, .paygActiveAvg: .empty
            case _ where measure.isMoney: .money(.zero)
            default: .quantity(0)
            }
        })
}
