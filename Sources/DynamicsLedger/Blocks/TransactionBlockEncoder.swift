/// Writes a block's text row by row; the format is that of `TransactionBlock`.
package struct TransactionBlockEncoder {
    private let buffer = ByteBuffer(capacity: 64 * 1024)
    package private(set) var count = 0
    package private(set) var firstAt: Int64 = 0
    private(set) var lastAt: Int64 = 0

    package init() {}

    /// - Parameters:
    ///   - id: not empty, without U+0000.
    ///   - at: not before that of the row before.
    ///   - package: 0: none.
    @inline(__always)
    package mutating func append(id: UnsafeRawBufferPointer, at: Int64, kind: UInt8, amount: Int64, package: UInt32) {
        // An id byte becomes 6 at most; all the rest of a row takes fewer than 80.
        buffer.reserve(id.count * 6 + 80)
        if count == 0 {
            buffer.removeAll()
            firstAt = at
            buffer.append(UInt8(ascii: "["))
        } else {
            buffer.append(UInt8(ascii: ","))
        }
        count += 1
        lastAt = at
        buffer.append(UInt8(ascii: "["))
        buffer.append(UInt8(ascii: "\""))
        JSONText.appendEscaped(id, to: buffer)
        buffer.append(UInt8(ascii: "\""))
        buffer.append(UInt8(ascii: ","))
        buffer.append(decimal: at &- firstAt)
        buffer.append(UInt8(ascii: ","))
        buffer.append(UInt8(ascii: "0") &+ kind)
        buffer.append(UInt8(ascii: ","))
        if amount < 0 { buffer.append(UInt8(ascii: "-")) }
        buffer.append(decimal: abs(amount))
        if package != 0 {
            buffer.append(UInt8(ascii: ","))
            buffer.append(decimal: Int64(package))
        }
        buffer.append(UInt8(ascii: "]"))
    }

    /// The block's text; the next row begins a new block.
    package mutating func finish() -> UnsafeRawBufferPointer {
        buffer.reserve(1)
        buffer.append(UInt8(ascii: "]"))
        count = 0
        return buffer.bytes
    }
}
