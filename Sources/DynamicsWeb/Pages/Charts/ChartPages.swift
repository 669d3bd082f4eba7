import DynamicsExport
import DynamicsModel
import Foundation
import Hummingbird

/// The chart of a stored report.
enum ChartPages {
    static var routes: [Route] { [Route(.get, "/reports/{id}/chart", for: .viewers, show)] }

    /// What the worksheet's settings in the address draw (`ChartJSON`); 422 with the field for settings that make no sense.
    @Sendable static func show(_ visit: Visit) async throws -> Response {
        let (_, report) = try await visit.preparedReport(id: visit.parameter("id"))
        guard let settings = try ChartSettings(fields: visit.query.fields) else {
            throw WebError.badRequest("chart: the address says no type of chart.")
        }
        return try .json(ChartJSON(ChartPicture(report, settings, visit.numberStyle)))
    }
}

/// A chart's figures beside how the viewer reads them.
struct ChartPicture {
    let data: ChartData
    let settings: ChartSettings
    let table: ReportTable
    let style: NumberStyle

    init(_ report: PreparedReport, _ settings: ChartSettings, _ style: NumberStyle) {
        data = ChartData(report.result, settings)
        self.settings = settings
        table = report.table
        self.style = style
    }

    /// A figure as the report's own table has it; nil where there is none.
    func text(_ value: MeasureValue) -> String? {
        let text = table.text(value)
        return text.isEmpty ? nil : style.text(text)
    }

    /// The same figures as a table: for those who can't see the picture, or want to read it exactly.
    func tableHTML() -> String {
        guard !data.series.isEmpty, !data.labels.isEmpty else { return "" }
        var html = HTMLBytes(reserving: 64 * data.labels.count * (data.series.count + 1))
        html.markup("<table class=\"list chart-figures\"><thead><tr><td></td>")
        for series in data.series {
            html.markup("<th scope=\"col\" class=\"number\">")
            html.text(series.name)
            html.markup("</th>")
        }
        html.markup("</tr></thead>\n<tbody>\n")
        for (place, label) in data.labels.enumerated() {
            html.markup("<tr><th scope=\"row\"><bdi>")
            html.text(label)
            html.markup("</bdi></th>")
            for series in data.series {
                html.markup("<td class=\"number\">")
                html.text(text(series.values[place]) ?? "–")
                html.markup("</td>")
            }
            html.markup("</tr>\n")
        }
        html.markup("</tbody></table>")
        return String(decoding: html.bytes, as: UTF8.self)
    }
}

/// What the script draws.
struct ChartJSON: Encodable {
    struct Series: Encodable {
        let name: String
        /// The measure's name in machine formats.
        let field: String
        let isRight: Bool
        let isMoney: Bool
        /// As the report's table has them, as numbers; null where there is none.
        let values: [Decimal?]
        /// As the viewer reads them.
        let texts: [String?]
    }

    let kind: String
    let title: String
    let legend: String
    let currency: String
    let labels: [String]
    let series: [Series]
    let notes: [String]
    /// The figures as a table, HTML.
    let table: String
    /// The settings as an address has them.
    let fields: String
    /// What the query form says of them.
    let words: String

    init(_ picture: ChartPicture) {
        let data = picture.data
        kind = picture.settings.kind.rawValue
        title = data.title
        legend = picture.settings.legend.rawValue
        currency = picture.table.currency.description
        labels = data.labels
        series = data.series.map { series in
            Series(
                name: series.name, field: series.measure.field, isRight: series.isRight,
                isMoney: series.measure.isMoney,
                values: series.values.map { Decimal(string: picture.table.text($0), locale: nil) },
                texts: series.values.map(picture.text))
        }
        notes = data.notes
        table = picture.tableHTML()
        fields = picture.settings.encoded
        words = picture.settings.words
    }
}
