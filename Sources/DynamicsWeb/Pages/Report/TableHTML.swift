import DynamicsExport
import DynamicsModel

/// The table of a report as HTML: the part of it that a view shows, and the total.
///
/// End tags that HTML allows to leave out are left out: a year by date has 7,700 cells.
struct TableHTML {
    let report: PreparedReport
    let view: ReportView
    let style: NumberStyle

    private var table: ReportTable { report.table }
    private var groupings: [Grouping] { report.result.query.groupBy }
    private var isPaged: Bool { view.pageCount(of: report) > 1 }

    /// The whole of it.
    func rendered() -> HTMLBytes {
        let places = view.places(in: report)
        var html = HTMLBytes(reserving: 16_000 + places.count * 600)
        start(&html)
        columns(&html)
        head(&html)
        html.markup("<tbody>")
        let order = report.order(view.sort)
        for place in places {
            row(Int(order[place]), at: place, startsGroup: startsGroup(place, order, places), &html)
        }
        html.markup("</tbody>\n")
        total(&html)
        html.markup("</table>\n")
        return html
    }

    // MARK: - Frame

    private func start(_ html: inout HTMLBytes) {
        html.markup("<table class=\"report g")
        html.number(table.groupTitles.count)
        for index in table.groupTitles.indices {
            html.markup(" w")
            html.number(index)
            html.markup("-")
            html.text(widthClass(ofGroup: index))
        }
        html.markup("\"")
        if isPaged {
            html.markup(" aria-rowcount=\"")
            html.number(report.rowCount + 3)
            html.markup("\"")
        }
        html.markup(">\n<caption class=\"visually-hidden\">Customer Dynamics, ")
        html.text("\(report.result.query.from.text) to \(report.result.query.to.text), money in \(table.currency)")
        html.markup("</caption>\n")
    }

    private func widthClass(ofGroup index: Int) -> String {
        guard index < groupings.count else { return "all" }
        return groupings[index] == .package ? "p\(report.widths.package)" : groupings[index].rawValue
    }

    private func columns(_ html: inout HTMLBytes) {
        html.markup("<colgroup>")
        for index in table.groupTitles.indices {
            html.markup("<col class=\"w")
            html.number(index)
            html.markup("\">")
        }
        for width in report.widths.figures {
            html.markup("<col class=\"c")
            html.number(width)
            html.markup("\">")
        }
        html.markup("</colgroup>\n")
    }

    // MARK: - Head

    private func head(_ html: inout HTMLBytes) {
        html.markup("<thead>\n<tr")
        rowIndex(1, &html)
        html.markup(">")
        for (index, title) in table.groupTitles.enumerated() {
            html.markup("<th rowspan=\"2\" scope=\"col\" class=\"g\"")
            if index < groupings.count {
                sortable(.grouping(groupings[index]), title: title, explanation: nil, &html)
            } else {
                html.markup(">")
                html.text(title)
            }
            html.markup("</th>")
        }
        for measure in Measure.firstOfGroups { groupTitle(measure, &html) }
        html.markup("</tr>\n<tr")
        rowIndex(2, &html)
        html.markup(">")
        for measure in Measure.allCases {
            html.markup("<th scope=\"col\"")
            if Measure.firstOfGroups.contains(measure) { html.markup(" class=\"first\"") }
            sortable(.measure(measure), title: measure.title, explanation: explanation(of: measure), &html)
            html.markup("</th>")
        }
        html.markup("</tr>\n</thead>\n")
    }

    private func explanation(of measure: Measure) -> String {
        measure.isMoney ? "\(measure.explanation) In \(table.currency)." : measure.explanation
    }

    private func groupTitle(_ first: Measure, _ html: inout HTMLBytes) {
        let count = Measure.allCases.count { $0.group == first.group }
        html.markup("<th scope=\"colgroup\" class=\"first\" colspan=\"")
        html.number(count)
        html.markup("\"")
        // Browsers do not repeat buttons on the pages of a print.
        html.attribute("data-title", first.group)
        html.markup("><button type=\"button\" class=\"title\"")
        html.attribute("aria-describedby", "about-\(first.field)-group")
        html.markup(">")
        html.text(first.group)
        html.markup("</button>")
        tip(id: "about-\(first.field)-group", first.groupExplanation, &html)
        html.markup("</th>")
    }

    /// The rest of a `<th`, up to its end tag: a title that sorts.
    private func sortable(
        _ column: ReportSort.Column, title: String, explanation: String?, _ html: inout HTMLBytes
    ) {
        let name = ReportSort(column: column, isDescending: false).name
        if let isDescending = view.direction(of: column, in: report) {
            html.attribute("aria-sort", isDescending ? "descending" : "ascending")
        }
        let next = view.afterClick(on: column, in: report)
        html.markup("><a")
        html.attribute("href", next.address)
        html.attribute("data-sort", name)
        if explanation != nil { html.attribute("aria-describedby", "about-\(name)") }
        html.markup(">")
        html.text(title)
        html.markup("</a>")
        if let explanation { tip(id: "about-\(name)", explanation, &html) }
    }

    private func tip(id: String, _ text: String, _ html: inout HTMLBytes) {
        html.markup("<span class=\"tip\" role=\"tooltip\"")
        html.attribute("id", id)
        html.markup(">")
        html.text(text)
        html.markup("</span>")
    }

    // MARK: - Rows

    private func row(_ number: Int, at place: Int, startsGroup: Bool, _ html: inout HTMLBytes) {
        html.markup("<tr")
        if startsGroup { html.markup(" class=\"s\"") }
        rowIndex(place + 3, &html)
        html.markup(">")
        for cell in table.groupCells[number] {
            html.markup("<th scope=\"row\">")
            html.text(cell)
        }
        figures(table.figures[number], &html)
        html.markup("\n")
    }

    /// Whether the outermost of several group columns has another value than in the row above, while rows are in its order.
    private func startsGroup(_ place: Int, _ order: [Int32], _ places: Range<Int>) -> Bool {
        guard groupings.count > 1, place > places.lowerBound, view.isInOrder(of: groupings[0]) else { return false }
        return table.groupCells[Int(order[place])][0] != table.groupCells[Int(order[place - 1])][0]
    }

    private func total(_ html: inout HTMLBytes) {
        html.markup("<tfoot><tr")
        rowIndex(report.rowCount + 3, &html)
        html.markup("><th scope=\"row\"")
        if table.groupTitles.count > 1 {
            html.markup(" colspan=\"")
            html.number(table.groupTitles.count)
            html.markup("\"")
        }
        html.markup(">Total")
        figures(table.figures[report.rowCount], &html)
        html.markup("</tfoot>\n")
    }

    private func figures(_ measures: Measures, _ html: inout HTMLBytes) {
        for value in measures.values {
            let text = table.text(value)
            if text.isEmpty {
                html.markup(
                    "<td class=\"e\"><span aria-hidden=\"true\">–</span><span class=\"visually-hidden\">no value</span>"
                )
            } else if text.utf8.first == UInt8(ascii: "-") {
                html.markup("<td class=\"n\">")
                html.number(text, style)
            } else {
                html.markup("<td>")
                html.number(text, style)
            }
        }
    }

    /// Only where the document does not have all rows: then assistive technology cannot count them.
    private func rowIndex(_ index: Int, _ html: inout HTMLBytes) {
        guard isPaged else { return }
        html.markup(" aria-rowindex=\"")
        html.number(index)
        html.markup("\"")
    }
}
