import Foundation
import DynamicsModel
import DynamicsReports
import DynamicsWorkspace
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
    ///   - problems: shown beside their fields.
    static func model(
        draft: QueryDraft?, output: String, problems: [FieldProblem] = [], visit: Visit
    ) async throws -> QueryFormModel {
        var state = QueryFormState(input: draft.map { QueryInput($0, output: output) } ?? QueryInput())
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

    /// `/?template=ID` opens a saved query, `/?draft=JSON` one that comes with the address (`&output=csv`), `/?new` an empty form, `/` the
    /// default template if there is one.
    @Sendable static func show(_ visit: Visit) async throws -> Response {
        let viewer = try visit.viewer()
        let workspace = visit.parts.workspace
        var state = QueryFormState(input: QueryInput())
        var template: Template?
        if let id = visit.query["template"] {
            template = try await workspace.template(id: id, for: viewer)
            if template == nil {
                state.problems = [FieldProblem(nil, "This saved query is not for you, or not there any more.")]
            }
        } else if let draft = visit.query["draft"] {
            return try await page(try filled(from: draft, visit), visit: visit)
        } else if !visit.query.has("new") {
            template = try await workspace.defaultTemplate(for: viewer)
        }
        state.isFresh = template == nil
        if let template {
            state.input = QueryInput(template.draft, output: template.output, template: template.id)
        }
        let notice = visit.query.has("saved") ? template.map { "Saved as \u{201C}\($0.name)\u{201D}." } : nil
        return try await page(state, notice: notice ?? "", visit: visit)
    }

    /// The form filled with a query of an address: how a run that failed gives its query back.
    private static func filled(from json: String, _ visit: Visit) throws -> QueryFormState {
        guard let draft = try? JSONDecoder().decode(QueryDraft.self, from: Data(json.utf8)) else {
            throw WebError.badRequest("draft: is no query; open the form anew.")
        }
        let output = visit.query["output"].flatMap(OutputType.init(rawValue:)) ?? .web
        var state = QueryFormState(input: QueryInput(draft, output: output.rawValue))
        state.isFresh = false
        return state
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
            let run = try await visit.parts.runs.start(outcome.draft, by: try visit.viewer())
            let address = "/runs/\(FormFields.encode(run.id))?output=\(FormFields.encode(state.input.output))"
            return try visit.wantsJSON ? .json(Goal(location: address)) : .redirect(to: address)
        } catch let error as DynamicsError where error.kind == .usage {
            state.problems = [FieldProblem(error, hasDates: state.input.isCustom)]
            let status = Problem(error)?.status ?? .unprocessableContent
            return try await page(state, visit: visit, status: status)
        }
    }

    /// Checks what the form means for who asks.
    static func check(_ input: inout QueryInput, _ visit: Visit) async throws -> QueryCheck.Outcome {
        guard let scope = try visit.viewer().scope else { throw WebError.notAllowed }
        let check = QueryCheck(
            snapshot: try await visit.parts.backend.recentSnapshot(), scope: scope, zones: visit.parts.zones,
            now: visit.parts.clock())
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
