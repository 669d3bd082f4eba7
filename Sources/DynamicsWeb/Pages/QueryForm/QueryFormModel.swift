import DynamicsModel
import DynamicsWorkspace

/// A form between two answers: what it holds, and what is to be said of it.
struct QueryFormState: Sendable {
    var input: QueryInput
    var problems: [FieldProblem] = []
    /// The id of the control that gets the focus; nil: that of the first problem, if any.
    var focus: String?
    /// Searches whose matches are shown, also those without a text.
    var finds: Set<SuggestionKind> = []
    /// Whether nobody has chosen a timezone yet, so that the browser's own may stand there.
    var isFresh = false

    init(input: QueryInput) { self.input = input }

    /// With a row for every filter that something is wrong with: what one cannot see, one cannot mend.
    fileprivate var shownInput: QueryInput {
        var shown = input
        for filter in QueryFilter.allCases where problems.contains(where: { $0.field == filter.field }) {
            shown.filters.insert(filter)
        }
        return shown
    }
}

/// What the template `query-form` shows.
struct QueryFormModel {
    /// One line above the report in the place of the form, which opens at a click.
    var isCollapsed = false
    /// The query in one line; empty: none was asked yet.
    let words: String
    let template: LoadedTemplate?
    let templateID: String
    let problems: [ProblemLine]
    let hasProblems: Bool
    let period: PeriodModel
    let timezone: TimezoneModel
    let clientTypes: ClientTypesModel
    /// Tags, owners and packages.
    let choices: [ChoiceFilterModel]
    let filterMenu: FilterMenuModel
    let groupings: GroupingsModel
    let output: OutputModel
    let menu: TemplateMenu?
    let save: SaveFieldsModel

    /// - Throws: what the ledger, the workspace or the system's timezones throw.
    init(_ state: QueryFormState, visit: Visit) async throws {
        let viewer = try visit.viewer()
        guard let scope = viewer.scope else { throw WebError.notAllowed }
        let parts = visit.parts
        let input = state.shownInput
        let snapshot = try await parts.backend.recentSnapshot()
        let names = try await Self.names(input, snapshot, scope)
        let found = try await Self.found(state, snapshot, scope)
        let fields = FieldMarks(state)
        problems = state.problems.map(ProblemLine.init)
        hasProblems = !state.problems.isEmpty
        let queryNames = QueryNames(owners: names[.owners] ?? [:], packages: names[.packages] ?? [:])
        words = state.isFresh ? "" : input.draft().draft.words(names: queryNames)
        period = PeriodModel(input, fields, zones: parts.zones, now: parts.clock())
        timezone = TimezoneModel(
            value: input.timezone, isGuessed: state.isFresh, options: try parts.zoneChoices.options(),
            field: fields.mark(.timezone))
        clientTypes = ClientTypesModel(input, fields)
        choices = SuggestionKind.inOrderOfPage.map { kind in
            ChoiceFilterModel(kind, input, names: names[kind] ?? [:], found: found[kind], fields)
        }
        filterMenu = FilterMenuModel(input, fields)
        groupings = GroupingsModel(input, fields)
        output = OutputModel(input, fields, snapshot.catalog, hasMail: parts.deliveries != nil)
        let templates = try await parts.workspace.templates(for: viewer)
        menu = TemplateMenu(
            templates, viewer: viewer, loaded: input.template, names: try await visit.names(in: templates.map(\.draft)))
        templateID = input.template
        let loaded = try await parts.workspace.template(id: input.template, for: viewer)
        template = loaded.map { LoadedTemplate(name: $0.name, description: $0.description) }
        save = try await SaveFieldsModel(
            replaceable: loaded.flatMap { $0.mayChange(viewer) ? $0 : nil }, timezone: input.timezone, visit)
    }

    private static func names(
        _ input: QueryInput, _ snapshot: any LedgerSnapshot, _ scope: Scope
    ) async throws -> [SuggestionKind: [ExactText: ExactText]] {
        var names: [SuggestionKind: [ExactText: ExactText]] = [:]
        for (kind, ids) in input.chosen where kind != .tags {
            names[kind] = try await snapshot.names(of: kind, ids: ids.map { ExactText($0) }, scope: scope)
        }
        return names
    }

    private static func found(
        _ state: QueryFormState, _ snapshot: any LedgerSnapshot, _ scope: Scope
    ) async throws -> [SuggestionKind: [Suggestion]] {
        var found: [SuggestionKind: [Suggestion]] = [:]
        for kind in SuggestionKind.allCases {
            let text = QueryInput.trimmed(state.input.searches[kind] ?? "")
            guard state.finds.contains(kind) || !text.isEmpty, text.unicodeScalars.count <= Suggestions.longestText
            else { continue }
            let matches = try await snapshot.suggestions(kind, matching: text, scope: scope, limit: Suggestions.limit)
            let chosen = Set((state.input.chosen[kind] ?? []).map { ExactText($0) })
            found[kind] = matches.filter { !chosen.contains($0.id) }
        }
        return found
    }
}

extension SuggestionKind {
    fileprivate static let inOrderOfPage: [SuggestionKind] = [.tags, .owners, .packages]
}

/// The template that the form was filled from.
struct LoadedTemplate {
    let name: String
    let description: String
}

/// One problem in the list above the form.
struct ProblemLine {
    /// Of the field's control; empty: the problem is with all of the form.
    let href: String
    let title: String
    let message: String

    init(_ problem: FieldProblem) {
        href = problem.field.map { "#\($0.control)" } ?? ""
        title = problem.field?.title ?? ""
        message = problem.message
    }
}

/// What a control says of itself beside its value.
struct FieldMark {
    /// Attributes for errors, descriptions and focus. They hold only names of ours.
    let attributes: String
    /// Empty: nothing is wrong.
    let error: String
}

/// Makes the marks of all fields.
struct FieldMarks {
    private let state: QueryFormState
    private let focus: String?

    init(_ state: QueryFormState) {
        self.state = state
        focus = state.focus ?? state.problems.lazy.compactMap { $0.field?.control }.first
    }

    /// - Parameters:
    ///   - hint: the id of a text that explains the field.
    ///   - isControl: whether the element takes a value, and so can have a wrong one.
    func mark(_ field: QueryField, hint: String? = nil, isControl: Bool = true) -> FieldMark {
        let error = state.problems.first { $0.field == field }?.message ?? ""
        var attributes = error.isEmpty || !isControl ? "" : " aria-invalid=\"true\""
        let descriptions = [error.isEmpty ? nil : "\(field.rawValue)-error", hint].compactMap { $0 }
        if !descriptions.isEmpty { attributes += " aria-describedby=\"\(descriptions.joined(separator: " "))\"" }
        return FieldMark(attributes: attributes + autofocus(field.control), error: error)
    }

    /// The attribute for the control that gets the focus; else nothing.
    func autofocus(_ control: String) -> String { control == focus ? " autofocus" : "" }
}

/// One of several choices in a control.
struct OptionModel {
    let value: String
    let title: String
    let isSelected: Bool
    /// For controls of their own.
    var id = ""
    var attributes = ""
}
