import DynamicsTestSupport
import Testing

/// What the pages show is what the commands print; `scripts/pages.py` renews it.
@Suite struct PageTests {
    @Test func pagesShowWhatCommandsPrint() async throws {
        let outcome = try await Executable.run(
            ["scripts/pages.py", "--check", "--binary", Executable.product], program: Executable.python)
        #expect(outcome.status == 0, "run scripts/pages.py: \(outcome.text)\(outcome.errors)")
    }
}
