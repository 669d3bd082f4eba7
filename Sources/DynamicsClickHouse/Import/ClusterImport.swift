public import DynamicsImport
public import DynamicsModel
import Foundation

/// Imports into a ledger on ClickHouse: the rules of the embedded one, checked by the cluster.
///
/// 1. A number is taken for the revision to come, and noted as started.
/// 2. All rows are added under that number, in batches. Nobody sees them.
/// 3. The cluster adds minus what they replace, counts, and looks for what breaks a rule.
/// 4. One row says that the revision is there. Before it, the ledger is as it was, whatever happened; rows without such a row
///    are never looked at, and the next import takes another number.
public struct ClusterImport: Sendable {
    /// What became of one file.
    public struct FileCounts: Sendable, Hashable {
        public var name: String
        public var kind: RecordKind
        public var added = 0
        public var replaced = 0
        public var removed = 0
        public var unchanged = 0
        /// What reading and sending took.
        public var seconds = 0.0
    }

    /// What an import did, or would have done.
    public struct Summary: Sendable {
        /// In the order of `RecordKind`.
        public var files: [FileCounts]
        public var revision: Int64
        public var seconds: Double
    }

    /// How far it is: what it does, rows read, and about which part (0...1) of the work is done.
    public typealias Progress = @Sendable (_ doing: String, _ rows: Int, _ part: Double) -> Void

    let client: ClickHouseClient
    /// How many bytes a batch has, more or less.
    public var batch_bytes = 8 << 20
    /// For how long to wait, each time, before a step is taken up again because the cluster did not answer.
    public var pauses_seconds = [2, 5, 15]
    /// How many rows the cluster's statements look at together.
    var slice_rows = 2_000_000

    public init(_ server: ClickHouseServer) { client = ClickHouseClient(server) }

    /// Imports all of `sources`, or nothing.
    ///
    /// When the cluster does not answer, it waits and goes on where it was: see `ImportSteps`.
    ///
    /// - Throws: `ImportFailure` for bad rows, `DynamicsError` for another base currency and for a cluster that does not answer
    ///   for longer; then the ledger is as it was, and the import may be run again.
    @concurrent
    public func run(
        _ sources: [ImportSource], baseCurrency: CurrencyCode? = nil, dryRun: Bool = false,
        progress: @escaping Progress = { _, _, _ in }
    ) async throws -> Summary {
        do {
            return try await runOnce(sources, baseCurrency: baseCurrency, dryRun: dryRun, progress: progress)
        } catch let error as DynamicsError where error.code == ImportSteps.notAsSent {
            return try await runOnce(sources, baseCurrency: baseCurrency, dryRun: dryRun, progress: progress)
        }
    }

    private func runOnce(
        _ sources: [ImportSource], baseCurrency: CurrencyCode?, dryRun: Bool, progress: @escaping Progress
    ) async throws -> Summary {
        let start = ContinuousClock.now
        let steps = ImportSteps(client: client, pauses_seconds: pauses_seconds, progress: progress)
        // Known before anything is noted, if it can be.
        try Self.check(baseCurrency, try await steps.take { _ in try await LedgerHead.read(client) })
        let (number, head) = try await steps.take { _ in try await begin() }
        let base = try Self.check(baseCurrency, head)
        let sorted = RecordKind.allCases.flatMap { kind in sources.filter { $0.kind == kind } }
        var staging = ClusterStaging(
            steps: steps, number: number, base: base, batch_bytes: batch_bytes, sources: sorted, progress: progress)
        try await staging.run()
        progress("Checking", staging.rows, 0.7)
        let isFirst = head.revision == 0
        if !isFirst { try await withdraw(staging, steps, head: head, number) }
        let staged = staging
        staging.files = try await steps.take { _ in try await count(staged, number) }
        var after = head.visibility
        after.own = number
        let checks = ImportChecks(
            client: client, after: after, own: number, names: sorted.map(\.name),
            kinds: Set(staging.rowsByKind.filter { $0.value > 0 }.keys), hasRemovals: staging.hasRemovals)
        try await steps.take { _ in try await checks.run() }

        let isChange = isFirst || staging.files.contains { $0.added + $0.replaced + $0.removed > 0 }
        if isChange, !dryRun {
            progress("Committing", staging.rows, 0.95)
            let files = staging.files
            let (base, after) = (base, after)
            try await steps.take { _ in try await commit(number, files, base: base, head: head, after: after) }
        }
        return Summary(
            files: staging.files, revision: isChange && !dryRun ? number : head.revision,
            seconds: (ContinuousClock.now - start) / .seconds(1))
    }

    private func withdraw(_ staging: ClusterStaging, _ steps: ImportSteps, head: LedgerHead, _ number: Int64)
        async throws
    {
        for kind in StagedKind.all {
            for slice in slices(staging.rowsByKind[kind.kind] ?? 0) {
                try await steps.change(kind) { id, isAgain in
                    let sql = kind.withdrawal(
                        client.server, before: head.visibility, own: number, slice: slice, isAgain: isAgain)
                    try await client.execute(sql, id: id)
                }
            }
        }
    }

    /// - Returns: the base currency of the revision to come.
    @discardableResult
    private static func check(_ asked: CurrencyCode?, _ head: LedgerHead) throws -> CurrencyCode {
        if let asked, let base = head.baseCurrency, base != asked {
            throw DynamicsError(
                .usage, "base_currency", field: "base_currency",
                "the ledger's base currency is \(base) since its first import, and cannot become \(asked)")
        }
        guard let base = head.baseCurrency ?? asked ?? CurrencyCode("USD") else { throw RowBinaryReader.malformed }
        return base
    }

    private func slices(_ rows: Int) -> [StagedKind.Slice] {
        if rows == 0 { return [] }
        let count = rows / slice_rows + 1
        return (0..<count).map { StagedKind.Slice(index: $0, count: count) }
    }

    // MARK: - The revision

    /// Takes a number that no other import has.
    private func begin() async throws -> (number: Int64, head: LedgerHead) {
        try await ClusterLock(client: client).held {
            let head = try await LedgerHead.read(client)
            try await note(head.lastNumber + 1, isCommitted: false, values: "'', 0, 0, 0, 0, 0, 0, 0")
            return (head.lastNumber + 1, head)
        }
    }

    private func note(_ number: Int64, isCommitted: Bool, values: String) async throws {
        let now = Int64(Date().timeIntervalSince1970)
        try await client.execute(
            """
            INSERT INTO \(client.server.everywhere("revision"))
            (number, token, state, noted_at, base_currency, packages, clients, subscriptions, rates, transactions, first_at, last_at)
            VALUES (\(number), 0, '\(isCommitted ? "committed" : "started")', \(now), \(values))
            """)
    }

    /// - Returns: the files with what becomes of their rows.
    /// - Throws: `ImportFailure` for ids that are named more than once; `DynamicsError`, `ImportSteps.notAsSent`.
    private func count(_ staging: ClusterStaging, _ number: Int64) async throws -> [FileCounts] {
        var files = staging.files
        var problems: [(Place, ImportProblem)] = []
        for kind in StagedKind.all {
            let sent = staging.rowsByKind[kind.kind] ?? 0
            var arrived = 0
            for slice in slices(sent) {
                problems += try await duplicates(kind, files, number, slice)
                var rows = try await client.rows(kind.counts(client.server, own: number, slice: slice))
                while !rows.isAtEnd {
                    let file = Int(try rows.read(UInt64.self)) - 1
                    guard files.indices.contains(file) else { throw RowBinaryReader.malformed }
                    let counts = try (0..<4).map { _ in Int(try rows.int()) }
                    let withdrawnTwice = Int(try rows.int())
                    if withdrawnTwice > 0 { throw ImportSteps.failure(sent: sent, arrived: sent + withdrawnTwice) }
                    files[file].added += counts[0]
                    files[file].replaced += counts[1]
                    files[file].removed += counts[2]
                    files[file].unchanged += counts[3]
                    arrived += counts.reduce(0, +)
                }
            }
            if problems.isEmpty, arrived != sent { throw ImportSteps.failure(sent: sent, arrived: arrived) }
        }
        try ImportChecks.fail(problems)
        return files
    }

    private func duplicates(_ kind: StagedKind, _ files: [FileCounts], _ number: Int64, _ slice: StagedKind.Slice)
        async throws -> [(Place, ImportProblem)]
    {
        var problems: [(Place, ImportProblem)] = []
        var rows = try await client.rows(kind.duplicates(client.server, own: number, slice: slice))
        while !rows.isAtEnd {
            let places = try rows.numbers().map { Place($0) }
            guard Set(places).count == places.count, places.allSatisfy({ files.indices.contains($0.file) }) else {
                throw ImportSteps.failure(sent: Set(places).count, arrived: places.count)
            }
            for place in places.dropFirst() {
                let first = places[0]
                let name = files[place.file].name
                let at = first.file == place.file ? "line \(first.line)" : "\(files[first.file].name):\(first.line)"
                problems.append(
                    (
                        place,
                        ImportProblem(
                            file: name, line: place.line, column: kind.kind == .rates ? nil : "id",
                            "\(at) names the same record already")
                    ))
            }
        }
        return problems
    }

    private func commit(
        _ number: Int64, _ files: [FileCounts], base: CurrencyCode, head: LedgerHead, after: Visibility
    ) async throws {
        let bounds = try await LedgerFactsReader(client: client, visibility: after).bounds()
        func total(_ kind: RecordKind, _ before: Int64) -> Int64 {
            files.filter { $0.kind == kind }.reduce(before) { $0 + Int64($1.added - $1.removed) }
        }
        let counts = [
            total(.packages, head.packages), total(.clients, head.clients), total(.subscriptions, head.subscriptions),
            total(.rates, head.rates), total(.transactions, head.transactions), bounds?.lowerBound.seconds ?? 0,
            bounds?.upperBound.seconds ?? 0,
        ]
        try await ClusterLock(client: client).held {
            let now = try await LedgerHead.read(client).revision
            // The answer of a try before this one was lost.
            if now == number { return }
            // An import that was faster made what this one was compared with old.
            guard now == head.revision else {
                throw DynamicsError(
                    .unavailable, "import_overtaken",
                    "another import into the cluster ended meanwhile; run this one again")
            }
            try await note(
                number, isCommitted: true,
                values: "\(sqlText(base.description)), \(counts.map(String.init).joined(separator: ", "))")
        }
    }
}

extension RowBinaryReader {
    /// An array of UInt64.
    mutating func numbers() throws -> [UInt64] {
        let number = try count()
        var numbers: [UInt64] = []
        for _ in 0..<number { numbers.append(try read(UInt64.self)) }
        return numbers
    }
}

extension LedgerFactsReader {
    /// The earliest and the latest of all `created_at` of clients and `at` of transactions.
    ///
    /// First by day, as there are few days; then by second within the first and the last.
    func bounds() async throws -> ClosedRange<Instant>? {
        func query(_ unit: Int64, within: String) -> String {
            let sources = [("transaction", "at"), ("client", "created_at")].map { table, column in
                """
                SELECT intDiv(\(column), \(unit)) AS t FROM \(client.server.local(table))
                WHERE \(visibility.condition) AND \(within.replacing("TIME", with: column)) GROUP BY t HAVING sum(sign) > 0
                """
            }
            return client.server.onEachShard(
                "SELECT min(t) AS low, max(t) AS high, toInt64(count()) AS n FROM (\(sources.joined(separator: "\nUNION ALL\n")))",
                columns: ["minIf(low, n > 0) AS first", "maxIf(high, n > 0) AS last", "sum(n) AS times"], keys: [])
        }
        var rows = try await client.rows(query(86_400, within: "1"))
        let (first, last, times) = (try rows.int(), try rows.int(), try rows.int())
        if times == 0 { return nil }
        rows = try await client.rows(query(1, within: "intDiv(TIME, 86400) IN (\(first), \(last))"))
        return Instant(seconds: try rows.int())...Instant(seconds: try rows.int())
    }
}
