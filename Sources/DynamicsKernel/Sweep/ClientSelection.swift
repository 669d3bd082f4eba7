import DynamicsModel

/// Which clients of a part pass scope and filters, worked out once for all sweeps of a report.
struct ClientSelection: Sendable {
    /// Their places in the part, ascending; nil: all of them.
    let clients: [UInt32]?
    /// Numbers of the currencies that the selected clients have.
    let currencies: Set<UInt16>

    init(_ predicate: ClientPredicate, in columns: LedgerColumns, resellers: [ExactText: UInt32]) {
        let lets = PassTables(predicate, columns, resellers)
        if lets.everyone, columns.isSuperseded == nil {
            clients = nil
            currencies = Self.currencies(of: 0..<columns.clients.count, columns)
        } else {
            let selected = lets.clients(of: columns)
            clients = selected
            currencies = Self.currencies(of: selected.lazy.map { Int($0) }, columns)
        }
    }

    private static func currencies(of clients: some Sequence<Int>, _ columns: LedgerColumns) -> Set<UInt16> {
        // Few currencies in long runs: most clients have that of the one before, or have been met.
        var found: Set<UInt16> = []
        var isFound = [Bool](repeating: false, count: CurrencyCode.count)
        let numbers = columns.clients.currencies
        for client in clients {
            let number = numbers[client]
            if !isFound[Int(number)] {
                isFound[Int(number)] = true
                found.insert(number)
            }
        }
        return found
    }

    /// How many clients there are to sweep.
    func count(in columns: LedgerColumns) -> Int { clients?.count ?? columns.clients.count }

    /// The predicate, asked once for each type, owner and set of tags that occurs.
    private struct PassTables {
        let everyone: Bool
        let types: [Bool]
        let owners: [Bool]
        let tagSets: [Bool]

        init(_ predicate: ClientPredicate, _ columns: LedgerColumns, _ resellers: [ExactText: UInt32]) {
            everyone = predicate.types == nil && predicate.directOwners == nil && predicate.tags == nil
            types = ClientType.allCases.map { predicate.types?.contains($0) ?? true }
            let numbers = predicate.directOwners.map { owners in
                Set(owners.compactMap { $0.isEmpty ? LedgerColumns.operatorNumber : resellers[$0] })
            }
            owners = columns.owners.map { numbers?.contains($0) ?? true }
            tagSets = columns.tagSets.map { tags in
                guard let wanted = predicate.tags else { return true }
                return predicate.tagMode == .all ? wanted.isSubset(of: tags) : !wanted.isDisjoint(with: tags)
            }
        }

        func clients(of columns: LedgerColumns) -> [UInt32] {
            let (count, clients) = (columns.clients.count, columns.clients)
            return [UInt32](unsafeUninitializedCapacity: count) { selected, found in
                for client in 0..<count {
                    // Every client is written down, and the next one over it unless it passes: without a branch to guess.
                    selected[found] = UInt32(client)
                    let passes =
                        owners[Int(clients.owners[client])] && types[Int(clients.types[client])]
                        && tagSets[Int(clients.tagSets[client])]
                    if passes { found += 1 }
                }
                if let isSuperseded = columns.isSuperseded {
                    let all = UnsafeMutableBufferPointer(rebasing: selected[..<found])
                    found = 0
                    for client in all where !isSuperseded[Int(client)] {
                        selected[found] = client
                        found += 1
                    }
                }
            }
        }
    }
}
