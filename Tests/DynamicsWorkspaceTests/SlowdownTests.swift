import DynamicsModel
import DynamicsWorkspace
import Testing

/// Failed sign-ins slow further ones down.
@Suite struct SlowdownTests {
    let office: Office
    var workspace: Workspace { office.workspace }

    init() throws { office = try Office() }

    private func outcome(_ name: String, _ password: String = "wrong", from address: String) async throws -> Int? {
        switch try await office.signIn(name, password, from: address) {
        case .signedIn: nil
        case .refused: 0
        case .slowedDown(let seconds): seconds
        }
    }

    /// For names that exist and those that don't, from ever new addresses: five for free, then 1, 2, 4 ... 300 seconds.
    @Test(arguments: ["Ann", "nobody"]) func failuresSlowTheNameDown(name: String) async throws {
        _ = try await office.add("Ann")
        for attempt in 0..<5 { #expect(try await outcome(name, from: "10.0.0.\(attempt)") == 0) }
        var waits: [Int] = []
        for attempt in 0..<12 {
            let wait = try #require(try await outcome(name.uppercased(), from: "10.0.1.\(attempt)"))
            waits.append(wait)
            #expect(try await outcome(name, Office.password, from: "10.0.1.\(attempt)") == wait, "even if it is right")
            office.clock.advance(Int64(wait) - 1)
            #expect(try await outcome(name, from: "10.0.1.\(attempt)") == 1)
            office.clock.advance(1)
            #expect(try await outcome(name, from: "10.0.1.\(attempt)") == 0)
        }
        #expect(waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300])
        // Waiting attempts are not written down: they would fill the log.
        #expect(try await office.actions().filter { $0 == .signInRefused }.count == 17)
    }

    @Test func aSuccessForgetsTheNamesFailures() async throws {
        _ = try await office.add("Ann")
        for _ in 0..<4 { #expect(try await outcome("Ann", from: "10.0.0.1") == 0) }
        #expect(try await outcome("Ann", Office.password, from: "10.0.0.2") == nil)
        for _ in 0..<5 { #expect(try await outcome("Ann", from: "10.0.0.1") == 0) }
        #expect(try await outcome("Ann", from: "10.0.0.1") == 1)
        let again = try office.reopened()
        guard case .slowedDown = try await again.signIn(name: "Ann", password: "wrong", address: "10.9.9.9") else {
            return #expect(Bool(false), "a restart forgets nothing")
        }
        office.clock.advance(86_400)
        #expect(try await outcome("Ann", from: "10.0.0.1") == 0, "a day forgets")
        #expect(try await outcome("Ann", from: "10.0.0.1") == 0)
    }

    /// Twenty for free, whatever the names; an IPv6 line has a /64 for itself.
    @Test(arguments: ["192.0.2.7", "2001:db8:1:2::7"]) func failuresSlowTheAddressDown(address: String) async throws {
        _ = try await office.add("Ann")
        for attempt in 0..<20 { #expect(try await outcome("name \(attempt)", from: address) == 0) }
        let neighbour = address.contains(":") ? "2001:db8:1:2:ffff::1" : "::ffff:192.0.2.7"
        #expect(try await outcome("Ann", Office.password, from: neighbour) == 1)
        #expect(try await outcome("Ann", Office.password, from: "2001:db8:1:3::7") == nil)
        office.clock.advance(1)
        #expect(try await outcome("Ann", Office.password, from: address) == nil)
        #expect(try await outcome("name", from: address) == 1, "a success of one does not forgive the others")
    }

    @Test func manyAtOnceGainNothing() async throws {
        _ = try await office.add("Ann")
        let outcomes = try await withThrowingTaskGroup(of: Int?.self) { group in
            for attempt in 0..<40 { group.addTask { try await outcome("Ann", from: "10.0.0.\(attempt)") } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.filter { $0 == 0 }.count == 5)
    }

    @Test func theTableIsBounded() async throws {
        try await office.tamper(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
            INSERT INTO sign_in_failure SELECT randomblob(32), 1, \(office.clock.now.seconds) - i % 1000 FROM n
            """)
        _ = try await outcome("x", from: "10.0.0.1")
        #expect(try await office.count("sign_in_failure") == 10_002)
        office.clock.advance(2 * 86_400)
        try await workspace.applyRetention()
        #expect(try await office.count("sign_in_failure") == 0)
    }

    /// Passwords end up in the name's field; the log must not keep them.
    @Test func unknownNamesAreNotWrittenDown() async throws {
        _ = try await office.add("Ann")
        _ = try await outcome("my secret password", from: "10.0.0.1")
        _ = try await outcome("ann", from: "10.0.0.1")
        let entries = try await workspace.auditLog(limit: 2)
        #expect(entries.map(\.actor) == ["Ann", "unknown name"])
        #expect(entries.map(\.subject) == ["Ann", ""])
        #expect(entries.allSatisfy { $0.address == "10.0.0.1" && $0.action == .signInRefused && $0.role == nil })
    }

    /// With the full cost, so that a difference would be seen.
    @Test func unknownNamesTakeAsLong() async throws {
        let full = try Office(WorkspaceSettings())
        _ = try await full.add("Ann")
        func time(_ name: String) async throws -> Duration {
            try await ContinuousClock().measure { _ = try await full.signIn(name, "wrong", from: "::1") }
        }
        var known: [Duration] = []
        var unknown: [Duration] = []
        for _ in 0..<4 {
            known.append(try await time("Ann"))
            unknown.append(try await time("nobody"))
        }
        let (a, b) = (known.min() ?? .zero, unknown.min() ?? .zero)
        #expect(a < b * 3 && b < a * 3, "\(a) and \(b)")
        #expect(min(a, b) > .milliseconds(20))
    }
}
