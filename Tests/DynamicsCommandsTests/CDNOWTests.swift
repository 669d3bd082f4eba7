import DynamicsTestSupport
import Foundation
import DynamicsTestSupport
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
    }
}
