/// One JSON object (RFC 8259) a line, whose members are fields: strings, but for `tags` (an array of strings) and `deleted`
/// (a boolean); `null` is as good as absent.
///
/// Only what a record can hold is read. Foundation's reader would let a member that is there twice pass, take 1 for true, and
/// make objects of everything.
struct NDJSONReader: RecordReader {
    /// Stands between tags in their cell, since no tag can hold it.
    static let tagSeparator: UInt8 = 0

    private let bytes: UnsafeBufferPointer<UInt8>
    private let fields: [Field]
    private let scratch: Scratch
    private var position = 0
    private var line: Int
    private(set) var recordLine: Int

    init(_ bytes: UnsafeBufferPointer<UInt8>, firstLine: Int, kind: RecordKind) {
        self.bytes = bytes
        fields = RecordShape.of(kind).all
        scratch = Scratch(capacity: bytes.count)
        line = firstLine
        recordLine = firstLine
    }

    mutating func next(into cells: borrowing Cells) throws(Fault) -> Bool {
        while position < bytes.count {
            let rest = Cell(rebasing: bytes[position...])
            let end = rest.firstIndex(of: lineFeed) ?? rest.count
            recordLine = line
            line += 1
            position = min(position + end + 1, bytes.count)
            let content = rest[..<end].last == carriageReturn ? end - 1 : end
            if content == 0 { continue }
            for field in fields { cells[field] = .nothing }
            var object = JSONLine(Cell(rebasing: rest[..<content]), scratch: scratch, fields: fields)
            try object.read(into: cells)
            return true
        }
        return false
    }
}

/// The reading of one line.
private struct JSONLine {
    private let bytes: Cell
    private let scratch: Scratch
    private let fields: [Field]
    private var index = 0

    init(_ bytes: Cell, scratch: Scratch, fields: [Field]) {
        self.bytes = bytes
        self.scratch = scratch
        self.fields = fields
    }

    mutating func read(into cells: borrowing Cells) throws(Fault) {
        if !bytes.isUTF8 { throw Fault("\(quoted(bytes)) is not UTF-8; save the file in that encoding") }
        var seen: UInt32 = 0
        skipSpace()
        try expect("{", "a JSON object such as {\"id\": \"a\"} was expected")
        skipSpace()
        if take("}") { return try expectEnd() }
        repeat {
            skipSpace()
            let field = try member()
            if seen & 1 << field.rawValue != 0 { throw Fault(field, "is there twice") }
            seen |= 1 << field.rawValue
            skipSpace()
            try expect(":", "a colon was expected")
            skipSpace()
            cells[field] = try value(of: field)
            skipSpace()
        } while take(",")
        try expect("}", "a comma or a closing brace was expected")
        try expectEnd()
    }

    private mutating func expectEnd() throws(Fault) {
        skipSpace()
        if index < bytes.count { throw malformed("nothing was expected behind the object") }
    }

    private mutating func member() throws(Fault) -> Field {
        let name = try string(nil)
        if let field = fields.first(where: { name.elementsEqual($0.name.utf8) }) { return field }
        let known = fields.map(\.name).joined(separator: ", ")
        throw Fault("unknown member \(quoted(name)); the members are \(known)")
    }

    private mutating func value(of field: Field) throws(Fault) -> Cell {
        if takeWord("null") { return .nothing }
        switch field {
        case .deleted:
            if takeWord("true") { return Cell("true") }
            if takeWord("false") { return Cell("false") }
            throw Fault(field, "must be true or false, without quotes")
        case .tags: return try tags()
        default:
            guard peek == quote else { throw Fault(field, "must be a string: \"\(field.name)\": \"...\"") }
            return try string(field)
        }
    }

    private mutating func tags() throws(Fault) -> Cell {
        guard take("[") else { throw Fault(.tags, "must be an array of strings") }
        skipSpace()
        if take("]") { return .nothing }
        var tags: [Cell] = []
        repeat {
            skipSpace()
            guard peek == quote else { throw Fault(.tags, "must be an array of strings") }
            tags.append(try string(.tags))
            skipSpace()
        } while take(",")
        try expect("]", "a comma or a closing bracket was expected")
        let mark = scratch.mark
        for (number, tag) in tags.enumerated() {
            if number > 0 { scratch.append(NDJSONReader.tagSeparator) }
            scratch.append(tag)
        }
        return scratch.cell(since: mark)
    }

    // MARK: - Strings

    private mutating func string(_ field: Field?) throws(Fault) -> Cell {
        try expect("\"", "a string was expected")
        let start = index
        while index < bytes.count, bytes[index] >= 0x20, bytes[index] != quote, bytes[index] != backslash { index += 1 }
        if peek == quote {
            index += 1
            return Cell(rebasing: bytes[start..<index - 1])
        }
        let mark = scratch.mark
        scratch.append(Cell(rebasing: bytes[start..<index]))
        while let byte = peek {
            if byte < 0x20 { throw malformed("a control character in a string must be escaped") }
            index += 1
            if byte == quote { return scratch.cell(since: mark) }
            if byte != backslash { scratch.append(byte) } else { try escape(field) }
        }
        throw malformed("a string has no closing quote")
    }

    /// What stands behind a backslash.
    private mutating func escape(_ field: Field?) throws(Fault) {
        guard let byte = peek else { throw malformed("a string has no closing quote") }
        index += 1
        switch byte {
        case quote, backslash, UInt8(ascii: "/"): scratch.append(byte)
        case UInt8(ascii: "b"): scratch.append(0x08)
        case UInt8(ascii: "f"): scratch.append(0x0C)
        case UInt8(ascii: "n"): scratch.append(lineFeed)
        case UInt8(ascii: "r"): scratch.append(carriageReturn)
        case UInt8(ascii: "t"): scratch.append(0x09)
        case UInt8(ascii: "u"): try scalar(field)
        default: throw malformed("there is no such escape")
        }
    }

    /// What stands behind `\u`: four hexadecimal digits, and for scalars above U+FFFF as many again.
    private mutating func scalar(_ field: Field?) throws(Fault) {
        var code = try fourDigits()
        if (0xD800..<0xDC00).contains(code), take("\\"), take("u") {
            let low = try fourDigits()
            guard (0xDC00..<0xE000).contains(low) else { throw malformed("half a surrogate pair is no character") }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw malformed("half a surrogate pair is no character") }
        if code == 0 {
            let message = "the character U+0000 is not allowed"
            throw field.map { Fault($0, message) } ?? Fault(message)
        }
        for byte in UTF8.encode(scalar)! { scratch.append(byte) }
    }

    private mutating func fourDigits() throws(Fault) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
                throw malformed("\\u needs four hexadecimal digits")
            }
            code = code << 4 + UInt32(digit)
            index += 1
        }
        return code
    }

    // MARK: - Bytes

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x09 || byte == carriageReturn { index += 1 }
    }

    private mutating func take(_ character: UnicodeScalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func takeWord(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard bytes.count - index >= count, Cell(rebasing: bytes[index..<index + count]).equals(word) else {
            return false
        }
        index += count
        return true
    }

    private mutating func expect(_ character: UnicodeScalar, _ expectation: String) throws(Fault) {
        if !take(character) { throw malformed(expectation) }
    }

    private func malformed(_ reason: String) -> Fault {
        Fault("\(reason) at byte \(index + 1) of the line, \(context)")
    }

    private var context: String {
        index < bytes.count
            ? "before \(quoted(Cell(rebasing: bytes[index...]).beginning(scalars: 20)))" : "where it ends"
    }
}

private let backslash = UInt8(ascii: "\\")
