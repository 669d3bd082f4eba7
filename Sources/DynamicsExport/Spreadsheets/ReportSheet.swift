import DynamicsModel
import DynamicsSpreadsheets

/// The first sheet: the report, as `ReportTable` has it.
struct ReportSheet {
    private let table: ReportTable
    private let query: ReportQuery
    private let formats: ReportFormats
    private let widths: [Double]
    /// How many figures have more digits than a spreadsheet keeps.
    let longNumbers: Int

    /// Two lines of header, and the total.
    static let rowsBesideReport = 3

    init(_ result: ReportResult, _ formats: ReportFormats) {
        table = ReportTable(result)
        query = result.query
        self.formats = formats
        let columns = ColumnWidths(table)
        widths = columns.widths
        longNumbers = columns.longNumbers
    }

    func write(to writer: inout some WorkbookWriter, generatedAt: Instant) {
        writer.beginSheet(layout(generatedAt))
        header(to: &writer)
        let digits = table.digits
        for (index, cells) in table.groupCells.enumerated() {
            writer.beginRow(height: nil)
            for (column, cell) in cells.enumerated() { group(cell, column, to: &writer) }
            figures(table.figures[index], formats.figures, digits, to: &writer)
        }
        writer.beginRow(height: nil)
        writer.append("Total", format: formats.totalText)
        for _ in 1..<table.groupTitles.count { writer.appendBlank(format: formats.totalText) }
        figures(table.figures[table.figures.count - 1], formats.totals, digits, to: &writer)
    }

    private func layout(_ generatedAt: Instant) -> SheetLayout {
        var layout = SheetLayout(name: "Customer Dynamics", columnWidths: widths)
        let groupCount = table.groupTitles.count
        layout.merges = (0..<groupCount).map { CellRange(rows: 0...1, columns: $0...$0) }
        for columns in measureGroups where columns.count > 1 {
            layout.merges.append(
                CellRange(
                    rows: 0...0, columns: (columns.lowerBound + groupCount)...(columns.upperBound - 1 + groupCount)))
        }
        layout.frozenRows = 2
        layout.frozenColumns = groupCount
        layout.repeatedRows = 2
        layout.isLandscape = true
        let period = "\(query.from.text) to \(query.to.text), \(query.timezone)"
        layout.header =
            "&LCustomer Dynamics&C\(period.split(separator: "&").joined(separator: "&&"))&R\(table.currency)"
        let time = CivilTime(seconds: generatedAt.seconds)
        layout.footer = "&LGenerated \(time.date) \(time.description.dropFirst(11)) UTC&RPage &P of &N"
        return layout
    }

    /// Which measures stand together below one title.
    private var measureGroups: [Range<Int>] {
        var groups: [Range<Int>] = []
        for measure in Measure.allCases {
            if let last = groups.last, Measure.allCases[last.lowerBound].group == measure.group {
                groups[groups.count - 1] = last.lowerBound..<measure.rawValue + 1
            } else {
                groups.append(measure.rawValue..<measure.rawValue + 1)
            }
        }
        return groups
    }

    /// Group and title are those of CSV's one line, so that both together say the same.
    private func header(to writer: inout some WorkbookWriter) {
        writer.beginRow(height: 20)
        for title in table.groupTitles { writer.append(title, format: formats.groupColumn) }
        for columns in measureGroups {
            writer.append(Measure.allCases[columns.lowerBound].group, format: formats.measureGroup)
            for _ in columns.dropFirst() { writer.appendBlank(format: formats.measureGroup) }
        }
        writer.beginRow(height: 32)
        for _ in table.groupTitles { writer.appendBlank(format: formats.groupColumn) }
        for measure in Measure.allCases {
            writer.append(table.title(of: measure), format: formats.measureTitles[measure.rawValue])
        }
    }

    private func group(_ cell: String, _ column: Int, to writer: inout some WorkbookWriter) {
        let grouping = column < table.groupings.count ? table.groupings[column] : nil
        // What time a row is about is a number to spreadsheets, so that it can be sorted, filtered and calculated with.
        if let grouping, grouping != .package, let start = CivilDate(startOf: cell) {
            switch grouping {
            case .year: writer.append(Double(start.year), format: formats.year)
            case .month: writer.append(CellDate.number(dayNumber: start.dayNumber), format: formats.month)
            default: writer.append(CellDate.number(dayNumber: start.dayNumber), format: formats.date)
            }
        } else {
            writer.append(cell, format: formats.text)
        }
    }

    private func figures(
        _ measures: Measures, _ formats: [Int], _ digits: Int, to writer: inout some WorkbookWriter
    ) {
        for (value, format) in zip(measures.values, formats) {
            if let number = SheetNumber(value, moneyDigits: digits) {
                writer.append(number.nearest, format: format)
            } else {
                writer.appendBlank(format: format)
            }
        }
    }
}

extension CivilDate {
    /// The first day of `2024`, `2024-03` or `2024-03-15`.
    fileprivate init?(startOf text: String) {
        let parts = text.split(separator: "-").map { Int($0) ?? 0 }
        self.init(
            year: parts.first ?? 0, month: parts.count > 1 ? parts[1] : 1, day: parts.count > 2 ? parts[2] : 1)
    }
}

/// How wide columns have to be, in characters.
private struct ColumnWidths {
    private(set) var widths: [Double]
    private(set) var longNumbers = 0

    init(_ table: ReportTable) {
        widths = table.groupTitles.indices.map { column in
            let cells = table.groupCells.lazy.map { $0[column] } + [table.groupTitles[column], "Total"]
            return Double(min(48, max(9, cells.reduce(0) { max($0, Self.width(of: $1)) }))) + 1.5
        }
        var largest = Array(repeating: UInt128(0), count: Measure.allCases.count)
        let digits = table.digits
        for measures in table.figures {
            for (column, value) in measures.values.enumerated() {
                guard let number = SheetNumber(value, moneyDigits: digits) else { continue }
                largest[column] = max(largest[column], number.scaled.magnitude)
                if number.isLong { longNumbers += 1 }
            }
        }
        for measure in Measure.allCases {
            let places = String(largest[measure.rawValue]).utf8.count
            let fraction = measure.isMoney && digits > 0 ? digits + 1 : 0
            let whole = max(1, places - max(0, fraction - 1))
            // A sign, and a separator for each three digits.
            let width = whole + (whole - 1) / 3 + fraction + 1
            let title = Double(Self.widthInTwoLines(table.title(of: measure)))
            // The title is bold.
            widths.append(max(title * 1.1 + 1.5, Double(width) + 1.5))
        }
    }

    /// Of a title that may be broken once, between words.
    private static func widthInTwoLines(_ title: String) -> Int {
        let words = title.split(separator: " ")
        return (1...words.count).map { count in
            let lines = [words.prefix(count), words.dropFirst(count)].map { $0.joined(separator: " ").utf8.count }
            return max(lines[0], lines[1])
        }.min() ?? 0
    }

    /// About: in a proportional font nobody knows. East Asian characters take two places.
    private static func width(of text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + ($1.value < 0x1100 ? 1 : 2) }
    }
}
