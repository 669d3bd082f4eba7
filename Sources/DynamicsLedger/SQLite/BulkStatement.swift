import GRDB
import GRDBSQLite

/// A prepared statement for loops over millions of rows: binds and reads bytes in place.
///
/// Must not outlive the connection that it was made with; for one thread at a time.
final class BulkStatement {
    private let statement: OpaquePointer
    private let connection: OpaquePointer

    init(_ db: Database, _ sql: String) throws {
        guard let connection = db.sqliteConnection else { throw DatabaseError(resultCode: .SQLITE_MISUSE) }
        var prepared: OpaquePointer?
        let code = sqlite3_prepare_v3(connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK, let prepared else { throw Self.error(connection, code) }
        self.connection = connection
        statement = prepared
    }

    deinit { sqlite3_finalize(statement) }

    private static func error(_ connection: OpaquePointer, _ code: Int32) -> DatabaseError {
        DatabaseError(resultCode: ResultCode(rawValue: code), message: String(cString: sqlite3_errmsg(connection)))
    }

    // MARK: Parameters, from 1

    func bind(_ index: Int32, _ value: Int64) { sqlite3_bind_int64(statement, index, value) }

    func bind(_ index: Int32, _ value: Int64?) {
        if let value { bind(index, value) } else { sqlite3_bind_null(statement, index) }
    }

    /// Copies the text.
    func bind(_ index: Int32, _ text: String) {
        var copy = text
        copy.withUTF8 { bind(index, text: UnsafeRawBufferPointer($0)) }
    }

    /// Copies the text, which must be UTF-8.
    func bind(_ index: Int32, text: UnsafeRawBufferPointer) {
        guard let start = text.baseAddress else {
            // No address would mean NULL.
            sqlite3_bind_text(statement, index, "", 0, Self.transient)
            return
        }
        sqlite3_bind_text64(
            statement, index, start.assumingMemoryBound(to: CChar.self), UInt64(text.count), Self.transient,
            UInt8(SQLITE_UTF8))
    }

    /// Does not copy the text: it must stay until `clearBindings`.
    func bind(_ index: Int32, textInPlace text: UnsafeRawBufferPointer) {
        sqlite3_bind_text64(
            statement, index, text.baseAddress?.assumingMemoryBound(to: CChar.self), UInt64(text.count), nil,
            UInt8(SQLITE_UTF8))
    }

    /// Does not copy the bytes: they must stay until `clearBindings`.
    func bind(_ index: Int32, bytesInPlace bytes: UnsafeRawBufferPointer) {
        // An empty blob by its address would be NULL.
        if bytes.isEmpty {
            sqlite3_bind_zeroblob(statement, index, 0)
        } else {
            sqlite3_bind_blob64(statement, index, bytes.baseAddress, UInt64(bytes.count), nil)
        }
    }

    func clearBindings() { sqlite3_clear_bindings(statement) }

    /// SQLITE_TRANSIENT: SQLite makes its own copy.
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    // MARK: Running

    /// Goes to the next row; false behind the last one, where the statement is ready to run again.
    func step() throws -> Bool {
        let code = sqlite3_step(statement)
        if code == SQLITE_ROW { return true }
        defer { sqlite3_reset(statement) }
        if code == SQLITE_DONE { return false }
        throw Self.error(connection, code)
    }

    /// Runs a statement that gives no rows.
    func run() throws {
        while try step() {}
    }

    /// Leaves the rows that have not been read.
    func reset() { sqlite3_reset(statement) }

    // MARK: Columns of the row, from 0

    func int(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

    func optionalInt(_ column: Int32) -> Int64? {
        sqlite3_column_type(statement, column) == SQLITE_NULL ? nil : int(column)
    }

    /// The text's bytes, until the next step; the byte behind them is zero.
    func text(_ column: Int32) -> UnsafeRawBufferPointer {
        let start = sqlite3_column_text(statement, column)
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column)))
    }

    /// The blob's bytes, until the next step.
    func blob(_ column: Int32) -> UnsafeRawBufferPointer {
        let start = sqlite3_column_blob(statement, column)
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column)))
    }

    func string(_ column: Int32) -> String { String(decoding: text(column), as: UTF8.self) }
}
