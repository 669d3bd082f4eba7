import DynamicsImport
import DynamicsModel
import Foundation
import GRDB
import GRDBSQLite

/// One import, on the thread that it was started on and some more; see `docs/ledger.md` for the way of the data.
struct ImportRun {
    let ledger: Ledger
    /// In the order of their kinds.
    let inputs: [ImportInput]
    let baseCurrency: CurrencyCode?
    let isDryRun: Bool
    /// Refuses a ledger that has a revision already.
    let onlyIntoEmpty: Bool
    let tuning: ImportTuning
    let control: ImportControl

    private var files: [ImportFile] {
        inputs.enumerated().map { ImportFile(index: $0.offset, kind: $0.element.kind, name: $0.element.name) }
    }

    func run() throws -> ImportSummary {
        let lock = try ImportLock.wait(Ledger.lock(in: ledger.folder)) {
            control.enter(.waiting)
            try control.check()
        }
        defer { lock.release() }
        TemporaryFile.removeLeftovers(in: ledger.folder)
        let start = ContinuousClock.now
        var summary = try LedgerFile.writingConnection(Ledger.file(in: ledger.folder)).writeWithoutTransaction { db in
            try prepare(db)
            defer { Self.emptyWAL(db, waitingMilliseconds: 2000) }
            return try importAll(db)
        }
        summary.seconds = Self.seconds(since: start)
        return summary
    }

    private static func seconds(since start: ContinuousClock.Instant) -> Double {
        (ContinuousClock.now - start) / .seconds(1)
    }

    private func prepare(_ db: Database) throws {
        // What a killed import left in the WAL file would be read again at each opening.
        Self.emptyWAL(db, waitingMilliseconds: 0)
        try db.execute(sql: "PRAGMA cache_size = -\(tuning.pageMemory >> 10)")
    }

    /// Moves what the WAL file holds into the database and cuts it to nothing, unless a reader still needs it.
    private static func emptyWAL(_ db: Database, waitingMilliseconds: Int32) {
        sqlite3_busy_timeout(db.sqliteConnection, waitingMilliseconds)
        // A reader in the way is no error: the next import does it.
        _ = try? Row.fetchAll(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        sqlite3_busy_timeout(db.sqliteConnection, LedgerFile.busyMilliseconds)
    }

    private func importAll(_ db: Database) throws -> ImportSummary {
        var summary = ImportSummary(files: [], revision: 0, isDryRun: isDryRun, seconds: 0)
        try db.inTransaction(.immediate) {
            let before = try Int64.fetchOne(db, sql: "SELECT coalesce(max(number), 0) FROM revision") ?? 0
            guard before == 0 || !onlyIntoEmpty else {
                throw DynamicsError(
                    .usage, "not_empty", field: "data",
                    "\"\(ledger.folder)\" already has a ledger; give another folder")
            }
            let settings = try LedgerSettings.take(db, baseCurrency: baseCurrency)
            let state = try ImportState(db, revision: before + 1, files: files, control: control)
            let seconds = try write(state, settings: settings)
            guard state.problems.isEmpty else { throw ImportFailure(problems: state.problems.problems) }
            summary.files = zip(state.files, zip(state.counts, seconds)).map { file, result in
                .init(name: file.name, kind: file.kind, counts: result.0, seconds: result.1)
            }
            let isChange = settings.isNew || state.counts.contains { $0.isChange }
            summary.revision = isChange && !isDryRun ? before + 1 : before
            guard isChange && !isDryRun else { return .rollback }
            try finish(state)
            try control.check()
            control.enter(.committing, fraction: 1 - ImportControl.Part.commit.share)
            return .commit
        }
        return summary
    }

    /// Enters the revision. Not at the beginning: SQLite calculates the checksums of all later pages again when a page
    /// changes that had to leave its memory already.
    private func finish(_ state: ImportState) throws {
        let counts = state.counts
        try state.db.execute(
            sql: """
                INSERT INTO revision (number, committed_at, added, replaced, removed)
                VALUES (?, unixepoch(), ?, ?, ?)
                """,
            arguments: [
                state.revision, counts.reduce(0) { $0 + $1.added }, counts.reduce(0) { $0 + $1.replaced },
                counts.reduce(0) { $0 + $1.removed },
            ])
        let temporary = try String.fetchAll(state.db, sql: "SELECT name FROM sqlite_temp_schema WHERE type = 'table'")
        for table in temporary { try state.db.execute(sql: "DROP TABLE temp.\(table)") }
    }

    // MARK: The kinds, one after the other

    /// - Returns: the seconds that each file took.
    private func write(_ state: ImportState, settings: LedgerSettings) throws -> [Double] {
        try state.loadIdentifiers()
        let reading = ImportReading(inputs, state: state)
        let packages = try PackageImport(state)
        try reading.rows(.packages, parse: { $0.packages($1) }, take: packages.take)
        let clients = try ClientImport(state)
        try reading.rows(.clients, parse: { $0.clients($1) }, take: clients.take)
        try clients.resolveOwners()
        let subscriptions = try SubscriptionImport(state)
        try reading.rows(.subscriptions, parse: { $0.subscriptions($1) }, take: subscriptions.take)
        try subscriptions.finish()
        let rates = try RateImport(state, base: settings.baseCurrency)
        try reading.rows(.rates, parse: { $0.rates($1) }, take: rates.take)
        try reading.transactions(
            TransactionImport(state, folder: ledger.folder, hash: settings.hash, tuning: tuning))
        if state.knowsAll(.clients) {
            try OwnerCheck(state: state, seen: clients.seen).run(hasNewOwners: clients.hasNewOwners)
        }
        // After a problem the transactions are not written, so what still refers to what cannot be told.
        if state.problems.isEmpty {
            let removals = RemovalCheck(state: state)
            try removals.removeClients(clients.seen)
            try removals.removePackages(packages.seen)
        }
        return reading.seconds
    }
}
