import DynamicsImport
import DynamicsModel
import GRDB

/// The first pass over an import's transactions, in the order of the index of ids: finds ids that come twice, tells what
/// is new from what replaces, and brings the index up to date.
struct KeyPass: @unchecked Sendable {
    /// What the pass found.
    struct Outcome: Sendable {
        /// One for each file; what is found again counts as replaced, whether or not it is the same.
        var counts: [RowCounts]
        var problems = ProblemList()
    }

    /// In the form of `ArrivingKey`.
    let arriving: SortedRecords
    /// Takes the ids that are in the ledger, in the form of `LeavingKey`.
    let leaving: SortBuffer
    /// The import's files with transactions.
    let files: [ImportFile]
    let control: ImportControl

    /// - Parameter old: sees the ledger as it was before the import.
    func run(old: Database, send: @escaping ([LedgerWrite]) throws -> Void) throws -> Outcome {
        var outcome = Outcome(counts: files.map { _ in RowCounts() })
        var index = try KeyIndexUpdate(old, writes: LedgerWriteBatch(send))
        var previous: ArrivingKey?
        var pace = control.pace(.keys)
        while try arriving.next() {
            let record = ArrivingKey(arriving)
            try pace.tick()
            if let previous, previous.key.matches(record.key) {
                if previous.key.check != record.key.check { throw Self.collision }
                let place = ImportPlace(file: files[Int(record.file)], line: Int(record.line))
                let first = ImportPlace(file: files[Int(previous.file)], line: Int(previous.line))
                outcome.problems.add(place.duplicate(of: first), at: place)
                continue
            }
            previous = record
            try enter(record, into: &index, counts: &outcome.counts[Int(record.file)])
        }
        try index.finish()
        try leaving.spill()
        return outcome
    }

    @inline(__always)
    private func enter(_ record: ArrivingKey, into index: inout KeyIndexUpdate, counts: inout RowCounts) throws {
        if let holder = try index.set(record.key, client: record.client) {
            try LeavingKey.add(to: leaving, client: holder, key: record.key)
            if record.isRemoval { counts.removed += 1 } else { counts.replaced += 1 }
        } else if record.isRemoval {
            counts.unchanged += 1
        } else {
            counts.added += 1
        }
    }

    /// Two ids have the same key: see `TransactionKey`.
    static let collision = DynamicsError(
        .fault, "key_collision",
        "two transaction ids have the same 96-bit key in the index of ids, which must not happen; nothing was imported")
}
