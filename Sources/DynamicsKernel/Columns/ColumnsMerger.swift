import DynamicsModel

/// Puts the clients of several parts together that no newer part has replaced. Copies numbers: nothing is derived anew.
package enum ColumnsMerger {
    /// The live clients of `parts` in new parts of about `transactionsPerPart` transactions each, which are made one after
    /// the other.
    ///
    /// - Parameter parts: as they are read; no two have the same live client.
    /// - Throws: what `take` throws.
    package static func merge(
        _ parts: [LedgerColumns], transactionsPerPart: Int, _ take: (LedgerColumns) throws -> Void
    ) rethrows {
        var waiting: [LedgerColumns] = []
        var size = 0
        for part in parts {
            waiting.append(part)
            size += part.liveTransactionCount
            if size >= transactionsPerPart {
                try take(merged(waiting, transactionCount: size))
                (waiting, size) = ([], 0)
            }
        }
        if !waiting.isEmpty { try take(merged(waiting, transactionCount: size)) }
    }

    private static func merged(_ parts: [LedgerColumns], transactionCount: Int) -> LedgerColumns {
        // Numbers must ascend within a part.
        var places: [(number: UInt32, part: Int, client: Int)] = []
        for (index, part) in parts.enumerated() {
            for client in 0..<part.clients.count where part.isSuperseded?[client] != true {
                places.append((part.clients.numbers[client], index, client))
            }
        }
        places.sort { $0.number < $1.number }
        var builder = ColumnsBuilder(transactionCapacity: transactionCount)
        for place in places { builder.copy(client: place.client, of: parts[place.part]) }
        return builder.finish()
    }
}

extension LedgerColumns {
    /// How many transactions its clients have that no newer part has replaced.
    fileprivate var liveTransactionCount: Int {
        guard let isSuperseded else { return transactions.count }
        return (0..<clients.count).reduce(0) { sum, client in
            isSuperseded[client]
                ? sum : sum + Int(clients.transactionStarts[client + 1] - clients.transactionStarts[client])
        }
    }
}
