import DynamicsModel

/// What a button of the form asks for: the value of its field `do`. All but the first two only change the form; scripts do the
/// same in the page itself.
enum FormAction: Sendable, Hashable {
    case query
    case save
    /// Shows the form again as it is.
    case refresh
    case addFilter(QueryFilter)
    case removeFilter(QueryFilter)
    /// Shows what matches the search.
    case find(SuggestionKind)
    case choose(SuggestionKind, id: String)
    case drop(SuggestionKind, id: String)
    case addGrouping(Grouping)
    case removeGrouping(Grouping)
    case moveUp(Grouping)
    case moveDown(Grouping)
    /// Makes chips of the addresses that were typed.
    case addRecipients
    case dropRecipient(String)

    /// - Parameter text: such as `query`, `add-filter:tags` or `choose:owners:ID`. nil for what no button says.
    init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        let subject = parts.count > 1 ? parts[1] : ""
        func made<Subject>(_ subject: Subject?, _ make: (Subject) -> FormAction) -> FormAction? {
            subject.map(make)
        }
        let kind = SuggestionKind(rawValue: subject)
        let action: FormAction? =
            switch (parts[0], parts.count) {
            case ("query", 1): .query
            case ("save", 1): .save
            case ("refresh", 1): .refresh
            case ("add-filter", 2): made(QueryFilter(rawValue: subject)) { .addFilter($0) }
            case ("remove-filter", 2): made(QueryFilter(rawValue: subject)) { .removeFilter($0) }
            case ("find", 2): made(kind) { .find($0) }
            case ("choose", 3): made(kind) { .choose($0, id: parts[2]) }
            case ("drop", 3): made(kind) { .drop($0, id: parts[2]) }
            case ("add-group", 2): made(Grouping(rawValue: subject)) { .addGrouping($0) }
            case ("remove-group", 2): made(Grouping(rawValue: subject)) { .removeGrouping($0) }
            case ("move-up", 2): made(Grouping(rawValue: subject)) { .moveUp($0) }
            case ("move-down", 2): made(Grouping(rawValue: subject)) { .moveDown($0) }
            case ("add-recipients", 1): .addRecipients
            case ("drop-recipient", 2): .dropRecipient(subject)
            default: nil
            }
        guard let action else { return nil }
        self = action
    }

    /// Changes what the form holds.
    /// - Returns: the id of the control that gets the focus; nil: none in particular.
    func apply(to input: inout QueryInput) -> String? {
        switch self {
        case .query, .save, .refresh: return nil
        case .addFilter(let filter):
            input.filters.insert(filter)
            return filter.field.control
        case .removeFilter(let filter):
            input.remove(filter)
            return "filters-menu"
        case .find(let kind):
            input.filters.insert(QueryFilter(kind))
            return QueryFilter(kind).field.control
        case .choose(let kind, let id):
            input.choose(kind, id: id)
            return QueryFilter(kind).field.control
        case .drop(let kind, let id):
            input.chosen[kind]?.removeAll { ExactText($0) == ExactText(id) }
            return QueryFilter(kind).field.control
        case .addGrouping(let grouping):
            if !input.groupBy.contains(grouping.rawValue) { input.groupBy.append(grouping.rawValue) }
            return "move-up-\(grouping.rawValue)"
        case .removeGrouping(let grouping):
            input.groupBy.removeAll { $0 == grouping.rawValue }
            return "add-\(grouping.rawValue)"
        case .moveUp(let grouping):
            input.move(grouping, by: -1)
            return "move-up-\(grouping.rawValue)"
        case .moveDown(let grouping):
            input.move(grouping, by: 1)
            return "move-down-\(grouping.rawValue)"
        case .addRecipients:
            input.takeTypedRecipients()
            return QueryField.sendTo.control
        case .dropRecipient(let address):
            input.sendTo.removeAll { ExactText($0) == ExactText(address) }
            return QueryField.sendTo.control
        }
    }
}

extension QueryInput {
    /// Takes a filter's row away, with what was chosen in it.
    fileprivate mutating func remove(_ filter: QueryFilter) {
        filters.remove(filter)
        if filter == .clientTypes { clientTypes = [] }
        if filter == .tags { tagMode = TagMode.any.rawValue }
        if let kind = filter.suggestions {
            chosen[kind] = nil
            searches[kind] = nil
        }
    }

    /// Chooses one more, and is done with the search that found it.
    mutating func choose(_ kind: SuggestionKind, id: String) {
        let isThere = chosen[kind, default: []].contains { ExactText($0) == ExactText(id) }
        if !isThere { chosen[kind, default: []].append(id) }
        searches[kind] = nil
        filters.insert(QueryFilter(kind))
    }

    /// Makes recipients of what was typed: addresses, separated by blanks, commas, semicolons or lines.
    mutating func takeTypedRecipients() {
        let typed = sendToText.split { $0.isWhitespace || $0 == "," || $0 == ";" }.map(String.init)
        for address in typed.prefix(Self.mostChosen) where !sendTo.contains(address) { sendTo.append(address) }
        sendToText = ""
    }

    fileprivate mutating func move(_ grouping: Grouping, by offset: Int) {
        guard let index = groupBy.firstIndex(of: grouping.rawValue), groupBy.indices.contains(index + offset) else {
            return
        }
        groupBy.swapAt(index, index + offset)
    }
}
