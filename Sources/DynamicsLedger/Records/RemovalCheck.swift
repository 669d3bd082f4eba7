import DynamicsImport
import DynamicsModel
import GRDB

/// Removes the clients and packages that an import says are gone, at its very end, when nothing refers to them any more.
struct RemovalCheck {
    let state: ImportState

    func removeClients(_ seen: Sightings) throws {
        guard seen.hasRemovals else { return }
        let removed = "temp.\(seen.table) AS seen JOIN client ON client.number = seen.number"
        try report(
            seen, "client", "still owns client",
            """
            SELECT seen.place, client.id, min(owned.id) FROM \(removed) JOIN client AS owned ON owned.owner = client.number
            WHERE seen.is_removal AND NOT EXISTS (
                SELECT 1 FROM temp.\(seen.table) AS other WHERE other.number = owned.number AND other.is_removal)
            GROUP BY client.number
            """)
        try report(
            seen, "client", "still has subscription",
            """
            SELECT seen.place, client.id, min(subscription.id) FROM \(removed)
            JOIN subscription ON subscription.client = client.number WHERE seen.is_removal GROUP BY client.number
            """)
        try report(
            seen, "client", "still has transaction",
            """
            SELECT seen.place, client.id, json_extract(transactions, '$[0][0]') FROM \(removed)
            JOIN transaction_block ON transaction_block.id = client.number << \(LedgerSchema.blockBits)
            WHERE seen.is_removal
            """)
        guard state.problems.isEmpty else { return }
        let numbers = "(SELECT number FROM temp.\(seen.table) WHERE is_removal)"
        try state.db.execute(sql: "UPDATE client SET owner = NULL WHERE number IN \(numbers)")
        try state.db.execute(sql: "DELETE FROM client WHERE number IN \(numbers)")
    }

    func removePackages(_ seen: Sightings) throws {
        guard seen.hasRemovals else { return }
        try report(
            seen, "package", "is still the package of subscription",
            """
            SELECT seen.place, package.id, min(subscription.id) FROM temp.\(seen.table) AS seen
            JOIN package ON package.number = seen.number
            JOIN subscription ON subscription.package = package.number WHERE seen.is_removal GROUP BY package.number
            """)
        try reportTransactions(seen)
        guard state.problems.isEmpty else { return }
        try state.db.execute(
            sql: "DELETE FROM package WHERE number IN (SELECT number FROM temp.\(seen.table) WHERE is_removal)")
    }

    /// - Parameter query: gives the place, the id and the id of what still refers to it.
    private func report(_ seen: Sightings, _ noun: String, _ verb: String, _ query: String) throws {
        let rows = try BulkStatement(state.db, query)
        while try rows.step() {
            let place = seen.place(rows.int(0))
            state.problems.add(
                place.problem("id", "\(noun) \"\(rows.string(1))\" \(verb) \"\(rows.string(2))\""), at: place)
        }
    }

    /// Blocks have no index by package, so all of them are read: packages are removed rarely.
    private func reportTransactions(_ seen: Sightings) throws {
        var removed: [UInt32: (place: ImportPlace, id: String)] = [:]
        let packages = try BulkStatement(
            state.db,
            """
            SELECT seen.number, seen.place, package.id FROM temp.\(seen.table) AS seen
            JOIN package ON package.number = seen.number WHERE seen.is_removal
            """)
        while try packages.step() {
            removed[UInt32(packages.int(0))] = (seen.place(packages.int(1)), packages.string(2))
        }
        let blocks = try BulkStatement(
            state.db, "SELECT first_at, count, transactions FROM transaction_block ORDER BY id")
        var transactions = StoredTransactions(blocks)
        var pace = state.control.pace()
        try transactions.next()
        while !transactions.isAtEnd, !removed.isEmpty {
            if transactions.package != 0, let (place, id) = removed.removeValue(forKey: transactions.package) {
                let transaction = String(decoding: transactions.id, as: UTF8.self)
                state.problems.add(
                    place.problem("id", "package \"\(id)\" is still the package of transaction \"\(transaction)\""),
                    at: place)
            }
            try pace.tick()
            try transactions.next()
        }
    }
}
