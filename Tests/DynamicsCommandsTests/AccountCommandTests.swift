import DynamicsModel
import DynamicsTestSupport
import DynamicsWorkspace
import Foundation
import Testing

/// `user`, `token`, and the users of `demo`.
@Suite struct AccountCommandTests {
    private let run: CommandLineRun

    init() throws { run = try CommandLineRun() }

    private func run(_ arguments: String..., input: String) async throws -> ChildProcess {
        try await Executable.run(arguments, in: run.folder, input: Data(input.utf8))
    }

    private func workspace() throws -> Workspace { try Workspace(folder: run.folder.path + "/data") }

    private func canSignIn(_ name: String, _ password: String) async throws -> Bool {
        if case .signedIn = try await workspace().signIn(name: name, password: password, address: "::1") {
            true
        } else {
            false
        }
    }

    @Test func aLifeOfAUser() async throws {
        let added = try await run("user", "add", "Ada", "--role", "administrator", input: "correct horse battery\n")
        #expect(added.status == 0 && added.text == "Ada can sign in now, as administrator.\n", "\(added.errors)")
        #expect(try await canSignIn("ada", "correct horse battery"))
        let second = try await run("user", "add", "Bob", "--role", "analyst", input: "another good one\r\nmore")
        #expect(second.status == 0, "\(second.errors)")
        #expect(try await canSignIn("Bob", "another good one"))

        #expect(try await run("user", "set-password", "BOB", input: "a third good one").status == 0)
        #expect(try await canSignIn("Bob", "a third good one"))
        #expect(try await run("user", "disable", "Bob").status == 0)
        #expect(try await !canSignIn("Bob", "a third good one"))
        let list = try await run("user", "list").text.split(separator: "\n").map(String.init)
        try #require(list.count == 4)
        #expect(list[0].hasPrefix("Name") && list[0].contains("Last sign-in"))
        #expect(list[2].hasPrefix("Ada   administrator  –         enabled   –     2"))
        #expect(list[3].hasPrefix("Bob   analyst        –         disabled  –     2"))
        #expect(try await run("user", "enable", "Bob").status == 0)
        #expect(try await canSignIn("Bob", "a third good one"))
        #expect(try await run("user", "set-role", "Bob", "--role", "administrator").status == 0)
        #expect(try await run("user", "disable", "Ada").status == 0)
        #expect(try await workspace().accounts().map(\.role) == [.administrator, .administrator])
    }

    @Test func resellersHaveToBeInTheLedger() async throws {
        let early = try await run(
            "user", "add", "Early", "--role", "reseller", "--reseller", "nobody yet", input: "correct horse battery")
        #expect(early.status == 0 && early.errors.contains("Nothing has been imported yet"))
        try await run.importWorkedExample()
        let ledger = try WorkedExample.ledger()
        let reseller = try #require(ledger.clients.first { $0.type == .reseller }).id
        let client = try #require(ledger.clients.first { $0.type == .client }).id
        let added = try await run(
            "user", "add", "Rob", "--role", "reseller", "--reseller", reseller.string, input: "correct horse battery")
        #expect(added.status == 0 && added.errors == "", "\(added.errors)")
        #expect(try await workspace().account(named: "Rob")?.scope == .reseller(reseller))
        expectRefusal(
            try await run("user", "set-role", "Rob", "--role", "reseller", "--reseller", client.string), 64,
            saying: ["reseller: ", client.string])
        expectRefusal(
            try await run("token", "create", "t", "--role", "reseller", "--reseller", "unheard of"), 64,
            saying: ["reseller: ", "unheard of"])
    }

    @Test func refusals() async throws {
        #expect(try await run("user", "list").text.hasPrefix("Name"))
        let add = ["user", "add", "Ada", "--role"]
        for (arguments, input, parts) in [
            (add + ["administrator"], "", ["password: "]),
            (add + ["administrator"], "\n\n", ["password: "]),
            (add + ["administrator"], "too short", ["password: ", "12"]),
            (add + ["administrator"], String(repeating: "x", count: 10_000), ["password: "]),
            (add + ["reseller"], "correct horse battery", ["reseller: "]),
            (add + ["analyst", "--reseller", "x"], "correct horse battery", ["reseller: "]),
            (add + ["ledger_writer"], "correct horse battery", ["role: "]),
            (add + ["king"], "correct horse battery", ["king", "customer-dynamics user add --help"]),
            (add + ["analyst", "a password"], "", ["a password"]),
            (["user", "add", "a\u{1B}b", "--role", "analyst"], "correct horse battery", ["name: ", "U+001B"]),
            (["user", "set-password", "nobody"], "correct horse battery", ["name: ", "nobody", "user list"]),
            (["user", "disable", "nobody"], "", ["nobody"]),
            (["token", "revoke", "5"], "", ["id: ", "token list"]),
            (["token", "create", "t", "--role", "analyst", "--expires", "2020-01-01"], "", ["expires_at: "]),
            (["token", "create", "t", "--role", "analyst", "--expires", "2099-01-01T10:00"], "", ["expires: "]),
        ] as [([String], String, [String])] {
            let child = try await Executable.run(arguments, in: run.folder, input: Data(input.utf8))
            expectRefusal(child, 64, saying: parts)
        }
        let bytes = try await Executable.run(
            add + ["analyst"], in: run.folder, input: Data(repeating: 0xFF, count: 20))
        expectRefusal(bytes, 64, saying: ["password: ", "UTF-8"])
        #expect(try await workspace().accounts().isEmpty)
        #expect(
            try await run("user", "add", "Ada", "--role", "administrator", input: "correct horse battery").status == 0)
        expectRefusal(try await run("user", "disable", "Ada"), 64, saying: ["Ada", "last administrator"])
        expectRefusal(
            try await run("user", "add", "ADA", "--role", "analyst", input: "correct horse battery"), 64,
            saying: ["name: ", "Ada"])
    }

    @Test func aLifeOfAToken() async throws {
        let created = try await run("token", "create", "feed", "--role", "ledger_writer", "--expires", "2099-12-31")
        #expect(created.status == 0 && created.errors.contains("not shown again"))
        let secret = try #require(created.text.split(separator: "\n").first.map(String.init))
        #expect(created.text == secret + "\n", "nothing else is there")
        #expect(try await workspace().authenticate(secret: secret)?.role == .ledgerWriter)
        let token = try #require(try await workspace().tokens().first)
        #expect(token.expiresAt == CivilDate(year: 2100, month: 1, day: 1)?.startInUTC)
        let list = try await run("token", "list").text
        #expect(list.contains("feed") && list.contains("ledger_writer") && list.contains("valid"))
        #expect(list.contains("command line") && list.contains("2100-01-01 00:00 UTC") && !list.contains(secret))
        #expect(try await run("token", "revoke", "\(token.id)").status == 0)
        #expect(try await workspace().authenticate(secret: secret) == nil)
        #expect(try await run("token", "list").text.contains("revoked"))
    }

    /// At a terminal a password is typed twice and never seen; corrections and Control-C work.
    @Test func passwordsAtATerminal() async throws {
        let typed = try await atTerminal(["Passx\u{7F}word ü\u{7F}é 123\n", "Password é 123\n"])
        #expect(typed.status == 0, "\(typed.text)")
        #expect(typed.text.contains("Password for Ada: ") && typed.text.contains("Once more: "))
        #expect(!typed.text.contains("word") || !typed.text.contains("123"))
        #expect(try await canSignIn("Ada", "Password é 123"))
        let other = try await atTerminal(["a good password\n", "another password\n"], name: "Bob")
        #expect(other.status == 64 && other.text.contains("not the same"))
        let stopped = try await atTerminal(["a good pass\u{3}"], name: "Bob")
        #expect(stopped.status == 69 && stopped.text.contains("cancelled"))
        #expect(try await workspace().accounts().map(\.name) == ["Ada"])
    }

    private func atTerminal(_ lines: [String], name: String = "Ada") async throws -> (status: Int32, text: String) {
        let script = """
            import os, pty, sys
            program, name, lines = sys.argv[1], sys.argv[2], sys.argv[3:]
            child, terminal = pty.fork()
            if child == 0: os.execv(program, [program, 'user', 'add', name, '--role', 'administrator'])
            shown = b''
            while True:
                try: part = os.read(terminal, 65536)
                except OSError: break
                if not part: break
                shown += part
                if lines and shown.endswith(b': '): os.write(terminal, lines.pop(0).encode())
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            sys.stdout.buffer.write(shown)
            sys.exit(status)
            """
        let child = try await ChildProcess(["python3", "-c", script, Executable.product, name] + lines, in: run.folder)
        return (child.status, child.text)
    }

    // MARK: Demo

    private let small = ["demo", "--clients", "60", "--years", "1", "--through", "2024-12-31"]

    /// Name and password of each line that shows how to sign in.
    private func signIns(_ text: String) -> [(name: String, password: String)] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            return words.count > 2 && words[1].utf8.count == 19 && words[1].contains("-") ? (words[0], words[1]) : nil
        }
    }

    @Test func theDemoHasAUserOfEachRole() async throws {
        let first = try await Executable.run(small, in: run.folder)
        #expect(first.status == 0, "\(first.errors)")
        let passwords = signIns(first.text)
        #expect(passwords.map(\.name) == ["admin", "analyst", "reseller"])
        for (name, password) in passwords { #expect(try await canSignIn(name, password)) }
        let accounts = try await workspace().accounts()
        #expect(accounts.map(\.role) == [.administrator, .analyst, .reseller])
        #expect(try await run("user", "add", "Own", "--role", "analyst", input: "correct horse battery").status == 0)
        #expect(try await run("user", "disable", "analyst").status == 0)

        let again = try await Executable.run(small + ["--if-empty"], in: run.folder)
        #expect(again.status == 0, "\(again.errors)")
        let renewed = signIns(again.text)
        #expect(renewed.map(\.name) == ["admin", "reseller"], "who was disabled stays so")
        for (name, password) in renewed { #expect(try await canSignIn(name, password)) }
        #expect(try await !canSignIn("admin", passwords[0].password))
        #expect(try await canSignIn("Own", "correct horse battery"), "other users stay as they are")
        #expect(try await workspace().account(named: "reseller")?.reseller == accounts[2].reseller)
    }

    @Test func theDemoLeavesARealInstallationAlone() async throws {
        try await run.importWorkedExample()
        #expect(
            try await run("user", "add", "admin", "--role", "administrator", input: "correct horse battery").status == 0
        )
        let child = try await Executable.run(small + ["--if-empty"], in: run.folder)
        #expect(child.status == 0 && signIns(child.text).isEmpty)
        #expect(try await canSignIn("admin", "correct horse battery"))
        #expect(try await workspace().accounts().count == 1)
    }

    /// In the worked example `north` owns two clients and, through `fjord`, which it owns, two more.
    @Test func theDemosResellerIsTheLargest() async throws {
        try await run.importWorkedExample()
        let child = try await Executable.run(small + ["--if-empty"], in: run.folder)
        #expect(child.status == 0 && signIns(child.text).count == 3, "\(child.errors)")
        #expect(try await workspace().account(named: "reseller")?.reseller == "north")
    }
}
