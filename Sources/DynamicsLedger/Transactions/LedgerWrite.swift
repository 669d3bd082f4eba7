import GRDB

/// A change of one row of the transactions' tables.
enum LedgerWrite: Sendable {
    /// A row of the index of ids.
    case putKeys(first: Int64, keys: [UInt8])
    case removeKeys(first: Int64)
    case putBlock(id: Int64, count: Int, firstAt: Int64, lastAt: Int64, text: [UInt8])
    /// All blocks with these numbers.
    case removeBlocks(ClosedRange<Int64>)
    case putSummary(client: UInt32, count: Int, firstAt: Int64, lastAt: Int64)
    case removeSummary(client: UInt32)
    /// The client's transactions are no longer the same.
    case changed(client: UInt32)

    /// About how many bytes it takes.
    var size: Int {
        switch self {
        case .putKeys(_, let keys): keys.count
        case .putBlock(_, _, _, _, let text): text.count
        default: 0
        }
    }
}

/// Collects changes, so that threads meet once for many of them.
struct LedgerWriteBatch {
    private var writes: [LedgerWrite] = []
    private var size = 0
    private let send: ([LedgerWrite]) throws -> Void

    init(_ send: @escaping ([LedgerWrite]) throws -> Void) { self.send = send }

    mutating func append(_ write: LedgerWrite) throws {
        writes.append(write)
        size += write.size + 64
        if size >= 1 << 18 { try finish() }
    }

    /// Sends what has been collected.
    mutating func finish() throws {
        if !writes.isEmpty { try send(writes) }
        writes = []
        size = 0
    }
}

/// Makes the changes, on the connection of the import.
final class LedgerWriter {
    private let putKeys: BulkStatement
    private let removeKeys: BulkStatement
    private let putBlock: BulkStatement
    private let removeBlocks: BulkStatement
    private let putSummary: BulkStatement
    private let removeSummary: BulkStatement
    private let changed: BulkStatement
    private let revision: Int64

    /// - Parameter revision: the one that the import makes.
    init(_ db: Database, revision: Int64) throws {
        self.revision = revision
        putKeys = try BulkStatement(
            db,
            "INSERT INTO transaction_key (first, keys) VALUES (?, ?) ON CONFLICT DO UPDATE SET keys = excluded.keys")
        removeKeys = try BulkStatement(db, "DELETE FROM transaction_key WHERE first = ?")
        putBlock = try BulkStatement(
            db,
            """
            INSERT INTO transaction_block (id, client, count, first_at, last_at, transactions) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET count = excluded.count, first_at = excluded.first_at,
                last_at = excluded.last_at, transactions = excluded.transactions
            """)
        removeBlocks = try BulkStatement(db, "DELETE FROM transaction_block WHERE id BETWEEN ? AND ?")
        putSummary = try BulkStatement(
            db,
            """
            INSERT INTO transaction_summary (client, count, first_at, last_at) VALUES (?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET count = excluded.count, first_at = excluded.first_at, last_at = excluded.last_at
            """)
        removeSummary = try BulkStatement(db, "DELETE FROM transaction_summary WHERE client = ?")
        changed = try BulkStatement(db, "UPDATE client SET changed_in = ? WHERE number = ? AND changed_in <> ?")
    }

    func perform(_ writes: [LedgerWrite]) throws {
        for write in writes { try perform(write) }
    }

    private func perform(_ write: LedgerWrite) throws {
        switch write {
        case .putKeys(let first, let keys):
            putKeys.bind(1, first)
            try keys.withUnsafeBytes { bytes in
                putKeys.bind(2, bytesInPlace: bytes)
                defer { putKeys.clearBindings() }
                try putKeys.run()
            }
        case .removeKeys(let first):
            removeKeys.bind(1, first)
            try removeKeys.run()
        case .putBlock(let id, let count, let firstAt, let lastAt, let text):
            let numbers = [id, id >> LedgerSchema.blockBits, Int64(count), firstAt, lastAt]
            for (index, number) in numbers.enumerated() { putBlock.bind(Int32(index + 1), number) }
            try text.withUnsafeBytes { bytes in
                putBlock.bind(6, textInPlace: bytes)
                defer { putBlock.clearBindings() }
                try putBlock.run()
            }
        case .removeBlocks(let ids):
            removeBlocks.bind(1, ids.lowerBound)
            removeBlocks.bind(2, ids.upperBound)
            try removeBlocks.run()
        case .putSummary(let client, let count, let firstAt, let lastAt):
            for (index, number) in [Int64(client), Int64(count), firstAt, lastAt].enumerated() {
                putSummary.bind(Int32(index + 1), number)
            }
            try putSummary.run()
        case .removeSummary(let client):
            removeSummary.bind(1, Int64(client))
            try removeSummary.run()
        case .changed(let client):
            changed.bind(1, revision)
            changed.bind(2, Int64(client))
            changed.bind(3, revision)
            try changed.run()
        }
    }
}
