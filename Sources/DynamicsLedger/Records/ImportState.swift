import DynamicsImport
import DynamicsModel
import GRDB

/// What the parts of one import share on the thread that writes.
final class ImportState {
    let db: Database
    /// The revision that the import makes.
    let revision: Int64
    /// All of the import, in the order of their kinds.
    let files: [ImportFile]
    let control: ImportControl
    var problems = ProblemList()
    /// One for each file.
    var counts: [RowCounts]
    /// All clients that the ledger has, those of this import included, by number; those to be removed as well.
    var clients = IdentifierTable()
    /// Packages likewise.
    var packages = IdentifierTable()
    private let touchClient: BulkStatement

    init(_ db: Database, revision: Int64, files: [ImportFile], control: ImportControl) throws {
        self.db = db
        self.revision = revision
        self.files = files
        self.control = control
        counts = Array(repeating: RowCounts(), count: files.count)
        touchClient = try BulkStatement(db, "UPDATE client SET changed_in = ? WHERE number = ? AND changed_in <> ?")
    }

    func has(_ kind: RecordKind) -> Bool { files.contains { $0.kind == kind } }

    /// Fills the tables of ids from the ledger.
    func loadIdentifiers() throws {
        let rows = try BulkStatement(db, "SELECT number, id FROM client ORDER BY number")
        while try rows.step() { clients.insert(rows.text(1), number: UInt32(rows.int(0))) }
        let packageRows = try BulkStatement(db, "SELECT number, id FROM package ORDER BY number")
        while try packageRows.step() { packages.insert(packageRows.text(1), number: UInt32(packageRows.int(0))) }
    }

    /// Takes down that something of the client changes in this revision.
    func touch(client: Int64) throws {
        touchClient.bind(1, revision)
        touchClient.bind(2, client)
        touchClient.bind(3, revision)
        try touchClient.run()
    }

    /// Takes down that a row removes a record.
    /// - Parameter number: nil: the ledger does not have it.
    /// - Returns: whether there is something to remove; not when another row names the record too, which is a problem.
    func noteRemoval(
        of number: Int64?, id: ExactText, in seen: Sightings, at place: ImportPlace
    ) throws -> Bool {
        let earlier =
            if let number {
                try seen.see(number, id: id.string, at: place, isRemoval: true)
            } else {
                try seen.seeAbsent(id.string, at: place)
            }
        if let earlier {
            problems.add(place.duplicate(of: earlier), at: place)
            return false
        }
        if number == nil { counts[place.file.index].unchanged += 1 } else { counts[place.file.index].removed += 1 }
        return number != nil
    }

    /// Whether references to records of this kind can be judged: not while rows of theirs were refused.
    func knowsAll(_ kind: RecordKind) -> Bool { !problems.concerns(kind, in: files) }
}
