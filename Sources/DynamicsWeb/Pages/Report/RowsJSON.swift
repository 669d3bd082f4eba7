import DynamicsExport
import DynamicsModel
import Foundation

/// A stretch of a report's rows for the script that shows only those in sight: columns of cells as they are displayed.
struct RowsJSON: Encodable, Sendable {
    /// Of all rows, without the total.
    let count: Int
    /// The place of the first of these rows, from 0.
    let first: Int
    /// A list for each group column.
    let groups: [[String]]
    /// A list for each measure; null where there is no value.
    let figures: [[String?]]

    /// The most rows that one answer has.
    static let largest = 1000

    init(_ report: PreparedReport, sort: ReportSort?, places: Range<Int>, style: NumberStyle) {
        let table = report.table
        let numbers = report.order(sort)[places].map(Int.init)
        count = report.rowCount
        first = places.lowerBound
        groups = table.groupTitles.indices.map { column in numbers.map { table.groupCells[$0][column] } }
        figures = Measure.allCases.map { measure in
            numbers.map { number in
                let text = table.text(table.figures[number][measure])
                return text.isEmpty ? nil : style.text(text)
            }
        }
    }
}
