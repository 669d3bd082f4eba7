import DynamicsTestSupport
import Foundation
import Testing

/// The walk-through of docs/walkthrough-cdnow.md, with the figures computed a second time in Python.
@Suite struct CDNOWTests {
    @Test func realPurchasesGiveTheFiguresThatPythonComputes() async throws {
        let scratch = try ScratchFolder()
        let files = "\(scratch.path)/cdnow"
        let data = "\(scratch.path)/data"
        let made = try await Executable.run(["scripts/cdnow.py", files], program: Executable.python)
        #expect(made.status == 0, "\(made.errors)")
        #expect(made.text.contains("23,570 customers and 69,659 purchases"))
        let imported = try await Executable.run(["import", "--data", data, files])
        #expect(imported.status == 0, "\(imported.errors)")

        let period = ["--data", data, "--from", "1997-01-01", "--to", "1998-06-30", "--group-by", "month"]
        for cohort in [nil, "1997-03"] {
            let report = try await Executable.run(
                ["report", "--format", "json"] + period + (cohort.map { ["--tag", $0] } ?? []))
            #expect(report.status == 0, "\(report.errors)")
            let check = try await Executable.run(
                ["Tests/Fixtures/cdnow/check.py"] + (cohort.map { [$0] } ?? []), program: Executable.python,
                input: report.output)
            #expect(check.status == 0, "\(cohort ?? "everybody"): \(check.text)\(check.errors)")
            #expect(check.text.contains("19 rows, 399 figures: all as expected"))
        }

        let page = try String(contentsOf: Executable.root.appending(path: "docs/walkthrough-cdnow.md"), encoding: .utf8)
        let table = try await Executable.run(["report", "--format", "table"] + period)
        #expect(page.contains(table.text), "the page shows what the command prints: \(table.text)")
        let newcomers = try await Executable.run(
            ["report", "--format", "table", "--tag", "1997-01", "--active-months", "1"] + period)
        let beginning = newcomers.text.components(separatedBy: "\n\n")[0]
        #expect(page.contains(beginning + "\n```"), "the page shows what the command prints: \(beginning)")
    }
}
