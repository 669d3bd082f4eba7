import DynamicsTestSupport
import Foundation
import DynamicsTestSupport
import Testing

/// The benchmark in small, so that it never rots: the same reports from the product and from DuckDB's SQL, digit by digit.
@Suite struct BenchTests {
    @Test func smallBenchRunsAndResultsAreEqual() async throws {
        let scratch = try ScratchFolder()
        let bench = try await Executable.run(
            ["bench/run.py", "--small", "--binary", Executable.product, "--data", scratch.path],
            program: Executable.python)
        #expect(bench.status == 0, "\(bench.text)\n\(bench.errors)")
        #expect(bench.text.contains("All results are equal to the last digit."))
        let tableRows = bench.text.components(separatedBy: "\n| ").count - 1
        #expect(tableRows == 3 * (1 + 9), "three tables, each with a header and nine reports: \(bench.text)")
    }
}
