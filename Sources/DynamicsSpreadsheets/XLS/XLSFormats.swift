/// Fonts, number formats and looks of an XLS file: FORMATTING, [MS-XLS] 2.1.7.20.3.
struct XLSFormats {
    let formats: [CellFormat]

    /// The first format of ours: 15 styles and the default cell come before (XFS of 2.1.7.20.3).
    static let first = 16

    /// Number formats that are not built in: 2.4.126 counts them from here.
    private static let firstOwn = 164

    private var ownNumberFormats: [String] {
        var own: [String] = []
        for format in formats where Self.builtIn(format.numberFormat) == nil && !own.contains(format.numberFormat) {
            own.append(format.numberFormat)
        }
        return own
    }

    /// [MS-XLS] 2.4.126: those whose meaning is the same in every country.
    private static func builtIn(_ numberFormat: String) -> Int? {
        let known = ["General": 0, "0": 1, "0.00": 2, "#,##0": 3, "#,##0.00": 4, "@": 49]
        return known[numberFormat]
    }

    func write(to bytes: inout RecordBytes) {
        // Number 4 does not exist (2.5.129): 0 to 3 are the usual font, 5 is the bold one.
        for _ in 0..<4 { Self.font(isBold: false, to: &bytes) }
        Self.font(isBold: true, to: &bytes)
        let own = ownNumberFormats
        for (index, numberFormat) in own.enumerated() {
            bytes.record(.format) { data in
                data.u16(Self.firstOwn + index)
                data.string(numberFormat, countBytes: 2)
            }
        }
        for _ in 0..<15 { Self.xf(CellFormat(), isStyle: true, numberFormat: 0, to: &bytes) }
        Self.xf(CellFormat(), isStyle: false, numberFormat: 0, to: &bytes)
        for format in formats {
            let number =
                Self.builtIn(format.numberFormat) ?? Self.firstOwn + (own.firstIndex(of: format.numberFormat) ?? 0)
            Self.xf(format, isStyle: false, numberFormat: number, to: &bytes)
        }
        // 2.4.269: the first style is the built-in one that is called Normal.
        bytes.record(.style) { data in
            data.u16(0x8000)
            data.u8(0)
            data.u8(0xFF)
        }
        Self.palette(to: &bytes)
    }

    /// [MS-XLS] 2.4.122: 10 points of Arial.
    private static func font(isBold: Bool, to bytes: inout RecordBytes) {
        bytes.record(.font) { data in
            for value in [200, 0, 0x7FFF, isBold ? 700 : 400, 0] { data.u16(value) }
            data.zeros(4)
            data.string("Arial", countBytes: 1)
        }
    }

    /// [MS-XLS] 2.4.353, 2.5.20 and 2.5.249.
    private static func xf(_ format: CellFormat, isStyle: Bool, numberFormat: Int, to bytes: inout RecordBytes) {
        bytes.record(.xf) { data in
            data.u16(format.isBold ? 5 : 0)
            data.u16(numberFormat)
            // Locked; a style has no parent, a cell that of number 0.
            data.u16(isStyle ? 0xFFF5 : 0x0001)
            data.u8(
                alignment(format.alignment) | (format.isWrapped ? 0x08 : 0) | alignment(format.vertical) << 4)
            data.u8(0)
            data.u8(0)
            // Which of them are the cell's own: all, or for a style none.
            data.u8(isStyle ? 0 : 0xFC)
            data.u32(
                line(format.left) | line(format.top) << 8 | line(format.bottom) << 12
                    | (format.left == .none ? 0 : black << 16))
            data.u32(
                (format.top == .none ? 0 : black) | (format.bottom == .none ? 0 : black << 7)
                    | (format.isShaded ? 1 << 26 : 0))
            data.u16((format.isShaded ? shade : 64) | 65 << 7)
        }
    }

    /// [MS-XLS] 2.5.128 (HorizAlign).
    private static func alignment(_ alignment: CellFormat.Alignment) -> Int {
        switch alignment {
        case .general: 0
        case .left: 1
        case .center: 2
        case .right: 3
        }
    }

    /// [MS-XLS] 2.5.276 (VertAlign).
    private static func alignment(_ alignment: CellFormat.VerticalAlignment) -> Int {
        switch alignment {
        case .top: 0
        case .center: 1
        case .bottom: 2
        }
    }

    /// [MS-XLS] 2.5.11 (BorderStyle).
    private static func line(_ line: CellFormat.Line) -> Int {
        switch line {
        case .none: 0
        case .thin: 1
        case .double: 6
        }
    }

    /// [MS-XLS] 2.5.161 (Icv): the colour of the window's text, and the place of our grey among the colours.
    private static let black = 64
    private static let shade = 22

    /// [MS-XLS] 2.4.188: the default colours (the table of 2.5.161, from 8 on), but for our grey.
    private static func palette(to bytes: inout RecordBytes) {
        bytes.record(.palette) { data in
            data.u16(colours.count)
            for (index, colour) in colours.enumerated() {
                let colour = index + 8 == shade ? 0xECECEC : colour
                data.u8(colour >> 16)
                data.u8(colour >> 8)
                data.u8(colour)
                data.u8(0)
            }
        }
    }

    private static let colours = [
        0x000000, 0xFFFFFF, 0xFF0000, 0x00FF00, 0x0000FF, 0xFFFF00, 0xFF00FF, 0x00FFFF, 0x800000, 0x008000, 0x000080,
        0x808000, 0x800080, 0x008080, 0xC0C0C0, 0x808080, 0x9999FF, 0x993366, 0xFFFFCC, 0xCCFFFF, 0x660066, 0xFF8080,
        0x0066CC, 0xCCCCFF, 0x000080, 0xFF00FF, 0xFFFF00, 0x00FFFF, 0x800080, 0x800000, 0x008080, 0x0000FF, 0x00CCFF,
        0xCCFFFF, 0xCCFFCC, 0xFFFF99, 0x99CCFF, 0xFF99CC, 0xCC99FF, 0xFFCC99, 0x3366FF, 0x33CCCC, 0x99CC00, 0xFFCC00,
        0xFF9900, 0xFF6600, 0x666699, 0x969696, 0x003366, 0x339966, 0x003300, 0x333300, 0x993300, 0x993366, 0x333399,
        0x333333,
    ]
}
