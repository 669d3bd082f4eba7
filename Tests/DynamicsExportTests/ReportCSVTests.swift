import DynamicsExport
import DynamicsModel
import DynamicsTestSupport
import Foundation
import Testing

/// The CSV file: *Files* in `docs/interfaces.md`.
@Suite struct ReportCSVTests {
    private func text(_ result: ReportResult) -> String { String(decoding: ReportCSV.bytes(result), as: UTF8.self) }

    /// Lines without their ends, which are all CRLF; the byte order mark is gone.
    private func lines(_ result: ReportResult) throws -> [String] {
        let bytes = ReportCSV.bytes(result)
        try #require(bytes.starts(with: [0xEF, 0xBB, 0xBF]) && bytes.suffix(2) == [13, 10])
        let text = String(decoding: bytes.dropFirst(3).dropLast(2), as: UTF8.self)
        return text.components(separatedBy: "\r\n")
    }

    /// What Python's csv module reads, as rows of cells.
    private func readByPython(_ result: ReportResult) async throws -> [[String]] {
        let json = try await python(
            """
            import csv, io, json, sys
            text = sys.stdin.buffer.read().decode('utf-8-sig')
            print(json.dumps(list(csv.reader(io.StringIO(text, newline=''), strict=True))))
            """, input: text(result))
        return try JSONDecoder().decode([[String]].self, from: Data(json.utf8))
    }

    @Test func headerIsWordForWord() throws {
        let measures = """
            Clients - Active: Qty,Clients - Active: Balance Pos [EUR],Clients - Active: Balance Neg [EUR],\
            Clients - Active: Balance [EUR],Clients - Overall Active: Qty,Clients - Overall Active: Balance Pos [EUR],\
            Clients - Overall Active: Balance Neg [EUR],Clients - Overall Active: Balance [EUR],Clients - All: Qty,\
            Clients - All: Balance Pos [EUR],Clients - All: Balance Neg [EUR],Clients - All: Balance [EUR],\
            Balance Refill: Qty,Balance Refill: Total [EUR],Balance Refill: Avg [EUR],Pay As You Go: Total [EUR],\
            Pay As You Go: Active Avg [EUR],Packages: Activation Qty,Packages: Activation Total [EUR],\
            Packages: Renew Qty,Packages: Renew Total [EUR]
            """
        #expect(try lines(makeResult())[0] == "Period,\(measures)")
        #expect(
            try lines(makeResult(by: [.month, .package, .year, .date]))[0] == "Month,Package Name,Year,Date,\(measures)"
        )
        #expect(try lines(makeResult(in: .jpy))[0].contains("Packages: Renew Total [JPY]"))
    }

    @Test func oneLineARowAndTheTotalLast() throws {
        let zeros = figures([.refillAvg: .empty, .paygActiveAvg: .empty])
        let rows = ["2024-01", "2024-02"].map { ReportRow(key: RowKey(month: $0), measures: zeros) }
        let total = figures([.refillAvg: .empty, .paygActiveAvg: .empty, .allQty: .quantity(3)])
        let line = "0,0.00,0.00,0.00,0,0.00,0.00,0.00,0,0.00,0.00,0.00,0,0.00,,0.00,,0,0.00,0,0.00"
        let last = "0,0.00,0.00,0.00,0,0.00,0.00,0.00,3,0.00,0.00,0.00,0,0.00,,0.00,,0,0.00,0,0.00"
        #expect(
            try lines(makeResult(by: [.month], rows: rows, total: total)).dropFirst() == [
                "2024-01,\(line)", "2024-02,\(line)", "Total,\(last)",
            ])
    }

    @Test func withoutGroupingTheColumnIsThePeriod() throws {
        let lines = try lines(makeResult(rows: [ReportRow(key: RowKey(), measures: figures())]))
        #expect(lines.count == 3)
        #expect(lines[1].hasPrefix("2024-01-01/2024-12-31,0,") && lines[2].hasPrefix("Total,0,"))
        #expect(try self.lines(makeResult()).count == 2)
    }

    @Test func totalLeavesTheOtherGroupColumnsEmpty() throws {
        let key = RowKey(year: "2024", month: "2024-01", package: RowKey.PackageColumn.none)
        let result = try makeResult(
            by: [.package, .year, .month], rows: [ReportRow(key: key, measures: figures())])
        let lines = try lines(result)
        #expect(lines[1].hasPrefix("No package,2024,2024-01,0,") && lines[2].hasPrefix("Total,,,0,"))
    }

    struct Currency: Sendable {
        let code: String
        /// Of 1234567.8905, -0.0004, and 10 / 3.
        let figures: [String]
    }

    @Test(arguments: [
        Currency(code: "JPY", figures: ["1234568", "0", "3"]),
        Currency(code: "EUR", figures: ["1234567.89", "0.00", "3.33"]),
        Currency(code: "KWD", figures: ["1234567.890", "0.000", "3.333"]),
        Currency(code: "CLF", figures: ["1234567.8905", "-0.0004", "3.3333"]),
    ])
    func moneyHasTheCurrencysMinorUnit(currency: Currency) throws {
        let values: [Measure: MeasureValue] = [
            .activeQty: .quantity(1_234_567), .allBalancePos: money(1_234_567_890_500), .allBalanceNeg: money(-400),
            .refillAvg: money(10_000_000, over: 3), .paygActiveAvg: .empty,
        ]
        let result = try makeResult(in: .named(currency.code), total: figures(values))
        let cells = try #require(lines(result).last).split(separator: ",", omittingEmptySubsequences: false).map(
            String.init)
        func cell(_ measure: Measure) -> String { cells[measure.rawValue + 1] }
        #expect([cell(.allBalancePos), cell(.allBalanceNeg), cell(.refillAvg)] == currency.figures)
        #expect(cell(.paygActiveAvg) == "" && cell(.activeQty) == "1234567")
    }

    /// A number is a number, negative or not.
    @Test func numbersAreNeverTakenForText() throws {
        let result = try makeResult(total: figures([.allBalanceNeg: money(-5_000_000), .allQty: .quantity(-1)]))
        let line = try #require(lines(result).last)
        #expect(line.contains(",-5.00,") && line.contains(",-1,") && !line.contains("'"))
    }

    struct Name: Sendable {
        let name: String
        let cell: String
    }

    @Test(arguments: [
        Name(name: "Gold", cell: "Gold"), Name(name: "Night, 100", cell: "\"Night, 100\""),
        Name(name: "5\" screen", cell: "\"5\"\" screen\""), Name(name: "\"", cell: "\"\"\"\""),
        Name(name: "two\nlines", cell: "\"two\nlines\""), Name(name: "two\r\nlines", cell: "\"two\r\nlines\""),
        Name(name: "carriage\rreturn", cell: "\"carriage\rreturn\""), Name(name: " padded ", cell: " padded "),
        Name(name: "\u{1F600} Богдан e\u{301}", cell: "\u{1F600} Богдан e\u{301}"),
        // What a spreadsheet could take for a formula.
        Name(name: "=1+1", cell: "'=1+1"), Name(name: "+1", cell: "'+1"), Name(name: "-1", cell: "'-1"),
        Name(name: "@SUM(A1)", cell: "'@SUM(A1)"), Name(name: "\tx", cell: "'\tx"), Name(name: "\rx", cell: "\"'\rx\""),
        Name(name: "\r\nx", cell: "\"'\r\nx\""), Name(name: "=1,2", cell: "\"'=1,2\""),
        Name(name: "=HYPERLINK(\"x\")", cell: "\"'=HYPERLINK(\"\"x\"\")\""), Name(name: "a=1", cell: "a=1"),
        Name(name: "'=1", cell: "'=1"), Name(name: " =1", cell: " =1"),
        // A combining mark does not hide the sign in front of it.
        Name(name: "=\u{301}1", cell: "'=\u{301}1"),
    ])
    func textCells(name: Name) throws {
        let result = try makeResult(by: [.package], rows: [packageRow("p", name.name)])
        let body = text(result).unicodeScalars.split(separator: "\u{FEFF}").last.map { String($0) }
        let row = try #require(body?.split(separator: "Packages: Renew Total [EUR]\r\n", maxSplits: 1).last)
        #expect(ExactText(String(row)) == ExactText("\(name.cell),\(zeros)\r\nTotal,\(zeros)\r\n"))
    }

    private var zeros: String { figures().values.map { $0 == .quantity(0) ? "0" : "0.00" }.joined(separator: ",") }

    @Test func equalNamesGetTheirIDs() async throws {
        let none = ReportRow(key: RowKey(package: RowKey.PackageColumn.none), measures: figures())
        let rows = [
            packageRow("a", "Gold"), packageRow("b", "Gold"), packageRow("c", "gold"), packageRow("d", "caf\u{E9}"),
            packageRow("e", "cafe\u{301}"), packageRow("f", "=x"), packageRow("g", "=x"), none,
        ]
        let cells = try await readByPython(makeResult(by: [.package], rows: rows)).map { $0[0] }
        let wanted = [
            "Package Name", "Gold [a]", "Gold [b]", "gold", "caf\u{E9}", "cafe\u{301}", "'=x [f]", "'=x [g]",
            "No package",
            "Total",
        ]
        #expect(cells.map { ExactText($0) } == wanted.map { ExactText($0) })
    }

    /// The same package in two months is one name.
    @Test func oneNameInSeveralRowsNeedsNoID() async throws {
        let rows = ["2024-01", "2024-02"].map { month in
            ReportRow(key: RowKey(month: month, package: .package(id: "p", name: "Gold")), measures: figures())
        }
        let cells = try await readByPython(makeResult(by: [.month, .package], rows: rows))
        #expect(cells[1...2].map { $0[1] } == ["Gold", "Gold"])
    }

    @Test func pythonReadsWhatWasWritten() async throws {
        let names = [
            "Gold", "Night, 100 minutes", "5\" screen", "\"\"", "two\nlines", "two\r\nlines", "\rreturn", ",", "",
            "=1+1",
            "\u{1F600}", "a\u{2028}b", "  ", "e\u{301}",
        ]
        let rows = names.map { packageRow($0, $0) }
        let total = figures([
            .allBalance: money(-12_340_000), .refillAvg: .empty, .allQty: .quantity(9_007_199_254_740_993),
        ])
        let read = try await readByPython(makeResult(by: [.package], rows: rows, total: total))
        #expect(read.count == names.count + 2 && read.allSatisfy { $0.count == 22 })
        for (cells, name) in zip(read.dropFirst(), names) {
            let isNeutralised = name.hasPrefix("=") || name.hasPrefix("\r")
            #expect(ExactText(cells[0]) == ExactText(isNeutralised ? "'" + name : name))
            #expect(cells.dropFirst().joined(separator: ",") == zeros)
        }
        let last = try #require(read.last)
        #expect(last[0] == "Total" && last[Measure.allBalance.rawValue + 1] == "-12.34")
        #expect(last[Measure.refillAvg.rawValue + 1] == "" && last[Measure.allQty.rawValue + 1] == "9007199254740993")
    }
}
