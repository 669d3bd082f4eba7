import CXlsxWriter

extension XLSXWorkbook {
    /// The most scalars that a chart's title has in the format.
    private static var longestTitle: Int { 255 }

    /// Adds a sheet with nothing but a chart; the sheet with its figures may be written before or after.
    public mutating func addChart(_ chart: SheetChart) {
        guard let sheet = workbook_add_chartsheet(workbook, chart.name),
            let made = workbook_add_chart(workbook, Self.type(chart.kind))
        else { return note(LXW_ERROR_MEMORY_MALLOC_FAILED) }
        for column in chart.columns {
            guard let series = chart_add_series(made, nil, nil) else { return note(LXW_ERROR_MEMORY_MALLOC_FAILED) }
            let last = UInt32(chart.lastRow)
            chart_series_set_categories(series, chart.dataSheet, 1, 0, last, 0)
            chart_series_set_values(series, chart.dataSheet, 1, UInt16(column), last, UInt16(column))
            chart_series_set_name_range(series, chart.dataSheet, 0, UInt16(column))
        }
        if chart.title.isEmpty {
            chart_title_off(made)
        } else {
            chart_title_set_name(made, Self.plain(chart.title))
        }
        chart_legend_set_position(made, Self.position(chart.legend))
        if chart.kind != .pie {
            if !chart.axisTitle.isEmpty { chart_axis_set_name(made.pointee.y_axis, chart.axisTitle) }
            chart_axis_set_num_format(made.pointee.y_axis, chart.numberFormat)
        }
        note(chartsheet_set_chart(sheet, made))
        chartsheet_set_landscape(sheet)
        chartsheet_set_paper(sheet, 9)
    }

    /// A title as the library takes it: it escapes markup itself, XML has no control characters, and what begins with `=` would be a formula.
    private static func plain(_ title: String) -> String {
        let scalars = title.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
        let text = CellText.cut(String(String.UnicodeScalarView(scalars)), toUnits: longestTitle - 1)
        return text.hasPrefix("=") ? " " + text : text
    }

    private static func type(_ kind: SheetChart.Kind) -> UInt8 {
        switch kind {
        case .line: UInt8(LXW_CHART_LINE.rawValue)
        case .area: UInt8(LXW_CHART_AREA.rawValue)
        case .column: UInt8(LXW_CHART_COLUMN.rawValue)
        case .stackedColumn: UInt8(LXW_CHART_COLUMN_STACKED.rawValue)
        case .pie: UInt8(LXW_CHART_PIE.rawValue)
        }
    }

    private static func position(_ legend: SheetChart.Legend) -> UInt8 {
        switch legend {
        case .none: UInt8(LXW_CHART_LEGEND_NONE.rawValue)
        case .bottom: UInt8(LXW_CHART_LEGEND_BOTTOM.rawValue)
        case .right: UInt8(LXW_CHART_LEGEND_RIGHT.rawValue)
        case .top: UInt8(LXW_CHART_LEGEND_TOP.rawValue)
        }
    }
}
