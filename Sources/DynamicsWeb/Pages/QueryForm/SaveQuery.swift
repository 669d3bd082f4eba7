import DynamicsModel
import DynamicsWorkspace
import Foundation
import Hummingbird

/// *Save Query*: a dialog of the form, or without scripts a page of its own.
enum SaveQuery {
    static var routes: [Route] { [Route(.post, "/query/save", for: .viewers, save)] }

    /// What the page shows.
    struct PageModel {
        let chrome: PageChrome
        /// What is saved.
        let words: String
        /// The form's own fields, which travel along.
        let fields: [(name: String, value: String)]
        let save: SaveFieldsModel
        /// Whether the fields below are on a page of their own, and no scripts help with them.
        let zones: String
    }

    /// The page of its own.
    static func open(_ state: QueryFormState, _ visit: Visit) async throws -> Response {
        var state = state
        let outcome = try await QueryForm.check(&state.input, visit)
        guard outcome.problems.isEmpty else {
            state.problems = outcome.problems
            return try await QueryForm.page(state, visit: visit, status: .unprocessableContent)
        }
        let replaceable = try await replaceable(state.input.template, visit)
        let save = try await SaveFieldsModel(replaceable: replaceable, timezone: outcome.draft.text.timezone, visit)
        return try await page(outcome.draft, state.input, save, visit)
    }

    private static func page(
        _ draft: QueryDraft, _ input: QueryInput, _ save: SaveFieldsModel, _ visit: Visit,
        status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let model = PageModel(
            chrome: PageChrome(title: "Save query", section: "customer-dynamics", visit.context),
            words: draft.words(names: try await visit.names(in: [draft])),
            fields: input.fields.fields, save: save, zones: try visit.parts.zoneChoices.options())
        return visit.parts.pages.respond("save-query", model, status: status)
    }

    /// The template that the form was filled from, if who asks may change it.
    static func replaceable(_ id: String, _ visit: Visit) async throws -> Template? {
        let viewer = try visit.viewer()
        guard !id.isEmpty, let template = try await visit.parts.workspace.template(id: id, for: viewer),
            template.mayChange(viewer)
        else { return nil }
        return template
    }

    @Sendable static func save(_ visit: Visit) async throws -> Response {
        var state = QueryFormState(input: QueryInput(visit.form))
        let outcome = try await QueryForm.check(&state.input, visit)
        let replaceable = try await replaceable(state.input.template, visit)
        guard outcome.problems.isEmpty else {
            if visit.wantsJSON { return try .json(Refusal(fields: []), status: .unprocessableContent) }
            state.problems = outcome.problems
            return try await QueryForm.page(state, visit: visit, status: .unprocessableContent)
        }
        var fields = SaveFieldsModel(replaceable: replaceable, form: visit.form)
        do {
            let template = try await keep(outcome.draft, state.input, fields, replaceable, visit)
            return try visit.wantsJSON
                ? .json(Saved(id: template.id, name: template.name), status: .created)
                : .redirect(to: "/?template=\(FormFields.encode(template.id))&saved")
        } catch let error as DynamicsError where error.kind == .usage && error.code != "not_found" {
            let message = FieldProblem.sentence(error.message)
            if visit.wantsJSON {
                let field = Refusal.Field(name: error.field ?? "name", message: message)
                return try .json(Refusal(fields: [field]), status: .unprocessableContent)
            }
            if !fields.schedule.note(error) { fields.note(message, at: error.field) }
            return try await page(outcome.draft, state.input, fields, visit, status: .unprocessableContent)
        }
    }

    private static func keep(
        _ draft: QueryDraft, _ input: QueryInput, _ fields: SaveFieldsModel, _ replaceable: Template?, _ visit: Visit
    ) async throws -> Template {
        guard let visibility = Template.Visibility(rawValue: fields.visibility) else {
            throw DynamicsError(.usage, "bad_visibility", field: "visibility", "choose who may see it")
        }
        // What cannot be saved as a whole is not saved by half.
        let schedule = try fields.schedule.schedule(zones: visit.parts.zones)
        let workspace = visit.parts.workspace
        let viewer = try visit.viewer()
        let template: Template
        if let replaceable, fields.isReplacing {
            template = try await workspace.changeTemplate(
                replaceable.id, name: fields.name, description: fields.description, visibility: visibility,
                draft: draft, output: input.output, chart: input.chart, sendTo: input.sendTo, by: viewer,
                address: visit.context.address)
        } else {
            template = try await workspace.addTemplate(
                name: fields.name, description: fields.description, visibility: visibility, draft: draft,
                output: input.output, chart: input.chart, sendTo: input.sendTo, by: viewer,
                address: visit.context.address)
        }
        if ScheduleFields.areIn(visit.form) { try await SchedulePages.set(schedule, of: template.id, visit) }
        return template
    }

    private struct Saved: Encodable {
        let id: String
        let name: String
    }

    /// Without fields: something is wrong with the query itself.
    private struct Refusal: Encodable {
        struct Field: Encodable {
            let name: String
            let message: String
        }
        let fields: [Field]
    }
}

/// The fields of *Save Query*, in the dialog and on the page.
struct SaveFieldsModel {
    struct Choice {
        let value: String
        let title: String
        let isChosen: Bool
    }

    var name = ""
    var description = ""
    /// A raw value of `Template.Visibility`.
    var visibility = Template.Visibility.me.rawValue
    /// The name of the template that can be replaced; empty: none.
    let replaceableName: String
    var isReplacing: Bool
    var isAdding: Bool { !isReplacing }
    var nameError = ""
    var descriptionError = ""
    var visibilityError = ""
    private(set) var visibilities: [Choice] = []
    var schedule: ScheduleFields

    /// - Parameter timezone: what a new schedule begins with.
    init(replaceable: Template?, timezone: String, _ visit: Visit) async throws {
        var schedule: TemplateSchedule?
        if let replaceable {
            schedule = try await visit.parts.workspace.schedule(of: replaceable.id, for: try visit.viewer())
        }
        self.schedule = ScheduleFields(schedule?.schedule, timezone: timezone)
        replaceableName = replaceable?.name ?? ""
        isReplacing = replaceable != nil
        if let replaceable {
            name = replaceable.name
            description = replaceable.description
            visibility = replaceable.visibility.rawValue
        }
        visibilities = Self.choices(visibility)
    }

    init(replaceable: Template?, form: FormFields) {
        replaceableName = replaceable?.name ?? ""
        isReplacing = replaceable != nil && form["replace"] == "yes"
        name = form["name"] ?? ""
        // Browsers send line breaks as CR LF.
        description = (form["description"] ?? "").replacing("\r\n", with: "\n")
        visibility = form["visibility"] ?? ""
        schedule = ScheduleFields(form)
        visibilities = Self.choices(visibility)
    }

    private static func choices(_ chosen: String) -> [Choice] {
        Template.Visibility.allCases.map {
            Choice(value: $0.rawValue, title: $0.title, isChosen: $0.rawValue == chosen)
        }
    }

    mutating func note(_ message: String, at field: String?) {
        switch field {
        case "description": descriptionError = message
        case "visibility": visibilityError = message
        default: nameError = message
        }
    }
}

extension Visit {
    /// Whether a script of ours asks, which goes on by itself.
    var wantsJSON: Bool { request.headers[.accept]?.contains("application/json") == true }
}

extension Response {
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        .json(try JSONEncoder().encode(value), status: status)
    }
}
