package import DynamicsModel
import Synchronization

/// What may be suggested from one revision of a ledger, worked out for each scope when it is first asked for.
package final class LedgerSuggestions: Sendable {
    /// Lists are kept while they have no more suggestions than this together, some tens of megabytes; the newest always is.
    private static let mostKept = 200_000

    private let ledger: KernelLedger
    private let catalog: LedgerCatalog
    private let kept = Mutex(KeptLists())

    /// - Parameter catalog: of the same revision.
    package init(_ ledger: KernelLedger, catalog: LedgerCatalog) {
        self.ledger = ledger
        self.catalog = catalog
    }

    /// As `LedgerSnapshot.suggestions`.
    package func suggestions(_ kind: SuggestionKind, matching text: String, scope: Scope, limit: Int) -> [Suggestion] {
        list(of: kind, scope).matches(text, limit: limit)
    }

    /// As `LedgerSnapshot.names`.
    package func names(of kind: SuggestionKind, ids: [ExactText], scope: Scope) -> [ExactText: ExactText] {
        list(of: kind, scope).names(of: ids)
    }

    private func list(of kind: SuggestionKind, _ scope: Scope) -> SuggestionList {
        let key = ListKey(kind: kind, scope: scope)
        if let list = kept.withLock({ $0.list(key) }) { return list }
        let list = makeList(of: kind, scope)
        kept.withLock { $0.keep(list, key, limit: Self.mostKept) }
        return list
    }

    private func makeList(of kind: SuggestionKind, _ scope: Scope) -> SuggestionList {
        var owners: Set<ExactText>?
        if case .reseller(let id) = scope { owners = ResellerTree(catalog.resellers).subtree(of: id) }
        switch kind {
        case .owners:
            return SuggestionList(ownersIn: catalog, scope: scope)
        case .packages:
            guard let owners else { return SuggestionList(packages: catalog.packages.keys, in: catalog) }
            return SuggestionList(packages: ledger.packagesInUse(byClientsOf: owners), in: catalog)
        case .tags:
            let numbers = owners.map { Set($0.compactMap { ledger.resellers[$0] }) }
            return SuggestionList(tags: tags().tags(in: ledger.parts, ofClientsOf: numbers))
        }
    }

    private func tags() -> TagsInUse {
        if let tags = kept.withLock({ $0.tags }) { return tags }
        let tags = TagsInUse(ledger.parts)
        kept.withLock { $0.tags = tags }
        return tags
    }
}

private struct ListKey: Hashable {
    var kind: SuggestionKind
    var scope: Scope
}

private struct KeptLists {
    var lists: [ListKey: SuggestionList] = [:]
    /// The one that was asked for last is last.
    var order: [ListKey] = []
    /// Made when tags are first asked for.
    var tags: TagsInUse?

    mutating func list(_ key: ListKey) -> SuggestionList? {
        guard let list = lists[key] else { return nil }
        order.removeAll { $0 == key }
        order.append(key)
        return list
    }

    /// Keeps a list, and lets go of the oldest ones while all together have more than `limit` suggestions.
    mutating func keep(_ list: SuggestionList, _ key: ListKey, limit: Int) {
        order.removeAll { $0 == key }
        order.append(key)
        lists[key] = list
        while order.count > 1, lists.values.reduce(0, { $0 + $1.count + 1 }) > limit {
            lists[order.removeFirst()] = nil
        }
    }
}
