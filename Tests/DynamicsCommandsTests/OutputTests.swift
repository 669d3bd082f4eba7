import DynamicsTestSupport
import Foundation
import Testing

/// Where reports go: standard output, pipes, files and devices.
@Suite struct OutputTests {
    private let run: CommandLineRun

    init() throws {
        run = try CommandLineRun()
        try run.importWorkedExample()
    }

    private func report(_ arguments: String...) throws -> ChildProcess {
        let all = ["report", "--from", "2024-01-01", "--to", "2024-12-31"] + arguments
        return try ChildProcess([CommandLineRun.program] + all, in: run.folder)
    }

    @Test func csvUnlessAskedOtherwise() throws {
        let plain = try report("--group-by", "month")
        #expect(plain.status == 0 && plain.text.hasPrefix("\u{FEFF}Month,Clients - Active: Qty,"))
        #expect(try report("--group-by", "month", "--format", "csv").output == plain.output)
        #expect(try report("--format", "json").text.hasPrefix("{\n  \"query\": {"))
        #expect(try report("--format", "table").text.contains("Clients - Active"))
    }

    @Test func warningsGoToStandardError() throws {
        for format in ["csv", "json"] {
            let child = try report("--format", format)
            #expect(child.status == 0)
            #expect(child.errorText.hasPrefix("Warning: UAH ") && child.errorText.contains("2024-02-01"))
            #expect(child.errorText.split(separator: "\n").count == 1)
        }
        let table = try report("--format", "table")
        #expect(table.errorText == "" && table.text.contains("\nWarning: UAH "))
    }

    /// Neither language, zone nor width of whoever asks changes a byte of what machines read.
    @Test func surroundingsDoNotMatter() throws {
        for format in ["csv", "json"] {
            let plain = try report("--group-by", "month", "--format", format)
            let other = try run(
                "report", "--from", "2024-01-01", "--to", "2024-12-31", "--group-by", "month", "--format", format,
                environment: ["TZ": "Asia/Tokyo", "LC_ALL": "de_DE.UTF-8", "LANG": "ar_EG", "COLUMNS": "20"])
            #expect(other.status == 0 && other.output == plain.output)
        }
    }

    // MARK: - Files

    @Test func fileIsReplacedAsAWhole() throws {
        let bytes = try report().output
        try run.write("old", to: "report.csv")
        #expect(try run.bash("ln report.csv old.csv && chmod 640 report.csv").status == 0)
        let child = try report("--output", "report.csv")
        #expect(child.status == 0 && child.text == "")
        #expect(try Data(contentsOf: run.folder.appending(path: "report.csv")) == bytes)
        // Whoever has the old one open still reads it.
        #expect(try run.read("old.csv") == "old")
        #expect(try run.bash("stat -c %a report.csv").text == "640\n")
        #expect(try run.files == ["data", "old.csv", "report.csv"])
    }

    @Test func newFileHasTheUsualPermissions() throws {
        let child = try run.bash(
            "umask 027; $program report --from 2024-01-01 --to 2024-12-31 --output new.csv; stat -c %a new.csv")
        #expect(child.text == "640\n")
    }

    @Test func linkStaysALink() throws {
        #expect(
            try run.bash("mkdir there && echo old > there/report.csv && ln -s there/report.csv link.csv").status == 0)
        #expect(try report("--output", "link.csv").status == 0)
        #expect(try run.bash("readlink link.csv").text == "there/report.csv\n")
        #expect(try run.read("there/report.csv").hasPrefix("\u{FEFF}Period,"))
    }

    @Test func failedReportLeavesTheOldFile() throws {
        try run.write("old", to: "report.csv")
        #expect(try report("--output", "report.csv", "--currency", "JPY").status == 65)
        #expect(try run.read("report.csv") == "old")
        #expect(try run.files == ["data", "report.csv"])
    }

    /// A pipe stays a pipe, a device a device.
    @Test func pipesAreWrittenInPlace() throws {
        let child = try run.bash(
            """
            mkfifo pipe; cat pipe > copy & $program report --from 2024-01-01 --to 2024-12-31 --output pipe; wait; test -p pipe
            """)
        #expect(child.status == 0)
        #expect(try run.read("copy").hasPrefix("\u{FEFF}Period,"))
        #expect(try report("--output", "/dev/null").status == 0)
        #expect(try run.bash("test -c /dev/null").status == 0)
    }

    @Test func outputThatCannotBeWritten() throws {
        expectRefusal(
            try report("--output", "no/such/folder.csv"), 69, saying: ["\"no/such/folder.csv\"", "No such file"])
        #expect(try run.bash("mkdir folder").status == 0)
        expectRefusal(try report("--output", "folder"), 69, saying: ["\"folder\"", "directory"])
        expectRefusal(
            try run.bash("$program report --from 2024-02-01 --to 2024-12-31 > /dev/full"), 69,
            saying: ["standard output", "No space left"])
        expectRefusal(
            try run.bash("$program report --from 2024-02-01 --to 2024-12-31 --output /dev/full"), 69,
            saying: ["\"/dev/full\"", "No space left"])
    }

    /// `report | head`: more than a pipe holds, to a reader that goes away.
    @Test func readerThatHasSeenEnough() throws {
        let child = try run.bash(
            """
            $program report --from 2024-02-01 --to 2024-12-31 --group-by date,package --format json | head -n 1
            echo "${PIPESTATUS[0]}"
            """)
        #expect(child.text == "{\n0\n" && child.errorText == "")
        let size = try run.bash(
            "$program report --from 2024-02-01 --to 2024-12-31 --group-by date,package --format json | wc -c")
        #expect(try #require(Int(size.text.trimmingCharacters(in: .whitespacesAndNewlines))) > 70_000)
    }
}
