/// A chart of a workbook's own cells, on a sheet of its own.
public struct SheetChart: Sendable, Hashable {
    /// How it is drawn.
    public enum Kind: Sendable, Hashable {
        case line, area, column, stackedColumn, pie
    }

    /// Where the legend stands.
    public enum Legend: Sendable, Hashable {
        case none, bottom, right, top
    }

    /// Of the chart's sheet, as that of `SheetLayout`.
    public var name: String
    public var kind: Kind
    /// Empty: none.
    public var title: String
    public var legend: Legend
    /// Of the vertical axis; empty: none.
    public var axisTitle: String
    /// Of the vertical axis's numbers, as in `CellFormat.numberFormat`.
    public var numberFormat: String
    /// The sheet with the figures. Its first row has the names of the series, its first column the labels.
    public var dataSheet: String
    /// The columns of the series there.
    public var columns: [Int]
    /// The row of the last label there; the first one is row 1.
    public var lastRow: Int

    /// - Precondition: there is a label.
    public init(
        name: String, kind: Kind, title: String, legend: Legend, axisTitle: String, numberFormat: String,
        dataSheet: String, columns: [Int], lastRow: Int
    ) {
        precondition(lastRow >= 1)
        self.name = name
        self.kind = kind
        self.title = title
        self.legend = legend
        self.axisTitle = axisTitle
        self.numberFormat = numberFormat
        self.dataSheet = dataSheet
        self.columns = columns
        self.lastRow = lastRow
    }
}
