import DynamicsModel
import DynamicsSpreadsheets

/// The chart that the report was exported with, for the spreadsheet program to draw: its figures on a sheet, and a chart of them on
/// another one. The library has no second axis, so that what is on the right one has a chart of its own.
struct ChartSheets {
    private let data: ChartData
    private let settings: ChartSettings
    private let formats: ReportFormats
    private let digits: Int
    private let currency: CurrencyCode

    private static let dataSheet = "Chart data"

    /// nil: nothing is drawn.
    init?(_ result: ReportResult, _ settings: ChartSettings, _ formats: ReportFormats) {
        data = ChartData(result, settings)
        guard !data.labels.isEmpty, data.series.contains(where: { !$0.values.isEmpty }) else { return nil }
        self.settings = settings
        self.formats = formats
        currency = result.currency
        digits = result.currency.minorUnits
    }

    func writeCharts(to writer: inout XLSXWorkbook) {
        let sides = [false, true].map { isRight in
            data.series.indices.filter { data.series[$0].isRight == isRight }
        }
        let hasTwo = !sides[0].isEmpty && !sides[1].isEmpty
        for (side, series) in sides.enumerated() where !series.isEmpty {
            let hasMoney = series.contains { data.series[$0].measure.isMoney }
            let hasThings = series.contains { !data.series[$0].measure.isMoney }
            writer.addChart(
                SheetChart(
                    name: hasTwo ? ["Chart, left axis", "Chart, right axis"][side] : "Chart", kind: kind,
                    title: data.title, legend: legend,
                    axisTitle: hasMoney && hasThings ? "" : hasMoney ? currency.description : "Quantity",
                    numberFormat: hasMoney ? ReportFormats.money(digits) : "#,##0", dataSheet: Self.dataSheet,
                    columns: series.map { $0 + 1 }, lastRow: data.labels.count))
        }
    }

    func writeData(to writer: inout XLSXWorkbook) {
        var layout = SheetLayout(name: Self.dataSheet, columnWidths: [24] + data.series.map { _ in 20 })
        (layout.frozenRows, layout.frozenColumns) = (1, 1)
        writer.beginSheet(layout)
        writer.beginRow(height: nil)
        writer.appendBlank(format: formats.columnTitle)
        for series in data.series { writer.append(series.name, format: formats.numberTitle) }
        for (place, label) in data.labels.enumerated() {
            writer.beginRow(height: nil)
            writer.append(label, format: formats.text)
            for series in data.series {
                let format = formats.figures[series.measure.rawValue]
                if let number = SheetNumber(series.values[place], moneyDigits: digits)?.nearest {
                    writer.append(number, format: format)
                } else {
                    writer.appendBlank(format: format)
                }
            }
        }
    }

    private var kind: SheetChart.Kind {
        switch settings.kind {
        case .line: .line
        case .area: .area
        case .bar: .column
        case .stacked: .stackedColumn
        case .pie: .pie
        }
    }

    private var legend: SheetChart.Legend {
        switch settings.legend {
        case .bottom: .bottom
        case .right: .right
        case .top: .top
        case .none: .none
        }
    }
}
