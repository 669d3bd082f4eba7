import DynamicsImport
import DynamicsLedger
import DynamicsModel
import Foundation
import GRDB
import Testing

/// What stands in a ledger's file, read with plain SQL.
struct LedgerContent {
    private let queue: DatabaseQueue

    init(_ folder: String) throws {
        var configuration = Configuration()
        configuration.readonly = true
        queue = try DatabaseQueue(path: folder + "/ledger.sqlite", configuration: configuration)
    }

    static let views: [RecordKind: String] = [
        .packages: "SELECT id, name FROM packages",
        .clients: "SELECT id, name, type, owner_id, tags, currency, created_at, closed_at FROM clients",
        .subscriptions: "SELECT id, client_id, package_id, started_at, ended_at FROM subscriptions",
        .rates: "SELECT currency, effective_on, rate FROM rates",
        .transactions: "SELECT id, client_id, at, kind, amount, package_id FROM transactions",
    ]

    /// The records of a kind as the view shows them, sorted.
    func lines(_ kind: RecordKind) throws -> [ExactText] {
        try queue.read { db in
            try Row.fetchAll(db, sql: Self.views[kind] ?? "").map { row in
                ExactText((0..<row.count).map { row[$0] as String? ?? "" }.joined(separator: "|"))
            }.sorted()
        }
    }

    /// Everything in all tables.
    func dump() throws -> [ExactText] {
        try queue.read { db in
            let tables = try String.fetchAll(
                db,
                sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
            return try tables.flatMap { table in
                try Row.fetchAll(db, sql: "SELECT * FROM \"\(table)\"").map { ExactText("\(table): \($0)") }.sorted()
            }
        }
    }

    /// The clients that something was changed of in this revision.
    func clientsChanged(in revision: Int64) throws -> Set<String> {
        try queue.read {
            try Set(String.fetchAll($0, sql: "SELECT id FROM client WHERE changed_in = ?", arguments: [revision]))
        }
    }

    /// Checks what must hold in every ledger, beyond the constraints of its tables.
    func audit(blockCapacity: Int) throws {
        try queue.read { db in
            #expect(try String.fetchAll(db, sql: "PRAGMA integrity_check") == ["ok"])
            #expect(try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").isEmpty)
            let blocks = try Block.all(db)
            for (client, own) in Dictionary(grouping: blocks, by: \.client) {
                #expect(own.map(\.id) == own.indices.map { Int64(client) << 24 + Int64($0) })
                #expect(own.dropLast().allSatisfy { $0.rows.count == blockCapacity })
                #expect(own.allSatisfy { $0.isConsistent && $0.rows.count <= blockCapacity })
                let rows = own.flatMap(\.rows)
                #expect(zip(rows, rows.dropFirst()).allSatisfy { $0 < $1 }, "ordered by time and id")
                let summary = try Row.fetchOne(
                    db, sql: "SELECT count, first_at, last_at FROM transaction_summary WHERE client = ?",
                    arguments: [client])
                #expect(
                    summary.map { [$0[0], $0[1], $0[2]] } == [Int64(rows.count), rows[0].at, rows[rows.count - 1].at])
            }
            let summaries = try Int.fetchOne(db, sql: "SELECT count(*) FROM transaction_summary")
            #expect(summaries == Set(blocks.map(\.client)).count)
            try auditKeys(db, blocks)
        }
    }

    private func auditKeys(_ db: Database, _ blocks: [Block]) throws {
        guard let key = try Data.fetchOne(db, sql: "SELECT value FROM setting WHERE name = 'key'") else { return }
        let hash = SipHash(key: [UInt8](key))
        let expected = blocks.flatMap { block in
            block.rows.map { row -> String in
                let (first, second) = Array(row.id.utf8).withUnsafeBytes { hash($0) }
                return [first, second & 0xFFFF_FFFF, UInt64(block.client)].map { String($0, radix: 16) }.joined(
                    separator: " ")
            }
        }
        var actual: [String] = []
        var previous: [UInt8] = []
        for row in try Row.fetchAll(db, sql: "SELECT first, keys FROM transaction_key ORDER BY first") {
            let bytes = [UInt8](row[1] as Data)
            for start in stride(from: 0, to: bytes.count, by: 16) {
                let entry = Array(bytes[start..<start + 16])
                #expect(previous.lexicographicallyPrecedes(entry))
                let numbers = [0..<8, 8..<12, 12..<16].map { entry[$0].reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
                #expect(Int64(bitPattern: numbers[0] ^ 1 << 63) >= row[0] as Int64, "below its row")
                actual.append(numbers.map { String($0, radix: 16) }.joined(separator: " "))
                previous = entry
            }
        }
        #expect(actual.sorted() == expected.sorted())
    }

    private struct Block {
        struct Entry: Comparable {
            var at: Int64
            var id: String

            static func < (a: Entry, b: Entry) -> Bool {
                a.at != b.at ? a.at < b.at : ExactText(a.id) < ExactText(b.id)
            }
        }

        var id: Int64
        var client: UInt32
        var rows: [Entry]
        var isConsistent: Bool

        static func all(_ db: Database) throws -> [Block] {
            let blocks = try Row.fetchAll(
                db, sql: "SELECT id, client, count, first_at, last_at, transactions FROM transaction_block ORDER BY id")
            return try blocks.map { row in
                let rows = try Row.fetchAll(
                    db, sql: "SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)",
                    arguments: [row[5] as String]
                ).map { Entry(at: (row[3] as Int64) + ($0[1] as Int64), id: $0[0]) }
                return Block(
                    id: row[0], client: row[1], rows: rows,
                    isConsistent: rows.count == row[2] && rows.first?.at == row[3] && rows.last?.at == row[4])
            }
        }
    }
}

/// Inputs from texts, cut into small chunks.
func inputs(_ files: [(kind: RecordKind, text: String)], chunkSize: Int = 200) -> [ImportInput] {
    files.map { kind, text in
        ImportInput(kind: kind, name: "\(kind.rawValue).csv", byteCount: text.utf8.count) {
            try RecordChunks(
                MemoryStream(Array(text.utf8)), kind: kind, format: .csv, name: "\(kind.rawValue).csv",
                chunkSize: chunkSize)
        }
    }
}

extension ImportTuning {
    /// Everything so small that a few rows go every way.
    static var tiny: ImportTuning {
        var tuning = ImportTuning()
        tuning.threads = 3
        tuning.sortMemory = 3 << 10
        tuning.blockCapacity = 4
        return tuning
    }
}
