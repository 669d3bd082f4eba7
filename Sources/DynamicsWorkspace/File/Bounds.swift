import DynamicsModel

/// A bound on everything that is stored or asked for.
enum Bounds {
    /// How many entries of a list are asked for at once.
    static func page(_ limit: Int) -> Int { min(max(limit, 1), 1000) }

    /// The text's beginning, on one line and without control characters (SQLite's texts end at U+0000).
    static func line(_ text: String, _ limit: Int) -> String {
        var line = ""
        for scalar in text.unicodeScalars.prefix(limit) {
            line.unicodeScalars.append(isControl(scalar) ? "\u{FFFD}" : scalar)
        }
        return line
    }

    /// What a person wrote, without blanks around it.
    /// - Parameter lineBreaks: whether it may have several lines.
    /// - Throws: `DynamicsError` (`.usage`) for `field` when it is too short or too long or has control characters.
    static func checked(
        _ text: String, _ lengths: ClosedRange<Int>, field: String, lineBreaks: Bool = false
    ) throws -> String {
        let scalars = trimmed(text).unicodeScalars
        guard lengths.contains(scalars.count) else {
            let isShort = scalars.count < lengths.lowerBound
            throw DynamicsError(
                .usage, isShort ? "too_short" : "too_long", field: field,
                isShort
                    ? (scalars.isEmpty ? "must not be empty" : "must have at least \(lengths.lowerBound) characters")
                    : "must have at most \(lengths.upperBound) characters; it has \(scalars.count)")
        }
        for scalar in scalars where isControl(scalar) && !(lineBreaks && ["\n", "\r", "\t"].contains(scalar)) {
            throw DynamicsError(
                .usage, "bad_\(field)", field: field,
                "has the control character U+\(hex(scalar)); leave it out")
        }
        return String(scalars)
    }

    private static func trimmed(_ text: String) -> String {
        var scalars = text.unicodeScalars[...]
        while scalars.first?.properties.isWhitespace == true { scalars.removeFirst() }
        while scalars.last?.properties.isWhitespace == true { scalars.removeLast() }
        return String(scalars)
    }

    /// Also what only steers how text around it is shown: with such characters one name can look like another.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    private static func hex(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }

    /// In ASCII lower case: names that differ only in that are the same name.
    static func key(_ name: String) -> String {
        String(
            decoding: name.utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 + 32 : $0 },
            as: UTF8.self)
    }
}

extension DynamicsError {
    /// What is asked for is not there, or not for who asks; nobody is told which.
    static func notFound(_ what: String) -> DynamicsError {
        DynamicsError(.usage, "not_found", "there is no such \(what)")
    }

    /// A value in the file that this program never writes.
    static func damagedWorkspace(_ table: String) -> DynamicsError {
        DynamicsError(
            .unavailable, "damaged_workspace",
            "workspace.sqlite has a value in \(table) that makes no sense: restore it from a backup")
    }
}
