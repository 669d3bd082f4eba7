import DynamicsModel

/// Has the cluster add up what a plan asks for: each client on its shard, and all added. What comes back is one set of sums, whose size
/// follows rows, currencies and dates.
///
/// Where that takes more memory than a server allows, the clients are asked for in portions, each of which brings a set of its own.
struct ClusterSums {
    let client: ClickHouseClient
    let visibility: Visibility
    let plan: ReportPlan
    /// Of the revision; decides how many portions there are.
    let transactions: Int64

    /// So many transactions of all shards are tried at once.
    private static let portion: Int64 = 100_000_000

    func run(progress: @escaping @Sendable (Double) -> Void) async throws -> ReportSums {
        var portions = min(Int(transactions / Self.portion) + 1, ClusterSchema.parts)
        while true {
            do {
                return try await run(portions: portions, progress: progress)
            } catch let error as DynamicsError
                where error.code == ServerFailure.memoryLimit && portions < ClusterSchema.parts
            {
                portions = min(portions * 4, ClusterSchema.parts)
            }
        }
    }

    private func run(portions: Int, progress: @escaping @Sendable (Double) -> Void) async throws -> ReportSums {
        var collector = SumsCollector(plan)
        guard !plan.buckets.isEmpty else {
            try await collectCurrencies(&collector)
            return collector.sums()
        }
        let steps = steps(TimeLookup(plan), portions: portions)
        try await collectCurrencies(&collector)
        for (index, step) in steps.enumerated() {
            try Task.checkCancellation()
            let rows = try await client.rows(step.sql) { part in
                progress((Double(index) + part) / Double(steps.count))
            }
            try collector.take(rows, step.kind)
            progress(Double(index + 1) / Double(steps.count))
        }
        return collector.sums()
    }

    private func collectCurrencies(_ collector: inout SumsCollector) async throws {
        let ledger = ledger(parts: nil)
        let query = client.server.onEachShard(
            "SELECT DISTINCT currency FROM (\(ledger.passing))", columns: ["currency"], keys: ["currency"])
        var rows = try await client.rows(query)
        while !rows.isAtEnd { collector.currencies.insert(try rows.currency()) }
    }

    private func ledger(parts: Range<Int>?) -> LedgerSQL {
        LedgerSQL(server: client.server, visibility: visibility, clients: plan.clients, parts: parts)
    }

    private struct Step {
        var kind: SumsCollector.Kind
        var sql: String
    }

    private func steps(_ lookup: TimeLookup, portions: Int) -> [Step] {
        guard let first = plan.buckets.first, let last = plan.buckets.last else { return [] }
        let needs: [PackageView.Need] = [.everyone, .subscribers, .eachPackage]
        return Self.ranges(portions).flatMap { parts in
            needs.filter(plan.packages.needs.contains).flatMap { need in
                let population = PopulationSQL(
                    ledger: ledger(parts: parts), lookup: lookup, end: last.evaluation, need: need,
                    chosen: plan.packages.chosen)
                let flows = FlowSQL(
                    ledger: ledger(parts: parts), lookup: lookup, start: first.start, end: last.evaluation, need: need,
                    chosen: plan.packages.chosen)
                let populations = plan.passes.indices.map { pass in
                    Step(kind: .populations(need, pass: pass), sql: population.query(pass: pass))
                }
                return populations + [Step(kind: .flows(need), sql: flows.query)]
            }
        }
    }

    /// - Returns: nil for all parts.
    private static func ranges(_ count: Int) -> [Range<Int>?] {
        if count == 1 { return [nil] }
        return (0..<count).map { $0 * ClusterSchema.parts / count..<($0 + 1) * ClusterSchema.parts / count }
    }
}

/// Puts the answers together.
struct SumsCollector {
    enum Kind {
        case populations(PackageView.Need, pass: Int)
        case flows(PackageView.Need)
    }

    private struct Key: Hashable {
        var membership: ReportSums.Membership
        var currency: CurrencyCode
    }

    private struct FlowKey: Hashable {
        var membership: ReportSums.Membership
        var currency: CurrencyCode
        var slice: Int
    }

    var currencies: Set<CurrencyCode> = []
    private let plan: ReportPlan
    /// By pass; of each bucket the active clients count in the bucket's own pass only.
    private var populations:
        [[Key: [(all: ReportSums.StateSums, ever: ReportSums.StateSums, active: ReportSums.StateSums)]]]
    private var flows: [FlowKey: ReportSums.Flow] = [:]

    init(_ plan: ReportPlan) {
        self.plan = plan
        populations = plan.passes.map { _ in [:] }
    }

    /// - Throws: `DynamicsError` for an answer that is not of the form that was asked for.
    mutating func take(_ rows: RowBinaryReader, _ kind: Kind) throws {
        var rows = rows
        while !rows.isAtEnd {
            let unit = try rows.text()
            let currency = try rows.currency()
            switch kind {
            case .populations(let need, let pass):
                try takePopulation(&rows, Key(membership: Self.membership(need, unit), currency: currency), pass: pass)
            case .flows(let need): try takeFlow(&rows, Self.membership(need, unit), currency)
            }
        }
    }

    private static func membership(_ need: PackageView.Need, _ unit: ExactText) -> ReportSums.Membership {
        switch need {
        case .everyone: .everyone
        case .subscribers: .subscribers
        case .eachPackage: .package(unit)
        }
    }

    private mutating func takePopulation(_ rows: inout RowBinaryReader, _ key: Key, pass: Int) throws {
        let bucket = Int(try rows.int())
        guard plan.buckets.indices.contains(bucket) else { throw RowBinaryReader.malformed }
        let changes = (all: try rows.state(), ever: try rows.state(), active: try rows.state())
        let none = ReportSums.StateSums()
        var cells = populations[pass][key] ?? Array(repeating: (none, none, none), count: plan.buckets.count)
        cells[bucket].all.add(changes.all)
        cells[bucket].ever.add(changes.ever)
        cells[bucket].active.add(changes.active)
        populations[pass][key] = cells
    }

    private mutating func takeFlow(
        _ rows: inout RowBinaryReader, _ membership: ReportSums.Membership, _ currency: CurrencyCode
    ) throws {
        let slice = Int(try rows.int()) - 1
        let flow = try rows.int()
        let sums = ReportSums.FlowSums(qty: try rows.int(), total: SplitNumber.whole(try rows.int(), try rows.int()))
        guard plan.slices.indices.contains(slice), (0...3).contains(flow) else { throw RowBinaryReader.malformed }
        let key = FlowKey(membership: membership, currency: currency, slice: slice)
        var cell =
            flows[key]
            ?? ReportSums.Flow(bucket: plan.slices[slice].bucket, currency: currency, date: plan.slices[slice].date)
        switch flow {
        case 0: cell.refill.add(sums)
        case 1: cell.payg.add(sums)
        case 2: cell.activation.add(sums)
        default: cell.renewal.add(sums)
        }
        flows[key] = cell
    }

    /// Everything taken so far.
    func sums() -> ReportSums {
        var sums = ReportSums(currencies: currencies)
        for (index, pass) in plan.passes.enumerated() {
            for (key, changes) in populations[index] {
                var state = ReportSums.Population(bucket: 0, currency: key.currency)
                var bucket = 0
                let own = Set(pass.buckets)
                for change in changes {
                    state.bucket = bucket
                    state.all.add(change.all)
                    state.overallActive.add(change.ever)
                    state.active.add(change.active)
                    if own.contains(bucket), state.all.qty != 0 {
                        sums.groups[key.membership, default: .init()].populations.append(state)
                    }
                    bucket += 1
                }
            }
        }
        for (key, flow) in flows {
            let count = flow.refill.qty + flow.payg.qty + flow.activation.qty + flow.renewal.qty
            if count != 0 { sums.groups[key.membership, default: .init()].flows.append(flow) }
        }
        for membership in sums.groups.keys {
            sums.groups[membership]?.populations.sort { ($0.bucket, $0.currency) < ($1.bucket, $1.currency) }
            sums.groups[membership]?.flows.sort {
                ($0.bucket, $0.date, $0.currency) < ($1.bucket, $1.date, $1.currency)
            }
        }
        return sums
    }
}

extension RowBinaryReader {
    fileprivate mutating func state() throws -> ReportSums.StateSums {
        ReportSums.StateSums(
            qty: try int(), positive: SplitNumber.whole(try int(), try int()),
            negative: SplitNumber.whole(try int(), try int()))
    }
}

extension ReportSums.StateSums {
    fileprivate mutating func add(_ other: Self) {
        qty += other.qty
        positive += other.positive
        negative += other.negative
    }
}

extension ReportSums.FlowSums {
    fileprivate mutating func add(_ other: Self) {
        qty += other.qty
        total += other.total
    }
}
