import Crypto
import CryptoExtras
import DynamicsModel
import DynamicsWeb
import Foundation

/// A billing system that makes tokens, right ones and wrong ones, without the library that the server reads them with.
struct BillingSystem {
    static let issuer = "https://billing.operator.example"
    static let audience = "https://reports.operator.example"
    /// What the clocks of tests show: 2025-01-01T00:00:00Z.
    static let now = 1_735_689_600

    let curveKey = P256.Signing.PrivateKey()
    let rsaKey: _RSA.Signing.PrivateKey
    let keysFile: String

    init() throws {
        rsaKey = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        keysFile = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID().uuidString).json").path
        try write([publicCurveKey(), publicRSAKey()])
    }

    var settings: BillingSignInSettings {
        BillingSignInSettings(keysFile: keysFile, issuer: Self.issuer, audience: Self.audience)
    }

    /// Replaces the file of keys.
    func write(_ keys: [[String: String]]) throws {
        try JSONSerialization.data(withJSONObject: ["keys": keys]).write(to: URL(filePath: keysFile))
    }

    /// RFC 7518, section 6.2.
    func publicCurveKey(_ changes: [String: String?] = [:]) -> [String: String] {
        let point = curveKey.publicKey.rawRepresentation
        let key: [String: String?] = [
            "kid": "curve", "kty": "EC", "alg": "ES256", "crv": "P-256", "x": Self.base64URL(point.prefix(32)),
            "y": Self.base64URL(point.suffix(32)),
        ]
        return key.merging(changes, uniquingKeysWith: { $1 }).compactMapValues { $0 }
    }

    /// RFC 7518, section 6.3.
    func publicRSAKey(_ changes: [String: String?] = [:]) throws -> [String: String] {
        let numbers = try rsaKey.publicKey.getKeyPrimitives()
        let key: [String: String?] = [
            "kid": "rsa", "kty": "RSA", "alg": "RS256", "n": Self.base64URL(numbers.modulus),
            "e": Self.base64URL(numbers.publicExponent),
        ]
        return key.merging(changes, uniquingKeysWith: { $1 }).compactMapValues { $0 }
    }

    /// A token of an analyst that is good for two minutes.
    /// - Parameter changes: claims and header fields that are different; nil: that are not there.
    func token(_ changes: [String: Any?] = [:], header: [String: Any?] = [:]) throws -> String {
        let claims: [String: Any?] = [
            "iss": Self.issuer, "aud": Self.audience, "sub": "4711", "name": "Maria", "role": "analyst",
            "jti": UUID().uuidString, "iat": Self.now, "exp": Self.now + 120,
        ]
        let head: [String: Any?] = ["alg": "ES256", "typ": "JWT", "kid": "curve"]
        return try signed(
            head.merging(header, uniquingKeysWith: { $1 }).compactMapValues { $0 },
            claims.merging(changes, uniquingKeysWith: { $1 }).compactMapValues { $0 })
    }

    /// Signs whatever it is, with the key of the algorithm that the header names.
    func signed(_ header: [String: Any], _ claims: Any) throws -> String {
        func part(_ value: Any) throws -> String { Self.base64URL(try JSONSerialization.data(withJSONObject: value)) }
        let text = try "\(part(header)).\(part(claims))"
        let signature =
            switch header["alg"] as? String {
            case "RS256":
                try rsaKey.signature(for: SHA256.hash(data: Data(text.utf8)), padding: .insecurePKCS1v1_5)
                    .rawRepresentation
            case "HS256":
                // With the public key as the secret: what a careless reader would take.
                Data(
                    HMAC<SHA256>.authenticationCode(
                        for: Data(text.utf8), using: SymmetricKey(data: Data(curveKey.publicKey.pemRepresentation.utf8))
                    ))
            case "none": Data()
            default: try curveKey.signature(for: Data(text.utf8)).rawRepresentation
            }
        return "\(text).\(Self.base64URL(signature))"
    }

    /// RFC 4648, section 5, without padding.
    static func base64URL(_ bytes: some DataProtocol) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
