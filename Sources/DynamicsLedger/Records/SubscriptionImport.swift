import DynamicsImport
import DynamicsModel
import GRDB

/// Writes the subscriptions of an import.
final class SubscriptionImport {
    private let state: ImportState
    private let seen: Sightings
    private let find: BulkStatement
    private let insert: BulkStatement
    private let update: BulkStatement
    private let updateTimes: BulkStatement
    private let removeSeen: BulkStatement
    private var nextNumber: Int64

    private struct Stored {
        var number: Int64
        var client: Int64
        var package: Int64
        var startedAt: Int64
        var endedAt: Int64?
    }

    init(_ state: ImportState) throws {
        self.state = state
        let db = state.db
        seen = try Sightings(db, kind: .subscriptions, files: state.files)
        find = try BulkStatement(
            db, "SELECT number, client, package, started_at, ended_at FROM subscription WHERE id = ?")
        insert = try BulkStatement(
            db,
            "INSERT INTO subscription (client, package, started_at, ended_at, number, id) VALUES (?, ?, ?, ?, ?, ?)")
        update = try BulkStatement(
            db, "UPDATE subscription SET client = ?, package = ?, started_at = ?, ended_at = ? WHERE number = ?")
        // SQLite keeps a journal for each statement that changes a reference.
        updateTimes = try BulkStatement(db, "UPDATE subscription SET started_at = ?3, ended_at = ?4 WHERE number = ?5")
        removeSeen = try BulkStatement(
            db,
            "DELETE FROM subscription WHERE number IN (SELECT number FROM temp.\(seen.table) WHERE is_removal)")
        nextNumber = try Int64.fetchOne(db, sql: "SELECT coalesce(max(number), 0) + 1 FROM subscription") ?? 1
    }

    func take(_ row: ImportRow<Subscription>, file: ImportFile) throws {
        let place = ImportPlace(file: file, line: row.line)
        switch row.content {
        case .put(let subscription): try put(subscription, at: place)
        case .remove(let id): try remove(id, at: place)
        }
    }

    private func stored(_ id: ExactText) throws -> Stored? {
        find.bind(1, id.string)
        defer { find.reset() }
        guard try find.step() else { return nil }
        return Stored(
            number: find.int(0), client: find.int(1), package: find.int(2), startedAt: find.int(3),
            endedAt: find.optionalInt(4))
    }

    private func put(_ subscription: Subscription, at place: ImportPlace) throws {
        let stored = try stored(subscription.id)
        let number = stored?.number ?? nextNumber
        if let first = try seen.see(number, id: subscription.id.string, at: place, isRemoval: false) {
            state.problems.add(place.duplicate(of: first), at: place)
            return
        }
        if stored == nil { nextNumber += 1 }
        let client = reference(subscription.clientID, in: state.clients, kind: .clients, column: "client_id", at: place)
        let package = reference(
            subscription.packageID, in: state.packages, kind: .packages, column: "package_id", at: place)
        guard let client, let package else { return }
        let new = Stored(
            number: number, client: client, package: package, startedAt: subscription.startedAt.seconds,
            endedAt: subscription.endedAt?.seconds)
        guard let stored else {
            insert.bind(6, subscription.id.string)
            try run(insert, new)
            state.counts[place.file.index].added += 1
            return
        }
        let isSame =
            stored.client == client && stored.package == package && stored.startedAt == new.startedAt
            && stored.endedAt == new.endedAt
        if isSame {
            state.counts[place.file.index].unchanged += 1
        } else {
            if stored.client != client { try state.touch(client: stored.client) }
            let hasSameReferences = stored.client == client && stored.package == package
            try run(hasSameReferences ? updateTimes : update, new)
            state.counts[place.file.index].replaced += 1
        }
    }

    private func run(_ statement: BulkStatement, _ row: Stored) throws {
        statement.bind(1, row.client)
        statement.bind(2, row.package)
        statement.bind(3, row.startedAt)
        statement.bind(4, row.endedAt)
        statement.bind(5, row.number)
        try statement.run()
        try state.touch(client: row.client)
    }

    private func reference(
        _ id: ExactText, in table: IdentifierTable, kind: RecordKind, column: String, at place: ImportPlace
    ) -> Int64? {
        if let number = table.number(of: id.string) { return Int64(number) }
        if state.knowsAll(kind) {
            let noun = kind == .clients ? "client" : "package"
            state.problems.add(place.problem(column, "there is no \(noun) \"\(id)\""), at: place)
        }
        return nil
    }

    private func remove(_ id: ExactText, at place: ImportPlace) throws {
        let stored = try stored(id)
        let isRemoved = try state.noteRemoval(of: stored?.number, id: id, in: seen, at: place)
        if isRemoved, let stored { try state.touch(client: stored.client) }
    }

    /// Removes what is to be removed.
    func finish() throws {
        if seen.hasRemovals { try removeSeen.run() }
    }
}
