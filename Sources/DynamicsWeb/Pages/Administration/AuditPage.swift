import DynamicsModel
import DynamicsWorkspace
import Hummingbird

/// The audit log, for administrators.
enum AuditPage {
    /// How many entries a page shows.
    static let pageLength = 100

    /// What the page shows.
    struct PageModel {
        let chrome: PageChrome
        let place = Administration.Place(.audit)
        let rows: [Row]
        let isEmpty: Bool
        let actions: [Choice]
        let person: String
        let people: [String]
        let isFiltered: Bool
        let newest: String?
        let older: String?
        let isPaged: Bool
    }

    struct Row {
        let at: ShownTime
        let actor: String
        let role: String?
        let action: String
        let subject: String
        /// Where the subject can be looked at.
        let subjectAddress: String?
        let details: String?
        let from: String?

        init(_ entry: AuditEntry) {
            at = ShownTime(entry.at)
            actor = entry.actor
            role = entry.role?.title
            action = entry.action.title
            subject = entry.subject
            subjectAddress = Self.isAboutReport(entry.action) ? "/view?id=\(FormFields.encode(entry.subject))" : nil
            details = entry.detail.isEmpty ? nil : entry.detail
            from = entry.address
        }

        private static func isAboutReport(_ action: AuditAction) -> Bool {
            switch action {
            case .reportRun, .reportExported, .linkOpened, .linkRevoked, .linkRestored, .expirySet, .mailAsked,
                .mailSent, .mailFailed:
                true
            default: false
            }
        }
    }

    @Sendable static func show(_ visit: Visit) async throws -> Response {
        let workspace = visit.parts.workspace
        let action = visit.query["action"].flatMap(AuditAction.init(rawValue:))
        let person = visit.query["person"].flatMap { $0.isEmpty ? nil : $0 }
        let before = visit.query["before"].flatMap { Int64($0) }
        let entries = try await workspace.auditLog(
            before: before, action: action, actor: person, limit: pageLength + 1)
        let shown = entries.prefix(pageLength)
        let filter = (action.map { [("action", $0.rawValue)] } ?? []) + (person.map { [("person", $0)] } ?? [])
        let older = entries.count > pageLength ? shown.last?.id : nil
        let actions =
            [Choice(value: "", label: "All", isChosen: action == nil)]
            + AuditAction.allCases.map { Choice(value: $0.rawValue, label: $0.title, isChosen: $0 == action) }
        let model = PageModel(
            chrome: PageChrome(title: "Audit log", section: "administration", visit.context),
            rows: shown.map(Row.init), isEmpty: shown.isEmpty, actions: actions, person: person ?? "",
            people: try await workspace.accounts().map(\.name), isFiltered: !filter.isEmpty,
            newest: before == nil ? nil : address(filter),
            older: older.map { address(filter + [("before", String($0))]) }, isPaged: before != nil || older != nil)
        return visit.parts.pages.respond("audit", model)
    }

    private static func address(_ fields: [(name: String, value: String)]) -> String {
        let address = "/administration/audit"
        return fields.isEmpty ? address : "\(address)?\(FormFields(fields).encoded)"
    }
}
