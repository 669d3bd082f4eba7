public import DynamicsModel

/// Answers what a ledger suggests, one client after the other and one place of a text after the other.
public struct NaiveSuggestions: Sendable {
    public let ledger: LedgerRecords
    public let scope: Scope

    public init(ledger: LedgerRecords, scope: Scope) {
        self.ledger = ledger
        self.scope = scope
    }

    /// All that the user may choose, in no order.
    public func all(_ kind: SuggestionKind) -> [Suggestion] {
        let clients = ledger.clients.filter(isVisible)
        switch kind {
        case .tags:
            return Set(clients.flatMap(\.tags)).map { Suggestion(id: $0, name: $0) }
        case .owners:
            let resellers = ledger.clients.filter { $0.type == .reseller && (isVisible($0) || isOwn($0)) }
            let operators = scope == .everything ? [Suggestion(id: "", name: "Operator")] : []
            return resellers.map { Suggestion(id: $0.id, name: $0.name) } + operators
        case .packages:
            let ids = Set(clients.map(\.id))
            let used =
                ledger.subscriptions.filter { ids.contains($0.clientID) }.map(\.packageID)
                + ledger.transactions.filter { ids.contains($0.clientID) }.compactMap(\.packageID)
            let visible = ledger.packages.filter { scope == .everything || used.contains($0.id) }
            return visible.map { Suggestion(id: $0.id, name: $0.name) }
        }
    }

    /// The best `limit` of those that hold `text`.
    public func matching(_ text: String, _ kind: SuggestionKind, limit: Int) -> [Suggestion] {
        let ranked = all(kind).compactMap { suggestion -> (Int, Suggestion)? in
            let ranks = [suggestion.name, suggestion.id].compactMap { rank(of: text, in: $0.string) }
            return ranks.min().map { ($0, suggestion) }
        }
        let sorted = ranked.sorted { a, b in
            if a.0 != b.0 { return a.0 < b.0 }
            return a.1.name == b.1.name ? a.1.id < b.1.id : a.1.name < b.1.name
        }
        return sorted.prefix(max(0, limit)).map(\.1)
    }

    // MARK: - Who is seen

    private func isOwn(_ client: Client) -> Bool { scope == .reseller(client.id) }

    private func isVisible(_ client: Client) -> Bool {
        guard case .reseller(let reseller) = scope else { return true }
        var owner = client.ownerID
        while let id = owner {
            if id == reseller { return true }
            owner = ledger.clients.first { $0.id == id }?.ownerID
        }
        return false
    }

    // MARK: - Texts

    /// 0: at the start; 1: at the start of a word; 2: elsewhere; nil: nowhere.
    private func rank(of part: String, in text: String) -> Int? {
        let (part, text) = (folded(part), folded(text))
        let places = (0...text.count).filter { text[$0...].starts(with: part) }
        if places.isEmpty { return nil }
        if places[0] == 0 { return 0 }
        return places.contains { !isPartOfWord(text[$0 - 1]) } ? 1 : 2
    }

    private func folded(_ text: String) -> [Unicode.Scalar] {
        text.unicodeScalars.flatMap { scalar in
            Array(String(scalar).lowercased().uppercased().lowercased().unicodeScalars)
        }
    }

    private func isPartOfWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber, .nonspacingMark, .enclosingMark:
            true
        default: scalar.properties.isAlphabetic || scalar.properties.isGraphemeExtend
        }
    }
}
