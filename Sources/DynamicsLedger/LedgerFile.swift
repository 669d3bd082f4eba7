import DynamicsModel
import Foundation
import GRDB

/// Opening `ledger.sqlite`, and telling what is wrong with it.
enum LedgerFile {
    /// How long to wait for a lock that another program has on the file.
    static let busyMilliseconds: Int32 = 10_000

    /// Creates or migrates the file when needed; does not touch one that is up to date.
    /// - Parameter lock: what only one import at a time holds; it is held while the file changes.
    static func prepare(_ path: String, lock: String) throws {
        try translatingErrors(in: (path as NSString).deletingLastPathComponent) {
            let isNew = try isNew(path)
            if !isNew {
                try refuseWhatIsNotOurs(path)
                if try readingConnection(path).read(LedgerSchema.migrator.hasCompletedMigrations) { return }
            }
            let held = try ImportLock.wait(lock)
            defer { held.release() }
            try LedgerSchema.migrator.migrate(writingConnection(path))
        }
    }

    /// The connection of an import.
    ///
    /// Not a `DatabasePool`, whose opening writes to the file, and would wait for an import that is running.
    static func writingConnection(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.busyMode = .timeout(Double(busyMilliseconds) / 1000)
        configuration.prepareDatabase { db in
            // The page size takes effect only while the file is empty. Overwriting what is deleted would double the work
            // of a rewrite.
            try db.execute(
                sql: """
                    PRAGMA page_size = \(LedgerSchema.pageSize);
                    PRAGMA journal_mode = WAL;
                    PRAGMA synchronous = FULL;
                    PRAGMA secure_delete = OFF;
                    """)
        }
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    /// A connection of its own for one reader, so that readers never wait for one another.
    static func readingConnection(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(Double(busyMilliseconds) / 1000)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA cache_size = -8000")
        }
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    /// Whether there is no file yet, or one in which nothing has been made so far.
    private static func isNew(_ path: String) throws -> Bool {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            if !FileManager.default.fileExists(atPath: path) { return true }
            throw DynamicsError(.unavailable, "ledger_file", "\(path) cannot be read: check its permissions")
        }
        defer { try? handle.close() }
        return try handle.read(upToCount: 1)?.isEmpty ?? true
    }

    /// Reads the header's bytes rather than opening the file, as opening may already change something beside it.
    private static func refuseWhatIsNotOurs(_ path: String) throws {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw DynamicsError(.unavailable, "ledger_file", "\(path) cannot be read: check its permissions")
        }
        defer { try? handle.close() }
        let header = [UInt8](try handle.read(upToCount: 100) ?? Data())
        // https://www.sqlite.org/fileformat2.html#the_database_header
        guard header.count == 100, header.starts(with: "SQLite format 3\0".utf8) else {
            throw DynamicsError(
                .unavailable, "damaged_ledger", "\(path) is not a ledger, or damaged: restore it from a backup")
        }
        let applicationID = header[68..<72].reduce(0) { $0 << 8 | Int32($1) }
        // The identification of a ledger that was just created may still be in the WAL file alone.
        guard applicationID == LedgerSchema.applicationID || applicationID == 0 else {
            throw DynamicsError(.unavailable, "not_a_ledger", "\(path) is a database of another program")
        }
        try readingConnection(path).read { db in
            let isOurs = try Int32.fetchOne(db, sql: "PRAGMA application_id") == LedgerSchema.applicationID
            // A program that was killed while it made the file may have left GRDB's list of migrations, and nothing in it.
            let tables = "SELECT count(*) FROM sqlite_schema WHERE tbl_name <> 'grdb_migrations'"
            let isEmpty = try Int.fetchOne(db, sql: tables) == 0
            if !isOurs && !isEmpty {
                throw DynamicsError(.unavailable, "not_a_ledger", "\(path) is a database of another program")
            }
            if isOurs, try LedgerSchema.migrator.hasBeenSuperseded(db) {
                throw DynamicsError(
                    .unavailable, "newer_ledger",
                    "\(path) was written by a newer version of customer-dynamics: use that version, or a newer one")
            }
        }
    }

    /// Turns SQLite's errors into sentences; other errors pass.
    static func translatingErrors<Value>(in folder: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw translated(error, folder: folder)
        } catch is DamagedBlock {
            throw damaged(folder)
        } catch is RowDecodingError {
            // A value that this program never writes.
            throw damaged(folder)
        }
    }

    private static func damaged(_ folder: String) -> DynamicsError {
        DynamicsError(
            .unavailable, "damaged_ledger",
            "the ledger in \"\(folder)\" is damaged: restore ledger.sqlite from a backup")
    }

    private static func translated(_ error: DatabaseError, folder: String) -> any Error {
        switch error.resultCode.primaryResultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return damaged(folder)
        // The second is what the files beside the database say of a full disk.
        case _ where error.resultCode == .SQLITE_FULL || error.extendedResultCode == .SQLITE_IOERR_SHMSIZE:
            return DynamicsError(.unavailable, "disk_full", "there is no space left for the ledger in \"\(folder)\"")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return DynamicsError(
                .unavailable, "busy_ledger", "the ledger in \"\(folder)\" is in use by another program: try again later"
            )
        case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_IOERR:
            return DynamicsError(
                .unavailable, "ledger_file",
                "the ledger in \"\(folder)\" cannot be read or written: check permissions and disk"
                    + " (\(error.message ?? "SQLite error \(error.resultCode.rawValue)"))")
        case .SQLITE_INTERRUPT, .SQLITE_ABORT:
            return CancellationError()
        default:
            return DynamicsError(
                .fault, "ledger", "SQLite refused something: \(error.message ?? "error \(error.resultCode.rawValue)")")
        }
    }
}
