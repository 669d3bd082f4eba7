import DynamicsModel
import DynamicsReports
import DynamicsWorkspace
import Hummingbird

/// What is done with a template besides saving it. Templates that the viewer may not see, or not change, are answered as if
/// they were not there.
enum TemplateActions {
    private static func visible(_ visit: Visit) async throws -> Template {
        let id = visit.parameter("id")
        guard let template = try await visit.parts.workspace.template(id: id, for: try visit.viewer()) else {
            throw WebError.notFound
        }
        return template
    }

    /// Starts the template's query with the rights of who asks, and goes on to the run's page.
    @Sendable static func run(_ visit: Visit) async throws -> Response {
        let template = try await visible(visit)
        do {
            let viewer = try visit.viewer()
            // Sending is for the owner, and asked for by another button.
            let run = try await visit.parts.runs.start(template.draft, by: viewer, address: visit.context.address)
            return .redirect(to: RunPages.address(of: run, output: template.output, chart: template.chart))
        } catch let error as DynamicsError where error.kind == .usage {
            let reason = error.field.map { "\($0): \(error.message)" } ?? error.message
            return try await TemplateList.page(
                visit, failedRun: .init(templateName: template.name, templateID: template.id, reason: reason))
        }
    }

    @Sendable static func duplicate(_ visit: Visit) async throws -> Response {
        let copy = try await visit.parts.workspace.duplicateTemplate(
            visit.parameter("id"), by: try visit.viewer(), address: visit.context.address)
        let back = visit.back(otherwise: "/templates").prefix { $0 != "#" }
        return .redirect(to: "\(back)#template-\(copy.id)", notice: .templateCopied)
    }

    /// Field `default`: `yes` makes the template the one that opens with the viewer's page; `no` takes that back.
    @Sendable static func setDefault(_ visit: Visit) async throws -> Response {
        let template = try await visible(visit)
        let viewer = try visit.viewer()
        let back = visit.back(otherwise: "/templates")
        switch visit.form["default"] {
        case "yes":
            try await visit.parts.workspace.setDefaultTemplate(template.id, for: viewer)
            return .redirect(to: back, notice: .defaultSet)
        case "no":
            if template.isDefault { try await visit.parts.workspace.setDefaultTemplate(nil, for: viewer) }
            return .redirect(to: back, notice: .defaultUnset)
        default:
            throw WebError.badRequest("The field default must be yes or no.")
        }
    }

    @Sendable static func confirmDeletion(_ visit: Visit) async throws -> Response {
        let template = try await visible(visit)
        let viewer = try visit.viewer()
        guard template.mayChange(viewer) else { throw WebError.notFound }
        let isMine = template.owner == viewer.id
        let loss =
            switch template.visibility {
            case .me: isMine ? "Only you see it." : "It belongs to \(template.ownerName), who keeps it for themselves."
            case .company:
                isMine
                    ? "Everybody in your company loses it, not only you."
                    : "It belongs to \(template.ownerName); everybody in their company loses it."
            case .everyone:
                "Everybody loses it, in all companies\(isMine ? "" : "; it belongs to \(template.ownerName)")."
            }
        return Confirmation(
            chrome: PageChrome(title: "Delete the template", section: "templates", visit.context),
            heading: "Delete “\(template.name)”?",
            consequences: [
                loss,
                "Whoever has it as default starts with an empty form. Reports that were made with it stay; its schedule ends, and "
                    + "the list of its runs goes with it.",
            ], action: "/templates/\(template.id)/delete", button: "Delete template",
            back: visit.back(otherwise: "/templates")
        ).respond(visit)
    }

    @Sendable static func delete(_ visit: Visit) async throws -> Response {
        try await visit.parts.workspace.deleteTemplate(
            visit.parameter("id"), by: try visit.viewer(), address: visit.context.address)
        let back = visit.back(otherwise: "/templates").prefix { $0 != "#" }
        // What had the template loaded has nothing to load any more.
        return .redirect(
            to: back.contains(visit.parameter("id")) ? "/templates" : String(back), notice: .templateDeleted)
    }
}
