import DynamicsModel
import GRDB

extension Ledger {
    /// Copies the newest revision into a new file, while imports and reports go on: SQLite's online backup
    /// (<https://www.sqlite.org/backup.html>) within one reading transaction, so that an import meanwhile changes nothing in the copy.
    /// Then the copy is checked.
    ///
    /// - Parameters:
    ///   - path: where there is no file yet.
    ///   - progress: is told which part (0...1) is copied.
    /// - Throws: `DynamicsError` (`.unavailable`), `damaged_ledger` when the copy is not sound; `CancellationError` from `progress`.
    public func backUp(to path: String, progress: @escaping @Sendable (Double) throws -> Void = { _ in }) throws {
        try LedgerFile.translatingErrors(in: folder) {
            let source = try LedgerFile.readingConnection(Self.file(in: folder))
            let target = try DatabaseQueue(path: path)
            try source.read { from in
                try target.writeWithoutTransaction { to in
                    try from.backup(to: to, pagesPerStep: 4096) { step in
                        if step.totalPageCount > 0 {
                            try progress(Double(step.completedPageCount) / Double(step.totalPageCount))
                        }
                    }
                }
            }
            let isSound = try target.read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") == "ok" }
            try target.close()
            guard isSound else {
                throw DynamicsError(
                    .unavailable, "damaged_ledger",
                    "the ledger in \"\(folder)\" is damaged: keep the backups that you have")
            }
        }
    }
}
