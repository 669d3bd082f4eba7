import DynamicsExport
import DynamicsModel

/// What stands where in a terminal's table: columns with their widths, and which measure groups stand side by side.
struct TableLayout {
    struct Column {
        /// As many lines as the layout's titles have; the upper ones may be empty.
        var title: [String]
        var cells: [String]
        var width: Int

        init(title: [String], cells: [String]) {
            self.title = title
            self.cells = cells
            width = (title + cells).map(TerminalTable.displayWidth).max() ?? 0
        }
    }

    /// A measure group with its measures, as the header shows them.
    struct Section {
        var title: String
        var columns: [Column]
        /// Of all columns and the gaps between them, or of the title.
        var width: Int

        init(title: String, columns: [Column]) {
            self.title = title
            self.columns = columns
            width = max(TableLayout.width(columns) - 2, TerminalTable.displayWidth(title))
        }

        /// The section itself when it fits into `room`, else parts of it, as few as possible, of at least one column each.
        func parts(of room: Int) -> [Section] {
            var parts: [Section] = []
            for column in columns {
                let wider = Section(title: title, columns: (parts.last?.columns ?? []) + [column])
                if !parts.isEmpty, wider.width <= room {
                    parts[parts.count - 1] = wider
                } else {
                    parts.append(Section(title: title, columns: [column]))
                }
            }
            return parts
        }
    }

    let groupColumns: [Column]
    /// One block below the other: the sections in it, side by side.
    let folds: [[Section]]
    /// 1 or 2.
    let titleLines: Int

    /// - Parameters:
    ///   - names: which group column has the packages' names.
    ///   - width: columns of the terminal.
    init(_ table: ReportTable, names: Int?, width: Int, titleLines: Int) {
        let sections = Self.sections(of: table, titleLines)
        let widest = sections.map(\.width).max() ?? 0
        groupColumns = Self.groupColumns(of: table, names: names, width: width - widest - 2, titleLines)
        folds = Self.folds(sections, left: Self.width(groupColumns), width: width)
        self.titleLines = titleLines
    }

    /// Of columns with a gap behind each.
    static func width(_ columns: [Column]) -> Int { columns.map(\.width).reduce(0) { $0 + $1 + 2 } }

    private static func sections(of table: ReportTable, _ titleLines: Int) -> [Section] {
        var groups: [(title: String, columns: [Column])] = []
        for measure in Measure.allCases {
            let cells = table.figures.map { TerminalTable.grouped(table.text($0[measure])) }
            if groups.last?.title != measure.group { groups.append((measure.group, [])) }
            groups[groups.count - 1].columns.append(Column(title: title(measure.title, titleLines), cells: cells))
        }
        return groups.map { Section(title: $0.title, columns: $0.columns) }
    }

    /// A title on so many lines, its last word on the last one.
    private static func title(_ text: String, _ lines: Int) -> [String] {
        guard lines == 2 else { return [text] }
        let words = text.split(separator: " ")
        return [words.dropLast().joined(separator: " "), words.last.map(String.init) ?? ""]
    }

    /// - Parameters:
    ///   - names: which column has the packages' names. They may be long, and give way so that lines are not wrapped.
    ///   - width: what there is for all columns and a gap behind each.
    private static func groupColumns(of table: ReportTable, names: Int?, width: Int, _ titleLines: Int) -> [Column] {
        var columns = table.groupTitles.enumerated().map { index, title in
            let lines = Array(repeating: "", count: titleLines - 1) + [title]
            let cells = table.groupCells.map { TerminalTable.visible($0[index]) }
            return Column(title: lines, cells: cells + [index == 0 ? "Total" : ""])
        }
        guard let names else { return columns }
        // Of shorter names one would not know what they are; rather let a measure group be cut.
        let limit = max(20, columns[names].width - (Self.width(columns) - width))
        if limit < columns[names].width {
            columns[names] = Column(
                title: columns[names].title,
                cells: columns[names].cells.map { TerminalTable.shortened($0, to: limit) })
        }
        return columns
    }

    /// As many sections side by side as fit; at least one.
    private static func folds(_ sections: [Section], left: Int, width: Int) -> [[Section]] {
        var folds: [[Section]] = []
        var used = 0
        for section in sections.flatMap({ $0.parts(of: width - left - 2) }) {
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
}
