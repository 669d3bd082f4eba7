import Foundation
import GRDB

/// Looks up blocks of transactions; for one thread.
final class StoredBlocks {
    struct Summary {
        var count: Int
        var firstAt: Int64
    }

    private let summaryOfClient: BulkStatement
    private let blockForTime: BulkStatement
    private let blocksFrom: BulkStatement
    private let block: BulkStatement
    private let anyBlock: BulkStatement

    init(_ db: Database) throws {
        summaryOfClient = try BulkStatement(
            db, "SELECT count, first_at FROM transaction_summary WHERE client = ?")
        blockForTime = try BulkStatement(
            db,
            """
            SELECT id FROM transaction_block WHERE id >= ? AND id < ? AND first_at < ? ORDER BY id DESC LIMIT 1
            """)
        blocksFrom = try BulkStatement(
            db,
            "SELECT first_at, count, transactions FROM transaction_block WHERE id >= ? AND id < ? ORDER BY id")
        block = try BulkStatement(db, "SELECT first_at, transactions FROM transaction_block WHERE id = ?")
        anyBlock = try BulkStatement(db, "SELECT 1 FROM transaction_block WHERE id BETWEEN ? AND ? LIMIT 1")
    }

    private func bind(_ client: UInt32, from place: Int64, to statement: BulkStatement) {
        statement.bind(1, Int64(client) << LedgerSchema.blockBits | place)
        statement.bind(2, Int64(client + 1) << LedgerSchema.blockBits)
    }

    /// nil: the client has no transactions.
    func summary(of client: UInt32) throws -> Summary? {
        summaryOfClient.bind(1, Int64(client))
        defer { summaryOfClient.reset() }
        guard try summaryOfClient.step() else { return nil }
        return Summary(count: Int(summaryOfClient.int(0)), firstAt: summaryOfClient.int(1))
    }

    /// The place of the last block that begins before `time`; 0 when none does. No transaction at `time` or later belongs
    /// into a block before it.
    func block(of client: UInt32, for time: Int64) throws -> Int64 {
        bind(client, from: 0, to: blockForTime)
        blockForTime.bind(3, time)
        defer { blockForTime.reset() }
        return try blockForTime.step() ? blockForTime.int(0) & (1 << LedgerSchema.blockBits - 1) : 0
    }

    /// For `StoredTransactions`; `leaveBlocks` must be called behind it.
    func blocks(of client: UInt32, from place: Int64) throws -> BulkStatement {
        bind(client, from: place, to: blocksFrom)
        return blocksFrom
    }

    func leaveBlocks() { blocksFrom.reset() }

    /// Whether the block is there with exactly this text.
    func isSame(_ id: Int64, firstAt: Int64, text: UnsafeRawBufferPointer) throws -> Bool {
        block.bind(1, id)
        defer { block.reset() }
        guard try block.step(), block.int(0) == firstAt else { return false }
        let old = block.text(1)
        guard old.count == text.count, let a = old.baseAddress, let b = text.baseAddress else { return false }
        return memcmp(a, b, text.count) == 0
    }

    func hasBlocks(from first: Int64, through last: Int64) throws -> Bool {
        anyBlock.bind(1, first)
        anyBlock.bind(2, last)
        defer { anyBlock.reset() }
        return try anyBlock.step()
    }
}
