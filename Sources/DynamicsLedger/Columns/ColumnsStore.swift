import DynamicsKernel
import DynamicsModel
import Foundation
import Synchronization

/// The ledger's columns as of its newest revision: from memory, from `ledger.columns`, or built from the ledger.
///
/// The file is derived. Whatever is wrong with it, it is built anew; where it cannot be written, columns live in memory alone.
final class ColumnsStore: Sendable {
    /// Columns of one revision.
    struct Loaded: Sendable {
        var revision: LedgerRevision
        var parts: [LedgerColumns]
        /// How many of the parts are changes.
        var changeCount: Int
        /// What of the file they are; nil: in memory alone.
        var file: FileState?
    }

    /// Tells whether a file is still the one that was read.
    struct FileState: Sendable, Hashable {
        var identity: FileIdentity
        var length: Int
        var changeLength: Int
    }

    /// Changes of more clients' transactions than this are no cheaper than building everything anew.
    private static let largestChange = 4_000_000
    /// More changes than this are not kept beside the base: base and changes are copied into a new base.
    private static let mostChanges = 256
    /// A part is written when it has this many transactions, which bounds the memory of building and copying.
    private static let transactionsPerPart = 2_000_000

    private let ledger: Ledger
    private let workers: Int
    private let progress: @Sendable (Double) -> Void
    private let present = Mutex<Loaded?>(nil)

    /// - Parameter progress: is told which part (0...1) of building is done.
    init(_ ledger: Ledger, workers: Int, progress: @escaping @Sendable (Double) -> Void) {
        self.ledger = ledger
        self.workers = workers
        self.progress = progress
    }

    private var path: String { ledger.folder + "/ledger.columns" }

    /// The columns of the revision that `reader` sees. Of a newer one, when there was an import since it began; then read again.
    func columns(for reader: LedgerReader) throws -> Loaded {
        let wanted = try reader.identifiedRevision()
        if let loaded = present.withLock({ $0 }), loaded.revision == wanted { return loaded }
        // One at a time builds or appends, in this process and in all others.
        // Where there can be no lock there can be no file either: then columns live in memory.
        let lock = try? ImportLock.wait(ledger.folder + "/columns.lock")
        defer { lock?.release() }
        let loaded = try update(try newest(reader), to: wanted, reader)
        present.withLock { $0 = loaded }
        return loaded
    }

    /// The newest columns in memory or in the file that are of the reader's history, or of an import that came after it.
    private func newest(_ reader: LedgerReader) throws -> Loaded? {
        if let loaded = present.withLock({ $0 }), try isOfHistory(loaded.revision, reader),
            loaded.file == nil || loaded.file?.identity == FileIdentity(path)
        {
            return loaded
        }
        guard let file = ColumnsFile.open(path, workers: workers), let identity = FileIdentity(path),
            try isOfHistory(file.revision, reader)
        else { return nil }
        let state = FileState(identity: identity, length: file.length, changeLength: file.changeLength)
        return Loaded(
            revision: file.revision, parts: file.parts, changeCount: file.changeCount, file: state)
    }

    /// Whether the ledger once was at this very revision; also when that was after `reader` began.
    private func isOfHistory(_ revision: LedgerRevision, _ reader: LedgerReader) throws -> Bool {
        if revision.number <= reader.revision { return try reader.knows(revision) }
        return try ledger.read { try $0.knows(revision) }
    }

    private func update(_ old: Loaded?, to wanted: LedgerRevision, _ reader: LedgerReader) throws -> Loaded {
        guard var loaded = old else { return try build(reader) }
        // What is newer than the reader is for a new reader.
        if loaded.revision.number >= wanted.number { return loaded }
        let changed = try reader.clientsChanged(after: loaded.revision.number)
        let size = try reader.transactionCount(ofClients: changed)
        guard size <= Self.largestChange else { return try build(reader) }
        let change = try reader.columns(ofClients: changed)
        for i in loaded.parts.indices { loaded.parts[i].supersede(changed) }
        if !changed.isEmpty {
            loaded.parts.append(change)
            loaded.changeCount += 1
        }
        let removed = try removedClients(loaded.parts, reader)
        for i in loaded.parts.indices { loaded.parts[i].supersede(removed) }
        loaded.revision = wanted
        if isCompactionDue(loaded, adding: size), let compacted = compact(loaded) { return compacted }
        // An import of rates or packages alone changes no columns, and needs no part.
        if !changed.isEmpty || !removed.isEmpty { loaded.file = append(change, removed: removed, to: loaded) }
        return loaded
    }

    /// There are many changes, or they make up more than a quarter: a new base makes the next reports faster.
    private func isCompactionDue(_ loaded: Loaded, adding transactions: Int) -> Bool {
        if loaded.changeCount > Self.mostChanges { return true }
        guard let file = loaded.file else { return false }
        return (file.changeLength + transactions * 13) * 4 > file.length && file.changeLength > 1 << 20
    }

    /// Clients of the parts that the ledger no longer has.
    private func removedClients(_ parts: [LedgerColumns], _ reader: LedgerReader) throws -> [UInt32] {
        let count = parts.reduce(0) { sum, part in
            sum + part.clients.count - (part.isSuperseded?.reduce(0) { $0 + ($1 ? 1 : 0) } ?? 0)
        }
        if try reader.clientCount() == count { return [] }
        let numbers = Set(try reader.numbers(from: 0, below: .max, limit: .max))
        return parts.flatMap { part in
            (0..<part.clients.count).compactMap { i in
                let number = part.clients.numbers[i]
                return part.isSuperseded?[i] != true && !numbers.contains(number) ? number : nil
            }
        }
    }

    /// Appends a change to the file; nil when that fails, or there is none: the columns then live in memory alone.
    private func append(_ change: LedgerColumns, removed: [UInt32], to loaded: Loaded) -> FileState? {
        guard var state = loaded.file else { return nil }
        do {
            let writer = try ColumnsFileWriter(appendingTo: path, at: state.length)
            let length = try writer.append(change, revision: loaded.revision, kind: .change, removed: removed)
            state.length += length
            state.changeLength += length
        } catch {
            return nil
        }
        guard let identity = FileIdentity(path) else { return nil }
        state.identity = identity
        return state
    }
}

// MARK: - Building

extension ColumnsStore {
    private func build(_ reader: LedgerReader) throws -> Loaded {
        let total = try reader.transactionCount()
        let loaded = try writeFile { output in
            try build(total: total) { part, revision in
                _ = try output.withLock { try $0.append(part, revision: revision, kind: .base) }
            }
        }
        if let loaded { return loaded }
        // The disk refuses: in memory, then.
        let parts = Mutex<[LedgerColumns]>([])
        let revision = try build(total: total) { part, _ in parts.withLock { $0.append(part) } }
        return Loaded(revision: revision, parts: parts.withLock { $0 }, changeCount: 0, file: nil)
    }

    /// Copies what base and changes have that is still so into a new base; nil when it cannot be written.
    private func compact(_ loaded: Loaded) -> Loaded? {
        try? writeFile { output in
            try ColumnsMerger.merge(loaded.parts, transactionsPerPart: Self.transactionsPerPart) { part in
                _ = try output.withLock { try $0.append(part, revision: loaded.revision, kind: .base) }
            }
            return loaded.revision
        }
    }

    /// Writes a new file aside and puts it in the old one's place; nil when it cannot be written.
    ///
    /// - Parameter writeBase: appends the parts of a base and returns the revision that they are of.
    private func writeFile(
        _ writeBase: (borrowing Mutex<ColumnsFileWriter>) throws -> LedgerRevision
    ) throws -> Loaded? {
        let aside = path + ".new"
        defer { unlink(aside) }
        guard let writer = try? ColumnsFileWriter(creating: aside) else { return nil }
        let output = Mutex(writer)
        let revision: LedgerRevision
        do {
            revision = try writeBase(output)
            try output.withLock { writer in
                var none = ColumnsBuilder()
                try writer.append(none.finish(), revision: revision, kind: .baseEnd)
                try writer.synchronize()
            }
        } catch let error as DynamicsError where error.code == ColumnsFileWriter.errorCode {
            return nil
        }
        guard rename(aside, path) == 0, let identity = FileIdentity(path),
            let file = ColumnsFile.open(path, workers: workers), file.revision == revision
        else { return nil }
        let state = FileState(identity: identity, length: file.length, changeLength: 0)
        return Loaded(revision: revision, parts: file.parts, changeCount: 0, file: state)
    }

    /// Makes all parts, on several threads; returns the revision that they are of.
    private func build(
        total: Int, _ take: @Sendable (LedgerColumns, LedgerRevision) throws -> Void
    ) throws -> LedgerRevision {
        let done = Atomic<Int>(0)
        let revisions = try ledger.readInParallel(parts: workers) { reader, range in
            let revision = try reader.identifiedRevision()
            try reader.forEachPart(ofClientsIn: range, transactions: Self.transactionsPerPart) { part in
                try take(part, revision)
                let count = done.wrappingAdd(part.transactions.count, ordering: .relaxed).newValue
                self.progress(total == 0 ? 1 : min(1, Double(count) / Double(total)))
            }
            return revision
        }
        guard let revision = revisions.first else { throw DynamicsError(.fault, "columns", "no columns were built") }
        return revision
    }
}

/// Which file a path leads to, and whether it has changed: device, inode, size.
struct FileIdentity: Sendable, Hashable {
    private let device: UInt64
    private let inode: UInt64
    private let size: Int64

    /// nil when there is none.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
    }
}
