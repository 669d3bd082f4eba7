/// The cells of one sheet as records, in blocks of 32 rows: CELLTABLE, [MS-XLS] 2.1.7.20.6.
struct CellTable {
    /// Whole blocks: Row records, cells, and the DBCell that finds them.
    private(set) var blocks = RecordBytes()
    /// Where each DBCell lies in `blocks`.
    private(set) var blockEnds: [Int] = []
    private(set) var rowCount = 0
    /// Of the widest row.
    private(set) var columnCount = 0

    private var rows = RecordBytes()
    private var cells = RecordBytes()
    /// Where the cells of each row of this block begin in `cells`.
    private var rowStarts: [Int] = []
    private var column = 0
    private var height: Double?
    private var isInRow = false
    /// Cells of one kind beside each other that share a record.
    private var run = Run()

    private struct Run {
        var kind = Kind.none
        /// Where its record begins in `cells`.
        var start = 0
        var count = 0

        enum Kind { case none, number, blank }
    }

    /// [MS-XLS] 2.5.59 and 2.4.221: so many rows share a DBCell.
    private static let rowsInBlock = 32

    mutating func beginRow(height: Double?) {
        endRow()
        rowStarts.append(cells.count)
        self.height = height
        column = 0
        isInRow = true
    }

    mutating func append(string place: Int, format: Int) {
        endRun()
        cells.u16(RecordType.labelSst.rawValue)
        cells.u16(10)
        cells.u16(rowCount)
        cells.u16(column)
        cells.u16(format)
        cells.u32(place)
        column += 1
    }

    mutating func append(_ number: Double, format: Int) {
        if let rk = RKNumber(number) {
            beginCell(.number)
            cells.u16(format)
            cells.u32(rk.bits)
        } else {
            endRun()
            cells.u16(RecordType.number.rawValue)
            cells.u16(14)
            cells.u16(rowCount)
            cells.u16(column)
            cells.u16(format)
            cells.double(number)
        }
        column += 1
    }

    mutating func appendBlank(format: Int) {
        beginCell(.blank)
        cells.u16(format)
        column += 1
    }

    /// After the last row.
    mutating func finish() {
        endRow()
        endBlock()
    }

    /// Begins a record, or goes on with the one of the cells before when they are of the same kind. Type and length follow in `endRun`.
    private mutating func beginCell(_ kind: Run.Kind) {
        if run.kind != kind {
            endRun()
            run = Run(kind: kind, start: cells.count, count: 0)
            cells.u32(0)
            cells.u16(rowCount)
            cells.u16(column)
        }
        run.count += 1
    }

    /// RK and MulRk ([MS-XLS] 2.4.220, 2.4.175) or Blank and MulBlank (2.4.20, 2.4.174), which begin alike.
    private mutating func endRun() {
        guard run.kind != .none else { return }
        let isOne = run.count == 1
        let type: RecordType = run.kind == .number ? (isOne ? .rk : .mulRk) : (isOne ? .blank : .mulBlank)
        if !isOne { cells.u16(column - 1) }
        cells.set16(type.rawValue, at: run.start)
        cells.set16(cells.count - run.start - 4, at: run.start + 2)
        run.kind = .none
    }

    /// [MS-XLS] 2.4.221.
    private mutating func endRow() {
        guard isInRow else { return }
        endRun()
        isInRow = false
        let row = (index: rowCount, columns: column, height: height)
        rows.record(.row) { data in
            data.u16(row.index)
            data.u16(0)
            data.u16(row.columns)
            data.u16(row.height.map { Int($0 * 20) } ?? 255)
            data.u32(0)
            // Bit 6: the height is not that of the usual font. Bit 8 is always set.
            data.u16(row.height == nil ? 0x0100 : 0x0140)
            data.u16(15)
        }
        rowCount += 1
        columnCount = max(columnCount, column)
        if rowStarts.count == Self.rowsInBlock { endBlock() }
    }

    /// [MS-XLS] 2.4.78: how far back the first Row record is, then from the second one (the end of the first Row record) to the cells of
    /// the first row, then from the cells of each row to those of the next.
    private mutating func endBlock() {
        guard !rowStarts.isEmpty else { return }
        let oneRow = rows.count / rowStarts.count
        let (rowBytes, cellBytes, starts) = (rows.count, cells.count, rowStarts)
        blocks.append(rows.bytes)
        blocks.append(cells.bytes)
        blockEnds.append(blocks.count)
        blocks.record(.dbCell) { data in
            data.u32(rowBytes + cellBytes)
            for (index, start) in starts.enumerated() {
                data.u16(index == 0 ? rowBytes - oneRow : start - starts[index - 1])
            }
        }
        rows.removeAll()
        cells.removeAll()
        rowStarts.removeAll()
    }
}

/// A number in 30 bits, where that holds it: [MS-XLS] 2.5.217.
struct RKNumber {
    let bits: Int

    /// nil unless reading it back gives the very same number.
    init?(_ number: Double) {
        // Minus zero is no integer.
        if number == 0, number.sign == .minus { return nil }
        if let whole = Self.whole(number) {
            bits = whole << 2 | 0b10
        } else if let hundredths = Self.whole((number * 100).rounded()), Double(hundredths) / 100 == number {
            bits = hundredths << 2 | 0b11
        } else if number.bitPattern & 0x3_FFFF_FFFF == 0 {
            bits = Int(number.bitPattern >> 32)
        } else {
            return nil
        }
    }

    /// The number as an integer of 30 bits with a sign.
    private static func whole(_ number: Double) -> Int? {
        guard abs(number) < 536_870_912 else { return nil }
        let whole = Int(number)
        return Double(whole) == number ? whole : nil
    }
}
