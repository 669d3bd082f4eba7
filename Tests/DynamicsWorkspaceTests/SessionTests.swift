import DynamicsModel
import DynamicsWorkspace
import Foundation
import Testing

@Suite struct SessionTests {
    let office: Office
    var workspace: Workspace { office.workspace }

    init() throws { office = try Office() }

    @Test func aSessionBeginsAndEnds() async throws {
        let ann = try await office.add("Ann")
        let session = try await office.session(of: "ann")
        #expect(session.account.id == ann.id && session.account.lastSignIn == office.clock.now)
        #expect(session.token.utf8.count == 43 && session.csrfToken.utf8.count == 43)
        #expect(session.csrfToken != session.token)
        let again = try #require(try await office.reopened().session(token: session.token), "it survives a restart")
        #expect(again.csrfToken == session.csrfToken && again.account == session.account)
        let other = try await office.session(of: "Ann")
        #expect(other.token != session.token && other.csrfToken != session.csrfToken)
        try await workspace.endSession(token: session.token)
        try await workspace.endSession(token: session.token)
        #expect(try await workspace.session(token: session.token) == nil)
        #expect(try await workspace.session(token: other.token) != nil)
        #expect(try await workspace.session(token: "") == nil)
        #expect(try await office.actions() == [.userAdded, .signedIn, .signedIn, .signedOut])
    }

    @Test func theFileHasNoTokens() async throws {
        _ = try await office.add("Ann")
        let session = try await office.session(of: "Ann")
        let token = try await workspace.createToken(name: "t", role: .analyst)
        let names = try FileManager.default.contentsOfDirectory(atPath: office.folder)
        for name in names {
            let bytes = try Data(contentsOf: URL(filePath: "\(office.folder)/\(name)"))
            for secret in [session.token, session.csrfToken, token.secret, Office.password] {
                #expect(bytes.firstRange(of: Data(secret.utf8)) == nil, "\(name)")
            }
        }
    }

    @Test func anIdleSessionExpires() async throws {
        _ = try await office.add("Ann")
        let session = try await office.session(of: "Ann")
        #expect(session.expiresAt == office.clock.later(12 * 3600))
        for _ in 0..<3 {
            office.clock.advance(12 * 3600 - 1)
            let found = try #require(try await workspace.session(token: session.token), "using it prolongs it")
            #expect(found.expiresAt == office.clock.later(12 * 3600))
        }
        office.clock.advance(12 * 3600)
        #expect(try await workspace.session(token: session.token) == nil)
    }

    @Test func aSessionInUseExpiresAfterAWeek() async throws {
        _ = try await office.add("Ann")
        let session = try await office.session(of: "Ann")
        let end = office.clock.later(7 * 86_400)
        while office.clock.now < Instant(seconds: end.seconds - 6 * 3600) {
            office.clock.advance(6 * 3600)
            #expect(try await workspace.session(token: session.token) != nil)
        }
        let last = try #require(try await workspace.session(token: session.token))
        #expect(last.expiresAt == end)
        office.clock.advance(6 * 3600)
        #expect(try await workspace.session(token: session.token) == nil)
    }

    @Test func thereIsABoundOnSessions() async throws {
        _ = try await office.add("Ann")
        _ = try await office.add("Bob")
        let bob = try await office.session(of: "Bob")
        var sessions: [Session] = []
        for _ in 0..<21 {
            sessions.append(try await office.session(of: "Ann"))
            office.clock.advance(60)
            if sessions.count == 20 { _ = try await workspace.session(token: sessions[0].token) }
        }
        #expect(try await workspace.session(token: sessions[1].token) == nil, "it was idle longest")
        for index in [0] + Array(2...20) {
            #expect(try await workspace.session(token: sessions[index].token) != nil)
        }
        #expect(try await workspace.session(token: bob.token) != nil)
        office.clock.advance(30 * 86_400)
        _ = try await office.session(of: "Ann")
        #expect(try await office.count("session") == 1, "what has expired is forgotten")
    }

    @Test func anotherPasswordEndsSessions() async throws {
        let ann = try await office.add("Ann")
        let (one, two) = (try await office.session(of: "Ann"), try await office.session(of: "Ann"))
        guard
            case .changed = try await workspace.changePassword(
                of: ann, from: Office.password, to: "another good password", keeping: two.token, address: "::1")
        else { return #expect(Bool(false), "the password is right") }
        #expect(try await workspace.session(token: one.token) == nil)
        #expect(try await workspace.session(token: two.token) != nil)
        guard case .refused = try await office.signIn("Ann") else { return #expect(Bool(false), "the password is old") }
        try await workspace.setPassword("a third good password", of: ann)
        #expect(try await workspace.session(token: two.token) == nil)
        let refused = try await workspace.changePassword(
            of: ann, from: "another good password", to: "whatever is good enough", address: "::1")
        #expect(refused == .refused)
        #expect(
            await code {
                _ = try await workspace.changePassword(
                    of: ann, from: "a third good password", to: "short", address: "::1")
            } == "too_short")
        guard case .signedIn(let session) = try await office.signIn("Ann", "a third good password") else {
            return #expect(Bool(false), "the password is right")
        }
        let other = try #require(await signedIn("Ann", "a third good password"))
        try await workspace.endOtherSessions(of: ann, keeping: session.token)
        #expect(try await workspace.session(token: other.token) == nil)
        #expect(try await workspace.session(token: session.token) != nil)
    }

    private func signedIn(_ name: String, _ password: String) async throws -> Session? {
        if case .signedIn(let session) = try await office.signIn(name, password) { session } else { nil }
    }

    @Test func anotherRoleCountsAtOnce() async throws {
        let people = try await office.addPeople()
        let session = try await office.session(of: "Rob")
        try await workspace.setRole(.analyst, of: people.a)
        #expect(try await workspace.session(token: session.token)?.account.scope == .everything)
    }
}
