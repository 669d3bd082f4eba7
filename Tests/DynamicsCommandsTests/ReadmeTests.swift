import DynamicsTestSupport
import Foundation
import Testing

/// The page that strangers read first shows what the commands really print.
@Suite struct ReadmeTests {
    @Test func showsTheDemosReport() async throws {
        let scratch = try ScratchFolder()
        let readme = try String(contentsOf: Executable.root.appending(path: "README.md"), encoding: .utf8)
        let shown = readme.split(separator: "\n").filter { $0.hasPrefix("customer-dynamics ") }.map(String.init)
        let commands = try #require(shown.suffix(2).count == 2 ? Array(shown.suffix(2)) : nil)
        let demo = commands[0].split(separator: " ").dropFirst().map(String.init)
        #expect(demo[0] == "demo")
        let filled = try await Executable.run(demo + ["--data", scratch.path])
        #expect(filled.status == 0, "\(filled.errors)")
        let report = commands[1].split(separator: " ").dropFirst().map(String.init)
        let table = try await Executable.run(report + ["--data", scratch.path, "--format", "table"])
        #expect(table.status == 0, "\(table.errors)")
        #expect(readme.contains("```\n\(table.text)```\n"), "\(table.text)")
    }

    @Test func showsARealMessageOfABadRow() async throws {
        let scratch = try ScratchFolder()
        let readme = try String(contentsOf: Executable.root.appending(path: "README.md"), encoding: .utf8)
        try Data("id,name,type,currency,created_at\nc,C,client,EUR,2024-01-01T00:00:00Z\n".utf8)
            .write(to: scratch.url.appending(path: "clients.csv"))
        let good = (1...15).map { "t\($0),c,2024-01-02T00:00:00Z,refill,1\n" }.joined()
        try Data("id,client_id,at,kind,amount\n\(good)t16,c,2024-01-02T00:00:00Z,refill,\"12,5\"\n".utf8)
            .write(to: scratch.url.appending(path: "transactions.csv"))
        let refused = try await Executable.run(["import", "--data", "\(scratch.path)/data", scratch.path])
        #expect(refused.status == 65)
        #expect(readme.contains("```\n\(refused.errors)```\n"), "\(refused.errors)")
    }
}
