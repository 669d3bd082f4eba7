/// HTML that is appended piece by piece: for what is too long for templates. Text is escaped, markup is literal.
struct HTMLBytes {
    private(set) var bytes: [UInt8] = []

    init(reserving capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    /// Markup as it stands. A `StaticString`, so that nothing from outside can be taken for markup.
    mutating func markup(_ markup: StaticString) {
        markup.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    /// Text, with all that could be taken for markup escaped, in elements as in quoted attributes.
    mutating func text(_ text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): markup("&amp;")
            case UInt8(ascii: "<"): markup("&lt;")
            case UInt8(ascii: ">"): markup("&gt;")
            case UInt8(ascii: "\""): markup("&quot;")
            case UInt8(ascii: "'"): markup("&#39;")
            // Browsers turn a bare CR into LF, and refuse NUL.
            case 0x0D: markup("&#13;")
            default: bytes.append(byte)
            }
        }
    }

    mutating func number(_ number: Int) { bytes.append(contentsOf: String(number).utf8) }

    /// A number as its readers write it.
    /// - Parameter decimal: an optional `-`, digits, and possibly a point and digits.
    mutating func number(_ decimal: String, _ style: NumberStyle) { style.append(decimal, to: &bytes) }

    /// ` name="value"`.
    mutating func attribute(_ name: StaticString, _ value: String) {
        markup(" ")
        markup(name)
        markup("=\"")
        text(value)
        markup("\"")
    }
}
