import DynamicsModel
import GRDB

extension Workspace {
    /// Copies the workspace of this moment into a new file, while people go on working; then the copy is checked.
    ///
    /// - Parameter path: where there is no file yet. The file has password hashes and reports: it should be nobody else's to read.
    /// - Throws: `DynamicsError` (`.unavailable`), `damaged_workspace` when the copy is not sound.
    public func backUp(to path: String) async throws {
        let isSound = try await file.read { from in
            let target = try DatabaseQueue(path: path)
            try target.writeWithoutTransaction { to in try from.backup(to: to) }
            defer { try? target.close() }
            return try target.read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") == "ok" }
        }
        guard isSound else { throw DynamicsError.damagedWorkspace("the copy") }
    }
}
