package import DynamicsModel
package import DynamicsWorkspace
import Foundation
import JWTKit

/// By what tokens the operator's billing system may sign people in; `docs/operators/single-sign-on.md` has the whole of it.
public struct BillingSignInSettings: Sendable, Hashable {
    /// The path of a JSON Web Key Set (RFC 7517) with the system's public keys.
    public var keysFile: String
    /// What `iss` and `aud` of a token must say.
    public var issuer: String
    public var audience: String
    /// By how much the two clocks may differ.
    public var clockSkew_seconds: Int64 = 60
    /// The longest time that a token may be good for, from `iat` to `exp`.
    public var longest_seconds: Int64 = 300

    public init(keysFile: String, issuer: String, audience: String) {
        self.keysFile = keysFile
        self.issuer = issuer
        self.audience = audience
    }
}

/// Why a token is not taken, in a sentence that says what to mend.
package struct RefusedToken: Error {
    package let reason: String
    /// Whether the billing system has signed it: otherwise anybody may have sent it.
    package let isSigned: Bool
}

/// Checks tokens of the billing system: JSON Web Tokens (RFC 7519) signed with RS256 or ES256 (RFC 7518).
///
/// The keys are read anew for each token, so that they can be changed while the server runs; such a file is small, and sign-ins are few.
package struct BillingTokens: Sendable {
    private let settings: BillingSignInSettings
    private let clock: @Sendable () -> Instant

    /// Longer ones are nobody's.
    private static let longestToken = 8192

    /// - Throws: `DynamicsError` (`.usage`) that says what is wrong with the file of keys.
    package init(_ settings: BillingSignInSettings, clock: @escaping @Sendable () -> Instant) throws {
        self.settings = settings
        self.clock = clock
        _ = try KeySet(file: settings.keysFile)
    }

    /// Whom the token stands for. Whether it was used before is for the workspace to say.
    /// - Throws: `RefusedToken`; `DynamicsError` (`.usage`) when the file of keys is no longer good.
    package func identity(in token: String) async throws -> BillingIdentity {
        let claims = try await signedClaims(token)
        let expiry = try checkedExpiry(claims)
        guard claims.iss == settings.issuer else {
            throw RefusedToken(reason: "the claim iss must be \(settings.issuer)", isSigned: true)
        }
        guard claims.aud?.contains(settings.audience) == true else {
            throw RefusedToken(reason: "the claim aud must name \(settings.audience)", isSigned: true)
        }
        guard let role = claims.role.flatMap(Role.init(rawValue:)), role != .ledgerWriter else {
            throw RefusedToken(reason: "the claim role must be administrator, analyst or reseller", isSigned: true)
        }
        guard let subject = claims.sub, let tokenID = claims.jti else {
            throw RefusedToken(reason: "the claims sub and jti must be there, as texts", isSigned: true)
        }
        return BillingIdentity(
            issuer: settings.issuer, subject: subject, name: claims.name ?? subject, role: role,
            reseller: claims.reseller.map { ExactText($0) }, email: claims.email, tokenID: tokenID,
            tokenExpiresAt: expiry)
    }

    private func signedClaims(_ token: String) async throws -> Claims {
        guard token.utf8.count <= Self.longestToken else {
            throw RefusedToken(reason: "it is longer than \(Self.longestToken) characters", isSigned: false)
        }
        let header: JWTHeader
        do {
            header = try DefaultJWTParser().parse([UInt8](token.utf8), as: Nothing.self).header
        } catch {
            throw RefusedToken(
                reason: "it is no JSON Web Token: three parts in base64url, joined by points", isSigned: false)
        }
        guard header.fields["crit"] == nil else {
            throw RefusedToken(reason: "its header has crit, which is not known here", isSigned: false)
        }
        // The token must not choose how it is checked.
        guard let algorithm = header.alg, KeySet.algorithms.contains(algorithm) else {
            throw RefusedToken(
                reason: "it must be signed with \(KeySet.algorithms.joined(separator: " or "))", isSigned: false)
        }
        let keys = try KeySet(file: settings.keysFile)
        guard let kid = header.kid ?? keys.onlyName, keys.algorithm(of: kid) == algorithm else {
            throw RefusedToken(
                reason: "the keys have none with the name (kid) and algorithm of its header", isSigned: false)
        }
        let collection = try await JWTKeyCollection().add(jwksJSON: keys.json)
        do {
            return try await collection.verify(token, as: Claims.self)
        } catch {
            throw RefusedToken(reason: "its signature is not that of the key \(kid.prefix(40))", isSigned: false)
        }
    }

    /// - Returns: from when on nobody takes it any longer.
    private func checkedExpiry(_ claims: Claims) throws -> Instant {
        guard let issued = claims.iat, let end = claims.exp,
            [issued, end, claims.nbf ?? 0].allSatisfy({ (0...1e11).contains($0) })
        else {
            throw RefusedToken(reason: "the claims iat and exp must be there, in seconds since 1970", isSigned: true)
        }
        let now = Double(clock().seconds)
        let skew = Double(settings.clockSkew_seconds)
        guard now < end + skew else { throw RefusedToken(reason: "it has expired", isSigned: true) }
        guard max(issued, claims.nbf ?? 0) <= now + skew else {
            throw RefusedToken(reason: "it is not good yet: compare the clocks of the two machines", isSigned: true)
        }
        guard end > issued, end - issued <= Double(settings.longest_seconds) else {
            throw RefusedToken(
                reason: "it must be good for \(settings.longest_seconds) seconds at most, from iat to exp",
                isSigned: true)
        }
        return Instant(seconds: Int64((end + skew).rounded(.up)))
    }
}

/// What a token says (RFC 7519, section 4.1), and beside it role, reseller, name and mail address; nil: it does not say it, or says
/// something of another kind.
private struct Claims: JWTPayload {
    let iss: String?
    let sub: String?
    let aud: [String]?
    let exp: Double?
    let iat: Double?
    let nbf: Double?
    let jti: String?
    let role: String?
    let reseller: String?
    let name: String?
    let email: String?

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        func value<Value: Decodable>(_ key: CodingKeys) -> Value? { try? fields.decode(Value.self, forKey: key) }
        iss = value(.iss)
        sub = value(.sub)
        // One audience may stand without a list.
        aud = value(.aud) ?? value(.aud).map { (one: String) in [one] }
        exp = value(.exp)
        iat = value(.iat)
        nbf = value(.nbf)
        jti = value(.jti)
        role = value(.role)
        reseller = value(.reseller)
        name = value(.name)
        email = value(.email)
    }

    /// All of it is checked by `BillingTokens`, which knows the settings.
    func verify(using algorithm: some JWTAlgorithm) {}
}

/// To read a token's header alone.
private struct Nothing: JWTPayload {
    func verify(using algorithm: some JWTAlgorithm) {}
}

/// The public keys of a billing system.
private struct KeySet {
    static let algorithms = ["RS256", "ES256"]
    private static let largest_bytes = 65_536
    /// A modulus of 2048 bits in base64url.
    private static let shortestModulus = 342

    let json: String
    /// Algorithms by the keys' names.
    private let keys: [String: String]

    /// - Throws: `DynamicsError` (`.usage`) that says what is wrong with it.
    init(file: String) throws {
        func bad(_ sentence: String) -> DynamicsError {
            DynamicsError(.usage, "bad_keys", "the file of sign_in.keys_file (\(file)) \(sentence)")
        }
        guard let data = FileManager.default.contents(atPath: file) else { throw bad("cannot be read") }
        guard data.count <= Self.largest_bytes,
            let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
            let list = object["keys"] as? [[String: Any]], !list.isEmpty
        else { throw bad("must be a JSON Web Key Set: {\"keys\": [...]} with at least one key") }
        var keys: [String: String] = [:]
        for key in list {
            guard let kid = key["kid"] as? String, !kid.isEmpty, keys[kid] == nil else {
                throw bad("has a key without a name (kid), or two with the same")
            }
            if let fault = Self.fault(of: key) { throw bad("has the key \(kid), which \(fault)") }
            keys[kid] = key["alg"] as? String
        }
        json = String(decoding: data, as: UTF8.self)
        self.keys = keys
        guard (try? JSONDecoder().decode(JWKS.self, from: data)) != nil else {
            throw bad("has a key that cannot be read")
        }
    }

    /// The name of the key where there is only one.
    var onlyName: String? { keys.count == 1 ? keys.first?.key : nil }

    func algorithm(of kid: String) -> String? { keys[kid] }

    private static func fault(of key: [String: Any]) -> String? {
        guard key["d"] == nil, key["k"] == nil else { return "is secret: give the public key only" }
        switch (key["alg"] as? String, key["kty"] as? String) {
        case ("RS256", "RSA"):
            let modulus = key["n"] as? String ?? ""
            return modulus.utf8.count < shortestModulus ? "must have at least 2048 bits" : nil
        case ("ES256", "EC"): return key["crv"] as? String == "P-256" ? nil : "must be on the curve P-256"
        default: return "must say \"alg\": \"RS256\" (with \"kty\": \"RSA\") or \"ES256\" (with \"kty\": \"EC\")"
        }
    }
}
