/// A type or function that other targets see (`public` or `package`), as far as one line of text tells.
struct Declaration: Equatable {
    var line: Int
    var keyword: String
    var name: String
    var isDocumented: Bool

    var isType: Bool { keyword != "func" }

    private static let keywords: Set<String> = ["struct", "enum", "class", "actor", "protocol", "func"]
    private static let modifiers: Set<String> = [
        "static", "final", "mutating", "nonmutating", "indirect", "nonisolated", "override", "consuming", "borrowing",
        "class", "distributed", "isolated",
    ]

    /// Declarations in a file, in its order.
    static func all(in lines: [String]) -> [Declaration] {
        lines.indices.compactMap { index in
            guard let (keyword, name) = head(of: lines[index]) else { return nil }
            let documented = isDocumented(lines, before: index)
            return Declaration(line: index + 1, keyword: keyword, name: name, isDocumented: documented)
        }
    }

    private static func head(of line: String) -> (keyword: String, name: String)? {
        var words = line.split(whereSeparator: \.isWhitespace).map(String.init)[...]
        while let word = words.first, word.hasPrefix("@") { words = words.dropFirst() }
        guard let access = words.popFirst(), access == "public" || access == "package" || access == "open" else {
            return nil
        }
        while let word = words.first, modifiers.contains(word), words.dropFirst().first.map(isDeclaring) == true {
            words = words.dropFirst()
        }
        guard let keyword = words.popFirst(), keywords.contains(keyword), let rest = words.first else { return nil }
        let name = rest.prefix { $0 != "(" && $0 != "<" && $0 != ":" && $0 != "{" }
        return (keyword, name.isEmpty ? rest : String(name))
    }

    private static func isDeclaring(_ word: String) -> Bool { keywords.contains(word) || modifiers.contains(word) }

    /// Whether a documentation comment stands above, with nothing but attributes between.
    private static func isDocumented(_ lines: [String], before index: Int) -> Bool {
        var at = index - 1
        while at >= 0 {
            let line = lines[at].drop(while: \.isWhitespace)
            if line.hasPrefix("///") { return true }
            guard line.hasPrefix("@") else { return false }
            at -= 1
        }
        return false
    }
}
