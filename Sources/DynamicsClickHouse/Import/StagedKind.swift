import DynamicsImport
import DynamicsModel

/// How the rows of one kind of record are added to the cluster.
struct StagedKind {
    var kind: RecordKind
    /// What goes by which id.
    var key: String
    /// The columns beside `key`, which together are the record.
    var content: [String]

    static let all: [StagedKind] = [
        StagedKind(kind: .packages, key: "id", content: ["name"]),
        StagedKind(
            kind: .clients, key: "client_id",
            content: ["name", "type", "owner_id", "tags", "currency", "created_at", "closed_at"]),
        StagedKind(
            kind: .subscriptions, key: "id", content: ["client_id", "package_id", "started_at", "ended_at"]),
        StagedKind(kind: .rates, key: "id", content: ["currency", "effective_on", "rate"]),
        StagedKind(kind: .transactions, key: "id", content: ["client_id", "at", "kind", "amount", "package_id"]),
    ]

    /// The table's name: the kind's in the singular.
    var table: String { String(kind.rawValue.dropLast()) }

    private var columns: String { ([key] + content + ["sign", "revision", "place"]).joined(separator: ", ") }

    func insertion(_ server: ClickHouseServer) -> String {
        "INSERT INTO \(server.everywhere(table)) (\(columns)) FORMAT RowBinary"
    }

    /// A share of the ids, so that a statement's memory does not follow the import.
    struct Slice {
        var index: Int
        var count: Int

        func condition(_ key: String) -> String { count == 1 ? "1" : "cityHash64(\(key)) % \(count) = \(index)" }
    }

    /// Adds minus the old rows of what the import `own` replaces and removes.
    ///
    /// - Parameter isAgain: whether some of that may have been done.
    func withdrawal(
        _ server: ClickHouseServer, before: Visibility, own: Int64, slice: Slice, isAgain: Bool
    ) -> String {
        let table = server.everywhere(table)
        let record = ([key] + content).joined(separator: ", ")
        var isMeant = slice.condition(key)
        if isAgain {
            isMeant += " AND \(key) GLOBAL NOT IN (SELECT \(key) FROM \(table) WHERE revision = \(own) AND sign = -1)"
        }
        return """
            INSERT INTO \(table) (\(columns))
            SELECT \(record), toInt8(-1), toInt64(\(own)), toUInt64(0) FROM (
                SELECT \(record) FROM \(table)
                WHERE \(before.condition) AND \(isMeant) AND \(key) GLOBAL IN (
                    SELECT \(key) FROM \(table) WHERE revision = \(own) AND sign >= 0 AND \(isMeant))
                GROUP BY \(record) HAVING sum(sign) > 0)
            """
    }

    /// file, added, replaced, removed, unchanged; of how many the old record was withdrawn more than once, which must not be.
    func counts(_ server: ClickHouseServer, own: Int64, slice: Slice) -> String {
        let same = content.map { column in
            // Texts stand for arrays, of which there is no smallest.
            let value = column == "tags" ? "arrayStringConcat(arrayMap(t -> hex(t), tags), ',')" : column
            return "minIf(\(value), sign != 0) = maxIf(\(value), sign != 0)"
        }
        return """
            SELECT intDiv(first, \(Place.lines)) AS file, sum(toInt64(puts > 0 AND had = 0)) AS added,
                sum(toInt64(puts > 0 AND had > 0 AND NOT same)) AS replaced,
                sum(toInt64(puts = 0 AND had > 0)) AS removed,
                sum(toInt64(if(puts > 0, had > 0 AND same, had = 0))) AS unchanged, sum(toInt64(had > 1)) AS doubled
            FROM (
                SELECT \(key), minIf(place, sign >= 0) AS first, countIf(sign = 1) AS puts, countIf(sign = -1) AS had,
                    (\(same.joined(separator: " AND "))) AS same
                FROM \(server.everywhere(table)) WHERE revision = \(own) AND \(slice.condition(key)) GROUP BY \(key))
            GROUP BY file
            """
    }

    /// The places of a batch that are there.
    func arrived(_ server: ClickHouseServer, own: Int64, places: ClosedRange<UInt64>) -> String {
        """
        SELECT place FROM \(server.everywhere(table))
        WHERE revision = \(own) AND sign >= 0 AND place BETWEEN \(places.lowerBound) AND \(places.upperBound)
        """
    }

    /// The places of each id that the import names more than once, for at most 20 ids.
    func duplicates(_ server: ClickHouseServer, own: Int64, slice: Slice) -> String {
        """
        SELECT places FROM (
            SELECT \(key), arraySort(groupArray(place)) AS places FROM \(server.everywhere(table))
            WHERE revision = \(own) AND sign >= 0 AND \(slice.condition(key))
            GROUP BY \(key) HAVING count() > 1)
        ORDER BY places[2] LIMIT \(ImportFailure.limit)
        """
    }
}

/// Where in an import a row came from, as one number.
struct Place: Hashable {
    static let lines: UInt64 = 1 << 40

    var file: Int
    var line: Int

    init(file: Int, line: Int) {
        self.file = file
        self.line = line
    }

    init(_ number: UInt64) {
        self.init(file: Int(number / Self.lines) - 1, line: Int(number % Self.lines))
    }

    var number: UInt64 { UInt64(file + 1) * Self.lines + UInt64(line) }
}

/// The rows of a batch, as the cluster takes them. Their places only grow.
struct StagedRows {
    private var writer = RowBinaryWriter()
    let revision: Int64
    private(set) var hasRemovals = false
    /// Of each row: its place, and where it ends among `bytes`.
    private var rows: [(place: UInt64, end: Int)] = []

    init(revision: Int64) { self.revision = revision }

    var bytes: [UInt8] { writer.bytes }
    var count: Int { rows.count }

    /// From the first row's to the last one's; `nil` without rows.
    var places: ClosedRange<UInt64>? {
        guard let first = rows.first, let last = rows.last else { return nil }
        return first.place...last.place
    }

    /// The bytes of the rows that are not at these places.
    func bytes(without places: Set<UInt64>) -> [UInt8] {
        var (left, start): ([UInt8], Int) = ([], 0)
        for row in rows {
            if !places.contains(row.place) { left += writer.bytes[start..<row.end] }
            start = row.end
        }
        return left
    }

    mutating func add(_ row: ImportRow<Package>, _ place: Place) {
        switch row.content {
        case .put(let package): finish([package.id, package.name], sign: 1, place)
        case .remove(let id): finish([id, ""], sign: 0, place)
        }
    }

    mutating func add(_ row: ImportRow<Client>, _ place: Place) {
        switch row.content {
        case .put(let client):
            let type = ClientType.allCases.firstIndex(of: client.type) ?? 0
            writer.write(client.id.string)
            writer.write(client.name.string)
            writer.write(Int8(type))
            writer.write(client.ownerID?.string ?? "")
            writer.writeCount(client.tags.count)
            for tag in client.tags.sorted() { writer.write(tag.string) }
            writer.write(client.currency.description)
            writer.write(client.createdAt.seconds)
            writer.write(client.closedAt?.seconds ?? LedgerSQL.never)
            finish(sign: 1, place)
        case .remove(let id):
            writer.write(id.string)
            writer.write("")
            writer.write(Int8(0))
            writer.write("")
            writer.writeCount(0)
            writer.write("")
            writer.write(Int64(0))
            writer.write(Int64(0))
            finish(sign: 0, place)
        }
    }

    mutating func add(_ row: ImportRow<Subscription>, _ place: Place) {
        switch row.content {
        case .put(let subscription):
            writer.write(subscription.id.string)
            writer.write(subscription.clientID.string)
            writer.write(subscription.packageID.string)
            writer.write(subscription.startedAt.seconds)
            writer.write(subscription.endedAt?.seconds ?? LedgerSQL.never)
            finish(sign: 1, place)
        case .remove(let id):
            for text in [id.string, "", ""] { writer.write(text) }
            writer.write(Int64(0))
            writer.write(Int64(0))
            finish(sign: 0, place)
        }
    }

    mutating func add(_ row: RateRow, file: Int) {
        switch row {
        case .put(let line, let rate):
            addRate(rate.currency, rate.effectiveOn, rate.rate, sign: 1, Place(file: file, line: line))
        case .remove(let line, let currency, let date):
            addRate(currency, date, 0, sign: 0, Place(file: file, line: line))
        }
    }

    private mutating func addRate(_ code: CurrencyCode, _ date: CivilDate, _ rate: Int64, sign: Int8, _ place: Place) {
        writer.write("\(code) \(date)")
        writer.write("\(code)")
        writer.write(date.dayNumber)
        writer.write(rate)
        finish(sign: sign, place)
    }

    mutating func add(_ row: ImportRow<Transaction>, _ place: Place) {
        switch row.content {
        case .put(let transaction):
            writer.write(transaction.id.string)
            writer.write(transaction.clientID.string)
            writer.write(transaction.at.seconds)
            writer.write(Int8(TransactionKind.allCases.firstIndex(of: transaction.kind) ?? 0))
            writer.write(transaction.amount)
            writer.write(transaction.packageID?.string ?? "")
            finish(sign: 1, place)
        case .remove(let id):
            writer.write(id.string)
            writer.write("")
            writer.write(Int64(0))
            writer.write(Int8(0))
            writer.write(Int64(0))
            writer.write("")
            finish(sign: 0, place)
        }
    }

    private mutating func finish(_ texts: [ExactText] = [], sign: Int8, _ place: Place) {
        for text in texts { writer.write(text.string) }
        writer.write(sign)
        writer.write(revision)
        writer.write(place.number)
        rows.append((place.number, writer.bytes.count))
        if sign == 0 { hasRemovals = true }
    }
}
