import DynamicsModel
import Foundation
import GRDB

/// `workspace.sqlite`: opening it, reading and writing, and telling what is wrong with it.
final class WorkspaceFile: Sendable {
    /// How long to wait for a lock that another program has on the file.
    static let busySeconds: Double = 10

    private let folder: String
    private let pool: DatabasePool

    /// Creates or migrates the file when needed.
    init(folder: String) throws {
        self.folder = folder
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw DynamicsError(
                .unavailable, "data_folder",
                "the data folder \"\(folder)\" cannot be created: check its path and permissions")
        }
        let path = folder + "/workspace.sqlite"
        // Two processes that open it at once must not both create its tables.
        let lock = try FileLock(folder + "/workspace.lock", wait_seconds: Self.busySeconds)
        defer { lock.release() }
        pool = try Self.translatingErrors(in: folder) {
            let isNew = try Self.create(path)
            if !isNew { try Self.refuseWhatIsNotOurs(path) }
            let pool = try DatabasePool(path: path, configuration: Self.configuration)
            // The pool's initializer has set NORMAL, with which a power cut may take back what was acknowledged.
            let synchronous = try pool.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA synchronous = FULL")
                return try Int.fetchOne(db, sql: "PRAGMA synchronous")
            }
            precondition(synchronous == 2, "what is acknowledged must survive a power cut")
            try WorkspaceSchema.migrator.migrate(pool)
            return pool
        }
    }

    /// Runs `body` on the state of one moment.
    func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await pool.read(body)
        } catch {
            throw Self.translated(error, folder: folder)
        }
    }

    /// Runs `body` in a transaction, alone; when this returns, what it wrote survives a power cut.
    func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await pool.write(body)
        } catch {
            throw Self.translated(error, folder: folder)
        }
    }

    /// The code of the error that there is no space left.
    private static let diskFull = "disk_full"

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(busySeconds)
        configuration.prepareDatabase { db in
            // What is deleted is gone from the file, too: reports may be confidential.
            try db.execute(sql: "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;")
        }
        return configuration
    }

    /// As `write`, for what may be left out when the disk is full, so that reading goes on.
    func writeIfThereIsRoom(_ body: @escaping @Sendable (Database) throws -> Void) async throws {
        do {
            try await write(body)
        } catch let error as DynamicsError where error.code == Self.diskFull {}
    }

    /// Makes an empty file that nobody else may read, as it will have password hashes; SQLite gives the files beside it the
    /// same permissions.
    /// - Returns: whether nothing has been made in it so far.
    private static func create(_ path: String) throws -> Bool {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw DynamicsError(
                .unavailable, "workspace_file",
                "\(path) cannot be opened for writing: check permissions and disk (\(String(cString: strerror(errno))))"
            )
        }
        defer { close(descriptor) }
        return lseek(descriptor, 0, SEEK_END) == 0
    }

    /// Reads the header's bytes rather than opening the file, as opening may already change something beside it.
    private static func refuseWhatIsNotOurs(_ path: String) throws {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw DynamicsError(.unavailable, "workspace_file", "\(path) cannot be read: check its permissions")
        }
        defer { try? handle.close() }
        let header = [UInt8](try handle.read(upToCount: 100) ?? Data())
        // https://www.sqlite.org/fileformat2.html#the_database_header
        guard header.count == 100, header.starts(with: "SQLite format 3\0".utf8) else { throw damaged(path) }
        let applicationID = header[68..<72].reduce(0) { $0 << 8 | Int32($1) }
        // The identification of a file that was just created may still be in the WAL file alone.
        guard applicationID == WorkspaceSchema.applicationID || applicationID == 0 else { throw foreign(path) }
        var readonly = Configuration()
        readonly.readonly = true
        readonly.busyMode = .timeout(busySeconds)
        try DatabaseQueue(path: path, configuration: readonly).read { db in
            let isOurs = try Int32.fetchOne(db, sql: "PRAGMA application_id") == WorkspaceSchema.applicationID
            // A program that was killed while it made the file may have left GRDB's list of migrations, and nothing in it.
            let tables = "SELECT count(*) FROM sqlite_schema WHERE tbl_name <> 'grdb_migrations'"
            let isEmpty = try Int.fetchOne(db, sql: tables) == 0
            if !isOurs && !isEmpty { throw foreign(path) }
            if isOurs, try WorkspaceSchema.migrator.hasBeenSuperseded(db) {
                throw DynamicsError(
                    .unavailable, "newer_workspace",
                    "\(path) was written by a newer version of customer-dynamics: use that version, or a newer one")
            }
        }
    }

    private static func damaged(_ path: String) -> DynamicsError {
        DynamicsError(
            .unavailable, "damaged_workspace", "\(path) is not a workspace, or damaged: restore it from a backup")
    }

    private static func foreign(_ path: String) -> DynamicsError {
        DynamicsError(.unavailable, "not_a_workspace", "\(path) is a database of another program")
    }

    private static func translatingErrors<Value>(in folder: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            throw translated(error, folder: folder)
        }
    }

    /// Turns SQLite's errors into sentences; other errors pass.
    private static func translated(_ error: any Error, folder: String) -> any Error {
        // A value that this program never writes.
        if error is RowDecodingError { return damaged(folder + "/workspace.sqlite") }
        guard let error = error as? DatabaseError else { return error }
        let reason = error.message ?? "SQLite error \(error.resultCode.rawValue)"
        switch error.resultCode.primaryResultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return damaged(folder + "/workspace.sqlite")
        // The second is what the files beside the database say of a full disk.
        case _ where error.resultCode == .SQLITE_FULL || error.extendedResultCode == .SQLITE_IOERR_SHMSIZE:
            return DynamicsError(.unavailable, diskFull, "there is no space left for the workspace in \"\(folder)\"")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return DynamicsError(
                .unavailable, "busy_workspace",
                "the workspace in \"\(folder)\" is in use by another program: try again later")
        case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_IOERR:
            return DynamicsError(
                .unavailable, "workspace_file",
                "the workspace in \"\(folder)\" cannot be read or written: check permissions and disk (\(reason))")
        case .SQLITE_INTERRUPT, .SQLITE_ABORT:
            return CancellationError()
        default:
            return DynamicsError(.fault, "workspace", "SQLite refused something: \(reason)")
        }
    }
}
