import DynamicsImport
import GRDB

extension Ledger {
    /// Writes the newest revision as NDJSON files into `folder`, which must be there.
    ///
    /// - Returns: the files' paths.
    /// - Throws: `DynamicsError` when they cannot be written.
    public func writeFiles(to folder: String) throws -> [String] {
        try read { reader in
            try RecordKind.allCases.map { kind in
                let file = try RecordFile(kind, in: folder)
                try reader.lines(of: kind) { try file.write(line: $0) }
                try file.close()
                return file.path
            }
        }
    }
}

extension LedgerReader {
    /// Calls `body` with each record of a kind, as a JSON object.
    func lines(of kind: RecordKind, _ body: (String) throws -> Void) throws {
        let rows = try statement(Self.query(kind))
        while try rows.step() { try body(rows.string(0)) }
    }

    /// The view of a kind has the fields of its import file; tags stand in the table as an array.
    private static func query(_ kind: RecordKind) -> String {
        switch kind {
        case .packages: "SELECT json_object('id', id, 'name', name) FROM packages"
        case .clients:
            """
            SELECT json_object('id', clients.id, 'name', clients.name, 'type', clients.type, 'owner_id', owner_id,
                'tags', json(client.tags), 'currency', clients.currency, 'created_at', clients.created_at,
                'closed_at', clients.closed_at)
            FROM clients JOIN client ON client.id = clients.id
            """
        case .subscriptions:
            """
            SELECT json_object('id', id, 'client_id', client_id, 'package_id', package_id, 'started_at', started_at,
                'ended_at', ended_at)
            FROM subscriptions
            """
        case .rates:
            "SELECT json_object('currency', currency, 'effective_on', effective_on, 'rate', rate) FROM rates"
        case .transactions:
            """
            SELECT json_object('id', id, 'client_id', client_id, 'at', at, 'kind', kind, 'amount', amount,
                'package_id', package_id)
            FROM transactions
            """
        }
    }
}
