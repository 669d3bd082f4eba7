import DynamicsModel

/// The filter *Client type*, whose choices are all shown.
struct ClientTypesModel {
    let isShown: Bool
    let options: [OptionModel]
    let field: FieldMark

    init(_ input: QueryInput, _ fields: FieldMarks) {
        isShown = input.filters.contains(.clientTypes)
        field = fields.mark(.clientTypes)
        options = ClientType.allCases.map { type in
            let id = "client_types-\(type.rawValue)"
            return OptionModel(
                value: type.rawValue, title: Self.capitalized(type.title),
                isSelected: input.clientTypes.contains(type.rawValue), id: id, attributes: fields.autofocus(id))
        }
    }

    private static func capitalized(_ title: String) -> String {
        title.split(separator: " ").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(separator: " ")
    }
}

/// A filter whose choices are searched for: *Client tags*, *Owner*, *Package*.
struct ChoiceFilterModel {
    struct Chip {
        let id: String
        let name: String
    }

    struct Match {
        let id: String
        let name: String
        /// Behind the name, where it does not say all; else empty.
        let detail: String
    }

    /// `tags`, `owners` or `packages`.
    let kind: String
    let title: String
    let placeholder: String
    let isShown: Bool
    let chips: [Chip]
    /// What was typed into the search.
    let search: String
    let hasMatches: Bool
    let matches: [Match]
    /// A search without matches.
    let isInVain: Bool
    /// Whether one can ask for any or for all of them.
    let hasMode: Bool
    let isAll: Bool
    let field: FieldMark

    /// - Parameters:
    ///   - names: of what is chosen; ids stand for those that are missing.
    ///   - found: what the search found; nil: none was made.
    init(
        _ kind: SuggestionKind, _ input: QueryInput, names: [ExactText: ExactText], found: [Suggestion]?,
        _ fields: FieldMarks
    ) {
        let filter = QueryFilter(kind)
        self.kind = kind.rawValue
        title = filter.title
        placeholder =
            switch kind {
            case .tags: "Find a tag"
            case .owners: "Find a reseller"
            case .packages: "Find a package"
            }
        isShown = input.filters.contains(filter)
        chips = (input.chosen[kind] ?? []).map { id in
            let fallback = kind == .owners && id.isEmpty ? Suggestion.ownOfOperator.name.string : id
            return Chip(id: id, name: names[ExactText(id)]?.string ?? fallback)
        }
        search = input.searches[kind] ?? ""
        matches = (found ?? []).map { suggestion in
            let id = suggestion.id.string
            return Match(id: id, name: suggestion.name.string, detail: suggestion.id == suggestion.name ? "" : id)
        }
        hasMatches = !matches.isEmpty
        isInVain = found?.isEmpty == true
        hasMode = kind == .tags
        isAll = input.tagMode == TagMode.all.rawValue
        field = fields.mark(filter.field)
    }
}

/// The menu that adds filters.
struct FilterMenuModel {
    struct Group {
        let title: String
        let items: [Item]
        /// Whether all of them have a row already.
        let isEmpty: Bool
    }

    struct Item {
        let filter: String
        let title: String
        /// Whether it has a row already.
        let isShown: Bool
    }

    let groups: [Group]
    let isEmpty: Bool
    let focus: String

    init(_ input: QueryInput, _ fields: FieldMarks) {
        groups = ["By clients", "Extras"].map { title in
            let items = QueryFilter.allCases.filter { $0.group == title }.map { filter in
                Item(filter: filter.rawValue, title: filter.title, isShown: input.filters.contains(filter))
            }
            return Group(title: title, items: items, isEmpty: items.allSatisfy(\.isShown))
        }
        isEmpty = groups.allSatisfy(\.isEmpty)
        focus = fields.autofocus("filters-menu")
    }
}
