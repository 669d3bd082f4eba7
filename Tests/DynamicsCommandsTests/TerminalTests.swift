import DynamicsTestSupport
import Foundation
import Testing

/// What terminals are spared: lines that wrap, and texts that command them.
@Suite struct TerminalTests {
    private let run: CommandLineRun

    init() throws { run = try CommandLineRun() }

    /// A client of each of these packages, names quoted for CSV.
    private func importPackages(_ names: [String]) async throws {
        let numbered = names.enumerated()
        try run.write(
            "id,name\n" + numbered.map { "p\($0),\"\($1.replacing("\"", with: "\"\""))\"\n" }.joined(),
            to: "packages.csv")
        try run.write(
            "id,name,type,currency,created_at\n"
                + numbered.map { "c\($0.offset),C,client,EUR,2024-01-01T00:00:00Z\n" }.joined(), to: "clients.csv")
        try run.write(
            "id,client_id,package_id,started_at\n"
                + numbered.map { "s\($0.offset),c\($0.offset),p\($0.offset),2024-01-01T00:00:00Z\n" }.joined(),
            to: "subscriptions.csv")
        let refills = numbered.map { "t\($0.offset),c\($0.offset),2024-01-05T00:00:00Z,refill,1234567.891\n" }
        try run.write("id,client_id,at,kind,amount\n" + refills.joined(), to: "transactions.csv")
        let child = try await run("import", "--base-currency", "EUR", ".")
        try #require(child.status == 0, "\(child.errors)")
    }

    private func table(columns: Int) async throws -> [Substring] {
        let shown = try await run.terminal(
            columns: columns, "report", "--from", "2024-01-01", "--to", "2024-01-31", "--group-by", "package,month")
        #expect(shown.status == 0)
        return shown.text.split(separator: "\n")
    }

    @Test func longNamesGiveWay() async throws {
        let long = String(repeating: "Unlimited ", count: 20) + "calls"
        try await importPackages(["Short", long])
        for columns in [80, 120, 160] {
            let lines = try await table(columns: columns).filter { $0.contains("│") || $0.contains("┼") }
            #expect(lines.allSatisfy { $0.unicodeScalars.count <= columns })
            #expect(lines.contains { $0.hasPrefix("Unlimited ") && $0.contains("…  2024-01 │") })
        }
        #expect(try await table(columns: 400).contains { $0.hasPrefix("\(long)  2024-01 │") })
    }

    /// Every line's bars stand below one another, whatever the names are made of.
    @Test func columnsLineUp() async throws {
        try await importPackages(["Gold", "Богдан", "e\u{301}te\u{301}", "日本語", "한국어", "\u{1F600} smile", "ＦＵＬＬ"])
        let lines = try await table(columns: 120).map(String.init)
        let places = try await python(
            """
            import sys, unicodedata
            places = set()
            for line in sys.stdin:
                if '│' not in line: continue
                width = 0
                for c in line[:line.index('│')]:
                    width += 0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in 'WF' else 1
                places.add(width)
            print(len(places))
            """, input: lines.joined(separator: "\n"))
        #expect(places == "1\n")
        #expect(lines.contains { $0.contains("1,234,567.89") })
    }

    @Test func namesDoNotCommandTheTerminal() async throws {
        try await importPackages([
            "\u{1B}[2J gone", "bell\u{7}", "back\u{8}space", "\u{9B}31m", "right\u{202E}left", "two\nlines",
        ])
        let shown = try await run.terminal(
            columns: 120, "report", "--from", "2024-01-01", "--to", "2024-01-31", "--group-by", "package")
        let allowed = shown.text.unicodeScalars.allSatisfy { scalar in
            scalar == "\n" || ![.control, .format].contains(scalar.properties.generalCategory)
        }
        #expect(shown.status == 0 && allowed)
        #expect(shown.text.contains("\u{FFFD}[2J gone") && shown.text.contains("two\u{FFFD}lines"))
    }

    /// On a terminal too narrow for one group, lines are as long as they need to be.
    @Test func veryNarrow() async throws {
        try await importPackages(["Gold"])
        let lines = try await table(columns: 20)
        // Two rules in each block, and a block for each measure.
        #expect(lines.filter { $0.contains("┼") }.count == 21 * 2)
    }

    @Test func filesAreNeverTables() async throws {
        try await importPackages(["Gold"])
        let shown = try await run.terminal(
            columns: 80, "report", "--from", "2024-01-01", "--to", "2024-01-31", "--output", "report.csv")
        #expect(shown.status == 0 && shown.text == "")
        #expect(try run.read("report.csv").hasPrefix("\u{FEFF}Period,"))
    }
}
