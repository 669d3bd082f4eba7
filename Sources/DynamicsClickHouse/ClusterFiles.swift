import DynamicsImport
public import DynamicsModel

/// Writes the newest revision of a ledger on ClickHouse as NDJSON files, from which any ledger can be made.
public struct ClusterFiles: Sendable {
    private let client: ClickHouseClient

    public init(_ server: ClickHouseServer) { client = ClickHouseClient(server) }

    /// - Parameter folder: must be there.
    /// - Returns: the files' paths, and the base currency; nil when nothing has been imported yet.
    /// - Throws: `DynamicsError` for a cluster that does not answer, and for files that cannot be written.
    @concurrent
    public func write(to folder: String) async throws -> (paths: [String], baseCurrency: CurrencyCode?) {
        let head = try await LedgerHead.read(client)
        var paths: [String] = []
        for kind in StagedKind.all {
            let file = try RecordFile(kind.kind, in: folder)
            // So that an answer fits into memory, however large the ledger is.
            let isLarge = kind.kind == .transactions || kind.kind == .subscriptions || kind.kind == .clients
            let count = isLarge ? Int(head.transactions / 1_000_000) + 1 : 1
            for index in 0..<count {
                let record = ([kind.key] + kind.content).joined(separator: ", ")
                let share = StagedKind.Slice(index: index, count: count)
                var rows = try await client.rows(
                    """
                    SELECT \(record) FROM \(client.server.everywhere(kind.table))
                    WHERE \(head.visibility.condition) AND \(share.condition(kind.key))
                    GROUP BY \(record) HAVING sum(sign) > 0
                    """)
                while !rows.isAtEnd { try Self.copy(kind.kind, &rows, to: file) }
            }
            try file.close()
            paths.append(file.path)
        }
        return (paths, head.baseCurrency)
    }

    private static func copy(_ kind: RecordKind, _ rows: inout RowBinaryReader, to file: RecordFile) throws {
        let id = try rows.text().string
        switch kind {
        case .packages: try file.write([("id", id), ("name", try rows.text().string)])
        case .clients:
            let name = try rows.text().string
            let type = try enumerated(ClientType.allCases.map(\.rawValue), &rows)
            let (owner, tags, currency) = (try rows.text().string, try rows.texts(), try rows.currency())
            let (created, closed) = (try time(&rows), try time(&rows))
            try file.write(
                [
                    ("id", id), ("name", name), ("type", type), ("owner_id", owner), ("currency", "\(currency)"),
                    ("created_at", created), ("closed_at", closed),
                ], tags: tags)
        case .subscriptions:
            try file.write([
                ("id", id), ("client_id", try rows.text().string), ("package_id", try rows.text().string),
                ("started_at", try time(&rows)), ("ended_at", try time(&rows)),
            ])
        case .rates:
            let currency = try rows.currency()
            let date = CivilDate(dayNumber: try rows.read(Int32.self))
            try file.write([
                ("currency", "\(currency)"), ("effective_on", "\(date)"),
                ("rate", RecordFile.decimal(try rows.int(), digits: 12)),
            ])
        case .transactions:
            let (client, at) = (try rows.text().string, try time(&rows))
            let kind = try enumerated(TransactionKind.allCases.map(\.rawValue), &rows)
            try file.write([
                ("id", id), ("client_id", client), ("at", at), ("kind", kind),
                ("amount", RecordFile.decimal(try rows.int(), digits: 6)), ("package_id", try rows.text().string),
            ])
        }
    }

    /// A number of an enumeration, by its name.
    private static func enumerated(_ names: [String], _ rows: inout RowBinaryReader) throws -> String {
        let number = Int(try rows.read(Int8.self))
        guard names.indices.contains(number) else { throw RowBinaryReader.malformed }
        return names[number]
    }

    /// Empty for what never comes.
    private static func time(_ rows: inout RowBinaryReader) throws -> String {
        let seconds = try rows.int()
        return seconds == LedgerSQL.never ? "" : Instant(seconds: seconds).utcText
    }
}
