import DynamicsSpreadsheets
import DynamicsTestSupport

/// A workbook of random cells, as calls to a writer and as what readers should find.
struct RandomWorkbook {
    struct Sheet {
        let layout: SheetLayout
        let rows: [[(content: ReadCell.Content, format: Int)]]
    }

    let formats: [CellFormat]
    let sheets: [Sheet]

    /// - Parameter forXLSX: without dates, which openpyxl reads as such whatever they are, and with short texts.
    init(seed: UInt64, forXLSX: Bool = false) {
        var random = SplitMix64(seed: seed)
        formats = ["General", "0", "#,##0.00", forXLSX ? "0%" : "yyyy-mm-dd", "@", "0.000\" x\""].map { code in
            var format = CellFormat()
            format.numberFormat = code
            format.isBold = random.chance(30)
            format.isWrapped = random.chance(30)
            format.isShaded = random.chance(20)
            format.vertical = random.pick([.bottom, .center, .top])
            format.alignment = random.pick([.general, .left, .center, .right])
            format.top = random.pick([.none, .thin, .double])
            format.left = random.pick([.none, .thin, .double])
            return format
        }
        let formatCount = formats.count
        sheets = (0..<random.between(1...3)).map { index in
            var layout = SheetLayout(name: "Sheet \(index) é Ж", columnWidths: [10, 20])
            layout.frozenRows = random.between(0...2)
            layout.frozenColumns = random.between(0...2)
            layout.repeatedRows = random.between(0...2)
            layout.isLandscape = random.chance(50)
            let columns = random.between(0...random.pick([3, 30, 256]))
            let most = columns > 30 ? 40 : random.pick([0, 1, 31, 32, 33, 200])
            let rows = (0..<most).map { _ in
                (0..<random.between(0...columns)).map { _ in
                    (Self.content(&random, longTexts: !forXLSX), random.between(0...formatCount - 1))
                }
            }
            return Sheet(layout: layout, rows: rows)
        }
    }

    private static func content(_ random: inout SplitMix64, longTexts: Bool) -> ReadCell.Content {
        switch random.between(0...9) {
        case 0...3: .number(number(&random))
        case 4...6: .text(text(&random, long: longTexts))
        default: .nothing
        }
    }

    /// Integers, hundredths and others, near the limits of what fits into 30 bits and beyond.
    static func number(_ random: inout SplitMix64) -> Double {
        switch random.between(0...7) {
        case 0: Double(random.between(-3...3))
        case 1: Double(random.pick([1 << 29, 1 << 30, -(1 << 29), 1 << 53]) + random.between(-2...2))
        case 2: Double(random.between(-60_000_000_000...60_000_000_000)) / 100
        case 3: Double((1 << 29) + random.between(-2...2)) / 100
        case 4: Double(random.between(-1_000_000...1_000_000)) / random.pick([3, 1000, 64])
        case 5: Double(bitPattern: random.next() & 0x7FEF_FFFC_0000_0000 | random.next() << 63)
        case 6:
            random.pick([.leastNonzeroMagnitude, .greatestFiniteMagnitude, 1e20, -0.01, 0.1, .leastNormalMagnitude])
        default: Double(bitPattern: random.next() & 0xBFEF_FFFF_FFFF_FFFF)
        }
    }

    /// Of one byte or two a character, of lengths with which records end in all places.
    static func text(_ random: inout SplitMix64, long: Bool) -> String {
        let alphabets: [[Unicode.Scalar]] = [
            ["a", "b", "é", "ÿ"], ["Ж", "a", "中"], ["\u{1F600}", "x", "\u{10FFFF}"],
        ]
        let alphabet = random.pick(alphabets)
        let length =
            long && random.chance(3) ? random.pick([4100, 8215, 8220, 8224, 16_440, 32_767]) : random.between(1...40)
        var text = String.UnicodeScalarView()
        for _ in 0..<length { text.append(random.pick(alphabet)) }
        return String(text)
    }

    /// All calls, and the finished file.
    func bytes<Writer: WorkbookWriter>(_ type: Writer.Type) throws -> [UInt8] {
        var writer = try Writer(
            formats: formats, properties: WorkbookProperties(title: "Random", author: "tests", createdAt: 1_700_000_000)
        )
        for sheet in sheets {
            writer.beginSheet(sheet.layout)
            for (index, row) in sheet.rows.enumerated() {
                writer.beginRow(height: index % 5 == 3 ? 24 : nil)
                for cell in row {
                    switch cell.content {
                    case .number(let number): writer.append(number, format: cell.format)
                    case .text(let text): writer.append(text, format: cell.format)
                    default: writer.appendBlank(format: cell.format)
                    }
                }
            }
        }
        return try writer.finish()
    }

    /// What readers should find in a sheet; texts end where a cell does.
    func expected(_ sheet: Sheet) -> [[ReadCell]] {
        sheet.rows.map { row in
            row.map { cell in
                var content = cell.content
                if case .text(let text) = content {
                    var kept = Array(text.utf16.prefix(SheetLimits.textLength))
                    if let last = kept.last, UTF16.isLeadSurrogate(last) { kept.removeLast() }
                    content = .text(String(decoding: kept, as: UTF16.self))
                }
                return ReadCell(content, formats[cell.format].numberFormat)
            }
        }
    }
}
