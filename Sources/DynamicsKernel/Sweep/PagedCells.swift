/// A large sparse table of cells of a few numbers each, in pages that are made when first touched: what overlapping packages are added
/// up in, at a cost in proportion to what exists, not to packages times buckets.
///
/// Belongs to one worker while it grows, and is only read afterwards; hence the unchecked `Sendable`.
final class PagedCells<W: FixedWidthInteger & BitwiseCopyable & Sendable>: @unchecked Sendable {
    private static var cellsPerPage: Int { 32 }

    private let rowCount: Int
    private let columnCount: Int
    /// Numbers in a cell.
    private let width: Int
    private let pagesPerRow: Int
    private(set) var isTouched = false
    private let pages: UnsafeMutableBufferPointer<UnsafeMutablePointer<W>?>

    init(rows: Int, columns: Int, width: Int) {
        rowCount = rows
        columnCount = columns
        self.width = width
        pagesPerRow = (columns + Self.cellsPerPage - 1) / Self.cellsPerPage
        pages = .allocate(capacity: rows * pagesPerRow)
        pages.initialize(repeating: nil)
    }

    deinit {
        for page in pages { page?.deallocate() }
        pages.deallocate()
    }

    /// The cell's numbers, to be added to; its page is made when missing.
    func cell(row: Int, column: Int) -> UnsafeMutablePointer<W> {
        precondition(row >= 0 && row < rowCount && column >= 0 && column < columnCount)
        let page = row &* pagesPerRow &+ column / Self.cellsPerPage
        let start = pages[page] ?? makePage(page)
        return start + column % Self.cellsPerPage &* width
    }

    private func makePage(_ page: Int) -> UnsafeMutablePointer<W> {
        let start = UnsafeMutablePointer<W>.allocate(capacity: Self.cellsPerPage * width)
        start.initialize(repeating: 0, count: Self.cellsPerPage * width)
        pages[page] = start
        isTouched = true
        return start
    }

    /// Calls `body` with each cell of the row whose page was ever touched, by column.
    private func forEachCell(row: Int, _ body: (Int, UnsafePointer<W>) -> Void) {
        for page in 0..<pagesPerRow {
            guard let start = pages[row * pagesPerRow + page] else { continue }
            let first = page * Self.cellsPerPage
            for column in first..<min(first + Self.cellsPerPage, columnCount) {
                body(column, UnsafePointer(start + (column - first) * width))
            }
        }
    }

    /// The cell's numbers; nil when its page was never touched.
    func touchedCell(row: Int, column: Int) -> UnsafePointer<W>? {
        precondition(row >= 0 && row < rowCount && column >= 0 && column < columnCount)
        return pages[row * pagesPerRow + column / Self.cellsPerPage].map {
            UnsafePointer($0 + column % Self.cellsPerPage * width)
        }
    }

    /// Adds all cells of `other`.
    func add(_ other: PagedCells) {
        precondition(rowCount == other.rowCount && width == other.width && columnCount == other.columnCount)
        for row in 0..<rowCount {
            other.forEachCell(row: row) { column, numbers in
                let cell = cell(row: row, column: column)
                for i in 0..<width { cell[i] &+= numbers[i] }
            }
        }
    }
}
