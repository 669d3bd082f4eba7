/// A workbook in the format of Excel 97 to 2003: BIFF8 records ([MS-XLS]) in a compound file ([MS-CFB]). The numbers of sections in the comments
/// are those of these two specifications, published by Microsoft as Open Specifications.
///
/// All sheets are in memory until the end, at about 10 bytes a number.
public struct XLSWorkbook: WorkbookWriter {
    public static let limits = SheetLimits(rows: 65_536, columns: 256)

    private let formats: XLSFormats
    private let properties: WorkbookProperties
    private var strings = SharedStrings()
    private var finished: [XLSSheet] = []
    private var sheet: XLSSheet?
    private var cells = CellTable()

    public init(formats: [CellFormat], properties: WorkbookProperties) {
        self.formats = XLSFormats(formats: formats)
        self.properties = properties
    }

    public mutating func beginSheet(_ layout: SheetLayout) {
        endSheet()
        sheet = XLSSheet(layout)
        cells = CellTable()
    }

    public mutating func beginRow(height: Double?) {
        precondition(cells.rowCount < Self.limits.rows - 1)
        cells.beginRow(height: height)
    }

    public mutating func append(_ text: String, format: Int) {
        // Some readers (libfreexl) refuse files with an empty string among the shared ones.
        guard !text.isEmpty else { return appendBlank(format: format) }
        cells.append(string: strings.place(of: text), format: format + XLSFormats.first)
    }

    public mutating func append(_ number: Double, format: Int) {
        precondition(number.isFinite)
        cells.append(number, format: format + XLSFormats.first)
    }

    public mutating func appendBlank(format: Int) { cells.appendBlank(format: format + XLSFormats.first) }

    public mutating func finish() -> [UInt8] {
        endSheet()
        var globals = RecordBytes()
        let positions = self.globals(to: &globals)
        var position = globals.count
        var sheets: [[UInt8]] = []
        for (index, sheet) in finished.enumerated() {
            globals.set32(position, at: positions[index])
            let parts = sheet.parts(position: position, isFirst: index == 0)
            position += parts.reduce(0) { $0 + $1.count }
            sheets += parts
        }
        return CompoundFile.bytes(stream: "Workbook", [globals.bytes] + sheets, kind: Self.kind)
    }

    /// {00020820-0000-0000-C000-000000000046}: an Excel 97 workbook.
    private static let kind: [UInt8] = [0x20, 0x08, 0x02, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46]

    private mutating func endSheet() {
        guard var sheet else { return }
        cells.finish()
        sheet.cells = cells
        finished.append(sheet)
        self.sheet = nil
    }

    /// [MS-XLS] 2.4.21: what follows is the workbook (5) or a sheet (0x10), in the words of Excel 2003.
    static func beginning(of kind: Int, to bytes: inout RecordBytes) {
        bytes.record(.bof) { data in
            for value in [0x0600, kind, 0x2775, 0x07CD] { data.u16(value) }
            data.u32(0x0000_00C1)
            data.u32(0x0000_0306)
        }
    }

    /// The part before the sheets, [MS-XLS] 2.1.7.20.3.
    /// - Returns: where the position of each sheet is to be filled in.
    private func globals(to bytes: inout RecordBytes) -> [Int] {
        Self.beginning(of: 0x0005, to: &bytes)
        bytes.record(.interfaceHdr) { $0.u16(1200) }
        bytes.record(.mms) { $0.u16(0) }
        bytes.record(.interfaceEnd)
        // 2.4.349: 112 bytes, filled up with spaces.
        bytes.record(.writeAccess) { data in
            let start = data.count
            data.string(CellText.cut(properties.author, toUnits: 54), countBytes: 2)
            while data.count < start + 112 { data.u8(0x20) }
        }
        bytes.record(.codePage) { $0.u16(1200) }
        bytes.record(.dsf) { $0.u16(0) }
        bytes.record(.rrTabID) { data in for index in finished.indices { data.u16(index + 1) } }
        for type in [RecordType.winProtect, .protect, .password, .prot4Rev, .prot4RevPass] {
            bytes.record(type) { $0.u16(0) }
        }
        // 2.4.345: a window with tabs, of which the first is in front.
        bytes.record(.window1) { data in
            for value in [0, 0, 28_800, 15_000, 0x0038, 0, 0, 1, 600] { data.u16(value) }
        }
        bytes.record(.backup) { $0.u16(0) }
        bytes.record(.hideObj) { $0.u16(0) }
        bytes.record(.date1904) { $0.u16(0) }
        bytes.record(.calcPrecision) { $0.u16(1) }
        bytes.record(.refreshAll) { $0.u16(0) }
        bytes.record(.bookBool) { $0.u16(0) }
        formats.write(to: &bytes)
        bytes.record(.usesELFs) { $0.u16(0) }
        let positions = sheetNames(to: &bytes)
        bytes.record(.country) { data in
            data.u16(1)
            data.u16(1)
        }
        repeatedRows(to: &bytes)
        strings.write(to: &bytes)
        bytes.record(.eof)
        return positions
    }

    /// [MS-XLS] 2.4.28.
    private func sheetNames(to bytes: inout RecordBytes) -> [Int] {
        finished.map { sheet in
            let position = bytes.count + 4
            bytes.record(.boundSheet8) { data in
                data.u32(0)
                data.u16(0)
                data.string(sheet.layout.name, countBytes: 1)
            }
            return position
        }
    }

    /// Rows that each printed page repeats are what the built-in name Print_Titles of a sheet stands for: [MS-XLS] 2.4.150, with
    /// references by way of 2.4.271 and 2.4.105.
    private func repeatedRows(to bytes: inout RecordBytes) {
        let sheets = finished.indices.filter { finished[$0].layout.repeatedRows > 0 }
        guard !sheets.isEmpty else { return }
        bytes.record(.supBook) { data in
            data.u16(finished.count)
            data.u16(0x0401)
        }
        bytes.record(.externSheet) { data in
            data.u16(sheets.count)
            for sheet in sheets { for value in [0, sheet, sheet] { data.u16(value) } }
        }
        for (reference, sheet) in sheets.enumerated() {
            bytes.record(.lbl) { data in
                data.u16(0x0020)
                data.u8(0)
                data.u8(1)
                data.u16(11)
                data.u16(0)
                data.u16(sheet + 1)
                data.zeros(4)
                data.u8(0)
                data.u8(0x07)
                // PtgArea3d, 2.5.198.28: whole rows.
                data.u8(0x3B)
                for value in [reference, 0, finished[sheet].layout.repeatedRows - 1, 0, 0x00FF] { data.u16(value) }
            }
        }
    }
}
