import CXlsxWriter

/// A workbook in the format of Excel 2007 and later (Office Open XML), by libxlsxwriter in its mode of constant memory: one row is
/// in memory, the rows before it in a temporary file without a name.
public struct XLSXWorkbook: WorkbookWriter {
    public static let limits = SheetLimits(rows: 1_048_576, columns: 16_384)

    private let file: MemoryFile
    private let book: Book
    private let formats: [UnsafeMutablePointer<lxw_format>]
    private var sheet: UnsafeMutablePointer<lxw_worksheet>?
    private var merges: [CellRange] = []
    private var row: UInt32 = 0
    private var column: UInt16 = 0
    private var isFirstRow = true
    private var error = LXW_NO_ERROR

    public init(formats: [CellFormat], properties: WorkbookProperties) throws {
        file = try MemoryFile()
        book = try Book(path: file.path)
        let pointer = book.pointer
        self.formats = try formats.map { try Self.format($0, of: pointer) }
        Self.set(properties, of: pointer)
    }

    public mutating func beginSheet(_ layout: SheetLayout) {
        guard let sheet = workbook_add_worksheet(book.pointer, layout.name) else {
            self.sheet = nil
            note(LXW_ERROR_MEMORY_MALLOC_FAILED)
            return
        }
        self.sheet = sheet
        merges = layout.merges
        isFirstRow = true
        for (column, width) in layout.columnWidths.enumerated() {
            note(worksheet_set_column(sheet, UInt16(column), UInt16(column), width, nil))
        }
        worksheet_freeze_panes(sheet, UInt32(layout.frozenRows), UInt16(layout.frozenColumns))
        if layout.isLandscape { worksheet_set_landscape(sheet) }
        worksheet_set_paper(sheet, 9)
        let margins = SheetLayout.margins
        worksheet_set_margins(sheet, margins.side, margins.side, margins.end, margins.end)
        worksheet_fit_to_pages(sheet, 1, 0)
        if layout.repeatedRows > 0 { note(worksheet_repeat_rows(sheet, 0, UInt32(layout.repeatedRows - 1))) }
        if !layout.header.isEmpty {
            note(worksheet_set_header(sheet, CellText.escapedForXML(layout.header, toUnits: 255)))
        }
        if !layout.footer.isEmpty {
            note(worksheet_set_footer(sheet, CellText.escapedForXML(layout.footer, toUnits: 255)))
        }
    }

    public mutating func beginRow(height: Double?) {
        row = isFirstRow ? 0 : row + 1
        column = 0
        isFirstRow = false
        guard let sheet else { return }
        if let height { note(worksheet_set_row(sheet, row, height, nil)) }
        // A merge writes all its cells. Those of rows before are refused, since this row has begun, and those of this row are written
        // again by what is appended next: so cells are what was appended, and the merge stands beside them.
        for merge in merges where merge.rows.upperBound == Int(row) {
            note(worksheet_write_blank(sheet, row, 0, formats[0]))
            note(
                worksheet_merge_range(
                    sheet, UInt32(merge.rows.lowerBound), UInt16(merge.columns.lowerBound), row,
                    UInt16(merge.columns.upperBound), "", formats[0]))
        }
    }

    public mutating func append(_ text: String, format: Int) {
        let text = CellText.escapedForXML(text, toUnits: SheetLimits.textLength)
        note(worksheet_write_string(sheet, row, column, text, formats[format]))
        column += 1
    }

    public mutating func append(_ number: Double, format: Int) {
        precondition(number.isFinite)
        note(worksheet_write_number(sheet, row, column, number, formats[format]))
        column += 1
    }

    public mutating func appendBlank(format: Int) {
        note(worksheet_write_blank(sheet, row, column, formats[format]))
        column += 1
    }

    public mutating func finish() throws -> [UInt8] {
        sheet = nil
        let closed = book.close()
        guard error == LXW_NO_ERROR else { throw Self.failure(error) }
        guard closed == LXW_NO_ERROR else { throw Self.failure(closed) }
        return try file.bytes()
    }

    var workbook: UnsafeMutablePointer<lxw_workbook> { book.pointer }

    /// Keeps the first error; whoever finishes the workbook gets it.
    mutating func note(_ error: lxw_error) {
        if error != LXW_NO_ERROR, self.error == LXW_NO_ERROR { self.error = error }
    }

    private static func failure(_ error: lxw_error) -> WorkbookFailure {
        WorkbookFailure(lxw_strerror(error).map { String(cString: $0) } ?? "error \(error.rawValue)")
    }

    private static func set(_ properties: WorkbookProperties, of book: UnsafeMutablePointer<lxw_workbook>) {
        properties.title.withCString { title in
            properties.author.withCString { author in
                var copied = lxw_doc_properties()
                copied.title = UnsafeMutablePointer(mutating: title)
                copied.author = UnsafeMutablePointer(mutating: author)
                // Without it the file would have the time of its writing, and other bytes each time.
                copied.created = time_t(properties.createdAt)
                _ = workbook_set_properties(book, &copied)
            }
        }
    }

    private static func format(
        _ format: CellFormat, of book: UnsafeMutablePointer<lxw_workbook>
    ) throws -> UnsafeMutablePointer<lxw_format> {
        guard let made = workbook_add_format(book) else { throw failure(LXW_ERROR_MEMORY_MALLOC_FAILED) }
        if format.numberFormat != "General" { format_set_num_format(made, format.numberFormat) }
        if format.isBold { format_set_bold(made) }
        switch format.alignment {
        case .general: break
        case .left: format_set_align(made, UInt8(LXW_ALIGN_LEFT.rawValue))
        case .center: format_set_align(made, UInt8(LXW_ALIGN_CENTER.rawValue))
        case .right: format_set_align(made, UInt8(LXW_ALIGN_RIGHT.rawValue))
        }
        if format.isWrapped { format_set_text_wrap(made) }
        switch format.vertical {
        case .bottom: break
        case .center: format_set_align(made, UInt8(LXW_ALIGN_VERTICAL_CENTER.rawValue))
        case .top: format_set_align(made, UInt8(LXW_ALIGN_VERTICAL_TOP.rawValue))
        }
        if format.isShaded { format_set_bg_color(made, shade) }
        if let top = line(format.top) { format_set_top(made, top) }
        if let bottom = line(format.bottom) { format_set_bottom(made, bottom) }
        if let left = line(format.left) { format_set_left(made, left) }
        return made
    }

    private static let shade: UInt32 = 0xECECEC

    private static func line(_ line: CellFormat.Line) -> UInt8? {
        switch line {
        case .none: nil
        case .thin: UInt8(LXW_BORDER_THIN.rawValue)
        case .double: UInt8(LXW_BORDER_DOUBLE.rawValue)
        }
    }
}

/// A workbook of the library, which is given back even when nobody finishes it.
private final class Book {
    let pointer: UnsafeMutablePointer<lxw_workbook>
    private var isClosed = false

    init(path: String) throws {
        var options = lxw_workbook_options()
        options.constant_memory = 1
        guard let pointer = workbook_new_opt(path, &options) else { throw WorkbookFailure("there is no memory left") }
        self.pointer = pointer
    }

    /// Writes the file. The library frees what it holds even when that fails.
    func close() -> lxw_error {
        precondition(!isClosed, "a workbook is finished once")
        isClosed = true
        return workbook_close(pointer)
    }

    deinit { if !isClosed { lxw_workbook_free(pointer) } }
}
