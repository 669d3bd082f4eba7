import Crypto
import Foundation

/// Random texts that nobody can guess, and what of them may be stored.
enum Secret {
    /// `bits` random bits of the system in base64url without padding; never begins with a dash, which a command line would take
    /// for an option.
    static func text(bits: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        while true {
            let text = base64URL((0..<bits / 8).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
            if !text.hasPrefix("-") { return text }
        }
    }

    /// SHA-256: enough for 256 random bits, which need no salt and no slowness.
    static func hash(_ text: String) -> Data { Data(SHA256.hash(data: Data(text.utf8))) }

    /// What of `secret` may be handed out for `purpose`: it tells nothing of the secret, and only who has that can make it.
    static func derived(from secret: String, for purpose: String) -> String {
        let key = SymmetricKey(data: Data(secret.utf8))
        return base64URL(HMAC<SHA256>.authenticationCode(for: Data(purpose.utf8), using: key))
    }

    /// RFC 4648, section 5, without padding.
    static func base64URL(_ bytes: some Sequence<UInt8>) -> String {
        String(
            Data(bytes).base64EncodedString().compactMap {
                switch $0 {
                case "+": "-"
                case "/": "_"
                case "=": nil
                default: $0
                }
            })
    }
}
