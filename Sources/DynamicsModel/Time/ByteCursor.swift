/// Bytes read from front to back, never past their end.
struct ByteCursor {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }
    /// The next byte, left where it is; nil at the end.
    var next: UInt8? { rest.first }

    /// - Throws: when fewer than `count` bytes are left.
    mutating func take(_ count: Int) throws(MalformedTimeZone) -> ArraySlice<UInt8> {
        guard count >= 0, count <= rest.count else { throw MalformedTimeZone("it ends too early") }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    mutating func takeByte() throws(MalformedTimeZone) -> UInt8 {
        guard let byte = rest.popFirst() else { throw MalformedTimeZone("it ends too early") }
        return byte
    }

    /// Takes `byte` if it is the next one, and says whether it was.
    mutating func takeIf(_ byte: UInt8) -> Bool {
        guard rest.first == byte else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// Takes the longest run of bytes that `belongs` accepts, which may be empty.
    mutating func takeWhile(_ belongs: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let run = rest.prefix(while: belongs)
        rest = rest.dropFirst(run.count)
        return run
    }

    /// A big-endian two's complement integer of `bytes` (at most 8) bytes.
    mutating func takeInteger(bytes count: Int) throws(MalformedTimeZone) -> Int64 {
        let bytes = try take(count)
        let signed: Int64 = bytes.first.map { $0 >= 0x80 } == true ? -1 : 0
        return bytes.reduce(signed) { $0 << 8 | Int64($1) }
    }

    /// A big-endian unsigned integer of 4 bytes.
    mutating func takeCount() throws(MalformedTimeZone) -> Int {
        try take(4).reduce(0) { $0 << 8 | Int($1) }
    }
}

/// What is wrong with a timezone file or with the rule in its footer.
struct MalformedTimeZone: Error {
    /// Completes the sentence "the file is damaged:".
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
