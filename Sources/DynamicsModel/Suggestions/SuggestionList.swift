/// All that may be suggested to somebody, ready to be searched: what a snapshot's `suggestions` and `names` are made of.
public struct SuggestionList: Sendable {
    /// By name, then id.
    private let suggestions: [Suggestion]
    /// Of each suggestion; the id's is nil where it is the same as the name.
    private let names: [FoldedText]
    private let ids: [FoldedText?]

    /// - Parameter suggestions: in any order, each id once.
    public init(_ suggestions: some Sequence<Suggestion>) {
        self.suggestions = suggestions.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
        names = self.suggestions.map { FoldedText($0.name.string) }
        ids = self.suggestions.map { $0.id == $0.name ? nil : FoldedText($0.id.string) }
    }

    /// How many there are.
    public var count: Int { suggestions.count }

    /// The first `limit` suggestions whose name or id holds `text`, whatever the case of its letters.
    ///
    /// First come those that start with it, then those in which a word does, then all others; among these by name, then id. An
    /// empty text is held by all.
    public func matches(_ text: String, limit: Int) -> [Suggestion] {
        guard limit > 0 else { return [] }
        let wanted = FoldedText(text)
        if wanted.bytes.isEmpty { return Array(suggestions.prefix(limit)) }
        var found: [[Int]] = [[], [], []]
        for i in suggestions.indices {
            let places = [names[i].place(of: wanted), ids[i].flatMap { $0.place(of: wanted) }]
            guard let best = places.compactMap({ $0 }).min() else { continue }
            if found[best.rawValue].count < limit { found[best.rawValue].append(i) }
        }
        return found.joined().prefix(limit).map { suggestions[$0] }
    }

    /// The names of those `ids` that are in the list.
    public func names(of ids: [ExactText]) -> [ExactText: ExactText] {
        let wanted = Set(ids)
        guard !wanted.isEmpty else { return [:] }
        var names: [ExactText: ExactText] = [:]
        for suggestion in suggestions where wanted.contains(suggestion.id) { names[suggestion.id] = suggestion.name }
        return names
    }
}

extension SuggestionList {
    /// The owners that a user may choose: all resellers and the operator, or the user's own reseller and those below it.
    public init(ownersIn catalog: LedgerCatalog, scope: Scope) {
        let all = catalog.resellers.map { Suggestion(id: $0.key, name: $0.value.name) }
        switch scope {
        case .everything:
            self.init(all + [.ownOfOperator])
        case .reseller(let id):
            let visible = ResellerTree(catalog.resellers).subtree(of: id)
            self.init(all.filter { visible.contains($0.id) })
        }
    }

    /// The packages with these ids.
    public init(packages ids: some Sequence<ExactText>, in catalog: LedgerCatalog) {
        self.init(ids.compactMap { id in catalog.packages[id].map { Suggestion(id: id, name: $0) } })
    }

    /// Tags, which are their own names.
    public init(tags: some Sequence<ExactText>) {
        self.init(tags.map { Suggestion(id: $0, name: $0) })
    }
}
