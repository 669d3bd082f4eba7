/// A large sparse table of cells of a few numbers each, in pages that are made when first touched: what package rows are added up
/// in, at a cost in proportion to what exists, not to packages times buckets.
///
/// Belongs to one worker while it grows, and is only read afterwards; hence the unchecked `Sendable`.
final class PagedCells<W: FixedWidthInteger & BitwiseCopyable & Sendable>: @unchecked Sendable {
    private static var cellsPerPage: Int { 32 }

    let rowCount: Int
    let columnCount: Int
    /// Numbers in a cell.
    let width: Int
    private let pagesPerRow: Int
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
    @inline(__always)
    func cell(row: Int, column: Int) -> UnsafeMutablePointer<W> {
        precondition(row >= 0 && row < rowCount && column >= 0 && column < columnCount)
        let page = row &* pagesPerRow &+ column / Self.cellsPerPage
        let start = pages[page] ?? makePage(page)
        return start + column % Self.cellsPerPage &* width
    }

    @inline(never)
    private func makePage(_ page: Int) -> UnsafeMutablePointer<W> {
        let start = UnsafeMutablePointer<W>.allocate(capacity: Self.cellsPerPage * width)
        start.initialize(repeating: 0, count: Self.cellsPerPage * width)
        pages[page] = start
        return start
    }

    /// Calls `body` with each cell of the row whose page was ever touched, by column.
    func forEachCell(row: Int, _ body: (Int, UnsafeBufferPointer<W>) -> Void) {
        for page in 0..<pagesPerRow {
            guard let start = pages[row * pagesPerRow + page] else { continue }
            let first = page * Self.cellsPerPage
            for column in first..<min(first + Self.cellsPerPage, columnCount) {
                body(column, UnsafeBufferPointer(start: start + (column - first) * width, count: width))
            }
        }
    }

    /// Calls `body` with each pair of cells of two tables with the same columns, of which at least one's page was ever touched.
    static func forEachCell(
        row: Int, of a: PagedCells, and b: PagedCells,
        _ body: (Int, UnsafePointer<W>?, UnsafePointer<W>?) -> Void
    ) {
        precondition(a.columnCount == b.columnCount)
        for page in 0..<a.pagesPerRow {
            let startA = a.pages[row * a.pagesPerRow + page]
            let startB = b.pages[row * b.pagesPerRow + page]
            if startA == nil, startB == nil { continue }
            let first = page * cellsPerPage
            for column in first..<min(first + cellsPerPage, a.columnCount) {
                body(
                    column, startA.map { UnsafePointer($0 + (column - first) * a.width) },
                    startB.map { UnsafePointer($0 + (column - first) * b.width) })
            }
        }
    }

    /// Adds `factor` times all cells of a row of `other` to a row of this table.
    func add(_ other: PagedCells, row: Int, to target: Int, times factor: W = 1) {
        precondition(width == other.width && columnCount == other.columnCount)
        other.forEachCell(row: row) { column, numbers in
            let cell = cell(row: target, column: column)
            for i in 0..<width { cell[i] &+= factor &* numbers[i] }
        }
    }

    /// Adds all cells of `other`.
    func add(_ other: PagedCells) {
        precondition(rowCount == other.rowCount)
        for row in 0..<rowCount { add(other, row: row, to: row) }
    }
}
