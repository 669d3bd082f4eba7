import DynamicsExport
import DynamicsModel
import DynamicsWorkspace
import Foundation
import HTTPTypes
import Hummingbird

/// Stored reports as people see them.
enum ReportPages {
    static var routes: [Route] {
        [
            Route(.get, "/view", for: .viewers, show),
            Route(.get, "/reports/{id}/table", for: .viewers, table),
            Route(.get, "/reports/{id}/rows", for: .viewers, rows),
            Route(.get, "/reports/{id}/export", for: .viewers) {
                try await ReportDownload.respond(to: $0, id: $0.parameter("id"))
            },
        ] + ChartPages.routes
    }

    /// `/view?id=ID`: the form above, for people of the same company with the query of the report, and the report below.
    ///
    /// No entity tag: the page holds the token of the session's forms, and nothing of it may stay in a cache after sign-out.
    @Sendable static func show(_ visit: Visit) async throws -> Response {
        let (facts, report) = try await visit.preparedReport(id: visit.query["id"] ?? "")
        let viewer = try visit.viewer()
        async let noted: Void = visit.noteReading("report opened", of: facts.id) {
            try await visit.parts.workspace.noteOpening(of: facts.id, by: viewer, address: visit.context.address)
        }
        let view = try ReportView(id: facts.id, visit.query, report)
        // The form shows what its user may choose; another company's query is told in words, by Info.
        let draft = facts.name(for: viewer) == nil ? nil : facts.draft
        var form = try await QueryForm.model(
            draft: draft, output: OutputType.web.rawValue, chart: view.chart?.encoded ?? "", visit: visit)
        form.isCollapsed = true
        let panel = try await ReportPanelModel(facts, report, view: view, visit: visit)
        var chrome = PageChrome(title: panel.period, section: "customer-dynamics", visit.context)
        chrome.notice = visit.notice
        let model = HomePageModel(
            chrome: chrome, form: form, report: visit.parts.pages.render("report-panel", panel),
            styles: view.chart == nil ? ["report.css"] : ["report.css", "chart.css"],
            modules: view.chart == nil ? ["report.js"] : ["report.js", "chart.js"])
        try await noted
        return visit.parts.pages.respond("home", model)
    }

    /// The table alone, in the order and of the page that the address asks for: what a script puts in the place of another.
    @Sendable static func table(_ visit: Visit) async throws -> Response {
        let (facts, report) = try await visit.preparedReport(id: visit.parameter("id"))
        let view = try ReportView(id: facts.id, visit.query, report)
        return .html(TableHTML(report: report, view: view, style: visit.numberStyle).rendered().bytes)
    }

    /// Rows as JSON (`RowsJSON`): `offset` and `limit` of the order that `sort` and `dir` ask for.
    @Sendable static func rows(_ visit: Visit) async throws -> Response {
        let (_, report) = try await visit.preparedReport(id: visit.parameter("id"))
        let query = visit.query
        let sort = try ReportSort.read(query, groupBy: report.result.query.groupBy)
        guard let first = Int(query["offset"] ?? "0"), first >= 0 else {
            throw WebError.badRequest("offset: must be a number from 0 on.")
        }
        guard let limit = Int(query["limit"] ?? "250"), (1...RowsJSON.largest).contains(limit) else {
            throw WebError.badRequest("limit: must be a number from 1 to \(RowsJSON.largest).")
        }
        let start = min(first, report.rowCount)
        let places = start..<min(start + limit, report.rowCount)
        let json = RowsJSON(report, sort: sort, places: places, style: visit.numberStyle)
        return .json(try JSONEncoder().encode(json))
    }
}

extension Visit {
    /// The stored report, decoded.
    /// - Throws: `WebError.notFound`, also for what the viewer may not see.
    func preparedReport(id: String) async throws -> (ReportFacts, PreparedReport) {
        guard let found = try await parts.shelf.report(id: id, for: try viewer(), in: parts.workspace) else {
            throw WebError.notFound
        }
        return found
    }

    /// How the viewer's language writes numbers.
    var numberStyle: NumberStyle { .preferred(by: request.headers[.acceptLanguage]) }

    /// An address of this server as others can open it.
    func absoluteAddress(_ path: String) -> String {
        if let address = parts.settings.publicAddress {
            return (address.hasSuffix("/") ? String(address.dropLast()) : address) + path
        }
        return "\(context.isSecure ? "https" : "http")://\(request.head.authority ?? "localhost")\(path)"
    }
}
