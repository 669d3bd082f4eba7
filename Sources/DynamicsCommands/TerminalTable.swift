import DynamicsExport
import DynamicsModel

/// A report for reading in a terminal: two header levels, figures aligned, the total set off. Where the measure groups do not fit
/// side by side, the table is folded between groups, with the group columns repeated.
struct TerminalTable {
    private let table: ReportTable
    private let result: ReportResult
    private let width: Int

    /// - Parameter width: columns of the terminal.
    init(_ result: ReportResult, width: Int) {
        self.result = result
        table = ReportTable(result)
        self.width = width
    }

    /// The table and the notes below it, lines ending in line feeds.
    var text: String { (folds.map(block).joined(separator: "\n") + "\n" + notes) }

    private var notes: String {
        var lines = ["Money in \(result.currency), clients active within \(months)."]
        if let actual = result.actualInterval {
            lines.append("Figures from \(actual.from) to \(actual.to) (\(result.query.timezone)).")
        } else {
            lines.append("The ledger has nothing within this period.")
        }
        lines += result.warnings.map { "Warning: \($0)." }
        return lines.map { Self.visible($0) + "\n" }.joined()
    }

    private var months: String { result.query.activeMonths == 1 ? "1 month" : "\(result.query.activeMonths) months" }

    /// Measure groups with their measures, as the header shows them.
    private struct Section {
        var title: String
        var columns: [Column]
        /// Of all columns and the gaps between them.
        var width: Int
    }

    private struct Column {
        var title: String
        var cells: [String]
        var width: Int
    }

    private var sections: [Section] {
        var sections: [Section] = []
        for measure in Measure.allCases {
            let cells = table.figures.map { Self.grouped(table.text($0[measure])) }
            let width = ([measure.title] + cells).map(Self.displayWidth).max() ?? 0
            let column = Column(title: measure.title, cells: cells, width: width)
            if sections.last?.title == measure.group {
                sections[sections.count - 1].columns.append(column)
            } else {
                sections.append(Section(title: measure.group, columns: [column], width: 0))
            }
        }
        return sections.map { section in
            var section = section
            let columns = section.columns.map(\.width).reduce(0) { $0 + $1 + 2 } - 2
            section.width = max(columns, Self.displayWidth(section.title))
            return section
        }
    }

    private var groupColumns: [Column] {
        table.groupTitles.enumerated().map { index, title in
            let cells = table.groupCells.map { Self.visible($0[index]) } + [index == 0 ? "Total" : ""]
            return Column(title: title, cells: cells, width: ([title] + cells).map(Self.displayWidth).max() ?? 0)
        }
    }

    /// As many sections side by side as fit; at least one.
    private var folds: [[Section]] {
        let left = groupColumns.map(\.width).reduce(0) { $0 + $1 + 2 }
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
        let leftWidth = left.map(\.width).reduce(0) { $0 + $1 + 2 } - 2
        let rule =
            Self.repeated("─", leftWidth + 1) + sections.map { "┼" + Self.repeated("─", $0.width + 2) }.joined() + "\n"
        var text = Self.repeated(" ", leftWidth) + sections.map { " │ " + Self.padded($0.title, $0.width) }.joined()
        text = Self.trimmed(text) + "\n"
        text += line(left.map { Self.padded($0.title, $0.width) }, sections) { $0.title }
        text += rule
        let rows = table.figures.count
        for row in 0..<rows {
            if row == rows - 1, rows > 1 { text += rule }
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
            let isControl = scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
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
