import DynamicsModel
import DynamicsWorkspace
import GRDB
import Testing

@Suite struct AccountTests {
    let office: Office
    var workspace: Workspace { office.workspace }

    init() throws { office = try Office() }

    @Test func peopleAreThereAfterReopening() async throws {
        let people = try await office.addPeople()
        #expect(people.a.scope == .reseller("A") && people.a.company == "A")
        #expect(people.analyst.scope == .everything && people.analyst.company == nil)
        let again = try office.reopened()
        #expect(try await again.accounts() == people.all.sorted { $0.name < $1.name })
        #expect(try await again.account(named: "aDA") == people.administrator)
        #expect(try await again.account(id: people.b.id) == people.b)
        #expect(try await again.account(named: "nobody") == nil)
        #expect(try await again.account(named: "Ada\u{0}x") == nil)
    }

    @Test(arguments: [
        ("", "name"), (" \t ", "name"), (String(repeating: "x", count: 65), "name"), ("a\u{7}b", "name"),
        ("a\nb", "name"), ("x\u{202E}y", "name"),
    ]) func namesThatAreNone(name: String, field: String) async throws {
        let error = await #expect(throws: DynamicsError.self) { _ = try await office.add(name) }
        #expect(error?.field == field && error?.kind == .usage)
    }

    @Test func namesAreTrimmedAndUnique() async throws {
        #expect(try await office.add("  Zoë Q. ").name == "Zoë Q.")
        #expect(await code { _ = try await office.add("ZOë q.") } == "name_taken")
        #expect(try await office.add(String(repeating: "é", count: 64)).name.unicodeScalars.count == 64)
    }

    @Test(arguments: ["short", String(repeating: "x", count: 1025), "ADMINISTRATOR"])
    func passwordsThatAreNone(password: String) async throws {
        let error = await #expect(throws: DynamicsError.self) {
            try await workspace.addAccount(name: "administrator", role: .administrator, password: password)
        }
        #expect(error?.field == "password")
        #expect(try await workspace.accounts().isEmpty)
    }

    @Test func rolesThatMakeNoSense() async throws {
        for (role, reseller, field) in [
            (Role.ledgerWriter, nil, "role"), (.reseller, nil, "reseller"), (.reseller, "", "reseller"),
            (.analyst, "A", "reseller"),
        ] as [(Role, ExactText?, String)] {
            let error = await #expect(throws: DynamicsError.self) { _ = try await office.add("x", role, of: reseller) }
            #expect(error?.field == field)
        }
        let analyst = try await office.add("Ann")
        #expect(await code { try await workspace.setRole(.ledgerWriter, of: analyst) } == "bad_role")
    }

    @Test func theLastAdministratorStays() async throws {
        let ada = try await office.add("Ada", .administrator)
        #expect(await code { try await workspace.setDisabled(true, of: ada) } == "last_administrator")
        #expect(await code { try await workspace.setRole(.analyst, of: ada) } == "last_administrator")
        let eve = try await office.add("Eve", .administrator)
        try await workspace.setDisabled(true, of: eve)
        #expect(
            await code { try await workspace.setDisabled(true, of: ada) } == "last_administrator", "Eve is disabled")
        try await workspace.setDisabled(false, of: eve)
        let changed = try await workspace.setRole(.reseller, reseller: "A", of: ada)
        #expect(changed.role == .reseller && changed.reseller == "A")
        #expect(try await workspace.account(named: "Ada") == changed)
        let token = try await workspace.createToken(name: "all", role: .administrator)
        #expect(token.token.role == .administrator)
        #expect(
            await code { try await workspace.setDisabled(true, of: eve) } == "last_administrator",
            "a token is no administrator")
    }

    @Test func disablingEndsSessionsAndTokens() async throws {
        let people = try await office.addPeople()
        let session = try await office.session(of: "Ann")
        let token = try await workspace.createToken(name: "t", role: .analyst, owner: people.analyst)
        #expect(try await workspace.authenticate(secret: token.secret)?.name == "token t")
        try await workspace.setDisabled(true, of: people.analyst, by: people.administrator, address: "192.0.2.9")
        #expect(try await workspace.session(token: session.token) == nil)
        #expect(try await workspace.authenticate(secret: token.secret) == nil)
        guard case .refused = try await office.signIn("Ann") else { return #expect(Bool(false), "she is disabled") }
        try await workspace.setDisabled(false, of: people.analyst)
        #expect(try await workspace.session(token: session.token) == nil, "an ended session stays ended")
        #expect(try await workspace.authenticate(secret: token.secret) != nil)
        guard case .signedIn = try await office.signIn("Ann") else { return #expect(Bool(false), "she is back") }
        let entries = try await workspace.auditLog().filter { $0.action == .userDisabled }
        #expect(entries.map(\.actor) == ["Ada"] && entries.map(\.subject) == ["Ann"])
        #expect(entries.map(\.role) == [.administrator] && entries.map(\.address) == ["192.0.2.9"])
    }

    @Test func passwordsAreStoredAsSaltedHashesOfFullCost() async throws {
        let full = try Office(WorkspaceSettings())
        let one = try await full.add("One")
        let two = try await full.add("Two")
        #expect(one.id != two.id)
        let hashes = try await full.passwords()
        #expect(hashes.count == 2 && Set(hashes).count == 2)
        #expect(hashes.allSatisfy { $0.hasPrefix("$scrypt$ln=15,r=8,p=1$") && !$0.contains(Office.password) })
        guard case .signedIn = try await full.signIn("One") else {
            return #expect(Bool(false), "the password is right")
        }
        guard case .refused = try await full.signIn("One", Office.password + "x") else {
            return #expect(Bool(false), "the password is wrong")
        }
    }

    /// What was hashed once can be checked for ever, also when passwords cost more by then; and it is scrypt: RFC 7914.
    @Test func hashesCarryTheirParameters() async throws {
        let account = try await office.add("Ann")
        var dearer = WorkspaceSettings.quick
        dearer.passwordCost = PasswordCost(log2Rounds: 5, blockSize: 2)
        let later = try office.reopened(dearer)
        guard case .signedIn = try await later.signIn(name: "Ann", password: Office.password, address: "::1") else {
            return #expect(Bool(false), "the old hash is good")
        }
        // hashlib.scrypt(b'a long known password', salt=bytes(range(16)), n=1024, r=8, p=2, dklen=32)
        let hash = "$scrypt$ln=10,r=8,p=2$AAECAwQFBgcICQoLDA0ODw==$RSjXYr6ksbm90H7dZ6CXy6yqvmlS0awtBVLEZfHemms="
        try await office.tamper("UPDATE account SET password = ? WHERE id = ?", [hash, account.id])
        guard case .signedIn = try await office.signIn("Ann", "a long known password") else {
            return #expect(Bool(false), "Python made the hash")
        }
        try await office.tamper("UPDATE account SET password = 'nonsense' WHERE id = ?", [account.id])
        #expect(await code { _ = try await office.signIn("Ann") } == "damaged_workspace")
    }

    @Test func composedAndDecomposedLettersAreTheSamePassword() async throws {
        let account = try await office.add("Ann")
        try await workspace.setPassword("na\u{EF}ve caf\u{E9} owner", of: account)
        guard case .signedIn = try await office.signIn("Ann", "nai\u{308}ve cafe\u{301} owner") else {
            return #expect(Bool(false), "keyboards differ")
        }
    }
}
