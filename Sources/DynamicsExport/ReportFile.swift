public import DynamicsModel
import DynamicsSpreadsheets

/// The files that a report is given away as, whichever door it leaves by.
public enum ReportFile: String, Sendable, Hashable, CaseIterable {
    case csv, xls, xlsx

    /// For `Content-Type`.
    public var mediaType: String {
        switch self {
        case .csv: "text/csv; charset=utf-8"
        case .xls: "application/vnd.ms-excel"
        case .xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        }
    }

    /// What to call the file: `customer-dynamics 2024-01-01 to 2024-12-31.xlsx`. ASCII, and without characters that some system
    /// refuses; a time of day is written `T18-00`.
    public func name(for query: ReportQuery) -> String {
        let limits = [query.from.text, query.to.text].map { String($0.map { $0 == ":" ? "-" : $0 }) }
        return "customer-dynamics \(limits[0]) to \(limits[1]).\(rawValue)"
    }

    /// The whole file. The same result, info and chart are the same bytes, always.
    ///
    /// - Parameter chart: what XLSX has beside the report, for the spreadsheet program to draw; other formats have no charts.
    /// - Throws: `DynamicsError`: `too_many_rows` (kind `usage`) for a report that the format has no room for; `spreadsheet` (kind
    ///   `unavailable`) when there is no memory or no space for temporary files.
    public func bytes(_ result: ReportResult, info: ReportInfo, chart: ChartSettings? = nil) throws -> [UInt8] {
        switch self {
        case .csv: return ReportCSV.bytes(result)
        case .xls: return try workbook(XLSWorkbook.self, result, info)
        case .xlsx: return try workbook(XLSXWorkbook.self, result, info, chart)
        }
    }

    private func workbook<Writer: WorkbookWriter>(
        _ type: Writer.Type, _ result: ReportResult, _ info: ReportInfo, _ chart: ChartSettings? = nil
    ) throws -> [UInt8] {
        let room = Writer.limits.rows - ReportSheet.rowsBesideReport
        guard result.rows.count <= room else {
            let instead = self == .xls ? "choose xlsx or csv" : "choose csv"
            throw DynamicsError(
                .usage, "too_many_rows", field: "format",
                "the report has \(result.rows.count) rows, and \(rawValue) has room for \(room) (beside header and total); \(instead), or ask for fewer rows"
            )
        }
        do {
            let formats = ReportFormats(digits: result.currency.minorUnits)
            let title = "Customer Dynamics \(result.query.from.text) to \(result.query.to.text)"
            var writer = try Writer(
                formats: formats.all,
                properties: WorkbookProperties(
                    title: title, author: "customer-dynamics", createdAt: max(1, info.generatedAt.seconds)))
            let report = ReportSheet(result, formats)
            report.write(to: &writer, generatedAt: info.generatedAt)
            let infoSheet = InfoSheet(result, info, formats, longNumbers: report.longNumbers)
            if let chart, let sheets = ChartSheets(result, chart, formats), var book = writer as? XLSXWorkbook {
                sheets.writeCharts(to: &book)
                infoSheet.write(to: &book)
                sheets.writeData(to: &book)
                return try book.finish()
            }
            infoSheet.write(to: &writer)
            return try writer.finish()
        } catch let failure as WorkbookFailure {
            throw DynamicsError(
                .unavailable, "spreadsheet",
                "the \(rawValue) file could not be made: \(failure); see to free memory and space for temporary files, then try again"
            )
        }
    }
}
