import DynamicsTestSupport
import Foundation
import DynamicsTestSupport
import Testing

@Suite struct DemoCommandTests {
    private let small = ["demo", "--clients", "60", "--years", "1", "--through", "2024-12-31"]

    @Test func fillsAnEmptyFolderOnce() async throws {
        let scratch = try ScratchFolder()
        let data = "\(scratch.path)/data"
        let first = try await Executable.run(small + ["--data", data])
        #expect(first.status == 0, "\(first.errors)")
        #expect(first.text.contains("60 clients"))
        let next = try #require(first.text.split(separator: "\n").last).split(separator: " ").dropFirst()
        let report = try await Executable.run(next.map(String.init) + ["--format", "csv"])
        #expect(report.status == 0, "the command that it shows works: \(report.errors)")
        #expect(report.text.contains("2024-01,") && report.text.contains("2024-12,"))

        let again = try await Executable.run(small + ["--data", data])
        #expect(again.status == 64)
        #expect(again.errors.contains("already has a ledger"))
        let kept = try await Executable.run(small + ["--data", data, "--if-empty"])
        #expect(kept.status == 0)
        #expect(try await Executable.run(next.map(String.init) + ["--format", "csv"]).output == report.output)
    }

    @Test func writesTheFilesThatItWouldImport() async throws {
        let scratch = try ScratchFolder()
        let files = "\(scratch.path)/files"
        let written = try await Executable.run(small + ["--output", files], in: scratch.url)
        #expect(written.status == 0, "\(written.errors)")
        #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/data"), "nothing is imported")
        let made = try await filledReport(small, data: "\(scratch.path)/made")
        let imported = try await filledReport(
            ["import", "--base-currency", "EUR", files], data: "\(scratch.path)/imported")
        #expect(made.status == 0 && made.output == imported.output)
    }

    private func filledReport(_ filling: [String], data: String) async throws -> ChildProcess {
        let filled = try await Executable.run(filling + ["--data", data])
        #expect(filled.status == 0, "\(filled.errors)")
        return try await Executable.run(
            [
                "report", "--data", data, "--from", "2024-01-01", "--to", "2024-12-31", "--group-by", "month,package",
                "--format", "json",
            ])
    }

    @Test(arguments: [
        ["--clients", "3"], ["--years", "0"], ["--through", "2024-02-30"], ["--through", "2024-02-03T00:00"],
    ])
    func refusesWhatMakesNoSense(options: [String]) async throws {
        let scratch = try ScratchFolder()
        let outcome = try await Executable.run(["demo", "--data", "\(scratch.path)/data"] + options)
        #expect(outcome.status == 64)
        #expect(outcome.errors.contains(options[0].dropFirst(2)), "it names the option: \(outcome.errors)")
        #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/data"), "nothing is made")
    }

    @Test func aFolderThatCannotBeMadeIsUnavailable() async throws {
        let scratch = try ScratchFolder()
        try Data().write(to: scratch.url.appending(path: "file"))
        let outcome = try await Executable.run(small + ["--output", "\(scratch.path)/file/below"])
        #expect(outcome.status == 69)
        #expect(outcome.errors.contains("file/below"))
    }
}
