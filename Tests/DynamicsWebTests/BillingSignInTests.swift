import Crypto
import DynamicsModel
import DynamicsWeb
import DynamicsWorkspace
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

/// Sign-in from the billing system, by a token in a form of its own pages.
@Suite struct BillingSignInTests {
    private static func site(_ system: BillingSystem) async throws -> ListSite {
        var settings = WebSettings()
        settings.billingSignIn = system.settings
        return try await ListSite(web: settings)
    }

    private struct Answer {
        let status: Int
        let location: String?
        let cookie: String?
        let text: String
    }

    /// What a browser sends that comes from a page of the billing system.
    private func bring(_ token: String, to: String = "/", _ site: ListSite) async throws -> Answer {
        let headers: HTTPFields = [
            .contentType: "application/x-www-form-urlencoded", .accept: "text/html",
            .origin: BillingSystem.issuer, HTTPField.Name("Sec-Fetch-Site")!: "cross-site",
        ]
        let body = "token=\(ListSite.encode(token))&to=\(ListSite.encode(to))"
        return try await site.server.application().test(.router) { client in
            let answer = try await client.executeRequest(
                uri: "/sign-in/token", method: .post, headers: headers, body: ByteBuffer(string: body))
            let cookie = answer.headers[.setCookie].flatMap { $0.split(separator: ";").first }?.dropFirst(8)
            return Answer(
                status: answer.status.code, location: answer.headers[.location], cookie: cookie.map(String.init),
                text: String(buffer: answer.body))
        }
    }

    private func session(_ answer: Answer, _ site: ListSite) async throws -> Session? {
        guard let cookie = answer.cookie else { return nil }
        return try await site.workspace.session(token: cookie)
    }

    @Test(arguments: ["ES256", "RS256"]) func aTokenOpensASession(algorithm: String) async throws {
        let system = try BillingSystem()
        let site = try await Self.site(system)
        let token = try system.token(
            ["role": "reseller", "reseller": "north", "email": "maria@north.example"],
            header: ["alg": algorithm, "kid": algorithm == "RS256" ? "rsa" : "curve"])
        let answer = try await bring(token, to: "/view?id=7", site)
        #expect(answer.status == 303 && answer.location == "/view?id=7")
        let account = try #require(try await session(answer, site)).account
        #expect(account.name == "Maria" && account.role == .reseller && account.reseller == "north")
        #expect(account.email == "maria@north.example" && account.scope == .reseller("north"))
        let log = try await site.workspace.auditLog(limit: 2)
        #expect(log.map(\.action) == [.signedIn, .userAdded])
        #expect(log[0].detail == "by a token of \(BillingSystem.issuer)")
    }

    @Test func aPersonKeepsTheAccountAndTheLatestRoleCounts() async throws {
        let system = try BillingSystem()
        let site = try await Self.site(system)
        let first = try await session(try await bring(try system.token(), site), site)
        let second = try await session(
            try await bring(try system.token(["name": "Maria B.", "role": "reseller", "reseller": "south"]), site), site
        )
        #expect(first?.account.id == second?.account.id && second?.account.name == "Maria")
        #expect(second?.account.scope == .reseller("south"))
        let again = try #require(first)
        #expect(try await site.workspace.session(token: again.token)?.account.scope == .reseller("south"))
        let other = try await session(try await bring(try system.token(["sub": "4712"]), site), site)
        #expect(other?.account.name == "Maria 2" && other?.account.id != first?.account.id)
    }

    /// A billing system where people choose their names must not let them into somebody else's account.
    @Test func aNameIsNoKeyToAnAccount() async throws {
        let system = try BillingSystem()
        let site = try await Self.site(system)
        let answer = try await bring(try system.token(["name": "ADA", "role": "analyst"]), site)
        let account = try #require(try await session(answer, site)).account
        #expect(account.name == "ADA 2" && account.id != site.administrator.account.id)
        #expect(try await site.workspace.account(named: "ada")?.role == .administrator)
        guard case .refused = try await site.workspace.signIn(name: "ADA 2", password: "", address: "192.0.2.9") else {
            Issue.record("an account of the billing system has no password that anybody knows")
            return
        }
    }

    @Test func aTokenOpensOneSessionOnly() async throws {
        let system = try BillingSystem()
        let site = try await Self.site(system)
        let token = try system.token()
        let answers = try await withThrowingTaskGroup { group in
            for _ in 0..<8 { group.addTask { try await bring(token, site).status } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.sorted() == [303] + Array(repeating: 422, count: 7))
        // Also when it would still be taken by its time.
        site.clock.pass(179)
        let late = try await bring(token, site)
        #expect(late.status == 422 && late.text.contains("has been used already"))
        #expect(
            try await bring(try system.token(["iat": BillingSystem.now + 179, "exp": BillingSystem.now + 200]), site)
                .status == 303)
    }

    @Test func whoIsDisabledStaysOut() async throws {
        let system = try BillingSystem()
        let site = try await Self.site(system)
        let first = try #require(try await session(try await bring(try system.token(), site), site))
        try await site.workspace.setDisabled(true, of: first.account, by: site.administrator.account)
        let answer = try await bring(try system.token(), site)
        #expect(answer.status == 422 && answer.cookie == nil && answer.text.contains("disabled"))
        #expect(try await site.workspace.session(token: first.token) == nil)
    }

    @Test func onlyAddressesOfThisServerAreGoneTo() async throws {
        let system = try BillingSystem()
        let site = try await Self.site(system)
        for elsewhere in ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"] {
            #expect(try await bring(try system.token(), to: elsewhere, site).location == "/")
        }
    }

    @Test func withoutKeysNobodyComesThisWay() async throws {
        let system = try BillingSystem()
        let answer = try await bring(try system.token(), try await ListSite())
        #expect(answer.status == 404 && answer.cookie == nil)
    }

    // MARK: - Tokens that are not taken

    private static let now = BillingSystem.now

    /// Claims that are different, and what the refusal says.
    private static var wrongClaims: [(String, [String: Any?])] {
        [
            ("iss", ["iss": "https://evil.example"]), ("iss", ["iss": nil]), ("iss", ["iss": 5]),
            ("aud", ["aud": "https://other.example"]), ("aud", ["aud": nil]), ("aud", ["aud": [String]()]),
            ("aud", ["aud": [1]]), ("aud", ["aud": ["a": 1]]), ("expired", ["exp": now - 61, "iat": now - 100]),
            ("iat and exp", ["exp": nil]), ("iat and exp", ["exp": "tomorrow"]), ("iat and exp", ["exp": -1]),
            ("iat and exp", ["exp": 1e300]), ("iat and exp", ["iat": nil]),
            ("clocks", ["iat": now + 61, "exp": now + 90]),
            ("clocks", ["nbf": now + 61]), ("300 seconds", ["exp": now + 301]),
            ("300 seconds", ["exp": now, "iat": now]),
            ("sub and jti", ["sub": nil]), ("sub and jti", ["sub": 4711]), ("sub and jti", ["jti": nil]),
            ("sub", ["sub": ""]), ("jti", ["jti": String(repeating: "x", count: 256)]), ("name", ["name": " "]),
            ("name", ["name": String(repeating: "x", count: 65)]), ("role", ["role": "ledger_writer"]),
            ("role", ["role": "owner"]), ("role", ["role": nil]), ("reseller", ["role": "reseller"]),
            ("reseller", ["reseller": "north"]), ("email", ["email": "nobody"]),
        ]
    }

    @Test(arguments: wrongClaims.indices) func wrongClaimsAreNamed(index: Int) async throws {
        let (word, changes) = Self.wrongClaims[index]
        let system = try BillingSystem()
        let site = try await Self.site(system)
        let answer = try await bring(try system.token(changes), site)
        #expect(answer.status == 422 && answer.cookie == nil && answer.text.contains(word), "\(changes)")
        #expect(try await site.workspace.auditLog(limit: 1).first?.action == .signInRefused)
    }

    @Test func clocksMayDifferAndAudiencesBeSeveral() async throws {
        let system = try BillingSystem()
        let site = try await Self.site(system)
        let good: [[String: Any?]] = [
            ["iat": Self.now + 60, "exp": Self.now + 100], ["iat": Self.now - 100, "exp": Self.now - 59],
            ["aud": ["x", BillingSystem.audience]], ["iat": Double(Self.now) - 0.5], ["nbf": Self.now + 60],
            ["name": nil, "email": nil],
        ]
        for changes in good { #expect(try await bring(try system.token(changes), site).status == 303, "\(changes)") }
    }

    @Test func onlyTheSystemsOwnSignatureCounts() async throws {
        let system = try BillingSystem()
        let stranger = try BillingSystem()
        let site = try await Self.site(system)
        let good = try system.token()
        let parts = good.split(separator: ".")
        let forgedClaims = try system.token(["role": "administrator"]).split(separator: ".")[1]
        var bad = [
            "", "a", "..", "a.b.c", "\(parts[0]).\(parts[1]).", "\(parts[0]).\(forgedClaims).\(parts[2])",
            String(repeating: "a", count: 9000), good + ".x", "\u{1F600}.\u{1F600}.\u{1F600}",
            try stranger.token(), try stranger.token(header: ["alg": "RS256", "kid": "rsa"]),
        ]
        let headers: [[String: Any?]] = [
            ["alg": "none"], ["alg": "HS256"], ["alg": "RS256"], ["alg": nil], ["alg": 5], ["kid": "other"],
            ["kid": nil],
            ["alg": "ES256", "kid": "rsa"], ["crit": ["exp"]], ["crit": 5], ["alg": "ES384"],
            ["alg": "PS256", "kid": "rsa"],
        ]
        for header in headers { bad.append(try system.token(header: header)) }
        for token in bad {
            let answer = try await bring(token, site)
            #expect(answer.status == 422 && answer.cookie == nil, "\(token.prefix(60))")
        }
        #expect(try await bring(good, site).status == 303)
    }

    // MARK: - Keys

    @Test func keysCanBeChangedWhileTheServerRuns() async throws {
        let system = try BillingSystem()
        let site = try await Self.site(system)
        try system.write([system.publicCurveKey(["kid": "2025"])])
        #expect(try await bring(try system.token(), site).status == 422)
        #expect(try await bring(try system.token(header: ["kid": "2025"]), site).status == 303)
        // One key needs no name in the header.
        #expect(try await bring(try system.token(header: ["kid": nil]), site).status == 303)
        try FileManager.default.removeItem(atPath: system.keysFile)
        #expect(try await bring(try system.token(header: ["kid": nil]), site).status >= 400)
    }

    @Test func keysThatCannotBeUsedStopTheStart() async throws {
        let system = try BillingSystem()
        let secret = system.curveKey.rawRepresentation
        let wrong: [(String, [[String: String]])] = [
            ("at least one key", []), ("name (kid)", [system.publicCurveKey(["kid": nil])]),
            ("name (kid)", [system.publicCurveKey(), system.publicCurveKey()]),
            ("secret", [system.publicCurveKey(["d": BillingSystem.base64URL(secret)])]),
            ("secret", [["kid": "k", "kty": "oct", "alg": "HS256", "k": "c2VjcmV0"]]),
            ("must say", [["kid": "k", "kty": "OKP", "alg": "EdDSA", "crv": "Ed25519", "x": "AA"]]),
            ("must say", [system.publicCurveKey(["alg": nil])]), ("P-256", [system.publicCurveKey(["crv": "P-384"])]),
            ("2048", [try system.publicRSAKey(["n": "AQAB"])]),
            ("must say", [try system.publicRSAKey(["alg": "PS256"])]),
        ]
        for (word, keys) in wrong {
            try system.write(keys)
            let error = await #expect(throws: DynamicsError.self) { _ = try await Self.site(system) }
            #expect(error?.kind == .usage && error?.message.contains(word) == true, "\(word): \(error?.message ?? "")")
            #expect(error?.message.contains(system.keysFile) == true)
        }
        try Data("{}".utf8).write(to: URL(filePath: system.keysFile))
        await #expect(throws: DynamicsError.self) { _ = try await Self.site(system) }
    }
}
