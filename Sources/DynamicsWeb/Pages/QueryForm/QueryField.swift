import DynamicsModel

/// A field of the query form, by the name of its control; in the order of the page.
enum QueryField: String, CaseIterable, Sendable {
    case preset
    case from
    case to
    case timezone
    case clientTypes = "client_types"
    case tags
    case owners
    case packages
    case groupBy = "group_by"
    case output
    case sendTo = "send_to"
    case currency
    case activeMonths = "active_months"

    /// The id of the control that gets the focus when something is wrong with the field.
    var control: String {
        switch self {
        case .clientTypes: "client_types-client"
        case .tags, .owners, .packages: "\(rawValue)-search"
        case .groupBy: "group-by"
        case .sendTo: "send-to"
        default: rawValue
        }
    }

    /// Before a problem in the list of problems.
    var title: String {
        switch self {
        case .preset: "Period"
        case .from: "From"
        case .to: "To"
        case .timezone: "Timezone"
        case .clientTypes: QueryFilter.clientTypes.title
        case .tags: QueryFilter.tags.title
        case .owners: QueryFilter.owners.title
        case .packages: QueryFilter.packages.title
        case .groupBy: "Group by"
        case .output: "Type"
        case .sendTo: "Send to"
        case .currency: "Currency"
        case .activeMonths: "Active duration"
        }
    }
}

/// What is wrong with a field of the form, or (without a field) with all of it.
struct FieldProblem: Error, Sendable, Hashable {
    var field: QueryField?
    /// A sentence.
    var message: String

    init(_ field: QueryField?, _ message: String) {
        self.field = field
        self.message = message
    }

    /// A query's error where the form shows it.
    /// - Parameter hasDates: whether the period was given by dates; else there are no fields `from` and `to` to be seen.
    init(_ error: DynamicsError, hasDates: Bool) {
        let field = error.field == "tag_mode" ? .tags : error.field.flatMap(QueryField.init(rawValue:))
        self.field = !hasDates && (field == .from || field == .to) ? .preset : field
        message = Self.sentence(error.message)
    }

    /// Errors begin in lower case, since they are shown behind the name of a field elsewhere.
    static func sentence(_ text: String) -> String {
        guard let first = text.unicodeScalars.first else { return text }
        let isOpen = text.unicodeScalars.last.map { !".?!".unicodeScalars.contains($0) } ?? false
        return first.properties.uppercaseMapping + String(text.unicodeScalars.dropFirst()) + (isOpen ? "." : "")
    }
}

/// What the *Filters* menu can add.
enum QueryFilter: String, CaseIterable, Sendable {
    case clientTypes = "client_types"
    case tags
    case owners
    case packages

    var title: String {
        switch self {
        case .clientTypes: "Client type"
        case .tags: "Client tags"
        case .owners: "Owner"
        case .packages: "Package"
        }
    }

    /// What it is listed under in the menu.
    var group: String { self == .packages ? "Extras" : "By clients" }

    /// Whose suggestions it takes; nil: it has a few choices that are all shown.
    var suggestions: SuggestionKind? { SuggestionKind(rawValue: rawValue) }

    init(_ kind: SuggestionKind) {
        self =
            switch kind {
            case .tags: .tags
            case .owners: .owners
            case .packages: .packages
            }
    }

    /// The field that its problems are shown at.
    var field: QueryField {
        switch self {
        case .clientTypes: .clientTypes
        case .tags: .tags
        case .owners: .owners
        case .packages: .packages
        }
    }
}
