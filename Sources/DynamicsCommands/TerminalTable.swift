import DynamicsExport
import DynamicsModel

/// A report for reading in a terminal: two header levels, figures aligned, the total set off. Where the measure groups do not fit
/// side by side, the table is folded between groups, with the group columns repeated.
struct TerminalTable {
    private let result: ReportResult
    private let width: Int
    private let groupColumns: [Column]
    private let sections: [Section]
    /// Rows and the total.
    private let lineCount: Int

    /// - Parameter width: columns of the terminal.
    init(_ result: ReportResult, width: Int) {
        self.result = result
        self.width = width
        let table = ReportTable(result)
        sections = Self.sections(of: table)
        lineCount = table.figures.count
        let names = result.query.groupBy.firstIndex(of: .package)
        groupColumns = Self.groupColumns(of: table, names: names, width: width - Self.widest(sections) - 2)
    }

    /// The table and the notes below it, lines ending in line feeds.
    var text: String { folds.map(block).joined(separator: "\n") + "\n" + notes }

    private var notes: String {
        let query = result.query
        var lines = [
            "Money in \(result.currency). Active: clients with a paid use within \(months) before the end of a row's time."
        ]
        if result.rows.count > 1 { lines.append("Total: each client once, as of the end of the period.") }
        let period = "Period: \(query.from.text) to \(query.to.text), \(query.timezone)"
        if let actual = result.actualInterval {
            lines.append("\(period); with data from \(actual.from) to \(actual.to).")
        } else {
            lines.append("\(period); the ledger has no data within it.")
        }
        lines += result.warnings.map { "Warning: \($0)." }
        return lines.map { Self.visible($0) + "\n" }.joined()
    }

    private var months: String { result.query.activeMonths == 1 ? "1 month" : "\(result.query.activeMonths) months" }

    /// Measure groups with their measures, as the header shows them.
    private struct Section {
        var title: String
        var columns: [Column]
        /// Of all columns and the gaps between them, or of the title.
        var width: Int

        init(title: String, columns: [Column]) {
            self.title = title
            self.columns = columns
            let sum = columns.map(\.width).reduce(0) { $0 + $1 + 2 } - 2
            width = max(sum, TerminalTable.displayWidth(title))
        }
    }

    private struct Column {
        var title: String
        var cells: [String]
        var width: Int

        init(title: String, cells: [String]) {
            self.title = title
            self.cells = cells
            width = ([title] + cells).map(TerminalTable.displayWidth).max() ?? 0
        }
    }

    private static func sections(of table: ReportTable) -> [Section] {
        var groups: [(title: String, columns: [Column])] = []
        for measure in Measure.allCases {
            let cells = table.figures.map { grouped(table.text($0[measure])) }
            if groups.last?.title != measure.group { groups.append((measure.group, [])) }
            groups[groups.count - 1].columns.append(Column(title: measure.title, cells: cells))
        }
        return groups.map { Section(title: $0.title, columns: $0.columns) }
    }

    /// - Parameters:
    ///   - names: which column has the packages' names. They may be long, and give way so that lines are not wrapped.
    ///   - width: what there is for all columns and a gap behind each.
    private static func groupColumns(of table: ReportTable, names: Int?, width: Int) -> [Column] {
        var columns = table.groupTitles.enumerated().map { index, title in
            Column(title: title, cells: table.groupCells.map { visible($0[index]) } + [index == 0 ? "Total" : ""])
        }
        guard let names else { return columns }
        let surplus = Self.width(columns) - width
        let limit = max(columns[names].title.utf8.count, columns[names].width - surplus)
        if surplus > 0 {
            columns[names] = Column(
                title: columns[names].title, cells: columns[names].cells.map { shortened($0, to: limit) })
        }
        return columns
    }

    /// Of columns with a gap behind each.
    private static func width(_ columns: [Column]) -> Int { columns.map(\.width).reduce(0) { $0 + $1 + 2 } }

    private static func widest(_ sections: [Section]) -> Int { sections.map(\.width).max() ?? 0 }

    /// As many sections side by side as fit; at least one.
    private var folds: [[Section]] {
        let left = Self.width(groupColumns)
        var folds: [[Section]] = []
        var used = 0
        for section in sections {
            if !folds.isEmpty, used + section.width + 3 <= width {
                folds[folds.count - 1].append(section)
                used += section.width + 3
            } else {
                folds.append([section])
                used = left + section.width + 2
            }
        }
        return folds
    }

    private func block(_ sections: [Section]) -> String {
        let left = groupColumns
        let leftWidth = Self.width(left) - 2
        let rule =
            Self.repeated("─", leftWidth + 1) + sections.map { "┼" + Self.repeated("─", $0.width + 2) }.joined() + "\n"
        var text = Self.repeated(" ", leftWidth) + sections.map { " │ " + Self.padded($0.title, $0.width) }.joined()
        text = Self.trimmed(text) + "\n"
        text += line(left.map { Self.padded($0.title, $0.width) }, sections) { $0.title }
        text += rule
        for row in 0..<lineCount {
            if row == lineCount - 1, lineCount > 1 { text += rule }
            text += line(left.map { Self.padded($0.cells[row], $0.width) }, sections) { $0.cells[row] }
        }
        return text
    }

    private func line(_ left: [String], _ sections: [Section], _ cell: (Column) -> String) -> String {
        let parts = sections.map { section in
            let cells = section.columns.map { Self.padded(cell($0), $0.width, right: true) }.joined(separator: "  ")
            return " │ " + Self.padded(cells, section.width, right: true)
        }
        return Self.trimmed(left.joined(separator: "  ") + parts.joined()) + "\n"
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
