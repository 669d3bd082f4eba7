import DynamicsExport
import DynamicsModel

/// How wide the columns of a report are, in characters: fixed, so that nothing moves while rows come and go, and the browser need not
/// measure thousands of cells. The style sheet has a class for each width.
struct ColumnWidths: Sendable, Hashable {
    /// Steps of the style sheet's classes `c5` ... `c36`.
    static let figureWidths = 5...36
    /// Steps of the classes `w0-p8` ... for package names.
    static let packageWidths = [8, 12, 16, 22, 30]

    /// One for each measure.
    let figures: [Int]
    /// One of `packageWidths`: room for the longest name, if there is enough.
    let package: Int

    init(_ table: ReportTable, groupBy: [Grouping]) {
        figures = Measure.allCases.map { Self.width(of: $0, in: table) }
        package = Self.packageWidth(table, column: groupBy.firstIndex(of: .package))
    }

    /// Room for the title's longest word with the mark of sorting, and for the greatest and the least value.
    private static func width(of measure: Measure, in table: ReportTable) -> Int {
        let word = measure.title.split(separator: " ").map(\.utf8.count).max() ?? 0
        var greatest = (size: 0.0, value: MeasureValue.empty)
        var least = greatest
        for measures in table.figures {
            let value = measures[measure]
            let size = approximation(value)
            if size > greatest.size { greatest = (size, value) }
            if size < least.size { least = (size, value) }
        }
        let values = [greatest.value, least.value].map { NumberStyle.english.text(table.text($0)).unicodeScalars.count }
        return min(max(word + 2, values.max() ?? 0, figureWidths.lowerBound), figureWidths.upperBound)
    }

    private static func approximation(_ value: MeasureValue) -> Double {
        switch value {
        case .quantity(let number): Double(number)
        case .money(let amount): Double(amount.units) / Double(amount.divisor)
        case .empty: 0
        }
    }

    private static func packageWidth(_ table: ReportTable, column: Int?) -> Int {
        guard let column else { return packageWidths[0] }
        let longest = table.groupCells.lazy.map { $0[column].unicodeScalars.count }.max() ?? 0
        // Letters are narrower than the digit that `ch` is, on the whole.
        return packageWidths.first { $0 * 2 >= longest } ?? packageWidths[packageWidths.count - 1]
    }
}
