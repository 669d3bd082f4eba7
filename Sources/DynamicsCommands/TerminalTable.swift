import DynamicsExport
import DynamicsModel

/// A report for reading in a terminal: two header levels, figures aligned, the total set off. Where the measure groups do not fit
/// side by side, the table is folded between groups, with the group columns repeated.
struct TerminalTable {
    private let result: ReportResult
    private let layout: TableLayout
    /// Rows and the total.
    private let lineCount: Int

    /// - Parameter width: columns of the terminal.
    init(_ result: ReportResult, width: Int) {
        self.result = result
        let table = ReportTable(result)
        let names = result.query.groupBy.firstIndex(of: .package)
        // Titles take two lines where that saves folds.
        let flat = TableLayout(table, names: names, width: width, titleLines: 1)
        let high = flat.folds.count > 1 ? TableLayout(table, names: names, width: width, titleLines: 2) : flat
        layout = high.folds.count < flat.folds.count ? high : flat
        lineCount = table.figures.count
    }

    /// The table and the notes below it, lines ending in line feeds.
    var text: String { layout.folds.map(block).joined(separator: "\n") + "\n" + notes }

    private var notes: String {
        let query = result.query
        let months = query.activeMonths == 1 ? "month" : "\(query.activeMonths) months"
        var lines = ["Money in \(result.currency). Active: a paid use in the \(months) up to the end of the row."]
        if result.rows.count > 1 { lines.append("Total: each client once, as of the end of the period.") }
        lines.append("Period: \(query.from.text) to \(query.to.text), \(query.timezone).")
        if let actual = result.actualInterval {
            lines.append("Data within it: \(actual.from) to \(actual.to).")
        } else {
            lines.append("The ledger has no data within it.")
        }
        lines += result.warnings.map { "Warning: \($0)." }
        return lines.map { Self.visible($0) + "\n" }.joined()
    }

    private func block(_ sections: [TableLayout.Section]) -> String {
        let left = layout.groupColumns
        let leftWidth = TableLayout.width(left) - 2
        let rule =
            Self.repeated("─", leftWidth + 1) + sections.map { "┼" + Self.repeated("─", $0.width + 2) }.joined() + "\n"
        var text = Self.repeated(" ", leftWidth) + sections.map { " │ " + Self.padded($0.title, $0.width) }.joined()
        text = Self.trimmed(text) + "\n"
        for index in 0..<layout.titleLines { text += line(left, sections) { $0.title[index] } }
        text += rule
        for row in 0..<lineCount {
            if row == lineCount - 1, lineCount > 1 { text += rule }
            text += line(left, sections) { $0.cells[row] }
        }
        return text
    }

    private func line(
        _ left: [TableLayout.Column], _ sections: [TableLayout.Section], _ cell: (TableLayout.Column) -> String
    ) -> String {
        let groups = left.map { Self.padded(cell($0), $0.width) }
        let parts = sections.map { section in
            let cells = section.columns.map { Self.padded(cell($0), $0.width, right: true) }.joined(separator: "  ")
            return " │ " + Self.padded(cells, section.width, right: true)
        }
        return Self.trimmed(groups.joined(separator: "  ") + parts.joined()) + "\n"
    }

    /// `-1234567.5` as `-1,234,567.5`; nothing as a dash.
    static func grouped(_ number: String) -> String {
        if number.isEmpty { return "–" }
        let sign = number.hasPrefix("-") ? "-" : ""
        let parts = number.dropFirst(sign.utf8.count).split(separator: ".", maxSplits: 1)
        var whole = ""
        for (index, digit) in parts[0].enumerated() {
            if index > 0, (parts[0].utf8.count - index) % 3 == 0 { whole += "," }
            whole.append(digit)
        }
        return sign + whole + (parts.count > 1 ? "." + parts[1] : "")
    }

    /// Text from a ledger must not command the terminal: control characters become replacement characters.
    static func visible(_ text: String) -> String {
        var visible = ""
        for scalar in text.unicodeScalars {
            let isControl =
                scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
            visible.unicodeScalars.append(isControl ? "\u{FFFD}" : scalar)
        }
        return visible
    }

    /// How many columns of a terminal the text takes.
    static func displayWidth(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + ($1.isASCII ? 1 : displayWidth($1)) }
    }

    private static func displayWidth(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: 0
        default: wideRanges.contains { $0.contains(scalar.value) } ? 2 : 1
        }
    }

    /// Blocks whose characters are wide or full-width in Unicode Standard Annex #11.
    private static let wideRanges: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
        0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD,
    ]

    /// The text, or as much of its beginning as fits into `width` with an ellipsis behind.
    static func shortened(_ text: String, to width: Int) -> String {
        guard displayWidth(text) > width else { return text }
        var short = ""
        var used = 1
        for scalar in text.unicodeScalars {
            used += scalar.isASCII ? 1 : displayWidth(scalar)
            if used > width { break }
            short.unicodeScalars.append(scalar)
        }
        return short + "…"
    }

    private static func padded(_ text: String, _ width: Int, right: Bool = false) -> String {
        let space = repeated(" ", max(0, width - displayWidth(text)))
        return right ? space + text : text + space
    }

    private static func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

    private static func trimmed(_ line: String) -> String {
        var line = line
        while line.utf8.last == UInt8(ascii: " ") { line.removeLast() }
        return line
    }
}
