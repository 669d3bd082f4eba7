extension ReportResult {
    /// Turns sums into the report: conversion, averages, package rows, order. Sections 4 to 6 of `docs/semantics.md`.
    ///
    /// - Throws: `DynamicsError` of kind `data`: a currency without any rate, or a final value that is out of range; of kind
    ///   `unavailable`: sums that contradict each other, which a backend elsewhere may send.
    public init(settling sums: ReportSums, of plan: ReportPlan, catalog: LedgerCatalog) throws {
        var settlement = Settlement(plan: plan, rates: catalog.rates)
        try settlement.checkRates(for: sums.currencies)
        var rows: [ReportRow] = []
        for cell in try Self.cells(of: sums, plan: plan, packages: catalog.packages) {
            let measures = try settlement.measures(populations: cell.populations, flows: cell.flows)
            if plan.packages.isSplit, measures.areAllZero { continue }
            rows.append(ReportRow(key: cell.key, measures: measures))
        }
        let whole = sums.groups[plan.packages.chosen == nil ? .everyone : .subscribers] ?? .init()
        let last = plan.buckets.count - 1
        let total = try settlement.measures(
            populations: whole.populations.filter { $0.bucket == last }[...], flows: whole.flows[...])
        self.init(
            query: plan.query, currency: plan.currency, rows: rows, total: total, actualInterval: plan.actualInterval,
            warnings: settlement.warnings, zoneVersion: plan.zoneVersion, revision: plan.revision,
            ratesUsed: settlement.ratesUsed)
    }

    /// One row to be: its key and its sums.
    private struct Cell {
        var key: RowKey
        /// Position by each of the query's groupings.
        var order: [Int]
        var populations: ArraySlice<ReportSums.Population>
        var flows: ArraySlice<ReportSums.Flow>
    }

    /// All rows in their final order; for package rows, those with any sums.
    private static func cells(of sums: ReportSums, plan: ReportPlan, packages: [ExactText: ExactText]) throws
        -> [Cell]
    {
        guard plan.packages.isSplit else {
            let group = sums.groups[plan.packages.chosen == nil ? .everyone : .subscribers] ?? .init()
            return group.byBucket(count: plan.buckets.count).enumerated().map { bucket, part in
                Cell(
                    key: plan.key(ofBucket: bucket, package: nil), order: [], populations: part.populations,
                    flows: part.flows)
            }
        }
        let listed = packages.filter { plan.packages.chosen?.contains($0.key) ?? true }
            .sorted { ($0.value, $0.key) < ($1.value, $1.key) }
        var columns: [(RowKey.PackageColumn, ReportSums.Group)] = listed.compactMap { id, name in
            sums.groups[.package(id)].map { (.package(id: id, name: name), $0) }
        }
        if plan.packages.chosen == nil {
            let everyone = sums.groups[.everyone] ?? .init()
            columns.append((.none, try everyone.subtracting(sums.groups[.subscribers] ?? .init())))
        }
        var cells: [Cell] = []
        for (rank, (column, group)) in columns.enumerated() {
            for (bucket, part) in group.byBucket(count: plan.buckets.count).enumerated()
            where !part.populations.isEmpty || !part.flows.isEmpty {
                cells.append(
                    Cell(
                        key: plan.key(ofBucket: bucket, package: column),
                        order: plan.order(ofBucket: bucket, packageRank: rank), populations: part.populations,
                        flows: part.flows))
            }
        }
        return cells.sorted { $0.order.lexicographicallyPrecedes($1.order) }
    }
}

extension ReportPlan {
    func key(ofBucket bucket: Int, package: RowKey.PackageColumn?) -> RowKey {
        let date = buckets[bucket].date.description
        func label(_ grouping: Grouping, _ length: Int) -> String? {
            query.groupBy.contains(grouping) ? String(date.prefix(length)) : nil
        }
        return RowKey(year: label(.year, 4), month: label(.month, 7), date: label(.date, 10), package: package)
    }

    /// Where a row stands by each grouping, in the order of the groupings.
    func order(ofBucket bucket: Int, packageRank: Int) -> [Int] {
        let date = buckets[bucket].date
        return query.groupBy.map { grouping in
            switch grouping {
            case .year: date.year
            case .month: date.year * 12 + date.month
            case .date: Int(date.dayNumber)
            case .package: packageRank
            }
        }
    }
}

extension ReportSums.Group {
    typealias Part = (populations: ArraySlice<ReportSums.Population>, flows: ArraySlice<ReportSums.Flow>)

    /// The sums of each bucket, in order.
    func byBucket(count: Int) -> [Part] {
        var population = 0
        var flow = 0
        return (0..<count).map { bucket in
            let (p, f) = (population, flow)
            while population < populations.count, populations[population].bucket == bucket { population += 1 }
            while flow < flows.count, flows[flow].bucket == bucket { flow += 1 }
            return (populations[p..<population], flows[f..<flow])
        }
    }

    /// What is left when a part of the clients and transactions is taken away. Cells that become empty are dropped.
    /// - Throws: `DynamicsError` (`.unavailable`) when the part has a cell that the whole has not.
    func subtracting(_ part: ReportSums.Group) throws -> ReportSums.Group {
        var left = self
        var index = 0
        for other in part.populations {
            while index < left.populations.count, !left.populations[index].isSameCell(as: other) { index += 1 }
            guard index < left.populations.count else { throw DynamicsError.contradictorySums }
            left.populations[index].subtract(other)
        }
        index = 0
        for other in part.flows {
            while index < left.flows.count, !left.flows[index].isSameCell(as: other) { index += 1 }
            guard index < left.flows.count else { throw DynamicsError.contradictorySums }
            left.flows[index].subtract(other)
        }
        left.populations.removeAll { $0.all.qty == 0 }
        left.flows.removeAll { $0.refill.qty + $0.payg.qty + $0.activation.qty + $0.renewal.qty == 0 }
        return left
    }
}

extension DynamicsError {
    fileprivate static let contradictorySums = DynamicsError(
        .unavailable, "contradictory_sums",
        "the ledger's server has sent sums that contradict each other, so there is no report rather than a wrong one; try again"
    )
}

extension ReportSums.Population {
    fileprivate func isSameCell(as other: Self) -> Bool { bucket == other.bucket && currency == other.currency }

    fileprivate mutating func subtract(_ other: Self) {
        active.subtract(other.active)
        overallActive.subtract(other.overallActive)
        all.subtract(other.all)
    }
}

extension ReportSums.StateSums {
    fileprivate mutating func subtract(_ other: Self) {
        qty -= other.qty
        positive -= other.positive
        negative -= other.negative
    }
}

extension ReportSums.Flow {
    fileprivate func isSameCell(as other: Self) -> Bool {
        bucket == other.bucket && currency == other.currency && date == other.date
    }

    fileprivate mutating func subtract(_ other: Self) {
        refill.subtract(other.refill)
        payg.subtract(other.payg)
        activation.subtract(other.activation)
        renewal.subtract(other.renewal)
    }
}

extension ReportSums.FlowSums {
    fileprivate mutating func subtract(_ other: Self) {
        qty -= other.qty
        total -= other.total
    }
}
