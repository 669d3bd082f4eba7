/// An id, a name or a tag: text that is equal, ordered and hashed by its Unicode scalar values.
///
/// Swift's own `==` on strings works on canonical equivalence ("é" equals "e" + U+0301); ids of billing systems must not
/// be merged that way. UTF-8 bytes order exactly as scalar values do, so everything here compares bytes.
public struct ExactText: Sendable, Hashable, Comparable, CustomStringConvertible, ExpressibleByStringLiteral {
    public let string: String

    public init(_ string: String) { self.string = string }
    public init(stringLiteral value: String) { string = value }

    public var description: String { string }
    public var isEmpty: Bool { string.utf8.isEmpty }

    public static func == (a: ExactText, b: ExactText) -> Bool { a.string.utf8.elementsEqual(b.string.utf8) }

    public static func < (a: ExactText, b: ExactText) -> Bool { a.string.utf8.lexicographicallyPrecedes(b.string.utf8) }

    public func hash(into hasher: inout Hasher) {
        var copy = string
        copy.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
