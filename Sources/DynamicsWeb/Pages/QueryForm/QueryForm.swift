import Foundation
import DynamicsExport
import DynamicsModel
import DynamicsReports
import DynamicsWorkspace
import Foundation
import HTTPTypes
import Hummingbird

/// The query form: the home page, and what its buttons do.
enum QueryForm {
    static var routes: [Route] {
        [
            Route(.get, "/", for: .viewers, show),
            // Where a browser stands after a form with problems: loading that address again begins anew.
            Route(.get, "/query", for: .viewers) { _ in .redirect(to: "/") },
            Route(.post, "/query", for: .viewers, submit),
        ] + Suggestions.routes + SaveQuery.routes
    }

    /// The form for a page.
    ///
    /// - Parameters:
    ///   - draft: what fills it; nil: nothing was chosen yet.
    ///   - output: one of `OutputType`.
    ///   - chart: as `QueryInput.chart`.
    ///   - problems: shown beside their fields.
    static func model(
        draft: QueryDraft?, output: String, chart: String = "", problems: [FieldProblem] = [], visit: Visit
    ) async throws -> QueryFormModel {
        var state = QueryFormState(input: draft.map { QueryInput($0, output: output, chart: chart) } ?? QueryInput())
        state.problems = problems
        state.isFresh = draft == nil
        return try await QueryFormModel(state, visit: visit)
    }

    /// The whole page: the form and nothing below it.
    static func page(
        _ state: QueryFormState, notice: String = "", visit: Visit, status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        var chrome = PageChrome(title: "Report", section: "customer-dynamics", visit.context)
        chrome.notice = notice
        let model = HomePageModel(chrome: chrome, form: try await QueryFormModel(state, visit: visit))
        return visit.parts.pages.respond("home", model, status: status)
    }

    // MARK: - Opening

    /// `/?template=ID` opens a saved query, `/?draft=JSON&output=csv` that query, `/?new` an empty form, and `/` the default template
    /// if there is one.
    @Sendable static func show(_ visit: Visit) async throws -> Response {
        let template = try await template(visit)
        var state = QueryFormState(input: QueryInput())
        if let template {
            state.input = QueryInput(
                template.draft, output: template.output, chart: template.chart,
                sendTo: template.recipients(for: try visit.viewer()), template: template.id)
        } else if let draft = draft(visit) {
            state.input = QueryInput(
                draft, output: visit.query["output"] ?? OutputType.web.rawValue,
                chart: ChartSettings.encoded(in: visit.query) ?? "", sendTo: visit.query.all("send_to"))
        } else {
            state.isFresh = true
            if visit.query.has("template") {
                state.problems = [FieldProblem(nil, "This saved query is not for you, or not there any more.")]
            } else if visit.query.has("draft") {
                state.problems = [FieldProblem(nil, "The address holds no query that can be read.")]
            }
        }
        let notice = visit.query.has("saved") ? template.map { "Saved as \u{201C}\($0.name)\u{201D}." } : nil
        return try await page(state, notice: notice ?? "", visit: visit)
    }

    /// The saved query that the address asks for, or the default one where it asks for nothing.
    private static func template(_ visit: Visit) async throws -> Template? {
        let viewer = try visit.viewer()
        let workspace = visit.parts.workspace
        if let id = visit.query["template"] { return try await workspace.template(id: id, for: viewer) }
        if visit.query.has("new") || visit.query.has("draft") { return nil }
        return try await workspace.defaultTemplate(for: viewer)
    }

    private static func draft(_ visit: Visit) -> QueryDraft? {
        guard let json = visit.query["draft"] else { return nil }
        return try? JSONDecoder().decode(QueryDraft.self, from: Data(json.utf8))
    }

    // MARK: - Buttons

    @Sendable static func submit(_ visit: Visit) async throws -> Response {
        var state = QueryFormState(input: QueryInput(visit.form))
        guard let action = FormAction(visit.form["do"] ?? "query") else {
            throw WebError.badRequest("The form has no such button.")
        }
        switch action {
        case .query: return try await run(state, visit)
        case .save: return try await SaveQuery.open(state, visit)
        default:
            state.focus = action.apply(to: &state.input)
            if case .find(let kind) = action { state.finds = [kind] }
            return try await page(state, visit: visit)
        }
    }

    /// Starts the report, and goes to where one sees it coming.
    private static func run(_ state: QueryFormState, _ visit: Visit) async throws -> Response {
        var state = state
        let outcome = try await check(&state.input, visit)
        state.problems = outcome.problems
        guard outcome.problems.isEmpty else {
            return try await page(state, visit: visit, status: .unprocessableContent)
        }
        do {
            let run = try await visit.parts.runs.start(
                outcome.draft, by: try visit.viewer(), address: visit.context.address,
                purpose: RunPurpose(deliveries: state.input.deliveries))
            let address = RunPages.address(of: run, output: state.input.output, chart: state.input.chart)
            return try visit.wantsJSON ? .json(Goal(location: address)) : .redirect(to: address)
        } catch let error as DynamicsError where error.kind == .usage {
            state.problems = [FieldProblem(error, hasDates: state.input.isCustom)]
            let status = Problem(error)?.status ?? .unprocessableContent
            return try await page(state, visit: visit, status: status)
        }
    }

    /// Checks what the form means for who asks.
    static func check(_ input: inout QueryInput, _ visit: Visit) async throws -> QueryCheck.Outcome {
        let viewer = try visit.viewer()
        guard let scope = viewer.scope else { throw WebError.notAllowed }
        input.takeTypedRecipients()
        let check = QueryCheck(
            snapshot: try await visit.parts.backend.recentSnapshot(), scope: scope, zones: visit.parts.zones,
            now: visit.parts.clock(), recipients: RecipientCheck(visit.parts.deliveries, viewer))
        return try await check.check(&input)
    }

    /// Where a script goes on.
    private struct Goal: Encodable { let location: String }
}

/// What the home page shows: the form, and below it what others put there.
struct HomePageModel {
    let chrome: PageChrome
    var form: QueryFormModel
    /// HTML, shown as it is.
    var report = ""
    /// Names of style sheets and modules that the report needs beside the form's.
    var styles: [String] = []
    var modules: [String] = []
}
