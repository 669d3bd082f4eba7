import DynamicsExport
import DynamicsModel
import DynamicsTestSupport
import Foundation
import Testing

/// The chart in an XLSX file, read by others.
@Suite struct ChartSheetTests {
    private func report() throws -> ReportResult {
        let rows = (1...6).map { month -> ReportRow in
            var values: [Measure: MeasureValue] = [:]
            values[.activeQty] = .quantity(Int64(month * 100))
            values[.refillTotal] = money(Int128(month) * 1_234_560)
            values[.refillAvg] = month == 3 ? MeasureValue.empty : money(Int128(month) * 1_000_000)
            return ReportRow(key: RowKey(month: "2024-0\(month)"), measures: figures(values))
        }
        return try makeResult(by: [.month], rows: rows)
    }

    private let info = ReportInfo(
        facts: [], generatedBy: "Analyst", generatedAt: Instant(seconds: 1_720_000_000), duration_ms: 5)

    private func settings(_ kind: ChartSettings.Kind, _ left: [Measure], _ right: [Measure] = []) -> ChartSettings {
        var settings = ChartSettings()
        (settings.kind, settings.left, settings.right, settings.title) = (kind, left, right, "Tom & \"Jerry\" <all>")
        return settings
    }

    private static let script = """
        import json, sys
        import openpyxl
        book = openpyxl.load_workbook(sys.argv[1])
        data = book["Chart data"] if "Chart data" in book.sheetnames else None
        charts = []
        for sheet in book.chartsheets:
            chart = sheet._charts[0]
            text = chart.title.tx.rich.p[0].r[0].t if chart.title else None
            charts.append({
                "sheet": sheet.title, "type": type(chart).__name__, "grouping": getattr(chart, "grouping", None), "title": text,
                "legend": chart.legend.position if chart.legend else None,
                "series": [[s.tx.strRef.f, s.cat.numRef.f if s.cat.numRef else s.cat.strRef.f, s.val.numRef.f] for s in chart.series],
            })
        print(json.dumps({
            "sheets": book.sheetnames, "charts": charts,
            "cells": [[cell.value for cell in row] for row in data.iter_rows()] if data else None,
        }))
        """

    private struct Found: Decodable, Equatable {
        struct Chart: Decodable, Equatable {
            let sheet: String
            let type: String
            let grouping: String?
            let title: String?
            let legend: String?
            let series: [[String]]
        }
        let sheets: [String]
        let charts: [Chart]
    }

    private func written(_ settings: ChartSettings) throws -> URL {
        let url = FileManager.default.temporaryDirectory.appending(path: "chart-\(UUID().uuidString).xlsx")
        try Data(try ReportFile.xlsx.bytes(try report(), info: info, chart: settings)).write(to: url)
        return url
    }

    private func read(_ url: URL) async throws -> (Found, [[Any]]) {
        let child = try await ChildProcess([SheetReader.python, "-c", Self.script, url.path])
        try #require(child.status == 0, "\(child.errors)")
        let object = try JSONSerialization.jsonObject(with: child.output) as? [String: Any]
        return (try JSONDecoder().decode(Found.self, from: child.output), object?["cells"] as? [[Any]] ?? [])
    }

    @Test func twoAxesAreTwoChartsOfOneTable() async throws {
        let url = try written(settings(.line, [.activeQty], [.refillTotal, .refillAvg]))
        defer { try? FileManager.default.removeItem(at: url) }
        let (found, cells) = try await read(url)
        #expect(found.sheets == ["Customer Dynamics", "Chart, left axis", "Chart, right axis", "Info", "Chart data"])
        func range(_ column: String) -> String { "'Chart data'!$\(column)$2:$\(column)$7" }
        #expect(
            found.charts.map(\.series) == [
                [["'Chart data'!$B$1", range("A"), range("B")]],
                [["'Chart data'!$C$1", range("A"), range("C")], ["'Chart data'!$D$1", range("A"), range("D")]],
            ])
        #expect(
            found.charts.allSatisfy {
                $0.type == "LineChart" && $0.title == "Tom & \"Jerry\" <all>" && $0.legend == "b"
            })
        #expect(cells.count == 7)
        let names = ["Clients - Active: Qty", "Balance Refill: Total [EUR]", "Balance Refill: Avg [EUR]"]
        #expect(cells[0].dropFirst().compactMap { $0 as? String } == names)
        for (index, row) in cells.dropFirst().enumerated() {
            let month = index + 1
            #expect(row[0] as? String == "2024-0\(month)" && (row[1] as? NSNumber)?.intValue == month * 100)
            #expect((row[2] as? NSNumber)?.doubleValue == Double(String(format: "%.2f", Double(month) * 1.23456)))
            #expect(month == 3 ? row[3] is NSNull : (row[3] as? NSNumber)?.intValue == month)
        }
    }

    @Test(arguments: [
        (ChartSettings.Kind.line, "LineChart", "standard" as String?), (.area, "AreaChart", "standard"),
        (.bar, "BarChart", "clustered"), (.stacked, "BarChart", "stacked"), (.pie, "PieChart", nil),
    ]) func everyTypeIsItsOwn(kind: ChartSettings.Kind, type: String, grouping: String?) async throws {
        let url = try written(settings(kind, [.activeQty, .allQty]))
        defer { try? FileManager.default.removeItem(at: url) }
        let (found, _) = try await read(url)
        #expect(found.charts.map(\.type) == [type] && found.charts[0].grouping == grouping)
        #expect(found.sheets == ["Customer Dynamics", "Chart", "Info", "Chart data"])
    }

    @Test(arguments: [
        ("=SUM(A1)", " =SUM(A1)"), ("a\u{1}b\u{1B}c", "a b c"), ("_x0041_", "_x0041_"), ("<&>\"'", "<&>\"'"),
    ])
    func titlesAreText(title: String, expected: String) async throws {
        var settings = settings(.line, [.activeQty])
        settings.title = title
        let url = try written(settings)
        defer { try? FileManager.default.removeItem(at: url) }
        #expect(try await read(url).0.charts.map(\.title) == [expected])
    }

    @Test func theSameChartIsTheSameBytes() throws {
        let settings = settings(.bar, [.activeQty], [.refillTotal])
        let first = try ReportFile.xlsx.bytes(try report(), info: info, chart: settings)
        #expect(try ReportFile.xlsx.bytes(try report(), info: info, chart: settings) == first)
        let plain = try ReportFile.xlsx.bytes(try report(), info: info)
        #expect(first != plain)
        // An empty worksheet is no chart; other formats have none.
        #expect(try ReportFile.xlsx.bytes(try report(), info: info, chart: ChartSettings()) == plain)
        for format in [ReportFile.csv, .xls] {
            #expect(
                try format.bytes(try report(), info: info, chart: settings) == format.bytes(try report(), info: info))
        }
    }

    /// LibreOffice draws it: a page with the chart has far more of colour than one without.
    @Test func libreOfficeDrawsIt() async throws {
        let url = try written(settings(.bar, [.activeQty]))
        let folder = url.deletingPathExtension()
        defer {
            try? FileManager.default.removeItem(at: url)
            try? FileManager.default.removeItem(at: folder)
        }
        let child = try await ChildProcess([
            "soffice", "-env:UserInstallation=file://\(folder.path)/profile", "--headless", "--convert-to", "ods",
            "--outdir",
            folder.path, url.path,
        ])
        try #require(child.status == 0, "\(child.errors)")
        let list = try await ChildProcess([
            SheetReader.python, "-c",
            """
            import re, sys, zipfile
            book = zipfile.ZipFile(sys.argv[1])
            charts = [book.read(name).decode() for name in book.namelist() if re.fullmatch(r"Object \\\\d+/content.xml", name)]
            print(len(charts), sum(chart.count("<chart:series ") for chart in charts), *re.findall(r'office:value="(\\\\d+)"', "".join(charts)))
            """.replacing("\\\\", with: "\\"),
            folder.appending(path: url.deletingPathExtension().lastPathComponent + ".ods").path,
        ])
        try #require(list.status == 0, "\(list.errors)")
        #expect(list.text == "1 1 100 200 300 400 500 600\n")
    }
}
