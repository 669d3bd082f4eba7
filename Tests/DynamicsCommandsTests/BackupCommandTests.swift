import DynamicsTestSupport
import DynamicsWorkspace
import Foundation
import Testing

/// `backup` and `restore`.
@Suite struct BackupCommandTests {
    private let run: CommandLineRun

    init() throws { run = try CommandLineRun() }

    private func run(_ arguments: String..., input: String = "") async throws -> ChildProcess {
        try await Executable.run(arguments, in: run.folder, input: Data(input.utf8))
    }

    private static let report = [
        "report", "--from", "2024-01-01", "--to", "2024-12-31", "--group-by", "month", "--format", "json",
    ]

    private func report(_ data: String) async throws -> Data {
        let report = try await Executable.run(Self.report + ["--data", data], in: run.folder)
        #expect(report.status == 0, "\(report.errors)")
        return report.output
    }

    /// Copies are made while an import goes on: each is one revision as a whole, the one before or the one after.
    @Test func aBackupIsOneMomentOfARunningInstallation() async throws {
        let made = try await run(
            "demo", "--clients", "300", "--years", "2", "--through", "2025-12-31", "--output", "files")
        #expect(made.status == 0, "\(made.errors)")
        #expect(try await run("import", "files", "--base-currency", "EUR").status == 0)
        #expect(
            try await run("user", "add", "Ada", "--role", "administrator", input: "correct horse battery\n").status == 0
        )
        try Data(#"{"log": {"level": "debug"}}"#.utf8).write(to: run.folder.appending(path: "data/config.json"))
        let before = try await report("data")
        let more = try await run(
            "demo", "--clients", "900", "--years", "2", "--through", "2025-12-31", "--output", "more")
        #expect(more.status == 0)
        let folder = run.folder
        async let imported = Executable.run(["import", "more"], in: folder)
        var copies: [String] = []
        for number in 0..<4 {
            let backup = try await run("backup", "copies/\(number)")
            #expect(backup.status == 0, "\(backup.errors)")
            copies.append("copies/\(number)")
        }
        #expect(try await imported.status == 0)
        let after = try await report("data")
        #expect(before != after)
        #expect(try await run("backup", "copies/last").status == 0)
        copies.append("copies/last")
        for copy in copies {
            let restoredTo = "restored-\(copy.split(separator: "/")[1])"
            let restored = try await run("restore", copy, "--data", restoredTo)
            #expect(restored.status == 0, "\(restored.errors)")
            let found = try await report(restoredTo)
            #expect(found == before || found == after, "\(copy)")
            #expect(copy != "copies/last" || found == after)
            let workspace = try Workspace(folder: run.folder.appending(path: restoredTo).path)
            #expect(try await workspace.accounts().map(\.name) == ["Ada"])
            #expect(
                FileManager.default.fileExists(atPath: run.folder.appending(path: "\(restoredTo)/config.json").path))
        }
    }

    @Test func nothingIsOverwrittenAndNothingHalfIsLeft() async throws {
        #expect(try await run("import", run.folder.path).status != 0)
        let nothing = try await run("backup", "copy", "--data", "nothing")
        #expect(nothing.status == 69 && nothing.errors.contains("has no ledger.sqlite"))
        #expect(try await run("demo", "--clients", "20", "--years", "1", "--through", "2025-12-31").status == 0)
        try FileManager.default.createDirectory(
            at: run.folder.appending(path: "full"), withIntermediateDirectories: true)
        try Data("mine".utf8).write(to: run.folder.appending(path: "full/file"))
        let refused = try await run("backup", "full")
        #expect(refused.status == 69 && refused.errors.contains("not empty"))
        #expect(try await run("backup", "copy").status == 0)
        let over = try await run("restore", "copy")
        #expect(over.status == 69 && over.errors.contains("not empty"))
        // A damaged copy is not restored.
        let ledger = run.folder.appending(path: "copy/ledger.sqlite")
        var bytes = try Data(contentsOf: ledger)
        bytes.replaceSubrange(0..<16, with: Data(repeating: 0, count: 16))
        try bytes.write(to: ledger)
        let damaged = try await run("restore", "copy", "--data", "new")
        #expect(damaged.status == 69 && damaged.errors.contains("damaged"))
        let left = try FileManager.default.contentsOfDirectory(atPath: run.folder.path)
        #expect(!left.contains { $0.contains("partial") } && !left.contains("new"), "\(left)")
    }
}
