import DynamicsTestSupport
import Foundation
import Testing

/// Where reports go: standard output, pipes, files and devices.
@Suite struct OutputTests {
    private let run: CommandLineRun

    init() async throws {
        run = try CommandLineRun()
        try await run.importWorkedExample()
    }

    private func report(_ arguments: String...) async throws -> ChildProcess {
        let all = ["report", "--from", "2024-01-01", "--to", "2024-12-31"] + arguments
        return try await Executable.run(all, in: run.folder)
    }

    @Test func csvUnlessAskedOtherwise() async throws {
        let plain = try await report("--group-by", "month")
        #expect(plain.status == 0 && plain.text.hasPrefix("\u{FEFF}Month,Clients - Active: Qty,"))
        #expect(try await report("--group-by", "month", "--format", "csv").output == plain.output)
        #expect(try await report("--format", "json").text.hasPrefix("{\n  \"query\": {"))
        #expect(try await report("--format", "table").text.contains("Clients - Active"))
    }

    /// Spreadsheets from the executable, read by programs of others: the same figures as in CSV.
    @Test func spreadsheets() async throws {
        let csv = try await report("--group-by", "date,package", "--format", "csv", "--output", "report.csv")
        #expect(csv.status == 0)
        let script = WorkedExample.folder.appending(path: "../../../scripts/read_sheets.py").standardized.path
        for format in ["xls", "xlsx"] {
            let child = try await report(
                "--group-by", "date,package", "--format", format, "--output", "report.\(format)")
            #expect(child.status == 0 && child.text == "" && child.errors.hasPrefix("Warning: UAH "))
            let compared = try await ChildProcess(
                [Executable.python, script, "compare", "report.csv", "report.\(format)"], in: run.folder)
            #expect(compared.text.hasSuffix(" rows of 23 cells are equal\n"), "\(compared.errors)")
        }
    }

    @Test func warningsGoToStandardError() async throws {
        for format in ["csv", "json"] {
            let child = try await report("--format", format)
            #expect(child.status == 0)
            #expect(child.errors.hasPrefix("Warning: UAH ") && child.errors.contains("2024-02-01"))
            #expect(child.errors.split(separator: "\n").count == 1)
        }
        let table = try await report("--format", "table")
        #expect(table.errors == "" && table.text.contains("\nWarning: UAH "))
    }

    /// Neither language, zone nor width of whoever asks changes a byte of what machines read.
    @Test func surroundingsDoNotMatter() async throws {
        for format in ["csv", "json"] {
            let plain = try await report("--group-by", "month", "--format", format)
            let other = try await run(
                "report", "--from", "2024-01-01", "--to", "2024-12-31", "--group-by", "month", "--format", format,
                environment: ["TZ": "Asia/Tokyo", "LC_ALL": "de_DE.UTF-8", "LANG": "ar_EG", "COLUMNS": "20"])
            #expect(other.status == 0 && other.output == plain.output)
        }
    }

    // MARK: - Files

    @Test func fileIsReplacedAsAWhole() async throws {
        let bytes = try await report().output
        try run.write("old", to: "report.csv")
        #expect(try await run.bash("ln report.csv old.csv && chmod 640 report.csv").status == 0)
        let child = try await report("--output", "report.csv")
        #expect(child.status == 0 && child.text == "")
        #expect(try Data(contentsOf: run.folder.appending(path: "report.csv")) == bytes)
        // Whoever has the old one open still reads it.
        #expect(try run.read("old.csv") == "old")
        #expect(try await run.bash("stat -c %a report.csv").text == "640\n")
        #expect(try run.files == ["data", "old.csv", "report.csv"])
    }

    @Test func newFileHasTheUsualPermissions() async throws {
        let child = try await run.bash(
            "umask 027; $program report --from 2024-01-01 --to 2024-12-31 --output new.csv; stat -c %a new.csv")
        #expect(child.text == "640\n")
    }

    @Test func linkStaysALink() async throws {
        #expect(
            try await run.bash("mkdir there && echo old > there/report.csv && ln -s there/report.csv link.csv").status
                == 0)
        #expect(try await report("--output", "link.csv").status == 0)
        #expect(try await run.bash("readlink link.csv").text == "there/report.csv\n")
        #expect(try run.read("there/report.csv").hasPrefix("\u{FEFF}Period,"))
    }

    @Test func failedReportLeavesTheOldFile() async throws {
        try run.write("old", to: "report.csv")
        #expect(try await report("--output", "report.csv", "--currency", "JPY").status == 65)
        #expect(try run.read("report.csv") == "old")
        #expect(try run.files == ["data", "report.csv"])
    }

    /// A pipe stays a pipe, a device a device.
    @Test func pipesAreWrittenInPlace() async throws {
        let child = try await run.bash(
            """
            mkfifo pipe; cat pipe > copy & $program report --from 2024-01-01 --to 2024-12-31 --output pipe; wait; test -p pipe
            """)
        #expect(child.status == 0)
        #expect(try run.read("copy").hasPrefix("\u{FEFF}Period,"))
        #expect(try await report("--output", "/dev/null").status == 0)
        #expect(try await run.bash("test -c /dev/null").status == 0)
    }

    @Test func outputThatCannotBeWritten() async throws {
        expectRefusal(
            try await report("--output", "no/such/folder.csv"), 69, saying: ["\"no/such/folder.csv\"", "No such file"])
        #expect(try await run.bash("mkdir folder").status == 0)
        expectRefusal(try await report("--output", "folder"), 69, saying: ["\"folder\"", "directory"])
        expectRefusal(
            try await run.bash("$program report --from 2024-02-01 --to 2024-12-31 > /dev/full"), 69,
            saying: ["standard output", "No space left"])
        expectRefusal(
            try await run.bash("$program report --from 2024-02-01 --to 2024-12-31 --output /dev/full"), 69,
            saying: ["\"/dev/full\"", "No space left"])
    }

    /// `report | head`: more than a pipe holds, to a reader that goes away.
    @Test func readerThatHasSeenEnough() async throws {
        let child = try await run.bash(
            """
            $program report --from 2024-02-01 --to 2024-12-31 --group-by date,package --format json | head -n 1
            echo "${PIPESTATUS[0]}"
            """)
        #expect(child.text == "{\n0\n" && child.errors == "")
        let size = try await run.bash(
            "$program report --from 2024-02-01 --to 2024-12-31 --group-by date,package --format json | wc -c")
        #expect(try #require(Int(size.text.trimmingCharacters(in: .whitespacesAndNewlines))) > 70_000)
    }
}
