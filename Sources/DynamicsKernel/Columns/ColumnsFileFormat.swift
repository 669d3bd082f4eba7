import DynamicsModel
import Foundation

// The layout of `ledger.columns`, version 1. Everything is little-endian, and derived from `ledger.sqlite`.
//
//   file      = header (64 bytes), parts
//   header    = magic "CDYNCOLS", version (UInt64), 0 ..., checksum of the 56 bytes before it (UInt64)
//   part      = part header (128 bytes), sections, details, checksums
//   sections  = the columns in the order of `LedgerColumns.forEachColumn`, each padded to 64 bytes
//   details   = JSON: owners, tag sets, numbers of clients that were removed; padded to 64 bytes
//   checksums = one UInt64 (`BlockChecksum`) for each MiB of sections and details, padded to 64 bytes
//
// Parts are only ever appended. A base is written aside, ended by an empty part that says so, and renamed when it is complete; what
// comes behind it are changes, each of one revision of the ledger to a later one. Each part names its revision with the ledger's random token for it, so that no other ledger's
// columns are taken for its own, nor those of a history that a restored backup has undone. A part that is cut off or fails its checksums ends the file for its reader: what
// it held is derived anew.

/// The first bytes of a file.
enum ColumnsFileHeader {
    static let size = 64
    static let magic: UInt64 = 0x534C_4F43_4E59_4443  // "CDYNCOLS"
    static let version: UInt64 = 1

    /// Whether these bytes are a header of this version.
    static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count >= size && bytes.word(0) == magic && bytes.word(1) == version
            && bytes.word(7) == BlockChecksum.ofHeader(bytes, words: 7)
    }

    static var bytes: [UInt8] { [UInt8](words: [magic, version, 0, 0, 0, 0, 0], checksumAtEnd: true) }
}

/// A revision of one ledger: its number, and the random number that the ledger drew for it.
package struct LedgerRevision: Sendable, Hashable {
    package var number: Int64
    package var token: Int64

    package init(number: Int64, token: Int64) {
        self.number = number
        self.token = token
    }
}

/// What a part is for.
package enum ColumnsPartKind: UInt64, Sendable {
    /// Clients of the revision at which the file was built.
    case base = 0
    /// No clients: the base is complete.
    case baseEnd = 1
    /// Clients that replace older ones or are new, as of a later revision.
    case change = 2
}

/// The first bytes of a part.
struct ColumnsPartHeader {
    static let size = 128
    static let magic: UInt64 = 0x5452_4150_4E59_4443  // "CDYNPART"

    /// The revision that the ledger's columns are at with this part.
    var revision: LedgerRevision
    var kind: ColumnsPartKind
    var clients: UInt64
    var transactions: UInt64
    var subscriptions: UInt64
    var purchases: UInt64
    var usedPackages: UInt64
    var detailsLength: UInt64
    var magnitude: UInt128
    /// Empty: no transactions.
    var span: Range<Int32>

    init(_ columns: LedgerColumns, revision: LedgerRevision, kind: ColumnsPartKind, detailsLength: Int) {
        self.revision = revision
        self.kind = kind
        clients = UInt64(columns.clients.count)
        transactions = UInt64(columns.transactions.count)
        subscriptions = UInt64(columns.subscriptions.packages.count)
        purchases = UInt64(columns.transactions.purchases.count)
        usedPackages = UInt64(columns.usedPackages.count)
        self.detailsLength = UInt64(detailsLength)
        magnitude = columns.magnitude
        span = columns.span.map { $0.lowerBound.index..<$0.upperBound.index } ?? 0..<0
    }

    /// nil for bytes that are no part's header, or say what cannot be.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.size, bytes.word(0) == Self.magic,
            bytes.word(15) == BlockChecksum.ofHeader(bytes, words: 15)
        else { return nil }
        revision = LedgerRevision(
            number: Int64(bitPattern: bytes.word(1)), token: Int64(bitPattern: bytes.word(13)))
        clients = bytes.word(3)
        transactions = bytes.word(4)
        subscriptions = bytes.word(5)
        purchases = bytes.word(6)
        usedPackages = bytes.word(7)
        detailsLength = bytes.word(8)
        magnitude = UInt128(bytes.word(9)) | UInt128(bytes.word(10)) << 64
        let (lower, upper) = (bytes.word(11), bytes.word(12))
        let limit = UInt64(UInt32.max)
        guard let kind = ColumnsPartKind(rawValue: bytes.word(2)), lower <= upper, upper <= UInt64(Tick.count),
            [clients, transactions, subscriptions, purchases, usedPackages, detailsLength].allSatisfy({ $0 < limit })
        else { return nil }
        self.kind = kind
        span = Int32(lower)..<Int32(upper)
    }

    var bytes: [UInt8] {
        [UInt8](
            words: [
                Self.magic, UInt64(bitPattern: revision.number), kind.rawValue, clients, transactions, subscriptions,
                purchases, usedPackages, detailsLength, UInt64(truncatingIfNeeded: magnitude),
                UInt64(truncatingIfNeeded: magnitude >> 64), UInt64(span.lowerBound), UInt64(span.upperBound),
                UInt64(bitPattern: revision.token), 0,
            ], checksumAtEnd: true)
    }
}

/// Facts of a part that are no columns.
struct ColumnsPartDetails: Codable {
    var owners: [UInt32]
    var tagSets: [[String]]
    /// Clients that were there before this part, and no longer are.
    var removed: [UInt32]
}

extension BlockChecksum {
    fileprivate static func ofHeader(_ bytes: UnsafeRawBufferPointer, words: Int) -> UInt64 {
        var result: UInt64 = 0
        for i in 0..<words { result = (result ^ bytes.word(i)) &* 0x100_0000_01B3 ^ result >> 29 }
        return result
    }

    /// The next multiple of 64, to which sections are padded.
    static func padded(_ length: Int) -> Int { (length + 63) & ~63 }
}

extension UnsafeRawBufferPointer {
    fileprivate func word(_ index: Int) -> UInt64 {
        UInt64(littleEndian: loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
    }
}

extension [UInt8] {
    fileprivate init(words: [UInt64], checksumAtEnd: Bool) {
        self = words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64($0 * 8)) } }
        let checksum = withUnsafeBytes { BlockChecksum.ofHeader($0, words: words.count) }
        self += (0..<8).map { UInt8(truncatingIfNeeded: checksum >> UInt64($0 * 8)) }
    }
}
