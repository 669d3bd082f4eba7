import DynamicsModel

/// Which tags the clients of a ledger carry, with numbers in the place of texts, so that a scope costs no more than a pass over two
/// columns.
struct TagsInUse: Sendable {
    /// All tags that occur in the parts, sorted; some may be carried only by clients that have been superseded.
    private let tags: [ExactText]
    private let parts: [TagSets]

    /// The sets of tags of one part.
    private struct TagSets {
        /// The indexes of their tags, one set after the other.
        var tags: [UInt32] = []
        /// Where each set starts; one more entry than sets.
        var starts: [Int] = [0]
    }

    init(_ parts: [LedgerColumns]) {
        var tags: [ExactText] = []
        var indexes: [ExactText: UInt32] = [:]
        var found: [TagSets] = []
        for part in parts {
            var sets = TagSets()
            sets.starts.reserveCapacity(part.tagSets.count + 1)
            for set in part.tagSets {
                for tag in set {
                    let next = UInt32(tags.count)
                    let index = indexes[tag, default: next]
                    if index == next {
                        indexes[tag] = next
                        tags.append(tag)
                    }
                    sets.tags.append(index)
                }
                sets.starts.append(sets.tags.count)
            }
            found.append(sets)
        }
        // Sorted once, so that the list of each scope comes sorted.
        let order = tags.indices.sorted { tags[$0] < tags[$1] }
        var places = [UInt32](repeating: 0, count: tags.count)
        for (place, index) in order.enumerated() { places[index] = UInt32(place) }
        for part in found.indices {
            for i in found[part].tags.indices { found[part].tags[i] = places[Int(found[part].tags[i])] }
        }
        self.tags = order.map { tags[$0] }
        self.parts = found
    }

    /// The tags that some client with one of these direct owners carries.
    /// - Parameters:
    ///   - parts: those that this was made from.
    ///   - owners: client numbers; nil: all.
    func tags(in parts: [LedgerColumns], ofClientsOf owners: Set<UInt32>?) -> [ExactText] {
        var isCarried = [Bool](repeating: false, count: tags.count)
        for (part, sets) in zip(parts, self.parts) {
            for (set, isUsed) in Self.usedSets(of: part, owners).enumerated() where isUsed {
                for tag in sets.tags[sets.starts[set]..<sets.starts[set + 1]] { isCarried[Int(tag)] = true }
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
