import DynamicsModel
import Foundation
import GRDB

/// The second pass over an import's transactions, client by client: merges what arrives with what is stored and stays, and
/// writes the blocks that are no longer the same.
final class ClientPass {
    private let arriving: SortedRecords
    private let leaving: SortedRecords
    private let stored: StoredBlocks
    private let hash: SipHash
    private var writes: LedgerWriteBatch
    private let blockCapacity: Int
    private var pace: ImportControl.Pace

    /// Rows that are as they were, for each file.
    private var unchanged: [Int]
    /// The record that `arriving` is at; nil: behind the last one.
    private var newest: ArrivingTransaction?
    /// The keys that leave the current client, ascending.
    private var departures: [TransactionKey] = []
    private var encoder = TransactionBlockEncoder()

    /// - Parameters:
    ///   - arriving: in the form of `ArrivingTransaction`.
    ///   - leaving: in the form of `LeavingKey`.
    ///   - old: sees the ledger as it was before the import.
    ///   - files: how many files the transactions come from.
    init(
        arriving: SortedRecords, leaving: SortedRecords, old: Database, hash: SipHash, files: Int, blockCapacity: Int,
        control: ImportControl, send: @escaping ([LedgerWrite]) throws -> Void
    ) throws {
        self.arriving = arriving
        self.leaving = leaving
        self.hash = hash
        self.blockCapacity = blockCapacity
        stored = try StoredBlocks(old)
        writes = LedgerWriteBatch(send)
        unchanged = Array(repeating: 0, count: files)
        pace = control.pace(.clients)
    }

    /// - Returns: for each file, how many of the rows whose ids were there already are as they were.
    func run() throws -> [Int] {
        try takeNext()
        _ = try leaving.next()
        while let client = nextClient() {
            try takeDepartures(of: client)
            try rewrite(client)
        }
        try writes.finish()
        return unchanged
    }

    @inline(__always)
    private func takeNext() throws {
        newest = try arriving.next() ? ArrivingTransaction(arriving) : nil
        try pace.tick()
    }

    private func nextClient() -> UInt32? {
        let candidates = [newest?.client, leaving.isAtEnd ? nil : LeavingKey(leaving).client]
        return candidates.compactMap { $0 }.min()
    }

    private func takeDepartures(of client: UInt32) throws {
        departures.removeAll(keepingCapacity: true)
        while !leaving.isAtEnd {
            let record = LeavingKey(leaving)
            guard record.client == client else { break }
            departures.append(record.key)
            _ = try leaving.next()
        }
    }

    // MARK: One client

    /// What is known of the client's blocks while they are written.
    private struct Progress {
        var client: UInt32
        /// The place of the block that is being encoded.
        var block: Int64
        /// What the ledger has of the client so far; nil: nothing.
        var summary: StoredBlocks.Summary?
        var arrived = 0
        var departed = 0
        var firstAt: Int64?
        var lastAt: Int64?
        var isChanged = false

        var blockID: Int64 { Int64(client) << LedgerSchema.blockBits | block }
    }

    private func rewrite(_ client: UInt32) throws {
        var progress = Progress(client: client, block: 0, summary: try stored.summary(of: client))
        if progress.summary == nil {
            try writeArriving(&progress)
        } else {
            // Where nothing leaves, the blocks before the first place that something arrives at stay as they are.
            if departures.isEmpty, let newest { progress.block = try stored.block(of: client, for: newest.at) }
            try merge(&progress)
        }
        guard progress.departed == departures.count else { throw Self.damagedIndex }
        if encoder.count > 0 { try writeBlock(&progress) }
        try finish(progress)
    }

    private func writeArriving(_ progress: inout Progress) throws {
        while let row = newest, row.client == progress.client { try append(row, &progress) }
    }

    private func merge(_ progress: inout Progress) throws {
        var old = StoredTransactions(try stored.blocks(of: progress.client, from: progress.block))
        defer { stored.leaveBlocks() }
        try old.next()
        while !old.isAtEnd {
            if let row = newest, row.client == progress.client {
                let order = Self.compare(row, old)
                if order == 0 {
                    // The same id at the same time: the new row takes the old one's place.
                    if row.kind == old.kind, row.amount == old.amount, row.package == old.package {
                        unchanged[Int(row.file)] += 1
                    }
                    progress.departed += 1
                    try append(row, &progress)
                    try old.next()
                    continue
                }
                if order < 0 {
                    try append(row, &progress)
                    continue
                }
            }
            if try leaves(old) {
                progress.departed += 1
            } else {
                encoder.append(id: old.id, at: old.at, kind: old.kind, amount: old.amount, package: old.package)
                if encoder.count == blockCapacity { try writeBlock(&progress) }
            }
            try old.next()
        }
        try writeArriving(&progress)
    }

    @inline(__always)
    private func append(_ row: ArrivingTransaction, _ progress: inout Progress) throws {
        encoder.append(id: row.id, at: row.at, kind: row.kind, amount: row.amount, package: row.package)
        progress.arrived += 1
        if encoder.count == blockCapacity { try writeBlock(&progress) }
        try takeNext()
    }

    /// Negative when `a` comes first, 0 when it is the same transaction.
    private static func compare(_ a: ArrivingTransaction, _ b: StoredTransactions) -> Int {
        if a.at != b.at { return a.at < b.at ? -1 : 1 }
        if SortedRecords.precedes(a.id, b.id) { return -1 }
        return SortedRecords.precedes(b.id, a.id) ? 1 : 0
    }

    /// Whether the import removes the transaction, or has it elsewhere.
    private func leaves(_ old: StoredTransactions) throws -> Bool {
        guard !departures.isEmpty else { return false }
        let key = TransactionKey(id: old.id, hash: hash)
        var low = 0
        var high = departures.count
        while low < high {
            let middle = (low + high) / 2
            if departures[middle] < key { low = middle + 1 } else { high = middle }
        }
        guard low < departures.count, departures[low].matches(key) else { return false }
        if departures[low].check != key.check { throw KeyPass.collision }
        return true
    }

    // MARK: Writing

    private func writeBlock(_ progress: inout Progress) throws {
        let (count, firstAt, lastAt) = (encoder.count, encoder.firstAt, encoder.lastAt)
        let text = encoder.finish()
        guard progress.block < 1 << LedgerSchema.blockBits else {
            throw DynamicsError(
                .data, "too_many_transactions",
                "a client has more than 16 billion transactions, which the ledger cannot hold")
        }
        if progress.firstAt == nil { progress.firstAt = firstAt }
        progress.lastAt = lastAt
        if try progress.summary == nil || !stored.isSame(progress.blockID, firstAt: firstAt, text: text) {
            progress.isChanged = true
            try writes.append(
                .putBlock(
                    id: progress.blockID, count: count, firstAt: firstAt, lastAt: lastAt, text: [UInt8](text)))
        }
        progress.block += 1
    }

    /// Removes the blocks behind the last one that is needed, and brings the summary up to date.
    private func finish(_ progress: Progress) throws {
        var progress = progress
        if progress.summary != nil {
            let last = Int64(progress.client + 1) << LedgerSchema.blockBits - 1
            if try stored.hasBlocks(from: progress.blockID, through: last) {
                progress.isChanged = true
                try writes.append(.removeBlocks(progress.blockID...last))
            }
        }
        guard progress.isChanged else { return }
        try writes.append(.changed(client: progress.client))
        let count = (progress.summary?.count ?? 0) + progress.arrived - progress.departed
        guard count > 0, let firstAt = progress.firstAt, let lastAt = progress.lastAt else {
            try writes.append(.removeSummary(client: progress.client))
            return
        }
        // Blocks that were not read begin with the client's first transaction.
        let isWhole = progress.summary == nil || !departures.isEmpty
        try writes.append(
            .putSummary(
                client: progress.client, count: count,
                firstAt: isWhole ? firstAt : min(firstAt, progress.summary?.firstAt ?? firstAt), lastAt: lastAt))
    }

    /// The index of ids and the blocks do not agree.
    private static let damagedIndex = DynamicsError(
        .unavailable, "damaged_ledger",
        "the ledger is damaged: its index of ids names transactions that its blocks do not have; restore it from a backup"
    )
}
