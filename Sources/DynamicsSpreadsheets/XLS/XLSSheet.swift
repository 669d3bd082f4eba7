/// One sheet of an XLS file: [MS-XLS] 2.1.7.20.5.
struct XLSSheet {
    let layout: SheetLayout
    var cells = CellTable()

    init(_ layout: SheetLayout) { self.layout = layout }

    /// The sheet's part of the stream. `cells` must be finished.
    ///
    /// - Parameters:
    ///   - position: where in the stream it begins.
    ///   - isFirst: whether the workbook opens with it.
    /// - Returns: what belongs one after the other.
    func parts(position: Int, isFirst: Bool) -> [[UInt8]] {
        var head = RecordBytes()
        XLSWorkbook.beginning(of: 0x0010, to: &head)
        let index = head.count
        self.index(to: &head)
        settings(to: &head)
        page(to: &head)
        let columns = head.count
        self.columns(to: &head)
        dimensions(to: &head)
        // Index names positions in the stream, which are known by now.
        head.set32(position + columns, at: index + 4 + 12)
        for (block, end) in cells.blockEnds.enumerated() {
            head.set32(position + head.count + end, at: index + 4 + 16 + 4 * block)
        }
        var tail = RecordBytes()
        window(isFirst: isFirst, to: &tail)
        merges(to: &tail)
        tail.record(.eof)
        return [head.bytes, cells.blocks.bytes, tail.bytes]
    }

    /// [MS-XLS] 2.4.144; the positions are filled in later.
    private func index(to bytes: inout RecordBytes) {
        bytes.record(.index) { data in
            data.u32(0)
            data.u32(0)
            data.u32(cells.rowCount)
            data.zeros(4 + 4 * cells.blockEnds.count)
        }
    }

    /// GLOBALS of [MS-XLS] 2.1.7.20.5: what Excel itself writes into a new sheet.
    private func settings(to bytes: inout RecordBytes) {
        bytes.record(.calcMode) { $0.u16(1) }
        bytes.record(.calcCount) { $0.u16(100) }
        bytes.record(.calcRefMode) { $0.u16(1) }
        bytes.record(.calcIter) { $0.u16(0) }
        bytes.record(.calcDelta) { $0.double(0.001) }
        bytes.record(.calcSaveRecalc) { $0.u16(1) }
        bytes.record(.printRowCol) { $0.u16(0) }
        bytes.record(.printGrid) { $0.u16(0) }
        bytes.record(.gridSet) { $0.u16(1) }
        bytes.record(.guts) { $0.zeros(8) }
        bytes.record(.defaultRowHeight) { data in
            data.u16(0)
            data.u16(255)
        }
        // 2.4.351; bit 8: fit to so many pages.
        bytes.record(.wsBool) { $0.u16(0x05C1) }
    }

    /// PAGESETUP of [MS-XLS] 2.1.7.20.5.
    private func page(to bytes: inout RecordBytes) {
        for (type, text) in [(RecordType.header, layout.header), (.footer, layout.footer)] {
            bytes.record(type) { if !text.isEmpty { $0.string(CellText.cut(text, toUnits: 255), countBytes: 2) } }
        }
        bytes.record(.hCenter) { $0.u16(0) }
        bytes.record(.vCenter) { $0.u16(0) }
        for type in [RecordType.leftMargin, .rightMargin] { bytes.record(type) { $0.double(SheetLayout.margins.side) } }
        for type in [RecordType.topMargin, .bottomMargin] { bytes.record(type) { $0.double(SheetLayout.margins.end) } }
        // 2.4.257: A4, one page wide and as many high as it takes.
        bytes.record(.setup) { data in
            for value in [9, 100, 1, 1, 0, layout.isLandscape ? 0 : 2, 600, 600] { data.u16(value) }
            data.double(0.3)
            data.double(0.3)
            data.u16(1)
        }
    }

    /// [MS-XLS] 2.4.89 and 2.4.53; widths in 256ths of a character, with what Excel adds at both sides.
    private func columns(to bytes: inout RecordBytes) {
        bytes.record(.defColWidth) { $0.u16(8) }
        for (column, width) in layout.columnWidths.enumerated() {
            bytes.record(.colInfo) { data in
                data.u16(column)
                data.u16(column)
                data.u16(Int((width + 0.71) * 256))
                data.u16(15)
                data.u16(2)
                data.u16(0)
            }
        }
    }

    /// [MS-XLS] 2.4.90.
    private func dimensions(to bytes: inout RecordBytes) {
        bytes.record(.dimensions) { data in
            data.u32(0)
            data.u32(cells.rowCount)
            data.u16(0)
            data.u16(cells.columnCount)
            data.u16(0)
        }
    }

    /// WINDOW of [MS-XLS] 2.1.7.20.5.
    private func window(isFirst: Bool, to bytes: inout RecordBytes) {
        let (rows, columns) = (layout.frozenRows, layout.frozenColumns)
        let isFrozen = rows > 0 || columns > 0
        // 2.4.346: grid, headings and zeros are shown; frozen without a split before; selected and in front.
        bytes.record(.window2) { data in
            data.u16(0x04B6 & ~0x0400 | (isFrozen ? 0x0108 : 0) | (isFirst ? 0x0600 : 0))
            data.u16(0)
            data.u16(0)
            data.u16(64)
            data.zeros(10)
        }
        // 2.5.198: 0 is the pane at the lower right, 1 the upper right, 2 the lower left, 3 the upper left.
        let active = rows > 0 ? (columns > 0 ? 0 : 2) : (columns > 0 ? 1 : 3)
        if isFrozen {
            bytes.record(.pane) { data in
                for value in [columns, rows, rows, columns] { data.u16(value) }
                data.u8(active)
                data.u8(0)
            }
        }
        var panes = [3]
        if columns > 0 { panes.append(1) }
        if rows > 0 { panes.append(2) }
        if rows > 0, columns > 0 { panes.append(0) }
        for pane in panes { selection(in: pane, to: &bytes) }
    }

    /// [MS-XLS] 2.4.248: the first cell.
    private func selection(in pane: Int, to bytes: inout RecordBytes) {
        let row = pane == 0 || pane == 2 ? layout.frozenRows : 0
        let column = pane == 0 || pane == 1 ? layout.frozenColumns : 0
        bytes.record(.selection) { data in
            data.u8(pane)
            for value in [row, column, 0, 1, row, row] { data.u16(value) }
            data.u8(column)
            data.u8(column)
        }
    }

    /// [MS-XLS] 2.4.168: at most 1,026 to a record.
    private func merges(to bytes: inout RecordBytes) {
        var rest = layout.merges[...]
        while !rest.isEmpty {
            let some = rest.prefix(1026)
            rest = rest.dropFirst(1026)
            bytes.record(.mergeCells) { data in
                data.u16(some.count)
                for merge in some {
                    data.u16(merge.rows.lowerBound)
                    data.u16(merge.rows.upperBound)
                    data.u16(merge.columns.lowerBound)
                    data.u16(merge.columns.upperBound)
                }
            }
        }
    }
}
