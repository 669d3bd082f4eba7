import Crypto
import DynamicsModel
import DynamicsWeb
import DynamicsWorkspace
import Foundation

/// A billing system with a key of its own.
private struct Issuer {
    let key = P256.Signing.PrivateKey()
    let tokens: BillingTokens

    init() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "fuzz-keys-\(UUID().uuidString).json")
        let point = key.publicKey.rawRepresentation
        let set = """
            {"keys": [{"kid": "k", "kty": "EC", "alg": "ES256", "crv": "P-256", "x": "\(Self.base64URL(point.prefix(32)))", \
            "y": "\(Self.base64URL(point.suffix(32)))"}]}
            """
        try Data(set.utf8).write(to: file)
        tokens = try BillingTokens(
            BillingSignInSettings(keysFile: file.path, issuer: "i", audience: "a"), clock: { Instant(seconds: 1000) })
    }

    /// A token with these claims, whatever they are, and the right signature.
    func signed(_ claims: [UInt8]) throws -> String {
        let text = "\(Self.base64URL(Data(#"{"alg":"ES256","kid":"k"}"#.utf8))).\(Self.base64URL(Data(claims)))"
        return "\(text).\(Self.base64URL(try key.signature(for: Data(text.utf8)).rawRepresentation))"
    }

    /// RFC 4648, section 5, without padding.
    static func base64URL(_ bytes: some DataProtocol) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}

private let issuer = try? Issuer()

/// The bytes as a token, which nobody may get in with; then as the claims of a signed one, which are taken or refused in a sentence.
func fuzzToken(_ input: [UInt8]) {
    guard let issuer else { preconditionFailure("there is no place for a file of keys") }
    precondition(outcome(of: String(decoding: input, as: UTF8.self), issuer.tokens) == false, "a stranger got in")
    guard let token = try? issuer.signed(input) else { preconditionFailure("nothing can be signed") }
    _ = outcome(of: token, issuer.tokens)
}

/// Whether the token was taken.
private func outcome(of token: String, _ tokens: BillingTokens) -> Bool {
    let result = Waiting<Bool>()
    Task {
        do {
            let identity = try await tokens.identity(in: token)
            precondition(identity.issuer == "i" && identity.role != .ledgerWriter)
            result.set(true)
        } catch let refusal as RefusedToken {
            precondition(!refusal.reason.isEmpty)
            result.set(false)
        } catch {
            preconditionFailure("\(error) is nothing for who sent the token")
        }
    }
    return result.wait()
}

/// Waits for what a task comes to: fuzzers call functions that do not wait by themselves.
private final class Waiting<Value: Sendable>: @unchecked Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    private var value: Value?

    /// Is called once.
    func set(_ value: Value) {
        self.value = value
        semaphore.signal()
    }

    func wait() -> Value {
        semaphore.wait()
        guard let value else { preconditionFailure("the semaphore was signalled without a value") }
        return value
    }
}
