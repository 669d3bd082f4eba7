import DynamicsModel
import Foundation
import GRDB

/// Which accounts `demo` made: only those may it give new passwords later.
extension Workspace {
    private static let setting = "demo_accounts"

    /// The ids that `setDemoAccounts` marked; empty in an installation without a demo.
    package func demoAccounts() async throws -> Set<Int64> {
        let text = try await file.read { db in
            try String.fetchOne(db, sql: "SELECT value FROM setting WHERE name = ?", arguments: [Self.setting])
        }
        return Set((text ?? "").split(separator: ",").compactMap { Int64($0) })
    }

    /// Marks these accounts as made by `demo`, and no others.
    package func setDemoAccounts(_ accounts: [Account]) async throws {
        let ids = accounts.map { String($0.id) }.joined(separator: ",")
        try await file.write { db in
            try db.execute(
                sql: "INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", arguments: [Self.setting, ids])
        }
    }

    /// Sixteen letters and digits that are not mixed up when read aloud: 79 random bits, in groups of four.
    package static func randomPassword() -> String {
        let letters = Array("abcdefghjkmnpqrstuvwxyz23456789")
        var generator = SystemRandomNumberGenerator()
        let groups = (0..<4).map { _ in
            String((0..<4).map { _ in letters[Int.random(in: letters.indices, using: &generator)] })
        }
        return groups.joined(separator: "-")
    }
}
