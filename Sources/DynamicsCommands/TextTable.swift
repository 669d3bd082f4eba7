import DynamicsModel

/// Rows of text for a terminal, in columns.
struct TextTable {
    let titles: [String]
    let rows: [[String]]

    /// Titles, a rule, and a line for each row, without blanks at line ends.
    var text: String {
        let cells = ([titles] + rows).map { $0.map(TerminalTable.visible) }
        let widths = titles.indices.map { column in
            cells.map { TerminalTable.displayWidth($0[column]) }.max() ?? 0
        }
        let rule = String(repeating: "─", count: widths.reduce(0, +) + 2 * (widths.count - 1))
        var lines = cells.map { Self.line($0, widths) }
        lines.insert(rule, at: 1)
        return lines.map { $0 + "\n" }.joined()
    }

    /// `2024-06-01 12:00 UTC`.
    static func time(_ instant: Instant) -> String {
        let parts = CivilTime(seconds: instant.seconds).description.split(separator: "T")
        return "\(parts[0]) \(parts[1].prefix(5)) UTC"
    }

    private static func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (cell, width) in zip(cells, widths) {
            line += cell + String(repeating: " ", count: width - TerminalTable.displayWidth(cell) + 2)
        }
        while line.utf8.last == UInt8(ascii: " ") { line.removeLast() }
        return line
    }
}
