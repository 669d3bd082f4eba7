import DynamicsModel
import DynamicsWorkspace
import Foundation
import Hummingbird

/// Changing a template's name, description, visibility and output. The query itself is changed in the form (`SaveQuery`).
enum TemplateEditing {
    /// What was typed; the fields `name`, `description`, `visibility`, `output` and `draft`.
    struct Fields {
        var name = ""
        var description = ""
        var visibility = Template.Visibility.me.rawValue
        var output = "web"
        /// Addresses, separated by blanks, commas, semicolons or lines.
        var sendTo = ""
        /// JSON of a `QueryDraft`.
        var draft = ""

        init() {}

        init(_ template: Template) throws {
            name = template.name
            description = template.description
            visibility = template.visibility.rawValue
            output = template.output
            sendTo = template.sendTo.joined(separator: ", ")
            draft = try TemplateEditing.json(template.draft)
        }

        /// What the fields hold that are there; the others stay.
        mutating func read(_ fields: FormFields) {
            name = fields["name"] ?? name
            // Browsers send line breaks as CR LF.
            description = fields["description"]?.replacingOccurrences(of: "\r\n", with: "\n") ?? description
            visibility = fields["visibility"] ?? visibility
            output = fields["output"] ?? output
            sendTo = fields["send_to"] ?? sendTo
            draft = fields["draft"] ?? draft
        }
    }

    /// What the page shows.
    struct PageModel {
        let chrome: PageChrome
        let heading: String
        let action: String
        /// Of the template that is changed.
        let templateID: String
        let fields: Fields
        let words: QueryWords
        let visibilities: [Choice]
        let outputs: [Choice]
        let back: String
        let button: String
        var nameProblem: String?
        var descriptionProblem: String?
        var visibilityProblem: String?
        var outputProblem: String?
        var sendToProblem: String?
        /// About the query itself, or about nothing that has a field here.
        var problem: String?

        mutating func note(_ error: DynamicsError) {
            switch error.field {
            case "name": nameProblem = error.sentence
            case "description": descriptionProblem = error.sentence
            case "visibility": visibilityProblem = error.sentence
            case "output": outputProblem = error.sentence
            case "send_to": sendToProblem = error.sentence
            case .some(let field): problem = "The query cannot be saved like this: \(field): \(error.message)."
            case nil: problem = error.sentence
            }
        }
    }

    static let outputTitles = ["web": "Web", "csv": "CSV", "xls": "Excel XLS", "xlsx": "Excel XLSX"]

    /// Who sees a template, as `viewer` reads it.
    static func title(of visibility: Template.Visibility, owner: Int64?, viewer: Account) -> String {
        guard let owner, owner != viewer.id else { return visibility.title }
        return switch visibility {
        case .me: "Only the owner"
        case .company: "The owner’s company"
        case .everyone: visibility.title
        }
    }

    // MARK: - Changing

    private static func changeable(_ visit: Visit) async throws -> Template {
        let viewer = try visit.viewer()
        guard let template = try await visit.parts.workspace.template(id: visit.parameter("id"), for: viewer),
            template.mayChange(viewer)
        else { throw WebError.notFound }
        return template
    }

    @Sendable static func showEdit(_ visit: Visit) async throws -> Response {
        let template = try await changeable(visit)
        return try await page(try Fields(template), template: template, error: nil, visit)
    }

    /// Fields that are missing stay as they are.
    @Sendable static func change(_ visit: Visit) async throws -> Response {
        let template = try await changeable(visit)
        var fields = try Fields(template)
        fields.read(visit.form)
        do {
            let content = try content(fields, visit)
            try await visit.parts.workspace.changeTemplate(
                template.id, name: fields.name, description: fields.description, visibility: content.visibility,
                draft: content.draft, output: fields.output, sendTo: content.sendTo, by: try visit.viewer(),
                address: visit.context.address)
            return .redirect(to: visit.back(otherwise: "/templates#template-\(template.id)"), notice: .templateChanged)
        } catch let error as DynamicsError where error.kind == .usage && error.code != "not_found" {
            return try await page(fields, template: template, error: error, visit)
        }
    }

    // MARK: - Both

    private static func page(
        _ fields: Fields, template: Template, error: DynamicsError?, _ visit: Visit
    ) async throws -> Response {
        let viewer = try visit.viewer()
        // Without a query there is nothing to save, and nothing on the page that could mend it.
        let draft = try decoded(fields.draft)
        let title = "Edit template"
        var model = PageModel(
            chrome: PageChrome(title: title, section: "templates", visit.context), heading: title,
            action: "/templates/\(template.id)", templateID: template.id, fields: fields,
            words: QueryWords(draft, names: try await visit.names(in: [draft])),
            visibilities: Template.Visibility.allCases.map {
                Choice(
                    value: $0.rawValue, label: self.title(of: $0, owner: template.owner, viewer: viewer),
                    isChosen: $0.rawValue == fields.visibility)
            },
            outputs: Template.outputs.map {
                Choice(value: $0, label: outputTitles[$0] ?? $0, isChosen: $0 == fields.output)
            },
            back: visit.back(otherwise: "/templates"), button: "Save changes")
        if let error { model.note(error) }
        return visit.parts.pages.respond(
            "template-edit", model, status: error == nil ? .ok : .unprocessableContent)
    }

    private static func content(
        _ fields: Fields, _ visit: Visit
    ) throws -> (visibility: Template.Visibility, draft: QueryDraft, sendTo: [String]) {
        guard let visibility = Template.Visibility(rawValue: fields.visibility) else {
            let known = Template.Visibility.allCases.map(\.rawValue).joined(separator: ", ")
            throw DynamicsError(
                .usage, "bad_visibility", field: "visibility", "must be one of \(known)")
        }
        let draft = try decoded(fields.draft)
        // A template that can never run helps nobody. Whether its owners and packages exist is asked when it runs.
        let text = try draft.resolved(at: visit.parts.clock(), zones: visit.parts.zones)
        try text.parsed().check(in: visit.parts.zones.rules(named: text.timezone))
        let typed = fields.sendTo.split { $0.isWhitespace || $0 == "," || $0 == ";" }.map(String.init)
        return (visibility, draft, try RecipientCheck(visit.parts.deliveries, try visit.viewer()).checked(typed))
    }

    private static func decoded(_ json: String) throws -> QueryDraft {
        guard let draft = try? JSONDecoder().decode(QueryDraft.self, from: Data(json.utf8)) else {
            throw WebError.badRequest(
                "The query that should be saved cannot be read. Go back to the report and save it again.")
        }
        return draft
    }

    static func json(_ draft: QueryDraft) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(draft), as: UTF8.self)
    }
}
