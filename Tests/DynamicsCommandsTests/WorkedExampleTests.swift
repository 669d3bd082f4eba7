import DynamicsTestSupport
import Foundation
import Testing

/// The worked example through the command line, from the files to the report.
@Suite struct WorkedExampleTests {
    private let run: CommandLineRun

    init() async throws {
        run = try CommandLineRun()
        try await run.importWorkedExample()
    }

    private func file(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: WorkedExample.folder.appending(path: name)), as: UTF8.self)
    }

    static let queries: [(file: String, options: [String])] = [
        ("expected-month", ["--from", "2024-01-01", "--to", "2024-12-31", "--group-by", "month"]),
        ("expected-month-package", ["--from", "2024-01-01", "--to", "2024-12-31", "--group-by", "month,package"]),
        (
            "expected-date-kyiv",
            [
                "--from", "2024-03-29", "--to", "2024-04-02", "--timezone", "Europe/Kyiv", "--group-by", "date",
                "--currency", "USD", "--active-months", "1",
            ]
        ),
    ]

    @Test(arguments: queries) func jsonIsTheExpectedFile(file: String, options: [String]) async throws {
        let child = try await ChildProcess(
            [Executable.product, "report", "--format", "json"] + options, in: run.folder)
        #expect(child.status == 0)
        #expect(child.text == (try self.file("\(file).json")))
    }

    /// The CSV holds the same figures, rounded to cents: worked out from the JSON by Python's decimals.
    @Test(arguments: queries) func csvHoldsTheSameFigures(file: String, options: [String]) async throws {
        for format in ["csv", "json"] {
            let child = try await ChildProcess(
                [Executable.product, "report", "--format", format, "--output", "report.\(format)"] + options,
                in: run.folder)
            #expect(child.status == 0)
        }
        let script = """
            import csv, json, sys
            from decimal import Decimal, ROUND_HALF_EVEN
            folder = sys.argv[1]
            report = json.load(open(folder + '/report.json'))
            lines = list(csv.reader(open(folder + '/report.csv', encoding='utf-8-sig', newline='')))
            groups = report['query']['group_by']
            assert lines[0][:len(groups)] == [{'package': 'Package Name'}.get(g, g.title()) for g in groups], lines[0]
            assert len(lines) == len(report['rows']) + 2
            for line, row in zip(lines[1:], report['rows'] + [report['total']]):
                total = row is report['total']
                keys = ['Total'] + [''] * (len(groups) - 1) if total else [row[g] or 'No package' for g in groups]
                assert line[:len(groups)] == keys, line
                fields = [f for f in row if f not in groups + ['package_id']]
                for field, cell in zip(fields, line[len(groups):], strict=True):
                    value = row[field]
                    if isinstance(value, str):
                        value = Decimal(value)
                        # A tie in the sixth digit is none of the exact value.
                        if value * 1000 % 10 == 5: continue
                        value = value.quantize(Decimal('0.01'), ROUND_HALF_EVEN)
                        value = abs(value) if value == 0 else value
                    assert cell == ('' if value is None else str(value)), (field, cell, row[field])
            print('same')
            """
        let child = try await ChildProcess(["python3", "-c", script, run.folder.path])
        #expect(child.text == "same\n", "\(child.errors)")
    }

    /// In another order, with ids that were there before, from compressed files: the ledger and its reports are the same.
    @Test func importedTwiceAndCompressed() async throws {
        let folder = WorkedExample.folder.path
        let zipped = try await run.bash(
            """
            set -e
            mkdir zipped
            for file in transactions subscriptions rates packages clients; do
                gzip -c "\(folder)/$file.csv" > "zipped/$file.csv.gz"
            done
            $program import zipped
            $program import --data other --base-currency EUR zipped
            """)
        #expect(zipped.status == 0, "\(zipped.errors)")
        for data in ["data", "other"] {
            let child = try await run(
                "report", "--data", data, "--format", "json", "--from", "2024-01-01", "--to", "2024-12-31",
                "--group-by",
                "month")
            #expect(child.text == (try file("expected-month.json")))
        }
    }

    @Test func optionsAreTheFieldsOfTheQuery() async throws {
        let child = try await run(
            "report", "--from", "2024-01-01T00:00", "--to", "2024-06-30", "--timezone", "Europe/Kyiv", "--group-by",
            "package", "--group-by", "year,date", "--client-type", "client", "--client-type", "call_shop", "--tag",
            "vip",
            "--tag", "new", "--tag-mode", "all", "--owner", "north", "--owner", "", "--package", "gold", "--currency",
            "UAH",
            "--active-months", "12", "--format", "json")
        #expect(child.status == 0)
        let json = try #require(try JSONSerialization.jsonObject(with: child.output) as? [String: Any])
        let expected: [String: Any] = [
            "from": "2024-01-01T00:00", "to": "2024-06-30", "timezone": "Europe/Kyiv",
            "group_by": ["package", "year", "date"], "client_types": ["client", "call_shop"], "tags": ["vip", "new"],
            "tag_mode": "all", "owners": ["north", ""], "packages": ["gold"], "currency": "UAH", "active_months": 12,
        ]
        #expect(json["query"] as? NSDictionary == expected as NSDictionary)
        // Bohdan alone is vip and new, and has Gold.
        let total = try #require(json["total"] as? [String: Any])
        #expect(total["all_qty"] as? Int == 1)
    }

    // MARK: - The table, as it was looked at and found good

    @Test(arguments: [80, 120, 200]) func tableOnATerminal(columns: Int) async throws {
        let shown = try await run.terminal(
            columns: columns, "report", "--from", "2024-01-01", "--to", "2024-12-31", "--group-by", "month,package")
        #expect(shown.status == 0)
        #expect(shown.text == (try file("table-month-package-\(columns).txt")))
        #expect(
            shown.text.split(separator: "\n").allSatisfy { $0.unicodeScalars.count <= columns || $0.contains(": ") })
    }

    @Test func tableInAnotherCurrencyAndZone() async throws {
        let options = ["--format", "table"] + Self.queries[2].options
        let child = try await ChildProcess(
            [Executable.product, "report"] + options, environment: ["COLUMNS": "100"], in: run.folder)
        #expect(child.text == (try file("table-date-kyiv-100.txt")))
    }

    @Test func tableOfNothing() async throws {
        let child = try await run(
            "report", "--from", "2023-01-01", "--to", "2023-12-31", "--group-by", "month", "--format", "table")
        #expect(child.status == 0)
        #expect(child.text == (try file("table-nothing.txt")))
    }
}
