/// A large sparse table of cells of a few numbers each, in pages that are made when first touched: what package rows are added up
/// in, at a cost in proportion to what exists, not to packages times buckets.
struct PagedCells<W: FixedWidthInteger & BitwiseCopyable & Sendable>: Sendable {
    private static var cellsPerPage: Int { 16 }

    /// Numbers in a cell.
    let width: Int
    private let pagesPerRow: Int
    /// Where in `cells` each page starts; -1: not there.
    private var pages: [Int32]
    private var cells: [W] = []

    init(rows: Int, columns: Int, width: Int) {
        self.width = width
        pagesPerRow = columns / Self.cellsPerPage + 1
        pages = Array(repeating: -1, count: rows * pagesPerRow)
    }

    /// Where the cell starts in the memory that `withCells` lends; makes its page.
    @inline(__always)
    mutating func place(row: Int, column: Int) -> Int {
        let page = row * pagesPerRow + column / Self.cellsPerPage
        if pages[page] < 0 {
            pages[page] = Int32(cells.count / (Self.cellsPerPage * width))
            cells.append(contentsOf: repeatElement(0, count: Self.cellsPerPage * width))
        }
        return (Int(pages[page]) * Self.cellsPerPage + column % Self.cellsPerPage) * width
    }

    @inline(__always)
    mutating func add(_ value: W, at place: Int) { cells[place] &+= value }

    /// The numbers of a cell; nil when its page was never touched.
    func cell(row: Int, column: Int) -> ArraySlice<W>? {
        let page = pages[row * pagesPerRow + column / Self.cellsPerPage]
        guard page >= 0 else { return nil }
        let start = (Int(page) * Self.cellsPerPage + column % Self.cellsPerPage) * width
        return cells[start..<start + width]
    }

    /// Whether any cell of the row was touched.
    func isUsed(row: Int) -> Bool {
        pages[(row * pagesPerRow)..<((row + 1) * pagesPerRow)].contains { $0 >= 0 }
    }

    static func += (a: inout Self, b: Self) {
        precondition(a.width == b.width && a.pages.count == b.pages.count)
        for page in b.pages.indices where b.pages[page] >= 0 {
            let (row, first) = (page / a.pagesPerRow, page % a.pagesPerRow * cellsPerPage)
            let target = a.place(row: row, column: first)
            let source = Int(b.pages[page]) * cellsPerPage * b.width
            for i in 0..<(cellsPerPage * a.width) { a.cells[target + i] &+= b.cells[source + i] }
        }
    }
}
