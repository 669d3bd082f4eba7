import DynamicsModel
import DynamicsWorkspace
import Testing

@Suite struct TokenTests {
    let office: Office
    var workspace: Workspace { office.workspace }

    init() throws { office = try Office() }

    @Test func aTokenActsAsItself() async throws {
        let people = try await office.addPeople()
        let (token, secret) = try await workspace.createToken(
            name: "billing", role: .reseller, reseller: "A", owner: people.administrator)
        #expect(secret.hasPrefix("cdt_") && secret.utf8.count == 47)
        #expect(token.lastUsedAt == nil && token.ownerName == "Ada" && token.createdAt == office.clock.now)
        let account = try #require(try await office.reopened().authenticate(secret: secret))
        #expect(account.id == token.id && account.kind == .token && account.name == "token billing")
        #expect(account.scope == .reseller("A") && account.role == .reseller)
        #expect(!people.all.map(\.id).contains(account.id))
        #expect(try await workspace.accounts().count == people.all.count, "it is no person")
        #expect(try await workspace.tokens().first?.lastUsedAt == office.clock.now)
        for wrong in ["", secret + "x", String(secret.dropLast()), String(secret.dropFirst(4)), "cdt_"] {
            #expect(try await workspace.authenticate(secret: wrong) == nil)
        }
        for name in ["billing", "token billing"] {
            guard case .refused = try await office.signIn(name, secret) else { return #expect(Bool(false)) }
        }
    }

    @Test func aLedgerWriterSeesNothing() async throws {
        let ann = try await office.add("Ann")
        let report = try await office.store(by: ann)
        let template = try await workspace.addTemplate(name: "T", visibility: .everyone, draft: .sample, by: ann)
        let (token, secret) = try await workspace.createToken(name: "feed", role: .ledgerWriter)
        let writer = try #require(try await workspace.authenticate(secret: secret))
        #expect(writer.scope == nil && token.owner == nil)
        #expect(try await workspace.report(id: report.id, for: writer) == nil)
        #expect(try await workspace.facts(id: report.id, for: writer) == nil)
        #expect(try await workspace.reports(ownedBy: writer).isEmpty)
        #expect(try await workspace.templates(for: writer, ofOthers: true).isEmpty)
        #expect(try await workspace.template(id: template.id, for: writer) == nil)
        #expect(report.name(for: writer) == nil && template.name(for: writer) == nil)
        #expect(await code { try await office.store(by: writer) } == "not_allowed")
        #expect(
            await code {
                _ = try await workspace.addTemplate(name: "T", visibility: .me, draft: .sample, by: writer)
            } == "not_allowed")
        #expect(await code { _ = try await workspace.duplicateTemplate(template.id, by: writer) } == "not_found")
        #expect(await code { try await workspace.revoke(report.id, by: writer) } == "not_found")
    }

    @Test func tokensEnd() async throws {
        let ada = try await office.add("Ada", .administrator)
        let expiring = try await workspace.createToken(
            name: "e", role: .analyst, expiresAt: office.clock.later(3600))
        let revoked = try await workspace.createToken(name: "r", role: .analyst)
        let account = try #require(try await workspace.authenticate(secret: revoked.secret))
        let report = try await office.store(by: account)
        #expect(report.ownerName == "token r" && report.owner == account.id)
        try await workspace.revokeToken(id: revoked.token.id, by: ada)
        try await workspace.revokeToken(id: revoked.token.id, by: ada)
        #expect(try await workspace.authenticate(secret: revoked.secret) == nil)
        #expect(try await workspace.report(id: report.id, for: ada) != nil, "what it made stays")
        office.clock.advance(3599)
        #expect(try await workspace.authenticate(secret: expiring.secret) != nil)
        office.clock.advance(1)
        #expect(try await workspace.authenticate(secret: expiring.secret) == nil)
        #expect(await code { try await workspace.revokeToken(id: ada.id, by: ada) } == "not_found")
        #expect(
            await code {
                _ = try await workspace.createToken(name: "p", role: .analyst, expiresAt: office.clock.now)
            } == "bad_expiry")
        let tokens = try await workspace.tokens()
        #expect(tokens.map(\.name) == ["r", "e"] && tokens[0].revokedAt != nil && tokens[1].revokedAt == nil)
        let actions = try await office.actions()
        #expect(actions.filter { $0 == .tokenRevoked }.count == 1)
        #expect(actions.filter { $0 == .tokenCreated }.count == 2)
    }

    /// Nobody gives more than they have, neither when a token is created nor later.
    @Test func tokensHaveNoMoreThanTheirCreators() async throws {
        let people = try await office.addPeople()
        let rights: [(Role, ExactText?)] = [
            (.administrator, nil), (.analyst, nil), (.reseller, "A"), (.reseller, "B"), (.ledgerWriter, nil),
        ]
        for person in people.all {
            for (role, reseller) in rights {
                let isAllowed = person.isAdministrator || (role == person.role && reseller == person.reseller)
                let code = await code {
                    _ = try await workspace.createToken(name: "t", role: role, reseller: reseller, owner: person)
                }
                #expect(code == (isAllowed ? nil : "not_allowed"), "\(person.name), \(role)")
            }
        }
        let eve = try await office.add("Eve", .administrator)
        let token = try await workspace.createToken(name: "all", role: .administrator, owner: eve)
        let account = try #require(try await workspace.authenticate(secret: token.secret))
        #expect(
            await code { _ = try await workspace.createToken(name: "t", role: .analyst, owner: account) }
                == "not_allowed", "a token's tokens would outlive Eve")
        try await workspace.setRole(.analyst, of: eve)
        #expect(try await workspace.authenticate(secret: token.secret) == nil)
    }

    @Test func lastUseIsKnownToTheMinute() async throws {
        let token = try await workspace.createToken(name: "t", role: .analyst)
        _ = try await workspace.authenticate(secret: token.secret)
        let first = office.clock.now
        office.clock.advance(59)
        _ = try await workspace.authenticate(secret: token.secret)
        #expect(try await workspace.tokens().first?.lastUsedAt == first)
        office.clock.advance(1)
        _ = try await workspace.authenticate(secret: token.secret)
        #expect(try await workspace.tokens().first?.lastUsedAt == office.clock.now)
    }
}
