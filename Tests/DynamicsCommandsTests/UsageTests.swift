import DynamicsTestSupport
import Foundation
import Testing

/// Help, exit statuses and errors: *Command line* in `docs/interfaces.md`.
@Suite struct UsageTests {
    private let run: CommandLineRun

    init() throws { run = try CommandLineRun() }

    @Test func helpNamesEveryCommand() async throws {
        for arguments in [["--help"], ["-h"], ["help"], []] {
            let child = try await Executable.run(arguments, in: run.folder)
            #expect(child.status == 0 && child.errors == "")
            for command in ["import", "report", "user", "token"] { #expect(child.text.contains("\n  \(command) ")) }
        }
        #expect(try run.files == [])
    }

    @Test(arguments: [
        (
            "report",
            [
                "--data", "--from", "--to", "--timezone", "--group-by", "--client-type", "--tag ", "--tag-mode",
                "--owner",
                "--package", "--currency", "--active-months", "--format", "--output",
            ]
        ),
        ("import", ["--data", "--base-currency", "--dry-run"]),
    ])
    func helpOfACommandNamesItsOptions(command: String, options: [String]) async throws {
        let child = try await run(command, "--help")
        #expect(child.status == 0 && child.errors == "")
        for option in options { #expect(child.text.contains(option)) }
        #expect(try await run("help", command).text == child.text)
    }

    static let period = ["--from", "2024-01-01", "--to", "2024-12-31"]

    struct Wrong: Sendable, CustomTestStringConvertible {
        let arguments: [String]
        let parts: [String]

        init(_ arguments: [String], _ parts: String...) {
            self.arguments = arguments
            self.parts = parts
        }

        var testDescription: String { arguments.joined(separator: " ") }
    }

    /// Wrong usage is found before anything is opened or made.
    @Test(arguments: [
        Wrong(["frobnicate"], "frobnicate", "--help"),
        Wrong(["--frobnicate"], "--frobnicate"),
        Wrong(["report"], "--from", "customer-dynamics report --help"),
        Wrong(["report", "--from", "2024-01-01"], "--to"),
        Wrong(["report", "--from"], "--from"),
        Wrong(["report"] + period + ["--frobnicate"], "--frobnicate"),
        Wrong(["report"] + period + ["surplus"], "surplus"),
        Wrong(["report"] + period + ["--active-months", "three"], "three", "--active-months"),
        Wrong(["report"] + period + ["--active-months", "3.5"], "3.5"),
        Wrong(["report"] + period + ["--format", "pdf"], "pdf", "csv"),
        Wrong(["report"] + period + ["--format", "xls"], "format: xls ", "--output FILE"),
        Wrong(["report"] + period + ["--format", "xlsx"], "format: xlsx ", "--output FILE"),
        Wrong(["report"] + period + ["--group-by", "week"], "group_by", "\"week\"", "month"),
        Wrong(["report"] + period + ["--group-by", "month,,date"], "group_by", "\"\""),
        Wrong(["report"] + period + ["--client-type", "shop"], "client_types", "\"shop\"", "call_shop"),
        Wrong(["report"] + period + ["--tag-mode", "both"], "tag_mode", "\"both\""),
        Wrong(["report"] + period + ["--currency", "euro"], "currency", "\"euro\""),
        Wrong(["report", "--from", "2024-02-30", "--to", "2024-12-31"], "from", "2024-02-30"),
        Wrong(["report", "--from", "2024-01-01", "--to", "tomorrow"], "to: ", "tomorrow"),
        Wrong(["report", "--from", "2024-01-01", "--to", "2024-12-31T10:00Z"], "to: ", "2024-12-31T10:00Z"),
        Wrong(["import"], "paths", "customer-dynamics import --help"),
        Wrong(["import", "--base-currency", "euro", "."], "base", "\"euro\""),
    ])
    func wrongUsage(_ wrong: Wrong) async throws {
        let child = try await ChildProcess([Executable.product] + wrong.arguments, in: run.folder)
        expectRefusal(child, 64, saying: wrong.parts)
        #expect(try run.files == [])
    }

    @Test(arguments: [
        Wrong(period + ["--timezone", "kyiv"], "timezone", "Europe/Kyiv"),
        Wrong(period + ["--timezone", "GMT+3"], "timezone", "GMT+3"),
        Wrong(period + ["--active-months", "0"], "active_months", "1 to 120"),
        Wrong(period + ["--active-months", "121"], "active_months", "121"),
        Wrong(period + ["--group-by", "month,date,month"], "group_by", "month"),
        Wrong(["--from", "2024-02-01", "--to", "2024-01-01"], "2024-02-01", "2024-01-01"),
        Wrong(["--from", "2024-01-01T00:01", "--to", "2024-01-31"], "from", "2024-01-01T00:01"),
        Wrong(["--from", "1990-01-01", "--to", "2199-12-31", "--group-by", "date"], "76701"),
        Wrong(period + ["--owner", "nobody"], "owners", "\"nobody\""),
        Wrong(period + ["--package", "nothing"], "packages", "\"nothing\""),
    ])
    func badQuery(_ wrong: Wrong) async throws {
        let child = try await ChildProcess([Executable.product, "report"] + wrong.arguments, in: run.folder)
        expectRefusal(child, 64, saying: wrong.parts)
    }

    /// What an option says must not command the terminal, nor make a second line.
    @Test func controlCharactersInErrors() async throws {
        let child = try await run(
            "report", "--from", "2024-01-01", "--to", "2024-12-31", "--group-by", "mo\u{1B}[31mnth\nx")
        expectRefusal(child, 64, saying: ["group_by", "nth"])
        #expect(!child.errors.utf8.contains(0x1B))
        expectRefusal(try await run("fro\u{1B}b\nn\u{9B}icate"), 64, saying: ["fro"])
    }

    // MARK: - Bad data

    @Test func currencyWithoutARate() async throws {
        try await run.importWorkedExample()
        let child = try await run("report", "--from", "2024-01-01", "--to", "2024-12-31", "--currency", "JPY")
        expectRefusal(child, 65, saying: ["JPY", "rate"])
    }

    @Test func sumsOutOfRange() async throws {
        try run.write("id,name,type,currency,created_at\nc,C,client,EUR,2024-01-01T00:00:00Z\n", to: "clients.csv")
        let rows = (0..<10).map { "t\($0),c,2024-01-02T00:00:00Z,refill,999999999999.999999\n" }
        try run.write("id,client_id,at,kind,amount\n" + rows.joined(), to: "transactions.csv")
        #expect(try await run("import", "--base-currency", "EUR", "clients.csv", "transactions.csv").status == 0)
        expectRefusal(
            try await run("report", "--from", "2024-01-01", "--to", "2024-12-31"), 65,
            saying: ["all_balance_pos", "out of range"])
        expectRefusal(
            try await run("report", "--from", "2024-01-02", "--to", "2024-12-31", "--client-type", "client"), 65,
            saying: ["all_balance_pos"])
        #expect(
            try await run("report", "--from", "2024-01-02", "--to", "2024-12-31", "--client-type", "reseller").status
                == 0)
    }

    @Test func badRows() async throws {
        try run.write(
            "id,name,type,currency,created_at\nc,C,client,EUR,2024-01-01\nd,D,shop,EUR,2024-01-01T00:00:00Z\n",
            to: "clients.csv")
        let child = try await run("import", "clients.csv")
        #expect(child.status == 65 && child.text == "")
        #expect(child.errors.contains("clients.csv:2: ") && child.errors.contains("clients.csv:3: "))
    }

    // MARK: - What is unavailable

    @Test func dataFolderThatIsAFile() async throws {
        try run.write("", to: "file")
        expectRefusal(
            try await run("report", "--data", "file", "--from", "2024-01-01", "--to", "2024-12-31"), 69,
            saying: ["file"])
    }

    @Test func ledgerThatIsNone() async throws {
        try await run.importWorkedExample()
        try run.write(
            "This is no ledger, but a text of more than a hundred bytes, so that it could have been the header of one.",
            to: "data/ledger.sqlite")
        expectRefusal(
            try await run("report", "--from", "2024-01-01", "--to", "2024-12-31"), 69, saying: ["ledger.sqlite"])
    }

    @Test func dataFolderIsMadeWhereItIsNamed() async throws {
        #expect(try await run("report", "--from", "2024-01-01", "--to", "2024-12-31").status == 0)
        #expect(try await run("report", "--data", "a/b", "--from", "2024-01-01", "--to", "2024-12-31").status == 0)
        #expect(try run.files == ["a", "data"])
        #expect(FileManager.default.fileExists(atPath: run.folder.appending(path: "a/b/ledger.sqlite").path))
    }
}
