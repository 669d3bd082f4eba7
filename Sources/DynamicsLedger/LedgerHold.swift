import GRDB

/// Keeps the files that SQLite has beside `ledger.sqlite` for as long as it lives, so that reading needs no room on the disk: as it
/// comes, the last reader takes them away, and the next one has to make them again (<https://www.sqlite.org/walformat.html#the_wal_index_file>).
public final class LedgerHold: Sendable {
    private let connection: DatabaseQueue

    /// - Throws: as reading the ledger does.
    public init(_ ledger: Ledger) throws {
        connection = try LedgerFile.translatingErrors(in: ledger.folder) {
            let connection = try LedgerFile.readingConnection(Ledger.file(in: ledger.folder))
            // Only who has read something has them open.
            try connection.read { db in _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") }
            return connection
        }
    }
}
