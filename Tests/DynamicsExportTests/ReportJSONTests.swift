import DynamicsExport
import DynamicsModel
import DynamicsTestSupport
import Foundation
import Testing

/// The JSON report: section 7 of `docs/semantics.md`.
@Suite struct ReportJSONTests {
    private func text(_ result: ReportResult) -> String { String(decoding: ReportJSON.bytes(result), as: UTF8.self) }

    @Test func layoutIsTheSameForEver() throws {
        var result = try makeResult(by: [.package], rows: [packageRow("p", "Gold")])
        result.rows.append(ReportRow(key: RowKey(package: RowKey.PackageColumn.none), measures: figures()))
        result.query.tags = ["vip", "new"]
        result.query.owners = [""]
        result.query.clientTypes = [.callShop]
        result.query.tagMode = .all
        let beginning = """
            {
              "query": {
                "from": "2024-01-01",
                "to": "2024-12-31",
                "timezone": "UTC",
                "group_by": [
                  "package"
                ],
                "client_types": [
                  "call_shop"
                ],
                "tags": [
                  "vip",
                  "new"
                ],
                "tag_mode": "all",
                "owners": [
                  ""
                ],
                "packages": [],
                "currency": "EUR",
                "active_months": 3
              },
              "rows": [
                {
                  "package": "Gold",
                  "package_id": "p",
                  "active_qty": 0,
                  "active_balance_pos": "0.000000",
            """
        #expect(text(result).hasPrefix(beginning))
        let end = """
                  "renew_qty": 0,
                  "renew_total": "0.000000"
                },
                {
                  "package": null,
                  "package_id": null,
                  "active_qty": 0,
            """
        #expect(text(result).contains(end))
        let last = """
                "renew_total": "0.000000"
              },
              "actual_interval": {
                "from": "2024-01-01T00:00:00+00:00",
                "to": "2024-06-15T10:15:00+00:00"
              },
              "warnings": []
            }

            """
        #expect(text(result).hasSuffix(last))
    }

    @Test func nothingToReport() throws {
        var result = try makeResult(by: [.year, .month, .date])
        result.actualInterval = nil
        result.warnings = ["one", "two"]
        let ending = "\"actual_interval\": null,\n  \"warnings\": [\n    \"one\",\n    \"two\"\n  ]\n}\n"
        #expect(text(result).contains("\"rows\": [],\n") && text(result).hasSuffix(ending))
    }

    @Test func groupColumnsStandInFrontInTheOrderOfTime() throws {
        let key = RowKey(year: "2024", month: "2024-03", date: "2024-03-15", package: .package(id: "p", name: "Gold"))
        let result = try makeResult(
            by: [.package, .date, .month, .year], rows: [ReportRow(key: key, measures: figures())])
        let lines = [
            "\"year\": \"2024\"", "\"month\": \"2024-03\"", "\"date\": \"2024-03-15\"", "\"package\": \"Gold\"",
            "\"package_id\": \"p\"", "\"active_qty\": 0",
        ]
        #expect(text(result).contains(lines.map { "      " + $0 }.joined(separator: ",\n")))
    }

    @Test func figuresAreExact() throws {
        let values: [Measure: MeasureValue] = [
            .activeQty: .quantity(9_007_199_254_740_993), .activeBalanceNeg: money(-1_234_567), .refillAvg: .empty,
            .paygActiveAvg: money(2, over: 3), .allBalance: money(-1, over: 3),
        ]
        // The yen has no minor unit; machines get six digits all the same.
        let text = text(try makeResult(in: .jpy, total: figures(values)))
        #expect(text.contains("\"active_qty\": 9007199254740993,"))
        #expect(text.contains("\"active_balance_neg\": \"-1.234567\",") && text.contains("\"refill_avg\": null,"))
        #expect(text.contains("\"payg_active_avg\": \"0.000001\",") && text.contains("\"all_balance\": \"0.000000\","))
    }

    /// Everything that JSON has to escape, and what it need not, in every text that comes from outside.
    static let texts: [String] =
        (0...0x20).compactMap { UnicodeScalar($0).map { "a\($0)b" } } + [
            "\"", "\\", "\\\"", "/", "</script>", "\u{7F}", "\u{80}", "\u{2028}", "\u{FEFF}", "\u{1F600}", "e\u{301}",
            "\u{E9}",
            "\r\n", "\u{FFFD}", "\u{10FFFF}", "\\u0041", "[", "{", "a,", "",
        ]

    @Test func pythonReadsWhatWasWritten() async throws {
        var result = try makeResult(by: [.package], rows: Self.texts.map { packageRow("id " + $0, $0) })
        result.query.tags = Self.texts.map { ExactText($0) }
        result.query.owners = result.query.tags
        result.query.packages = result.query.tags
        result.warnings = Self.texts
        // Python answers in numbers, so that nothing has to be unescaped here.
        let answer = try await python(
            """
            import json, sys
            text = sys.stdin.buffer.read().decode()
            def unique(pairs):
                assert len(dict(pairs)) == len(pairs), pairs
                return dict(pairs)
            report = json.loads(text, object_pairs_hook=unique)
            query, rows = report['query'], report['rows']
            lists = [query['tags'], query['owners'], query['packages'], report['warnings'], [r['package'] for r in rows]]
            for texts in lists + [[r['package_id'][3:] for r in rows]]:
                print(';'.join(' '.join(str(ord(c)) for c in t) for t in texts))
            for row in rows + [report['total']]: assert len(row) == (23 if 'package' in row else 21), row
            """, input: text(result))
        let wanted = Self.texts.map { $0.unicodeScalars.map { String($0.value) }.joined(separator: " ") }.joined(
            separator: ";")
        #expect(answer == String(repeating: wanted + "\n", count: 6))
    }

    /// No byte that a terminal or a log could take for a command.
    @Test func controlCharactersAreEscaped() throws {
        let result = try makeResult(by: [.package], rows: Self.texts.map { packageRow("p", $0) })
        let bytes = ReportJSON.bytes(result)
        #expect(bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x0A })
    }
}
