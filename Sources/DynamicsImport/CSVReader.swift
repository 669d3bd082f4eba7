/// RFC 4180: the records of a chunk by the columns of the header.
///
/// Records without quotes, nearly all in practice, are split in one pass; the others are found and split by `CSVSyntax`.
struct CSVReader: RecordReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    /// The field of each column.
    private let columns: [Field]
    private let scratch: Scratch
    private var position = 0
    private var line: Int
    private(set) var recordLine: Int

    init(_ bytes: UnsafeBufferPointer<UInt8>, firstLine: Int, columns: [Field]) {
        self.bytes = bytes
        self.columns = columns
        scratch = Scratch(capacity: bytes.count)
        line = firstLine
        recordLine = firstLine
    }

    mutating func next(into cells: borrowing Cells) throws(Fault) -> Bool {
        let count = bytes.count
        while position < count {
            recordLine = line
            let start = position
            var cellStart = start
            var column = 0
            var index = start
            var allBits: UInt8 = 0
            var end = count
            var isPlain = true
            scan: while index < count {
                let byte = bytes[index]
                allBits |= byte
                // All bytes that mean something here are among the first 45.
                if byte > comma {
                    index += 1
                    continue
                }
                switch byte {
                case comma:
                    if column < columns.count { cells[columns[column]] = slice(cellStart, index) }
                    column += 1
                    cellStart = index + 1
                case lineFeed:
                    end = index
                    break scan
                case carriageReturn where index + 1 < count && bytes[index + 1] == lineFeed:
                    end = index
                    index += 1
                    break scan
                case carriageReturn, quote, 0:
                    isPlain = false
                    break scan
                default: break
                }
                index += 1
            }
            if !isPlain { return try nextWithQuotes(into: cells) }
            position = index < count ? index + 1 : count
            line += 1
            if end == start { continue }
            if column < columns.count { cells[columns[column]] = slice(cellStart, end) }
            try check(cells, columnCount: column + 1, isASCII: allBits < 0x80)
            return true
        }
        return false
    }

    @inline(__always)
    private func slice(_ start: Int, _ end: Int) -> Cell { Cell(rebasing: bytes[start..<end]) }

    /// The slow way, for records with a quote, a bare CR or U+0000.
    @inline(never)
    private mutating func nextWithQuotes(into cells: borrowing Cells) throws(Fault) -> Bool {
        let start = position
        let (content, end) = CSVSyntax.record(bytes, from: start)
        position = end
        line += lineFeeds(in: slice(start, end))
        let columns = columns
        let count = try CSVSyntax.split(content, scratch: scratch) { column, cell in
            if column < columns.count { cells[columns[column]] = cell }
        }
        try check(cells, columnCount: count, isASCII: false)
        for field in columns where cells[field].contains(0) {
            throw Fault(field, "\(quoted(cells[field])) contains the character U+0000")
        }
        return true
    }

    @inline(__always)
    private func check(_ cells: borrowing Cells, columnCount: Int, isASCII: Bool) throws(Fault) {
        if columnCount != columns.count {
            let cells = columnCount == 1 ? "1 cell" : "\(columnCount) cells"
            throw Fault("the row has \(cells), but the header has \(columns.count)")
        }
        if !isASCII { try cells.checkUTF8(columns) }
    }
}

/// Where quoted records end and what their cells are.
///
/// A record that breaks the rules ends like one that does not, so that its successors can be told apart: a quote inside an
/// unquoted cell, and what follows a closing quote, are text like any other.
enum CSVSyntax {
    /// The index behind the line feed that ends the record at `start`; nil when the bytes end before.
    static func endOfRecord(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var index = start
        while index < bytes.count {
            if bytes[index] == quote {
                guard let behind = endOfQuotes(bytes, from: index) else { return nil }
                index = behind
            }
            while index < bytes.count, bytes[index] != comma {
                if bytes[index] == lineFeed { return index + 1 }
                index += 1
            }
            index += 1
        }
        return nil
    }

    /// The index behind the quote that closes the one at `start`.
    private static func endOfQuotes(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var index = start + 1
        while index < bytes.count {
            if bytes[index] != quote {
                index += 1
            } else if index + 1 < bytes.count, bytes[index + 1] == quote {
                index += 2
            } else {
                return index + 1
            }
        }
        return nil
    }

    /// The record at `start` without its line end, and the index behind that. The last record may lack it.
    static func record(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> (content: Cell, end: Int) {
        guard let end = endOfRecord(bytes, from: start) else {
            return (Cell(rebasing: bytes[start...]), bytes.count)
        }
        let isCRLF = end - 2 >= start && bytes[end - 2] == carriageReturn
        return (Cell(rebasing: bytes[start..<end - (isCRLF ? 2 : 1)]), end)
    }

    /// Splits one record, given without its line end.
    /// - Returns: how many cells there are.
    static func split(_ bytes: Cell, scratch: Scratch, store: (Int, Cell) -> Void) throws(Fault) -> Int {
        var column = 0
        var index = 0
        while true {
            let start = index
            if index < bytes.count, bytes[index] == quote {
                guard let behind = endOfQuotes(bytes, from: index) else {
                    throw Fault("the cell that begins with \(beginning(bytes, from: index)) has no closing quote")
                }
                store(column, unquoted(bytes, index, behind, scratch))
                index = behind
                try checkBehindQuote(bytes, start, behind)
            } else {
                while index < bytes.count, bytes[index] != comma {
                    try checkUnquoted(bytes, start, index)
                    index += 1
                }
                store(column, Cell(rebasing: bytes[start..<index]))
            }
            column += 1
            if index == bytes.count { return column }
            index += 1
        }
    }

    /// The content of the quoted cell at `start..<end`.
    private static func unquoted(
        _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, _ scratch: Scratch
    ) -> Cell {
        let inner = Cell(rebasing: bytes[start + 1..<end - 1])
        if !inner.contains(quote) { return inner }
        let mark = scratch.mark
        var index = 0
        while index < inner.count {
            scratch.append(inner[index])
            index += inner[index] == quote ? 2 : 1
        }
        return scratch.cell(since: mark)
    }

    private static func checkBehindQuote(
        _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ behind: Int
    ) throws(Fault) {
        if behind == bytes.count || bytes[behind] == comma { return }
        if bytes[behind] == carriageReturn { throw bareCarriageReturn }
        throw Fault(
            "there is text behind the closing quote in \(beginning(bytes, from: start));"
                + " a quote inside a quoted cell is written twice")
    }

    @inline(__always)
    private static func checkUnquoted(
        _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ index: Int
    ) throws(Fault) {
        if bytes[index] == carriageReturn { throw bareCarriageReturn }
        if bytes[index] == quote {
            throw Fault(
                "there is a quote inside the unquoted cell \(beginning(bytes, from: start));"
                    + " put the cell in quotes and write each quote in it twice")
        }
    }

    private static var bareCarriageReturn: Fault {
        Fault("there is a carriage return without a line feed; lines end in LF or CR LF")
    }

    private static func beginning(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> String {
        quoted(Cell(rebasing: bytes[start...]).beginning(scalars: 30))
    }
}
