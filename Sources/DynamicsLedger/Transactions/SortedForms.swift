/// The three forms in which an import's transactions go through an `ExternalSorter`.

/// A transaction on its way to its client: in the order (client, at, id).
struct ArrivingTransaction {
    /// Bits of the rank that hold the seconds since 1990; the client's number has the others.
    private static let timeBits: UInt64 = 33
    /// 1990-01-01T00:00:00Z, as `Instant.earliest`.
    private static let epoch: Int64 = 631_152_000
    /// What follows the id: a zero, so that an id comes before those that it begins; kind and file, package, amount.
    private static let tail = 1 + 2 + 4 + 8
    /// Bits that hold the kind beside the file.
    private static let kindBits: UInt16 = 3
    /// How many files there may be.
    static let fileLimit = 1 << 13

    @inline(__always)
    static func add(
        to buffer: SortBuffer, client: UInt32, at: Int64, id: UnsafeRawBufferPointer, kind: UInt8, amount: Int64,
        package: UInt32, file: UInt16
    ) throws {
        let rank = UInt64(client) << timeBits | UInt64(truncatingIfNeeded: at &- epoch)
        try buffer.add(rank: rank, length: id.count &+ tail) { target in
            if let start = id.baseAddress { target.copyMemory(from: start, byteCount: id.count) }
            let rest = target + id.count
            rest.storeBytes(of: 0, as: UInt8.self)
            (rest + 1).storeBytes(of: file &<< kindBits | UInt16(kind), as: UInt16.self)
            (rest + 3).storeBytes(of: package, as: UInt32.self)
            (rest + 7).storeBytes(of: amount, as: Int64.self)
        }
    }

    let client: UInt32
    let at: Int64
    /// Valid as long as the record's payload is.
    let id: UnsafeRawBufferPointer
    let kind: UInt8
    let file: UInt16
    let package: UInt32
    let amount: Int64

    @inline(__always)
    init(_ record: SortedRecords) {
        client = UInt32(truncatingIfNeeded: record.rank &>> Self.timeBits)
        at = Int64(truncatingIfNeeded: record.rank & (1 &<< Self.timeBits &- 1)) &+ Self.epoch
        let payload = record.payload
        let length = payload.count &- Self.tail
        id = UnsafeRawBufferPointer(start: payload.baseAddress, count: length)
        let kindAndFile = payload.loadUnaligned(fromByteOffset: length &+ 1, as: UInt16.self)
        kind = UInt8(truncatingIfNeeded: kindAndFile & (1 &<< Self.kindBits &- 1))
        file = kindAndFile &>> Self.kindBits
        package = payload.loadUnaligned(fromByteOffset: length &+ 3, as: UInt32.self)
        amount = payload.loadUnaligned(fromByteOffset: length &+ 7, as: Int64.self)
    }
}

/// The id of an imported row: in the order of the index of ids, rows with the same id by file and line.
struct ArrivingKey {
    private static let length = 4 + 2 + 4 + 4 + 4

    /// - Parameter client: 0 for a removal.
    @inline(__always)
    static func add(
        to buffer: SortBuffer, key: TransactionKey, file: UInt16, line: UInt32, client: UInt32
    ) throws {
        try buffer.add(rank: key.prefix, length: length) { target in
            target.storeBytes(of: key.rest.bigEndian, as: UInt32.self)
            (target + 4).storeBytes(of: file.bigEndian, as: UInt16.self)
            (target + 6).storeBytes(of: line.bigEndian, as: UInt32.self)
            (target + 10).storeBytes(of: client, as: UInt32.self)
            (target + 14).storeBytes(of: key.check, as: UInt32.self)
        }
    }

    let key: TransactionKey
    let file: UInt16
    let line: UInt32
    let client: UInt32
    var isRemoval: Bool { client == 0 }

    @inline(__always)
    init(_ record: SortedRecords) {
        let payload = record.payload
        key = TransactionKey(
            prefix: record.rank, rest: UInt32(bigEndian: payload.loadUnaligned(as: UInt32.self)),
            check: payload.loadUnaligned(fromByteOffset: 14, as: UInt32.self))
        file = UInt16(bigEndian: payload.loadUnaligned(fromByteOffset: 4, as: UInt16.self))
        line = UInt32(bigEndian: payload.loadUnaligned(fromByteOffset: 6, as: UInt32.self))
        client = payload.loadUnaligned(fromByteOffset: 10, as: UInt32.self)
    }
}

/// The id of a transaction in the ledger that an import replaces or removes: in the order (client, key).
struct LeavingKey {
    /// - Parameter client: the one that has the transaction so far.
    static func add(to buffer: SortBuffer, client: UInt32, key: TransactionKey) throws {
        try buffer.add(rank: UInt64(client) << 32 | key.prefix >> 32, length: 12) { target in
            target.storeBytes(of: UInt32(truncatingIfNeeded: key.prefix).bigEndian, as: UInt32.self)
            (target + 4).storeBytes(of: key.rest.bigEndian, as: UInt32.self)
            (target + 8).storeBytes(of: key.check, as: UInt32.self)
        }
    }

    let client: UInt32
    let key: TransactionKey

    init(_ record: SortedRecords) {
        let payload = record.payload
        let low = UInt32(bigEndian: payload.loadUnaligned(as: UInt32.self))
        client = UInt32(truncatingIfNeeded: record.rank >> 32)
        key = TransactionKey(
            prefix: record.rank << 32 | UInt64(low),
            rest: UInt32(bigEndian: payload.loadUnaligned(fromByteOffset: 4, as: UInt32.self)),
            check: payload.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
    }
}
