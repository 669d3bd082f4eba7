/// A file of sheets that is written row after row and cell after cell, from left to right; nothing is looked at again.
///
/// Text is always text, never a formula or a link. The same calls give the same bytes.
public protocol WorkbookWriter {
    /// How many rows and columns a sheet of this kind of file can have.
    static var limits: SheetLimits { get }

    /// - Parameters:
    ///   - formats: what cells refer to, by position.
    ///   - properties: what the file says of itself.
    /// - Throws: `WorkbookFailure` when the system gives no memory or no place for temporary files.
    init(formats: [CellFormat], properties: WorkbookProperties) throws

    /// The rows that follow belong to this new sheet, the first one is row 0.
    mutating func beginSheet(_ layout: SheetLayout)

    /// The cells that follow belong to the next row, the first one is column 0.
    /// - Parameter height: in points; nil: as high as one line.
    mutating func beginRow(height: Double?)

    /// Appends a cell with text. Of a longer one, the first `SheetLimits.textLength` UTF-16 units are kept.
    mutating func append(_ text: String, format: Int)

    /// Appends a cell with a number; dates are numbers, too (`CellDate`).
    /// - Precondition: the number is finite.
    mutating func append(_ number: Double, format: Int)

    /// Appends a cell with nothing in it but its looks.
    mutating func appendBlank(format: Int)

    /// The whole file. Must be called once, at the end.
    /// - Throws: `WorkbookFailure` when something could not be written.
    mutating func finish() throws -> [UInt8]
}

/// What a kind of file has room for.
public struct SheetLimits: Sendable, Hashable {
    public var rows: Int
    public var columns: Int

    /// Both formats: at most so many UTF-16 units in a cell.
    public static let textLength = 32_767
}

/// A workbook that could not be written, and why.
public struct WorkbookFailure: Error, Hashable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

/// What the file says of itself.
public struct WorkbookProperties: Sendable, Hashable {
    public var title: String
    public var author: String
    /// In seconds since 1970-01-01T00:00:00Z; at least 1.
    public var createdAt: Int64

    public init(title: String, author: String, createdAt: Int64) {
        precondition(createdAt >= 1)
        self.title = title
        self.author = author
        self.createdAt = createdAt
    }
}

/// A sheet without its cells.
public struct SheetLayout: Sendable, Hashable {
    /// At most 31 characters, none of `[]:*?/\`, and no apostrophe at either end.
    public var name: String
    /// Widths of the first columns, in characters of the usual font.
    public var columnWidths: [Double]
    /// Cells that are one. Each of them is appended all the same; what it holds stands in the first.
    public var merges: [CellRange] = []
    /// Rows at the top and columns at the left that stay in view.
    public var frozenRows = 0
    public var frozenColumns = 0
    /// Rows at the top that are repeated on each printed page.
    public var repeatedRows = 0
    public var isLandscape = false
    /// On each printed page, in the codes of `&P` (page) and `&N` (pages); `&&` is an ampersand.
    public var header = ""
    public var footer = ""

    /// Of the printed page, in inches: left and right, top and bottom. The paper is A4, and as wide as the sheet.
    static let margins = (side: 0.4, end: 0.7)

    public init(name: String, columnWidths: [Double]) {
        self.name = name
        self.columnWidths = columnWidths
    }
}

/// A rectangle of cells, both ends included.
public struct CellRange: Sendable, Hashable {
    public var rows: ClosedRange<Int>
    public var columns: ClosedRange<Int>

    public init(rows: ClosedRange<Int>, columns: ClosedRange<Int>) {
        self.rows = rows
        self.columns = columns
    }
}

/// How a cell looks.
public struct CellFormat: Sendable, Hashable {
    /// From left to right.
    public enum Alignment: Sendable, Hashable {
        /// Text left, numbers right.
        case general
        case left, center, right
    }

    /// From top to bottom.
    public enum VerticalAlignment: Sendable, Hashable {
        case bottom, center, top
    }

    /// A border.
    public enum Line: Sendable, Hashable {
        case none, thin, double
    }

    /// In the language of spreadsheets: `#,##0.00`, `yyyy-mm-dd`, `@`.
    public var numberFormat = "General"
    public var isBold = false
    public var alignment = Alignment.general
    public var vertical = VerticalAlignment.bottom
    /// Long text goes on in lines below each other.
    public var isWrapped = false
    /// A light grey behind it.
    public var isShaded = false
    public var top = Line.none
    public var bottom = Line.none
    public var left = Line.none

    public init() {}
}

/// Dates as spreadsheets have them: days since 1899-12-30, which is right from 1900-03-01 on.
public enum CellDate {
    /// Of a day, counted from 1970-01-01.
    public static func number(dayNumber: Int32) -> Double { Double(Int64(dayNumber) + 25_569) }

    /// Of a time, counted in seconds from 1970-01-01T00:00:00.
    public static func number(seconds: Int64) -> Double { Double(seconds + 25_569 * 86_400) / 86_400 }
}
