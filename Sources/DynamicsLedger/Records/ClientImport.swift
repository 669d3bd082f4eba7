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
    private let setOwner: BulkStatement
    private let postpone: BulkStatement
    private var nextNumber: UInt32
    /// Whether a client has another owner than before.
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
            INSERT INTO client (name, type, tags, currency, created_at, closed_at, changed_in, number, id)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        update = try BulkStatement(
            db,
            """
            UPDATE client SET name = ?, type = ?, tags = ?, currency = ?, created_at = ?, closed_at = ?, changed_in = ?
            WHERE number = ?
            """)
        setOwner = try BulkStatement(db, "UPDATE client SET owner = ? WHERE number = ?")
        postpone = try BulkStatement(db, "INSERT INTO temp.new_owner VALUES (?, ?, ?)")
        nextNumber = try UInt32.fetchOne(db, sql: "SELECT coalesce(max(number), 0) + 1 FROM client") ?? 1
    }

    func take(_ row: ImportRow<Client>, file: ImportFile) throws {
        let place = ImportPlace(file: file, line: row.line)
        switch row.content {
        case .put(let client): try put(client, at: place)
        case .remove(let id): try remove(id, at: place)
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
            nextNumber += 1
            state.clients.insert(client.id.string, number: UInt32(number))
            bind(client, tags: tags, number: number, to: insert)
            insert.bind(9, client.id.string)
            try insert.run()
            try enter(owner: client.ownerID, of: number, before: nil, at: place)
            state.counts[place.file.index].added += 1
        } else if try replace(client, tags: tags, number: number, at: place) {
            state.counts[place.file.index].replaced += 1
        } else {
            state.counts[place.file.index].unchanged += 1
        }
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
        if !hasSameOwner { try enter(owner: client.ownerID, of: number, before: owner, at: place) }
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

    private func enter(owner: ExactText?, of number: Int64, before: Int64?, at place: ImportPlace) throws {
        guard let owner else {
            if before != nil {
                setOwner.bind(1, nil)
                setOwner.bind(2, number)
                try setOwner.run()
            }
            return
        }
        hasNewOwners = true
        postpone.bind(1, number)
        postpone.bind(2, owner.string)
        postpone.bind(3, seen.encode(place))
        try postpone.run()
    }

    private func remove(_ id: ExactText, at place: ImportPlace) throws {
        let first: ImportPlace?
        if let number = state.clients.number(of: id.string) {
            first = try seen.see(Int64(number), id: id.string, at: place, isRemoval: true)
            if first == nil { state.counts[place.file.index].removed += 1 }
        } else {
            first = try seen.seeAbsent(id.string, at: place)
            if first == nil { state.counts[place.file.index].unchanged += 1 }
        }
        if let first { state.problems.add(place.duplicate(of: first), at: place) }
    }

    /// Enters the owners, now that all clients are there.
    func resolveOwners() throws {
        guard hasNewOwners else { return }
        let canJudge = state.knowsAll(.clients)
        let rows = try BulkStatement(state.db, "SELECT client, owner_id, place FROM temp.new_owner ORDER BY client")
        while try rows.step() {
            if let owner = state.clients.number(of: rows.text(1)) {
                setOwner.bind(1, Int64(owner))
                setOwner.bind(2, rows.int(0))
                try setOwner.run()
            } else if canJudge {
                let place = seen.place(rows.int(2))
                state.problems.add(place.problem("owner_id", "there is no client \"\(rows.string(1))\""), at: place)
            }
        }
    }
}
