import DynamicsImport
import GRDB

/// Which records of one kind an import has named so far, and where: in temporary tables, so that memory does not grow.
final class Sightings {
    /// The temporary table with `number`, `place` (file and line) and `is_removal`.
    let table: String
    private let absentTable: String
    private let files: [ImportFile]
    private let note: BulkStatement
    private let noteAbsent: BulkStatement
    private let find: BulkStatement
    private let findAbsent: BulkStatement
    private var hasAbsent = false
    /// Whether any record is to be removed.
    private(set) var hasRemovals = false

    private static let lineBits: Int64 = 40

    /// - Parameter files: all of the import.
    init(_ db: Database, kind: RecordKind, files: [ImportFile]) throws {
        table = "seen_\(kind.rawValue)"
        absentTable = "absent_\(kind.rawValue)"
        self.files = files
        try db.execute(
            sql: """
                CREATE TEMP TABLE \(table) (number INTEGER PRIMARY KEY, place INTEGER NOT NULL, is_removal INTEGER NOT NULL);
                CREATE TEMP TABLE \(absentTable) (id TEXT PRIMARY KEY, place INTEGER NOT NULL) WITHOUT ROWID;
                """)
        note = try BulkStatement(db, "INSERT OR IGNORE INTO temp.\(table) VALUES (?, ?, ?) RETURNING 1")
        noteAbsent = try BulkStatement(db, "INSERT OR IGNORE INTO temp.\(absentTable) VALUES (?, ?) RETURNING 1")
        find = try BulkStatement(db, "SELECT place FROM temp.\(table) WHERE number = ?")
        findAbsent = try BulkStatement(db, "SELECT place FROM temp.\(absentTable) WHERE id = ?")
    }

    /// Takes down that a row names the record.
    /// - Returns: where an earlier row named it; nil: this is the first one.
    func see(_ number: Int64, id: String, at place: ImportPlace, isRemoval: Bool) throws -> ImportPlace? {
        if hasAbsent, let earlier = try absentPlace(id) { return earlier }
        note.bind(1, number)
        note.bind(2, encode(place))
        note.bind(3, isRemoval ? 1 : 0)
        guard try isNew(note) else { return try self.place(of: number) }
        if isRemoval { hasRemovals = true }
        return nil
    }

    /// The same for the removal of what is not in the ledger.
    func seeAbsent(_ id: String, at place: ImportPlace) throws -> ImportPlace? {
        noteAbsent.bind(1, id)
        noteAbsent.bind(2, encode(place))
        hasAbsent = true
        return try isNew(noteAbsent) ? nil : try absentPlace(id)
    }

    private func isNew(_ statement: BulkStatement) throws -> Bool {
        let isNew = try statement.step()
        if isNew { try statement.run() }
        return isNew
    }

    /// Where the import names the record; nil: it does not.
    func place(of number: Int64) throws -> ImportPlace? {
        find.bind(1, number)
        defer { find.reset() }
        return try find.step() ? place(find.int(0)) : nil
    }

    private func absentPlace(_ id: String) throws -> ImportPlace? {
        findAbsent.bind(1, id)
        defer { findAbsent.reset() }
        return try findAbsent.step() ? place(findAbsent.int(0)) : nil
    }

    /// A place as it stands in tables.
    func encode(_ place: ImportPlace) -> Int64 { Int64(place.file.index) << Self.lineBits | Int64(place.line) }

    /// What a `place` of the table means.
    func place(_ encoded: Int64) -> ImportPlace {
        ImportPlace(file: files[Int(encoded >> Self.lineBits)], line: Int(encoded & (1 << Self.lineBits - 1)))
    }
}
