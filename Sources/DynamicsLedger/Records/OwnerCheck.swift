import DynamicsImport
import GRDB

/// Owners are resellers, and never form a cycle: checked for the clients that an import names, as before it all was well.
struct OwnerCheck {
    let state: ImportState
    let seen: Sightings

    func run(hasNewOwners: Bool) throws {
        try checkOwned()
        try checkOwners()
        if hasNewOwners { try checkCycles() }
    }

    /// Clients that the import names, whose owner is no reseller.
    private func checkOwned() throws {
        let rows = try BulkStatement(
            state.db,
            """
            SELECT seen.place, owner.id, owner.type FROM temp.\(seen.table) AS seen
            JOIN client ON client.number = seen.number
            JOIN client AS owner ON owner.number = client.owner
            WHERE owner.type <> 'reseller' AND NOT seen.is_removal
            """)
        while try rows.step() {
            let place = seen.place(rows.int(0))
            let message = "client \"\(rows.string(1))\" is of type \(rows.string(2)); only a reseller can own clients"
            state.problems.add(place.problem("owner_id", message), at: place)
        }
    }

    /// Clients that the import names and that are no resellers, but own a client that it does not name.
    private func checkOwners() throws {
        let rows = try BulkStatement(
            state.db,
            """
            SELECT seen.place, owner.id, min(client.id), owner.type FROM temp.\(seen.table) AS seen
            JOIN client AS owner ON owner.number = seen.number
            JOIN client ON client.owner = owner.number
            WHERE owner.type <> 'reseller' AND NOT seen.is_removal
                AND NOT EXISTS (SELECT 1 FROM temp.\(seen.table) AS other WHERE other.number = client.number)
            GROUP BY owner.number
            """)
        while try rows.step() {
            let place = seen.place(rows.int(0))
            let message =
                "client \"\(rows.string(1))\" owns client \"\(rows.string(2))\" and must stay a reseller,"
                + " not become \(rows.string(3))"
            state.problems.add(place.problem("type", message), at: place)
        }
    }

    /// A cycle is reported once, for the one of its clients that the import names first.
    private func checkCycles() throws {
        let owners = try resellersWithOwners()
        let rows = try BulkStatement(state.db, "SELECT client FROM temp.new_owner ORDER BY place")
        // Those from which the way up is known to end, or whose cycle has been reported.
        var settled: Set<Int64> = []
        while try rows.step() {
            var path: [Int64] = []
            var onPath: Set<Int64> = []
            var current = rows.int(0)
            while !settled.contains(current), onPath.insert(current).inserted {
                path.append(current)
                guard let owner = owners[current] else { break }
                current = owner
            }
            if !settled.contains(current), owners[current] != nil, let start = path.firstIndex(of: current) {
                try report(Array(path[start...]))
            }
            settled.formUnion(path)
        }
    }

    private func report(_ cycle: [Int64]) throws {
        let places = try cycle.compactMap { number in try seen.place(of: number).map { (number, $0) } }
        let first = places.min { ($0.1.file.index, $0.1.line) < ($1.1.file.index, $1.1.line) }
        guard let (number, place) = first, let start = cycle.firstIndex(of: number) else { return }
        let find = try BulkStatement(state.db, "SELECT id FROM client WHERE number = ?")
        // Long cycles are cut: the message is for reading.
        let turned = cycle[start...] + cycle[..<start]
        var names: [String] = []
        for client in turned.prefix(10) {
            find.bind(1, client)
            if try find.step() { names.append("\"\(find.string(0))\"") }
            find.reset()
        }
        if turned.count > 10 { names.append("...") }
        names.append(names[0])
        state.problems.add(
            place.problem("owner_id", "owners form a cycle: " + names.joined(separator: " is owned by ")), at: place)
    }

    /// Only resellers can be on a cycle, so their owners are enough.
    private func resellersWithOwners() throws -> [Int64: Int64] {
        let rows = try BulkStatement(
            state.db, "SELECT number, owner FROM client WHERE type = 'reseller' AND owner IS NOT NULL")
        var owners: [Int64: Int64] = [:]
        while try rows.step() { owners[rows.int(0)] = rows.int(1) }
        return owners
    }
}
