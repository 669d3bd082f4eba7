import DynamicsModel

/// Which tags the clients of a ledger carry, with numbers in the place of texts, so that a scope costs no more than a pass over two
/// columns.
struct TagsInUse: Sendable {
    /// All tags that occur in the parts, sorted; some may be carried only by clients that have been superseded.
    private let tags: [ExactText]
    /// For each part and set of tags: the indexes of its tags.
    private let sets: [[[UInt32]]]

    init(_ parts: [LedgerColumns]) {
        var tags: [ExactText] = []
        var indexes: [ExactText: UInt32] = [:]
        let sets = parts.map { part in
            part.tagSets.map { set in
                set.map { tag in
                    if let index = indexes[tag] { return index }
                    let index = UInt32(tags.count)
                    tags.append(tag)
                    indexes[tag] = index
                    return index
                }
            }
        }
        // Sorted once, so that the list of each scope comes sorted.
        let order = tags.indices.sorted { tags[$0] < tags[$1] }
        var places = [UInt32](repeating: 0, count: tags.count)
        for (place, index) in order.enumerated() { places[index] = UInt32(place) }
        self.tags = order.map { tags[$0] }
        self.sets = sets.map { part in part.map { set in set.map { places[Int($0)] } } }
    }

    /// The tags that some client with one of these direct owners carries.
    /// - Parameters:
    ///   - parts: those that this was made from.
    ///   - owners: client numbers; nil: all.
    func tags(in parts: [LedgerColumns], ofClientsOf owners: Set<UInt32>?) -> [ExactText] {
        var isCarried = [Bool](repeating: false, count: tags.count)
        for (part, sets) in zip(parts, sets) {
            for (set, isUsed) in Self.usedSets(of: part, owners).enumerated() where isUsed {
                for tag in sets[set] { isCarried[Int(tag)] = true }
            }
        }
        return tags.indices.filter { isCarried[$0] }.map { tags[$0] }
    }

    private static func usedSets(of part: LedgerColumns, _ owners: Set<UInt32>?) -> [Bool] {
        if owners == nil, part.isSuperseded == nil { return Array(repeating: true, count: part.tagSets.count) }
        let isChosen = part.owners.map { owners?.contains($0) ?? true }
        var isUsed = [Bool](repeating: false, count: part.tagSets.count)
        for client in 0..<part.clients.count
        where isChosen[Int(part.clients.owners[client])] && part.isSuperseded?[client] != true {
            isUsed[Int(part.clients.tagSets[client])] = true
        }
        return isUsed
    }
}
