/// What a form suggests while one types.
public enum SuggestionKind: String, Sendable, Hashable, CaseIterable {
    case tags
    /// Resellers, and the operator.
    case owners
    case packages
}

/// Something to choose: a tag, an owner or a package.
public struct Suggestion: Sendable, Hashable {
    /// What the query's field gets. The empty one among owners is the operator.
    public var id: ExactText
    /// What people read; of a tag, the tag itself.
    public var name: ExactText

    public init(id: ExactText, name: ExactText) {
        self.id = id
        self.name = name
    }

    /// The owner of clients that no reseller owns.
    public static let ownOfOperator = Suggestion(id: "", name: "Operator")
}
