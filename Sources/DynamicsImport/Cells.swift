import Glibc

/// The bytes of one field of one record, unquoted and unescaped; no bytes when it is empty or absent.
///
/// Points into the chunk or the reader's scratch memory: good as long as both live.
typealias Cell = UnsafeBufferPointer<UInt8>

extension Cell {
    static var nothing: Cell { Cell(start: nil, count: 0) }

    init(_ text: StaticString) { self.init(start: text.utf8Start, count: text.utf8CodeUnitCount) }

    @inline(__always)
    func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        guard let baseAddress else { return true }
        return memcmp(baseAddress, text.utf8Start, count) == 0
    }

    /// How many Unicode scalars valid UTF-8 holds: the bytes that do not continue one.
    var scalarCount: Int {
        var count = 0
        for byte in self where byte & 0xC0 != 0x80 { count += 1 }
        return count
    }

    /// At most the first `limit` scalars, none cut in two.
    func beginning(scalars limit: Int) -> Cell {
        var seen = 0
        let end = firstIndex { byte in
            if byte & 0xC0 != 0x80 { seen += 1 }
            return seen > limit
        }
        return Cell(rebasing: self[..<(end ?? count)])
    }

    var isUTF8: Bool { (try? UTF8Span(validating: span)) != nil }

    var string: String { String(decoding: self, as: UTF8.self) }
}

/// What is wrong with a record, and with which field; its line is known where it is caught.
struct Fault: Error {
    var column: String?
    var message: String

    init(_ message: String) { self.message = message }

    init(_ field: Field, _ message: String) {
        column = field.name
        self.message = message
    }
}

/// One record's cells by field. The memory is reused for the next record.
struct Cells: ~Copyable {
    private let storage: UnsafeMutablePointer<Cell>

    init() {
        storage = .allocate(capacity: Field.allCases.count)
        storage.initialize(repeating: .nothing, count: Field.allCases.count)
    }

    deinit { storage.deallocate() }

    subscript(field: Field) -> Cell {
        get { storage[field.rawValue] }
        nonmutating set { storage[field.rawValue] = newValue }
    }

    func checkUTF8(_ fields: [Field]) throws(Fault) {
        for field in fields where !self[field].isUTF8 {
            throw Fault(field, "\(quoted(self[field])) is not UTF-8; save the file in that encoding")
        }
    }
}

/// Memory for cells that do not stand in the chunk as they are: doubled quotes, escapes.
///
/// What is taken off its writing never gets longer, so as many bytes as the chunk has are enough for all its cells.
final class Scratch {
    private let capacity: Int
    private var buffer: UnsafeMutablePointer<UInt8>?
    private var count = 0

    init(capacity: Int) { self.capacity = capacity }

    deinit { buffer?.deallocate() }

    /// Where the next cell begins.
    var mark: Int { count }

    func append(_ byte: UInt8) { append(count: 1) { $0.pointee = byte } }

    func append(_ bytes: Cell) {
        guard let start = bytes.baseAddress else { return }
        append(count: bytes.count) { $0.update(from: start, count: bytes.count) }
    }

    /// All bytes since `mark`. They stay where they are.
    func cell(since mark: Int) -> Cell { Cell(start: buffer.map { $0 + mark }, count: count - mark) }

    private func append(count added: Int, _ fill: (UnsafeMutablePointer<UInt8>) -> Void) {
        precondition(count + added <= capacity, "a cell is longer than its writing")
        let start = buffer ?? .allocate(capacity: capacity)
        buffer = start
        fill(start + count)
        count += added
    }
}

/// Text in quotation marks for a message: cut when long, with everything that a terminal would not show made visible.
func quoted(_ cell: Cell) -> String {
    guard cell.isUTF8 else {
        let bytes = cell.prefix(longestQuotation).map { byte in
            byte >= 0x20 && byte < 0x7F ? String(UnicodeScalar(byte)) : "\\x" + hexadecimal(UInt32(byte), width: 2)
        }
        return "\"" + bytes.joined() + (cell.count > longestQuotation ? "…" : "") + "\""
    }
    return quoted(cell.string)
}

func quoted(_ text: String) -> String {
    var result = "\""
    for (index, scalar) in text.unicodeScalars.enumerated() {
        if index == longestQuotation {
            result += "…"
            break
        }
        result += visible(scalar)
    }
    return result + "\""
}

/// In scalars.
private let longestQuotation = 60

private func visible(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": return "\\n"
    case "\r": return "\\r"
    case "\t": return "\\t"
    case "\"": return "\\\""
    default: break
    }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
        return "\\u{" + hexadecimal(scalar.value, width: 4) + "}"
    default: return String(scalar)
    }
}

private func hexadecimal(_ number: UInt32, width: Int) -> String {
    let digits = String(number, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}
