import Crypto
import DynamicsModel
import Foundation
import GRDB

/// How failed sign-ins slow further ones down, for a name and for an address.
///
/// An attempt is counted as a failure before the password is looked at, so that many at once gain nothing, and the count is taken
/// back when it succeeds.
struct SignInSlowdown {
    /// So many failures cost nothing: people mistype.
    var freeFailures: Int64
    /// The longest wait between two attempts.
    var longestWait_seconds: Int64

    static let ofName = SignInSlowdown(freeFailures: 5, longestWait_seconds: 300)
    /// An office may share one address.
    static let ofAddress = SignInSlowdown(freeFailures: 20, longestWait_seconds: 900)

    /// Failures are forgotten so long after the last one.
    static let memory_seconds: Int64 = 86_400
    /// How many names and addresses are remembered; beyond that the oldest are forgotten.
    static let longestTable = 10_000

    /// The wait after so many failures: 1 second after the first that is not free, and twice as long after each further one.
    func wait_seconds(after failures: Int64) -> Int64 {
        let counted = failures - freeFailures
        if counted < 0 { return 0 }
        return counted >= 20 ? longestWait_seconds : min(longestWait_seconds, 1 << counted)
    }
}

/// What is counted: a name, or an address.
struct SignInKey {
    let slowdown: SignInSlowdown
    let key: Data

    /// Names that do not exist count like others.
    static func name(_ name: String) -> SignInKey {
        SignInKey(slowdown: .ofName, key: hash("name", Data(Bounds.key(name).utf8)))
    }

    /// An IPv6 address counts with all others of its /64, which one line has for itself.
    static func address(_ address: String) -> SignInKey {
        SignInKey(slowdown: .ofAddress, key: hash("address", Data(NetworkAddress.network(of: address).utf8)))
    }

    private static func hash(_ kind: String, _ bytes: Data) -> Data {
        Data(SHA256.hash(data: Data("\(kind):".utf8) + bytes))
    }
}

extension Database {
    /// Counts an attempt as failed unless it comes too early.
    /// - Returns: how long to wait; 0: the attempt may go on.
    func chargeAttempt(_ keys: [SignInKey], at now: Instant) throws -> Int {
        var wait: Int64 = 0
        for key in keys {
            guard
                let row = try Row.fetchOne(
                    self, sql: "SELECT failures, last_at FROM sign_in_failure WHERE key = ?", arguments: [key.key])
            else { continue }
            let failures: Int64 = row[0]
            let last: Int64 = row[1]
            // A clock that was set back must not make anybody wait for longer than the longest wait.
            let since = max(0, now.seconds - last)
            if since < SignInSlowdown.memory_seconds {
                wait = max(wait, key.slowdown.wait_seconds(after: failures) - since)
            }
        }
        if wait > 0 { return Int(wait) }
        try pruneFailures(at: now)
        for key in keys {
            try execute(
                sql: """
                    INSERT INTO sign_in_failure (key, failures, last_at) VALUES (?, 1, ?)
                    ON CONFLICT (key) DO UPDATE SET failures = min(failures + 1, 1000), last_at = excluded.last_at
                    """, arguments: [key.key, now.seconds])
        }
        return 0
    }

    /// After a success: forgets the failures of the name, and takes back what the attempt cost the address. What others do from
    /// there still counts.
    func clearFailures(name: SignInKey, address: SignInKey) throws {
        try execute(sql: "DELETE FROM sign_in_failure WHERE key = ?", arguments: [name.key])
        try execute(
            sql: "DELETE FROM sign_in_failure WHERE key = ? AND failures = 1", arguments: [address.key])
        try execute(
            sql: "UPDATE sign_in_failure SET failures = failures - 1 WHERE key = ?", arguments: [address.key])
    }

    /// Forgets what is old, and the oldest when there is too much.
    func pruneFailures(at now: Instant) throws {
        try execute(
            sql: "DELETE FROM sign_in_failure WHERE last_at <= ?",
            arguments: [now.seconds - SignInSlowdown.memory_seconds])
        let count = try Int.fetchOne(self, sql: "SELECT count(*) FROM sign_in_failure") ?? 0
        guard count > SignInSlowdown.longestTable else { return }
        try execute(
            sql: """
                DELETE FROM sign_in_failure WHERE key IN (SELECT key FROM sign_in_failure ORDER BY last_at LIMIT ?)
                """, arguments: [count - SignInSlowdown.longestTable])
    }
}
