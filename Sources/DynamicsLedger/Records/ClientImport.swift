import DynamicsImport
import DynamicsModel
import GRDB

/// Writes the clients of an import. Owners wait until all clients are there, removals for `RemovalCheck`.
final class ClientImport {
    private let state: ImportState
    let seen: Sightings
    private let find: BulkStatement
    private let insert: BulkStatement
    private let update: BulkStatement
    private let clearOwner: BulkStatement
    private let postpone: BulkStatement
    private var nextNumber: UInt32
    /// Whether owners are to be resolved. The others were there before the clients that they own, so that every cycle
    /// has one of these.
    private(set) var hasNewOwners = false

    init(_ state: ImportState) throws {
        self.state = state
        let db = state.db
        seen = try Sightings(db, kind: .clients, files: state.files)
        try db.execute(
            sql:
                "CREATE TEMP TABLE new_owner (client INTEGER PRIMARY KEY, owner_id TEXT NOT NULL, place INTEGER NOT NULL)"
        )
        find = try BulkStatement(
            db,
            """
            SELECT name, type, tags, currency, created_at, closed_at, owner FROM client WHERE number = ?
            """)
        insert = try BulkStatement(
            db,
            """
            INSERT INTO client (name, type, tags, currency, created_at, closed_at, changed_in, number, id, owner)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        update = try BulkStatement(
            db,
            """
            UPDATE client SET name = ?, type = ?, tags = ?, currency = ?, created_at = ?, closed_at = ?, changed_in = ?
            WHERE number = ?
            """)
        clearOwner = try BulkStatement(db, "UPDATE client SET owner = NULL WHERE number = ?")
        postpone = try BulkStatement(db, "INSERT INTO temp.new_owner VALUES (?, ?, ?)")
        nextNumber = try UInt32.fetchOne(db, sql: "SELECT coalesce(max(number), 0) + 1 FROM client") ?? 1
    }

    func take(_ row: ImportRow<Client>, file: ImportFile) throws {
        let place = ImportPlace(file: file, line: row.line)
        switch row.content {
        case .put(let client): try put(client, at: place)
        case .remove(let id):
            let number = state.clients.number(of: id.string).map { Int64($0) }
            _ = try state.noteRemoval(of: number, id: id, in: seen, at: place)
        }
    }

    private func put(_ client: Client, at place: ImportPlace) throws {
        let known = state.clients.number(of: client.id.string)
        let number = Int64(known ?? nextNumber)
        if let first = try seen.see(number, id: client.id.string, at: place, isRemoval: false) {
            state.problems.add(place.duplicate(of: first), at: place)
            return
        }
        let tags = TagList.encode(client.tags)
        if known == nil {
            try add(client, tags: tags, number: number, at: place)
            state.counts[place.file.index].added += 1
        } else if try replace(client, tags: tags, number: number, at: place) {
            state.counts[place.file.index].replaced += 1
        } else {
            state.counts[place.file.index].unchanged += 1
        }
    }

    private func add(_ client: Client, tags: String, number: Int64, at place: ImportPlace) throws {
        let owner = client.ownerID.flatMap { state.clients.number(of: $0.string) }
        bind(client, tags: tags, number: number, to: insert)
        insert.bind(9, client.id.string)
        insert.bind(10, owner.map { Int64($0) })
        try insert.run()
        if owner == nil, let id = client.ownerID { try postpone(owner: id, of: number, at: place) }
        nextNumber += 1
        state.clients.insert(client.id.string, number: UInt32(number))
    }

    /// Whether there is a difference.
    private func replace(_ client: Client, tags: String, number: Int64, at place: ImportPlace) throws -> Bool {
        find.bind(1, number)
        guard try find.step() else { throw DamagedBlock() }
        let isSame =
            ExactText(find.string(0)) == client.name && find.string(1) == client.type.rawValue
            && ExactText(find.string(2)) == ExactText(tags) && find.string(3) == client.currency.description
            && find.int(4) == client.createdAt.seconds && find.optionalInt(5) == client.closedAt?.seconds
        let owner = find.optionalInt(6)
        find.reset()
        let hasSameOwner =
            owner == client.ownerID.flatMap { state.clients.number(of: $0.string) }.map { Int64($0) }
            && (owner == nil) == (client.ownerID == nil)
        if isSame && hasSameOwner { return false }
        bind(client, tags: tags, number: number, to: update)
        try update.run()
        if !hasSameOwner {
            if let id = client.ownerID {
                try postpone(owner: id, of: number, at: place)
            } else {
                clearOwner.bind(1, number)
                try clearOwner.run()
            }
        }
        return true
    }

    private func bind(_ client: Client, tags: String, number: Int64, to statement: BulkStatement) {
        statement.bind(1, client.name.string)
        statement.bind(2, client.type.rawValue)
        statement.bind(3, tags)
        statement.bind(4, client.currency.description)
        statement.bind(5, client.createdAt.seconds)
        statement.bind(6, client.closedAt?.seconds)
        statement.bind(7, state.revision)
        statement.bind(8, number)
    }

    private func postpone(owner: ExactText, of number: Int64, at place: ImportPlace) throws {
        hasNewOwners = true
        postpone.bind(1, number)
        postpone.bind(2, owner.string)
        postpone.bind(3, seen.encode(place))
        try postpone.run()
    }

    /// Enters the owners, now that all clients are there.
    func resolveOwners() throws {
        guard hasNewOwners else { return }
        // One statement for all: SQLite keeps a journal for each that changes a reference.
        try state.db.execute(
            sql: """
                UPDATE client SET owner = owner.number
                FROM temp.new_owner JOIN client AS owner ON owner.id = new_owner.owner_id
                WHERE client.number = new_owner.client
                """)
        guard state.knowsAll(.clients) else { return }
        let unknown = try BulkStatement(
            state.db,
            """
            SELECT new_owner.owner_id, new_owner.place FROM temp.new_owner
            WHERE NOT EXISTS (SELECT 1 FROM client WHERE client.id = new_owner.owner_id)
            """)
        while try unknown.step() {
            let place = seen.place(unknown.int(1))
            state.problems.add(place.problem("owner_id", "there is no client \"\(unknown.string(0))\""), at: place)
        }
    }
}
