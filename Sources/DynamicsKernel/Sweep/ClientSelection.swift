import DynamicsModel

/// Which clients of a part pass scope and filters, worked out once for all sweeps of a report.
struct ClientSelection: Sendable {
    /// nil: all of them.
    let flags: [Bool]?
    /// Numbers of the currencies that the selected clients have.
    let currencies: Set<UInt16>

    init(_ predicate: ClientPredicate, in columns: LedgerColumns, resellers: [ExactText: UInt32]) {
        let clients = columns.clients
        var isCurrencyUsed = [Bool](repeating: false, count: CurrencyCode.count)
        let lets = PassTables(predicate, columns, resellers)
        if lets.everyone, columns.isSuperseded == nil {
            flags = nil
            for i in 0..<clients.count { isCurrencyUsed[Int(clients.currencies[i])] = true }
        } else {
            flags = (0..<clients.count).map { i in
                let passes =
                    columns.isSuperseded?[i] != true && lets.types[Int(clients.types[i])]
                    && lets.owners[Int(clients.owners[i])]
                    && lets.tagSets[Int(clients.tagSets[i])]
                if passes { isCurrencyUsed[Int(clients.currencies[i])] = true }
                return passes
            }
        }
        currencies = Set((0..<UInt16(CurrencyCode.count)).filter { isCurrencyUsed[Int($0)] })
    }

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
    }
}
