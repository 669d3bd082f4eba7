/// The text of a block: a JSON array with a row for each transaction,
/// `["id",seconds after the block's first,kind,micro-units]` with the package's number behind where there is one.
///
/// The text is canonical: no spaces, numbers without leading zeros, and in ids only `"`, `\` and control characters are
/// escaped (`\"`, `\\`, `\u00xx` in lower case). The same transactions are always the same bytes.
package enum TransactionBlock {
    /// Blocks are cut after this many transactions.
    static let capacity = 1000

    /// Appends the transactions of one block to `columns`.
    ///
    /// - Parameters:
    ///   - text: the block's text; the byte behind it must be readable and zero, as SQLite's texts have it.
    ///   - count: how many transactions the block says it has.
    package static func decode(
        _ text: UnsafeRawBufferPointer, firstAt: Int64, count: Int, into columns: inout TransactionColumns
    ) throws(DamagedBlock) {
        // 10 bytes are the shortest row, so a damaged count cannot make us allocate more than the text is worth.
        guard count > 0, count <= text.count / 10, let start = text.baseAddress else { throw DamagedBlock() }
        let old = columns.count
        columns.at.append(contentsOf: repeatElement(0, count: count))
        columns.kind.append(contentsOf: repeatElement(0, count: count))
        columns.amount.append(contentsOf: repeatElement(0, count: count))
        columns.package.append(contentsOf: repeatElement(0, count: count))
        var scanner = TransactionBlockScanner(
            start.assumingMemoryBound(to: UInt8.self), count: text.count, firstAt: firstAt)
        let isWhole = columns.at.withUnsafeMutableBufferPointer { at in
            columns.kind.withUnsafeMutableBufferPointer { kind in
                columns.amount.withUnsafeMutableBufferPointer { amount in
                    columns.package.withUnsafeMutableBufferPointer { package in
                        var i = old
                        while i < old + count, scanner.next() {
                            at[i] = scanner.at
                            kind[i] = scanner.kind
                            amount[i] = scanner.amount
                            package[i] = scanner.package
                            i += 1
                        }
                        return i == old + count && scanner.isAtEnd
                    }
                }
            }
        }
        if !isWhole { throw DamagedBlock() }
    }
}

/// A block's text is not what `TransactionBlockEncoder` writes.
package struct DamagedBlock: Error {}

/// Walks over the rows of a block's text; accepts exactly what `TransactionBlockEncoder` writes.
///
/// Reads without asking for the end at each byte: the zero behind the text stops every loop, as it is no digit, and no
/// part of an id.
struct TransactionBlockScanner {
    private var p: UnsafePointer<UInt8>
    private let end: UnsafePointer<UInt8>
    private let firstAt: Int64
    private var isStarted = false

    /// The id's bytes as they stand in the text, between the quotes.
    private(set) var escapedID: UnsafeRawBufferPointer
    private(set) var hasEscapes = false
    private(set) var at: Int64 = 0
    private(set) var kind: UInt8 = 0
    private(set) var amount: Int64 = 0
    /// 0: none.
    private(set) var package: UInt32 = 0

    /// - Parameters:
    ///   - start: must outlive the scanner; the byte at `start[count]` must be readable and zero.
    init(_ start: UnsafePointer<UInt8>, count: Int, firstAt: Int64) {
        p = start
        end = start + count
        escapedID = UnsafeRawBufferPointer(start: start, count: 0)
        self.firstAt = firstAt
    }

    /// Whether all of the text has been read, and nothing is wrong with it.
    var isAtEnd: Bool { isStarted && p.pointee == UInt8(ascii: "]") && p + 1 == end }

    /// Reads the next row into the properties; false at the end, or where the text is damaged (`isAtEnd` tells which).
    @inline(__always)
    mutating func next() -> Bool {
        // "[" before the first row, "," before the others.
        guard p.pointee == (isStarted ? UInt8(ascii: ",") : UInt8(ascii: "[")) else { return false }
        isStarted = true
        guard p[1] == UInt8(ascii: "["), p[2] == UInt8(ascii: "\"") else { return false }
        p += 3
        guard scanID(), p[1] == UInt8(ascii: ",") else { return false }
        p += 2
        guard let delta = scanNumber(), delta < 1 << 33, p.pointee == UInt8(ascii: ",") else { return false }
        at = firstAt &+ delta
        kind = p[1] &- UInt8(ascii: "0")
        guard kind < 5, p[2] == UInt8(ascii: ",") else { return false }
        p += 3
        let isNegative = p.pointee == UInt8(ascii: "-")
        if isNegative { p += 1 }
        guard let magnitude = scanNumber(), !(isNegative && magnitude == 0) else { return false }
        amount = isNegative ? 0 &- magnitude : magnitude
        package = 0
        if p.pointee == UInt8(ascii: ",") {
            p += 1
            guard let number = scanNumber(), number > 0, number < 1 << 31 else { return false }
            package = UInt32(truncatingIfNeeded: number)
        }
        guard p.pointee == UInt8(ascii: "]") else { return false }
        p += 1
        return true
    }

    /// Leaves `p` at the closing quote.
    @inline(__always)
    private mutating func scanID() -> Bool {
        let start = p
        hasEscapes = false
        while true {
            let byte = p.pointee
            if byte == UInt8(ascii: "\"") { break }
            if byte < 0x20 { return false }
            if byte == UInt8(ascii: "\\") {
                let length = JSONText.escapeLength(p)
                if length == 0 { return false }
                hasEscapes = true
                p += length
            } else {
                p += 1
            }
        }
        escapedID = UnsafeRawBufferPointer(start: start, count: p - start)
        return p > start
    }

    /// A number of 1 to 18 digits without leading zeros; leaves `p` behind it.
    @inline(__always)
    private mutating func scanNumber() -> Int64? {
        var digit = p.pointee &- UInt8(ascii: "0")
        guard digit <= 9 else { return nil }
        let start = p
        var value = Int64(digit)
        p += 1
        digit = p.pointee &- UInt8(ascii: "0")
        if value == 0 { return digit <= 9 ? nil : 0 }
        while digit <= 9 {
            // Wraps only beyond 18 digits, which are refused below.
            value = value &* 10 &+ Int64(digit)
            p += 1
            digit = p.pointee &- UInt8(ascii: "0")
        }
        return p - start <= 18 ? value : nil
    }

    /// The id's UTF-8 bytes: valid while the text is, and until the next call with the same `scratch`.
    @inline(__always)
    func id(scratch: ByteBuffer) -> UnsafeRawBufferPointer {
        guard hasEscapes else { return escapedID }
        JSONText.unescape(escapedID, into: scratch)
        return scratch.bytes
    }
}
