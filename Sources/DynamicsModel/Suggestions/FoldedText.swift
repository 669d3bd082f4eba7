/// A text without the difference between upper and lower case, as UTF-8, to be searched in.
///
/// Each scalar is mapped to lower case, the result to upper, and that to lower case again, by Unicode's mappings that do not look
/// at the surroundings or the language: so ẞ, ß and SS are the same, and Σ, σ and ς. That is Unicode's full case folding but
/// for the dotless ı, which is found as i. Nothing is normalised.
struct FoldedText: Sendable, Hashable {
    let bytes: [UInt8]

    init(_ text: String) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            if scalar.isASCII {
                let byte = UInt8(scalar.value)
                bytes.append(byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte)
            } else {
                bytes.append(contentsOf: Self.folded(scalar).utf8)
            }
        }
        self.bytes = bytes
    }

    private static func folded(_ scalar: Unicode.Scalar) -> String {
        let lower = scalar.properties.lowercaseMapping
        let upper = mapped(lower) { $0.properties.uppercaseMapping }
        return mapped(upper) { $0.properties.lowercaseMapping }
    }

    private static func mapped(_ text: String, _ mapping: (Unicode.Scalar) -> String) -> String {
        text.unicodeScalars.map(mapping).joined()
    }

    /// Where a text was found in another, from the best place to the worst.
    enum Place: Int, Comparable {
        case start, wordStart, inside

        static func < (a: Place, b: Place) -> Bool { a.rawValue < b.rawValue }
    }

    /// The best place where `part` is found; nil: nowhere. A word starts behind anything that is no letter, digit or mark.
    func place(of part: FoldedText) -> Place? {
        let count = part.bytes.count
        guard count <= bytes.count else { return nil }
        if bytes.starts(with: part.bytes) { return .start }
        var found: Place?
        for start in 1..<max(1, bytes.count - count + 1) where bytes[start] == part.bytes[0] {
            guard bytes[start..<start + count].elementsEqual(part.bytes) else { continue }
            if isWordStart(start) { return .wordStart }
            found = .inside
        }
        return found
    }

    private func isWordStart(_ index: Int) -> Bool {
        var start = index - 1
        while start > 0, bytes[start] & 0xC0 == 0x80 { start -= 1 }
        guard let before = String(decoding: bytes[start..<index], as: UTF8.self).unicodeScalars.first else {
            return true
        }
        let properties = before.properties
        return !properties.isAlphabetic && properties.numericType == nil && !properties.isGraphemeExtend
    }
}
