import DynamicsModel

/// Rows on their way to a server, in its format `RowBinary`: little-endian numbers, texts behind their lengths.
struct RowBinaryWriter {
    private(set) var bytes: [UInt8] = []

    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    mutating func write(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func write(_ text: String) {
        var copy = text
        copy.withUTF8 {
            writeCount($0.count)
            bytes.append(contentsOf: $0)
        }
    }

    mutating func writeCount(_ count: Int) {
        var rest = UInt64(count)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// Rows from a server, in the same format. An answer that ends within a row is an error.
package struct RowBinaryReader {
    /// The answer is not what was asked for.
    static let malformed = DynamicsError(
        .unavailable, "clickhouse_error",
        "a ClickHouse server's answer is not whole, or not what was asked for; look into its log, and try again")

    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { index == bytes.count }

    mutating func read<Number: FixedWidthInteger>(_: Number.Type) throws -> Number {
        let size = MemoryLayout<Number>.size
        guard bytes.count - index >= size else { throw Self.malformed }
        let number = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: index, as: Number.self) }
        index += size
        return Number(littleEndian: number)
    }

    /// The next number of eight bytes.
    package mutating func int() throws -> Int64 { try read(Int64.self) }

    mutating func text() throws -> ExactText {
        let length = try count()
        guard bytes.count - index >= length else { throw Self.malformed }
        defer { index += length }
        return ExactText(String(decoding: bytes[index..<index + length], as: UTF8.self))
    }

    mutating func texts() throws -> [ExactText] {
        let number = try count()
        var texts: [ExactText] = []
        for _ in 0..<number { texts.append(try text()) }
        return texts
    }

    mutating func currency() throws -> CurrencyCode {
        guard let code = CurrencyCode(try text().string) else { throw Self.malformed }
        return code
    }

    mutating func count() throws -> Int {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 42, by: 7) {
            let byte = try read(UInt8.self)
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return Int(value) }
        }
        throw Self.malformed
    }
}
