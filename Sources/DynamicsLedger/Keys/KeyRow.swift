/// The bytes of a row of `transaction_key`: entries of 16 bytes, ascending. An entry is the key's 12 bytes and the number
/// of the client that has the transaction, all big-endian, so that `memcmp` orders them.
enum KeyRow {
    static let entryLength = 16
    /// A row that comes to hold more than this is split: 4,000 bytes, so that two fit on a page.
    static let capacity = 250

    /// The column `first` for a row that begins with this key: signed numbers have the same order as prefixes.
    static func first(_ prefix: UInt64) -> Int64 { Int64(bitPattern: prefix ^ (1 << 63)) }

    static func prefix(first: Int64) -> UInt64 { UInt64(bitPattern: first) ^ (1 << 63) }

    @inline(__always)
    static func append(_ key: TransactionKey, client: UInt32, to buffer: ByteBuffer) {
        buffer.reserve(entryLength)
        let target = UnsafeMutableRawPointer(buffer.start + buffer.count)
        target.storeBytes(of: key.prefix.bigEndian, as: UInt64.self)
        (target + 8).storeBytes(of: key.rest.bigEndian, as: UInt32.self)
        (target + 12).storeBytes(of: client.bigEndian, as: UInt32.self)
        buffer.advance(entryLength)
    }

    @inline(__always)
    static func prefix(_ row: UnsafeRawBufferPointer, at entry: Int) -> UInt64 {
        UInt64(bigEndian: row.loadUnaligned(fromByteOffset: entry &* entryLength, as: UInt64.self))
    }

    @inline(__always)
    static func rest(_ row: UnsafeRawBufferPointer, at entry: Int) -> UInt32 {
        UInt32(bigEndian: row.loadUnaligned(fromByteOffset: entry &* entryLength &+ 8, as: UInt32.self))
    }

    @inline(__always)
    static func client(_ row: UnsafeRawBufferPointer, at entry: Int) -> UInt32 {
        UInt32(bigEndian: row.loadUnaligned(fromByteOffset: entry &* entryLength &+ 12, as: UInt32.self))
    }
}
