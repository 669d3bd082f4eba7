import DynamicsSpreadsheets
import DynamicsTestSupport
import Foundation
import Testing

/// Both writers, read by other people's programs.
@Suite struct WorkbookTests {
    private let scratch = FileManager.default.temporaryDirectory.appending(path: "workbooks-\(UUID().uuidString)")

    private func write(_ bytes: [UInt8], _ name: String) throws -> URL {
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        let url = scratch.appending(path: name)
        try Data(bytes).write(to: url)
        return url
    }

    private func clean() { try? FileManager.default.removeItem(at: scratch) }

    private func expectEqual(_ books: [(seed: UInt64, book: RandomWorkbook)], _ found: [[ReadSheet]]) {
        for ((seed, book), sheets) in zip(books, found) {
            #expect(sheets.map(\.name) == book.sheets.map(\.layout.name), "seed \(seed)")
            for (wanted, sheet) in zip(book.sheets, sheets) {
                let difference = firstDifference(book.expected(wanted), sheet.cells, comparesFormats: true)
                #expect(difference.map { String($0.prefix(500)) } == nil, "seed \(seed), \(sheet.name)")
                let layout = wanted.layout
                let corner =
                    layout.frozenRows + layout.frozenColumns == 0
                    ? nil : "\(["A", "B", "C"][layout.frozenColumns])\(layout.frozenRows + 1)"
                #expect(sheet.frozen == corner, "seed \(seed)")
                #expect(
                    sheet.repeated == (layout.repeatedRows == 0 ? nil : "$1:$\(layout.repeatedRows)"), "seed \(seed)")
            }
        }
    }

    /// Every file is read back equal. `FUZZ_SECONDS=600` makes it go on for as long, with other seeds each time.
    @Test func randomXLSIsReadBackEqual() async throws {
        defer { clean() }
        let seconds = ProcessInfo.processInfo.environment["FUZZ_SECONDS"].flatMap(Double.init)
        let end = ContinuousClock.now + .seconds(seconds ?? 0)
        var seed: UInt64 = seconds == nil ? 0 : UInt64.random(in: 0...UInt64.max >> 1)
        repeat {
            let books = (0..<40).map { (seed: seed &+ $0, book: RandomWorkbook(seed: seed &+ $0)) }
            let urls = try books.map { try write($0.book.bytes(XLSWorkbook.self), "\($0.seed).xls") }
            expectEqual(books, try await SheetReader.xlrd.read(urls))
            clean()
            seed &+= 40
        } while ContinuousClock.now < end
    }

    @Test func randomXLSXIsReadBackEqual() async throws {
        defer { clean() }
        let books = (0..<12).map { (seed: $0, book: RandomWorkbook(seed: $0, forXLSX: true)) }
        let urls = try books.map { try write($0.book.bytes(XLSXWorkbook.self), "\($0.seed).xlsx") }
        for ((seed, book), sheets) in zip(books, try await SheetReader.openpyxl.read(urls)) {
            for (wanted, sheet) in zip(book.sheets, sheets) {
                let difference = firstDifference(
                    book.expected(wanted), sheet.cells, comparesFormats: false, isEqual: Self.isEqualInXLSX)
                #expect(difference.map { String($0.prefix(500)) } == nil, "seed \(seed), \(sheet.name)")
            }
        }
    }

    private static func isEqualInXLSX(_ a: ReadCell.Content, _ b: ReadCell.Content) -> Bool {
        if case .number(let number) = a { return .number(inSixteenDigits(number)) == b }
        return a == b
    }

    /// SST: strings that end, begin and are cut at every place around the end of a record.
    @Test func textsOverTheEndsOfRecords() async throws {
        defer { clean() }
        var urls: [URL] = []
        var texts: [[String]] = []
        for piece in ["a", "Ж", "\u{1F600}"] {
            for length in stride(from: 4098, through: 4116, by: 1) {
                // The first text fills the record nearly, or goes beyond it.
                let count = piece == "a" ? length * 2 : piece == "Ж" ? length : length / 2
                let first =
                    (piece == "\u{1F600}" && length % 2 == 1 ? "x" : "") + String(repeating: piece, count: count)
                texts.append([first, "b", "Ж" + first, "\u{1F600}", "é", first + "end"])
                var writer = XLSWorkbook(
                    formats: [CellFormat()],
                    properties: WorkbookProperties(title: "", author: "", createdAt: 1))
                writer.beginSheet(SheetLayout(name: "Texts", columnWidths: []))
                writer.beginRow(height: nil)
                for text in texts[texts.count - 1] { writer.append(text, format: 0) }
                urls.append(try write(writer.finish(), "\(urls.count).xls"))
            }
        }
        for (texts, sheets) in zip(texts, try await SheetReader.xlrd.read(urls)) {
            let expected = [texts.map { ReadCell(.text($0)) }]
            let difference = firstDifference(expected, sheets.first?.cells ?? [], comparesFormats: false)
            #expect(difference.map { String($0.prefix(200)) } == nil, "\(texts[0].utf16.count)")
        }
    }

    /// More than 109 tables of sectors, which the header of a compound file has no place for: about 7 MB.
    @Test(arguments: [6_900_000, 7_100_000, 16_500_000])
    func largeFiles(bytes: Int) async throws {
        defer { clean() }
        var writer = XLSWorkbook(
            formats: [CellFormat()], properties: WorkbookProperties(title: "", author: "", createdAt: 1))
        writer.beginSheet(SheetLayout(name: "Large", columnWidths: []))
        let perRow = 250
        for row in 0..<bytes / 18 / perRow {
            writer.beginRow(height: nil)
            for column in 0..<perRow { writer.append(Double(row * perRow + column) + 0.123, format: 0) }
        }
        let url = try write(writer.finish(), "large.xls")
        let script = """
            import sys, xlrd
            sheet = xlrd.open_workbook(sys.argv[1]).sheet_by_index(0)
            assert (sheet.nrows, sheet.ncols) == (\(bytes / 18 / perRow), \(perRow))
            for row in range(0, sheet.nrows, 7):
                for column in range(0, sheet.ncols, 11):
                    assert sheet.cell_value(row, column) == row * \(perRow) + column + 0.123, (row, column)
            print("ok")
            """
        let python = WorkedExample.folder.appending(path: "../../../.venv/bin/python").standardized.path
        let child = try await ChildProcess([python, "-c", script, url.path])
        #expect(child.text == "ok\n", "\(child.errors)")
    }

    /// A workbook that nobody finishes gives back what it holds.
    @Test func unfinishedWorkbook() throws {
        let properties = WorkbookProperties(title: "", author: "", createdAt: 1)
        for _ in 0..<50 {
            var writer = try XLSXWorkbook(formats: [CellFormat()], properties: properties)
            writer.beginSheet(SheetLayout(name: "Unfinished", columnWidths: []))
            writer.beginRow(height: nil)
            writer.append("text", format: 0)
        }
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
            .compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)") }
        #expect(open.filter { $0.contains("workbook") }.count < 10)
    }
}
