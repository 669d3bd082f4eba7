import DynamicsExport
import DynamicsModel
import DynamicsWorkspace

/// Which part of a report is displayed, and in which order: what an address says of it.
struct ReportView: Sendable, Hashable {
    let id: String
    var sort: ReportSort?
    /// 1 is the first.
    var page = 1
    var rowsPerPage = ReportView.largestPage
    /// nil: there is no chart beside the table.
    var chart: ChartSettings?

    /// More rows than this come in pages.
    static let largestPage = 1000
    static let pageSizes = [100, 250, 500, 1000]

    /// - Throws: `WebError.badRequest` for values that make no sense, `DynamicsError` for those of a chart. A page behind the last one
    ///   is the last one.
    init(id: String, _ query: FormFields, _ report: PreparedReport) throws {
        self.id = id
        sort = try ReportSort.read(query, groupBy: report.result.query.groupBy)
        chart = try ChartSettings(fields: query.fields)
        if let text = query["rows"] {
            guard let number = Int(text), (1...Self.largestPage).contains(number) else {
                throw WebError.badRequest("rows: must be a number from 1 to \(Self.largestPage).")
            }
            rowsPerPage = number
        }
        if let text = query["page"] {
            guard let number = Int(text), number >= 1 else {
                throw WebError.badRequest("page: must be a number from 1 on.")
            }
            page = min(number, pageCount(of: report))
        }
    }

    func pageCount(of report: PreparedReport) -> Int { max(1, (report.rowCount + rowsPerPage - 1) / rowsPerPage) }

    /// The places of the rows on this page, counted in the order of `sort`.
    func places(in report: PreparedReport) -> Range<Int> {
        let first = min((page - 1) * rowsPerPage, report.rowCount)
        return first..<min(first + rowsPerPage, report.rowCount)
    }

    /// The page that shows this view; what is as always is not said.
    var address: String { "/view?" + FormFields(fields).encoded }

    /// What an address says of this view.
    var fields: [(name: String, value: String)] {
        var fields = [("id", id)]
        if let sort { fields += [("sort", sort.name), ("dir", sort.direction)] }
        if rowsPerPage != Self.largestPage { fields.append(("rows", String(rowsPerPage))) }
        if page != 1 { fields.append(("page", String(page))) }
        if let chart { fields += chart.fields }
        return fields
    }

    /// The same report in another order, from its first page on.
    func sorted(by sort: ReportSort?) -> ReportView {
        var view = self
        view.sort = sort
        view.page = 1
        return view
    }

    func onPage(_ page: Int) -> ReportView {
        var view = self
        view.page = page
        return view
    }

    func withChart(_ chart: ChartSettings?) -> ReportView {
        var view = self
        view.chart = chart
        return view
    }

    /// With pages of another size, from the first one on.
    func withRows(_ rowsPerPage: Int) -> ReportView {
        var view = onPage(1)
        view.rowsPerPage = rowsPerPage
        return view
    }

    /// How a column is sorted in this view; nil: not by it. The report's own order is by its first group column.
    func direction(of column: ReportSort.Column, in report: PreparedReport) -> Bool? {
        if let sort { return sort.column == column ? sort.isDescending : nil }
        if case .grouping(let grouping) = column, grouping == report.result.query.groupBy.first { return false }
        return nil
    }

    /// Whether rows with the same value of a grouping, the outermost one, stand together.
    func isInOrder(of outermost: Grouping) -> Bool { sort == nil || sort?.column == .grouping(outermost) }

    /// What a click on a column's title shows: the greatest first, the earliest first, and the other way round when it is so already.
    func afterClick(on column: ReportSort.Column, in report: PreparedReport) -> ReportView {
        let isDescending = direction(of: column, in: report)
        let isMeasure = if case .measure = column { true } else { false }
        let sort = ReportSort(column: column, isDescending: isDescending.map(!) ?? isMeasure)
        let isOwnOrder =
            !sort.isDescending && column == report.result.query.groupBy.first.map(ReportSort.Column.grouping)
        return sorted(by: isOwnOrder ? nil : sort)
    }
}
