import Crypto
import CryptoExtras
import DynamicsModel
import Foundation

/// What scrypt (RFC 7914) may cost: the memory is 128 × blockSize × rounds bytes.
package struct PasswordCost: Sendable, Hashable {
    /// The exponent of the number of rounds, 2 to this: 1...24.
    package var log2Rounds: Int
    package var blockSize: Int
    package var parallelism: Int

    /// 32 MiB, some 100 ms.
    package init(log2Rounds: Int = 15, blockSize: Int = 8, parallelism: Int = 1) {
        self.log2Rounds = log2Rounds
        self.blockSize = blockSize
        self.parallelism = parallelism
    }
}

/// A password as it is stored: `$scrypt$ln=15,r=8,p=1$SALT$HASH`, with the last two in base64.
struct PasswordHash {
    static let saltBytes = 16
    static let hashBytes = 32

    private let cost: PasswordCost
    private let salt: Data
    private let hash: Data

    /// Hashes with a random salt.
    init(_ password: String, cost: PasswordCost) throws {
        var generator = SystemRandomNumberGenerator()
        salt = Data((0..<Self.saltBytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
        self.cost = cost
        hash = try Self.derive(password, salt: salt, cost: cost)
    }

    /// nil when the text is not such a hash.
    init?(_ text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt",
            let salt = Data(base64Encoded: String(parts[3])), salt.count == Self.saltBytes,
            let hash = Data(base64Encoded: String(parts[4])), hash.count == Self.hashBytes
        else { return nil }
        let fields = parts[2].split(separator: ",").map { $0.split(separator: "=") }
        guard fields.count == 3, fields.allSatisfy({ $0.count == 2 }), fields.map({ $0[0] }) == ["ln", "r", "p"],
            let rounds = Int(fields[0][1]), (1...24).contains(rounds),
            let block = Int(fields[1][1]), (1...32).contains(block),
            let parallelism = Int(fields[2][1]), (1...16).contains(parallelism)
        else { return nil }
        self.salt = salt
        self.hash = hash
        cost = PasswordCost(log2Rounds: rounds, blockSize: block, parallelism: parallelism)
    }

    var text: String {
        "$scrypt$ln=\(cost.log2Rounds),r=\(cost.blockSize),p=\(cost.parallelism)$"
            + "\(salt.base64EncodedString())$\(hash.base64EncodedString())"
    }

    /// Whether the password is the one; takes the same time either way.
    func matches(_ password: String) throws -> Bool {
        let other = try Self.derive(password, salt: salt, cost: cost)
        return zip(hash, other).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func derive(_ password: String, salt: Data, cost: PasswordCost) throws -> Data {
        // Keyboards differ in how they compose letters with marks (RFC 8265, section 4.2).
        let bytes = Data(password.precomposedStringWithCanonicalMapping.utf8)
        do {
            let key = try KDF.Scrypt.deriveKey(
                from: bytes, salt: salt, outputByteCount: hashBytes, rounds: 1 << cost.log2Rounds,
                blockSize: cost.blockSize, parallelism: cost.parallelism)
            return key.withUnsafeBytes { Data($0) }
        } catch {
            throw DynamicsError(.unavailable, "password_hash", "there is not enough memory to check a password")
        }
    }
}

/// Hashes passwords on threads of its own, two at a time: each takes 100 ms and 32 MiB.
final class PasswordHashing: Sendable {
    private let cost: PasswordCost
    private let queue: OperationQueue

    init(cost: PasswordCost) {
        self.cost = cost
        queue = OperationQueue()
        queue.maxConcurrentOperationCount = 2
    }

    /// The text to store for a new password.
    func hash(_ password: String) async throws -> String {
        let cost = cost
        return try await run { try PasswordHash(password, cost: cost).text }
    }

    /// Whether `password` is the one of `stored`; nil: of nobody, which takes as long and is false.
    func matches(_ password: String, _ stored: String?) async throws -> Bool {
        let cost = cost
        return try await run {
            guard let stored else {
                _ = try PasswordHash(password, cost: cost)
                return false
            }
            guard let hash = PasswordHash(stored) else {
                throw DynamicsError(
                    .unavailable, "damaged_workspace",
                    "a password in the workspace is damaged: set it anew, or restore a backup")
            }
            return try hash.matches(password)
        }
    }

    private func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.addOperation { continuation.resume(with: Result(catching: body)) }
        }
    }
}
