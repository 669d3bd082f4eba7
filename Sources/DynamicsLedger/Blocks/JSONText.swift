/// The inside of a JSON string (RFC 8259): only what must be escaped is, always in the same way.
enum JSONText {
    /// Appends `text` with `"`, `\` and control characters escaped as `\"`, `\\` and `\u00xx` in lower case.
    /// - Precondition: there is room for six times its length.
    @inline(__always)
    static func appendEscaped(_ text: UnsafeRawBufferPointer, to buffer: ByteBuffer) {
        var i = 0
        while i < text.count {
            let byte = text[i]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                appendEscape(of: byte, to: buffer)
            } else {
                buffer.append(byte)
            }
            i &+= 1
        }
    }

    private static func appendEscape(of byte: UInt8, to buffer: ByteBuffer) {
        buffer.append(UInt8(ascii: "\\"))
        if byte >= 0x20 {
            buffer.append(byte)
        } else {
            for digit in [UInt8(ascii: "u"), 0x30, 0x30, 0x30 + byte >> 4] { buffer.append(digit) }
            let low = byte & 15
            buffer.append(low < 10 ? 0x30 + low : 0x61 + low - 10)
        }
    }

    /// The bytes of the escape that starts at `p`; 0 when `appendEscaped` writes no such thing.
    static func escapeLength(_ p: UnsafePointer<UInt8>) -> Int {
        if p[1] == UInt8(ascii: "\"") || p[1] == UInt8(ascii: "\\") { return 2 }
        guard p[1] == UInt8(ascii: "u"), p[2] == UInt8(ascii: "0"), p[3] == UInt8(ascii: "0"),
            p[4] == UInt8(ascii: "0") || p[4] == UInt8(ascii: "1"), hexDigit(p[5]) != nil
        else { return 0 }
        return 6
    }

    /// Takes back what `appendEscaped` did.
    /// - Precondition: all escapes in `text` are of its making.
    static func unescape(_ text: UnsafeRawBufferPointer, into buffer: ByteBuffer) {
        buffer.removeAll()
        buffer.reserve(text.count)
        var i = 0
        while i < text.count {
            var byte = text[i]
            i += 1
            if byte == UInt8(ascii: "\\") {
                byte = text[i]
                i += 1
                if byte == UInt8(ascii: "u") {
                    byte = (text[i + 2] - UInt8(ascii: "0")) << 4 | (hexDigit(text[i + 3]) ?? 0)
                    i += 4
                }
            }
            buffer.append(byte)
        }
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
