import DynamicsImport
import DynamicsModel
import Foundation
import GRDB
import Synchronization

/// Writes the transactions of an import: takes all in, sorted by key and by client, then goes over both in order.
final class TransactionImport {
    private let state: ImportState
    private let folder: String
    private let hash: SipHash
    private let tuning: ImportTuning
    private let files: [ImportFile]
    private let intake: TransactionIntake
    private let parts: [TransactionIntake.Part]

    /// - Parameter folder: the data folder.
    init(_ state: ImportState, folder: String, hash: SipHash, tuning: ImportTuning) {
        self.state = state
        self.folder = folder
        self.hash = hash
        self.tuning = tuning
        files = state.files.filter { $0.kind == .transactions }
        let intake = TransactionIntake(folder: folder, hash: hash, memory: tuning.sortMemory / tuning.threads)
        self.intake = intake
        parts = files.isEmpty ? [] : (0..<tuning.threads).map { _ in intake.makePart() }
    }

    /// Parses a file on all threads and takes its transactions in.
    /// - Parameter place: the file's place among those with transactions.
    func read(_ feed: ChunkFeed, place: UInt16) throws {
        let failure = Mutex<(any Error)?>(nil)
        let (parts, clients, packages) = (parts, state.clients, state.packages)
        Threads.run(parts.count) { index in
            do {
                var batch = TransactionBatch()
                while let chunk = try feed.next() {
                    var problems: [ImportProblem] = []
                    batch.entries.removeAll(keepingCapacity: true)
                    batch.ids.removeAll(keepingCapacity: true)
                    feed.parser.transactions(
                        chunk, clients: clients, packages: packages, into: &batch, problems: &problems)
                    feed.finished(rows: batch.entries.count, problems: problems)
                    try parts[index].take(batch, file: place)
                }
            } catch {
                feed.close()
                failure.withLock { $0 = $0 ?? error }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
    }

    /// Brings the index of ids and the blocks up to date. Does nothing more than look for ids that come twice when there are
    /// problems already.
    func write() throws {
        for part in parts { try part.finish() }
        let leaving = ExternalSorter(folder: folder)
        try enterKeys(leaving: leaving)
        guard state.problems.isEmpty else { return }
        try writeBlocks(leaving: leaving)
    }

    private func enterKeys(leaving: ExternalSorter) throws {
        let pass = KeyPass(
            arriving: intake.byKey.sorted(), leaving: SortBuffer(leaving, memory: tuning.sortMemory / 4), files: files,
            control: state.control)
        state.control.enter(.checking)
        let outcome = try writing { old, send in try pass.run(old: old, send: send) }
        state.problems.add(outcome.problems)
        for (file, counts) in zip(files, outcome.counts) { state.counts[file.index] = counts }
    }

    private func writeBlocks(leaving: ExternalSorter) throws {
        let (arriving, leaving) = (intake.byClient.sorted(), leaving.sorted())
        let (hash, files, capacity, control) = (hash, files.count, tuning.blockCapacity, state.control)
        state.control.enter(.writing)
        let unchanged = try writing { old, send in
            try ClientPass(
                arriving: arriving, leaving: leaving, old: old, hash: hash, files: files, blockCapacity: capacity,
                control: control, send: send
            ).run()
        }
        for (file, number) in zip(self.files, unchanged) {
            state.counts[file.index].replaced -= number
            state.counts[file.index].unchanged += number
        }
    }

    /// Runs a pass on a thread of its own, and makes its changes on this one.
    /// - Parameter pass: is given a connection that sees the ledger as it was before the import.
    private func writing<Value: Sendable>(
        _ pass: @Sendable (Database, @escaping ([LedgerWrite]) throws -> Void) throws -> Value
    ) throws -> Value {
        let writer = try LedgerWriter(state.db, revision: state.revision)
        let connection = try LedgerFile.readingConnection(Ledger.file(in: folder))
        return try Pipeline.run(
            capacity: 16,
            produce: { send in
                try withoutActuallyEscaping(send) { send in try connection.read { try pass($0, send) } }
            },
            consume: { writes in
                try state.control.check()
                try writer.perform(writes)
            })
    }
}
