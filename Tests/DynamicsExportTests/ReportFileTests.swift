import DynamicsExport
import DynamicsModel
import DynamicsTestSupport
import Foundation
import Testing

/// What all kinds of files have in common.
@Suite struct ReportFileTests {
    @Test func namesAndMediaTypes() throws {
        var query = try makeResult().query
        #expect(ReportFile.xlsx.name(for: query) == "customer-dynamics 2024-01-01 to 2024-12-31.xlsx")
        query.to = try PeriodLimit(parsing: "2024-12-31T18:15", field: "to")
        #expect(ReportFile.csv.name(for: query) == "customer-dynamics 2024-01-01 to 2024-12-31T18-15.csv")
        #expect(ReportFile.xls.name(for: query).hasSuffix(".xls"))
        #expect(ReportFile.csv.mediaType == "text/csv; charset=utf-8")
        #expect(ReportFile.xls.mediaType == "application/vnd.ms-excel")
        #expect(Set(ReportFile.allCases.map(\.mediaType)).count == 3)
    }

    /// Neither the time of writing nor anything else that changes is in a file.
    @Test(arguments: ReportFile.allCases)
    func sameReportSameBytes(file: ReportFile) async throws {
        var reports = RandomReports(seed: 11)
        for _ in 0..<5 {
            let report = try reports.next()
            let first = try file.bytes(report.result, info: report.info)
            try await Task.sleep(for: .milliseconds(1100 / 5))
            #expect(try file.bytes(report.result, info: report.info) == first)
            if file == .csv { #expect(first == ReportCSV.bytes(report.result)) }
        }
    }

    /// The time of generation is the one that was given, in the properties, too.
    @Test func timeOfGenerationIsTheReports() throws {
        var report = try RandomReports.plain()
        let first = try ReportFile.xlsx.bytes(report.result, info: report.info)
        report.info.generatedAt = Instant(seconds: report.info.generatedAt.seconds + 3600)
        #expect(try ReportFile.xlsx.bytes(report.result, info: report.info) != first)
    }

    @Test func tooManyRowsForXLS() throws {
        var report = try RandomReports.plain()
        let row = ReportRow(key: RowKey(), measures: figures())
        report.result.rows = Array(repeating: row, count: 65_534)
        let error = #expect(throws: DynamicsError.self) { try ReportFile.xls.bytes(report.result, info: report.info) }
        #expect(error?.code == "too_many_rows" && error?.kind == .usage && error?.field == "format")
        #expect(error?.message.contains("65534") == true && error?.message.contains("65533") == true)
        #expect(error?.message.contains("xlsx") == true)
        report.result.rows.removeLast()
        #expect(try ReportFile.xls.bytes(report.result, info: report.info).count > 4096)
    }

    /// As much as XLS can hold is still read equal.
    @Test func asManyRowsAsXLSHolds() async throws {
        var report = try RandomReports.plain()
        report.result.query.groupBy = [.package]
        report.result.rows = (0..<65_533).map { index in
            ReportRow(
                key: RowKey(package: .package(id: "p", name: ExactText("Package \(index)"))),
                measures: figures([.allQty: .quantity(Int64(index)), .allBalance: money(Int128(index) * 333_333_333)]))
        }
        let folder = FileManager.default.temporaryDirectory.appending(path: "rows-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let url = folder.appending(path: "full.xls")
        try Data(ReportFile.xls.bytes(report.result, info: report.info)).write(to: url)
        let script = """
            import sys, xlrd
            book = xlrd.open_workbook(sys.argv[1])
            sheet = book.sheet_by_index(0)
            assert sheet.nrows == 65536, sheet.nrows
            for row in range(65533):
                assert sheet.cell_value(row + 2, 0) == f"Package {row}", row
                assert sheet.cell_value(row + 2, \(1 + Measure.allQty.rawValue)) == row
                cents, rest = divmod(row * 333333333, 10000)
                cents += rest > 5000 or rest == 5000 and cents % 2
                assert sheet.cell_value(row + 2, \(1 + Measure.allBalance.rawValue)) == cents / 100, row
            print("ok")
            """
        let python = WorkedExample.folder.appending(path: "../../../.venv/bin/python").standardized.path
        let child = try await ChildProcess([python, "-c", script, url.path])
        #expect(child.text == "ok\n", "\(child.errors)")
    }

    struct Number: Sendable {
        let micros: Int128
        var divisor: Int64 = 1
        var currency = "EUR"
    }

    /// A cell is the double nearest to the decimal text, however it is come by.
    @Test func cellsAreNearestToTheText() async throws {
        var random = SplitMix64(seed: 4)
        var report = try RandomReports.plain()
        report.result.query.groupBy = [.package]
        report.result.rows = (0..<400).map { index in
            let row = packageRow("p\(index)", "n\(index)")
            var measures = row.measures
            for measure in Measure.allCases where measure.isMoney {
                let micros = Int128(random.next() >> UInt64(random.between(0...63))) * Int128(random.between(-3...3))
                measures.values[measure.rawValue] = .money(
                    ExactAmount(
                        units: micros * 1_000_000_000_000 + Int128(random.between(-9...9)),
                        divisor: Int64(random.between(1...9))))
            }
            return ReportRow(key: row.key, measures: measures)
        }
        let url = FileManager.default.temporaryDirectory.appending(path: "numbers-\(UUID().uuidString).xls")
        defer { try? FileManager.default.removeItem(at: url) }
        try Data(ReportFile.xls.bytes(report.result, info: report.info)).write(to: url)
        let sheet = try #require(try await SheetReader.xlrd.read([url]).first?.first)
        for (row, cells) in zip(report.result.rows, sheet.cells.dropFirst(2)) {
            for measure in Measure.allCases where measure.isMoney {
                guard case .money(let amount) = row.measures[measure] else { continue }
                #expect(cells[measure.rawValue + 1].content == .number(strtod(amount.rounded(toDigits: 2), nil)))
            }
        }
    }

    /// What a spreadsheet cannot keep is said on its second sheet.
    @Test(arguments: [
        (Int128(99_999_999_999_999), 0), (999_999_999_999_999, 0), (1_000_000_000_000_000_000, 0),
        (12_345_678_901_234_560_000, 1),
        (10_000_000_000_000_010_000, 1),
    ])
    func longNumbersAreMentioned(micros: Int128, count: Int) async throws {
        var report = try RandomReports.plain()
        report.result.total = figures([.allBalance: money(micros)])
        let url = FileManager.default.temporaryDirectory.appending(path: "long-\(UUID().uuidString).xlsx")
        defer { try? FileManager.default.removeItem(at: url) }
        try Data(ReportFile.xlsx.bytes(report.result, info: report.info)).write(to: url)
        let info = try #require(try await SheetReader.openpyxl.read([url]).first?.last)
        #expect((ExpectedSheets.labels(info)["Long numbers"]?.count ?? 0) == count)
    }
}
