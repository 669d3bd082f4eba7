/// Text on its way into a cell.
enum CellText {
    /// The text, or as much of its beginning as fits into `units` UTF-16 units.
    static func cut(_ text: String, toUnits units: Int) -> String {
        guard text.utf8.count > units, text.utf16.count > units else { return text }
        var kept = String.UnicodeScalarView()
        var left = units
        for scalar in text.unicodeScalars {
            left -= UTF16.width(scalar)
            if left < 0 { break }
            kept.append(scalar)
        }
        return String(kept)
    }

    /// As much of the beginning as fits into `units` UTF-16 units once it is escaped.
    static func escapedForXML(_ text: String, toUnits units: Int) -> String {
        var kept = cut(text, toUnits: units)
        var escaped = escapedForXML(kept)
        while escaped.utf8.count > units, escaped.utf16.count > units {
            kept = cut(kept, toUnits: kept.utf16.count - 1 - (escaped.utf16.count - units) / 7)
            escaped = escapedForXML(kept)
        }
        return escaped
    }

    /// For what will be XML: ST_Xstring of ECMA-376 part 1, 22.9.2.19, writes a character that XML does not allow as `_xHHHH_`, and
    /// an underscore that would be taken for the beginning of such a thing likewise. U+0000 cannot be in a cell at all.
    ///
    /// libxlsxwriter escapes the control characters, but neither the underscore nor U+FFFE and U+FFFF, which make the file unreadable.
    private static func escapedForXML(_ text: String) -> String {
        let needsNothing = text.utf8.allSatisfy { $0 != 0 && $0 != UInt8(ascii: "_") && $0 != 0xEF }
        if needsNothing { return text }
        let scalars = Array(text.unicodeScalars)
        var escaped = String.UnicodeScalarView()
        for (index, scalar) in scalars.enumerated() {
            switch scalar.value {
            case 0: escaped.append("\u{FFFD}")
            case 0xFFFE: escaped.append(contentsOf: "_xFFFE_".unicodeScalars)
            case 0xFFFF: escaped.append(contentsOf: "_xFFFF_".unicodeScalars)
            case 0x5F where looksEscaped(scalars[index...]): escaped.append(contentsOf: "_x005F_".unicodeScalars)
            default: escaped.append(scalar)
            }
        }
        return String(escaped)
    }

    /// `_x`, four hexadecimal digits, `_`.
    private static func looksEscaped(_ scalars: ArraySlice<Unicode.Scalar>) -> Bool {
        let piece = Array(scalars.prefix(7))
        return piece.count == 7 && piece[1] == "x" && piece[6] == "_"
            && piece[2...5].allSatisfy { $0.isASCII && $0.properties.isASCIIHexDigit }
    }
}
