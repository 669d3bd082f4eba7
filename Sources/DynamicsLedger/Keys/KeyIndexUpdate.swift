import DynamicsModel
import GRDB

/// Goes through the index of ids together with keys in ascending order, and rewrites the rows that change.
///
/// The first row always begins at the lowest key there can be, so that each key belongs to the row with the greatest
/// `first` that is not above it.
struct KeyIndexUpdate {
    private let covering: BulkStatement
    private let following: BulkStatement
    private var writes: LedgerWriteBatch

    // The current row.
    private var first = Int64.min
    /// The lowest prefix of the row behind it; nil: there is none.
    private var limit: UInt64?
    private var isOpen = false
    private var isChanged = false
    private let old = ByteBuffer()
    private var oldCount: Int { old.count / KeyRow.entryLength }
    /// The first old entry that has not been copied to `new`.
    private var next = 0
    private let new = ByteBuffer()

    /// - Parameter db: sees the index as it was before the import.
    init(_ db: Database, writes: LedgerWriteBatch) throws {
        covering = try BulkStatement(
            db, "SELECT first, keys FROM transaction_key WHERE first <= ? ORDER BY first DESC LIMIT 1")
        following = try BulkStatement(db, "SELECT first FROM transaction_key WHERE first > ? ORDER BY first LIMIT 1")
        self.writes = writes
    }

    /// Enters that `client` has the transaction with this key from now on; 0: that it is removed.
    /// - Returns: the client that had it so far; nil: it was not there.
    /// - Precondition: the key is above that of the call before.
    mutating func set(_ key: TransactionKey, client: UInt32) throws -> UInt32? {
        if !isOpen || limit.map({ key.prefix >= $0 }) ?? false {
            try close()
            try open(key.prefix)
        }
        copyEntries(before: key)
        let row = old.bytes
        if next < oldCount, KeyRow.prefix(row, at: next) == key.prefix, KeyRow.rest(row, at: next) == key.rest {
            let holder = KeyRow.client(row, at: next)
            next += 1
            if client != holder { isChanged = true }
            if client != 0 { KeyRow.append(key, client: client, to: new) }
            return holder
        }
        if client != 0 {
            isChanged = true
            KeyRow.append(key, client: client, to: new)
            if new.count >= 2 * KeyRow.capacity * KeyRow.entryLength { try writeFullRow() }
        }
        return nil
    }

    /// Writes what is left. Must be called once, behind the last key.
    mutating func finish() throws {
        try close()
        try writes.finish()
    }

    private mutating func copyEntries(before key: TransactionKey) {
        let row = old.bytes
        let start = next
        let count = oldCount
        while next < count {
            let prefix = KeyRow.prefix(row, at: next)
            guard prefix < key.prefix || prefix == key.prefix && KeyRow.rest(row, at: next) < key.rest else { break }
            next &+= 1
        }
        copyEntries(start..<next)
    }

    private func copyEntries(_ entries: Range<Int>) {
        guard !entries.isEmpty else { return }
        let bytes = entries.lowerBound * KeyRow.entryLength..<entries.upperBound * KeyRow.entryLength
        new.reserve(bytes.count)
        new.append(UnsafeRawBufferPointer(rebasing: old.bytes[bytes]))
    }

    private mutating func open(_ prefix: UInt64) throws {
        isOpen = true
        isChanged = false
        next = 0
        old.removeAll()
        new.removeAll()
        first = .min
        covering.bind(1, KeyRow.first(prefix))
        if try covering.step() {
            first = covering.int(0)
            let keys = covering.blob(1)
            old.reserve(keys.count)
            old.append(keys)
            covering.reset()
        }
        following.bind(1, first)
        limit = try following.step() ? KeyRow.prefix(first: following.int(0)) : nil
        following.reset()
    }

    private mutating func close() throws {
        guard isOpen else { return }
        isOpen = false
        copyEntries(next..<oldCount)
        guard isChanged else { return }
        let count = new.count / KeyRow.entryLength
        if count == 0 && first != .min {
            try writes.append(.removeKeys(first: first))
        } else {
            if count > KeyRow.capacity { try writeRow(entries: count / 2) }
            if new.count > 0 || count == 0 { try writeRow(entries: new.count / KeyRow.entryLength) }
        }
    }

    private mutating func writeFullRow() throws { try writeRow(entries: KeyRow.capacity) }

    /// Writes the first `entries` of what has been collected as a row, and leaves the others for the next one.
    private mutating func writeRow(entries: Int) throws {
        let total = new.count / KeyRow.entryLength
        var cut = entries
        // Rows begin with different prefixes.
        while cut > 0, cut < total, KeyRow.prefix(new.bytes, at: cut) == KeyRow.prefix(new.bytes, at: cut - 1) {
            cut += 1
        }
        let length = cut * KeyRow.entryLength
        try writes.append(.putKeys(first: first, keys: [UInt8](new.bytes[..<length])))
        if cut < total { first = KeyRow.first(KeyRow.prefix(new.bytes, at: cut)) }
        new.removeFirst(length)
    }
}
