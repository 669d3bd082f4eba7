public import DynamicsModel
public import Foundation

/// The ledger of `Tests/Fixtures/worked`, small enough to follow by hand, and the reports that belong to it.
public enum WorkedExample {
    public static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Tests/Fixtures/worked", directoryHint: .isDirectory)

    /// The files `expected-*.json`: each a query and its report.
    public static let reports = ["expected-month.json", "expected-month-package.json", "expected-date-kyiv.json"]

    /// The ledger, read in the plainest way. The files hold no quoted line breaks.
    public static func ledger() throws -> LedgerRecords {
        LedgerRecords(
            baseCurrency: try required(CurrencyCode("EUR"), "EUR"),
            clients: try table("clients").map { row in
                Client(
                    id: row["id"], name: row["name"],
                    type: try required(ClientType(rawValue: row["type"].string), row["type"].string),
                    ownerID: row.optional("owner_id"),
                    tags: Set(row["tags"].string.split(separator: ";").map { ExactText(String($0)) }),
                    currency: try required(CurrencyCode(row["currency"].string), row["currency"].string),
                    createdAt: try instant(row["created_at"]), closedAt: try row.optional("closed_at").map(instant))
            },
            packages: try table("packages").map { Package(id: $0["id"], name: $0["name"]) },
            subscriptions: try table("subscriptions").map { row in
                Subscription(
                    id: row["id"], clientID: row["client_id"], packageID: row["package_id"],
                    startedAt: try instant(row["started_at"]), endedAt: try row.optional("ended_at").map(instant))
            },
            transactions: try table("transactions").map { row in
                Transaction(
                    id: row["id"], clientID: row["client_id"], at: try instant(row["at"]),
                    kind: try required(TransactionKind(rawValue: row["kind"].string), row["kind"].string),
                    amount: try decimal(row["amount"], digits: 6), packageID: row.optional("package_id"))
            },
            rates: try table("rates").map { row in
                ExchangeRate(
                    currency: try required(CurrencyCode(row["currency"].string), row["currency"].string),
                    effectiveOn: CivilDate(utc: try instant(ExactText("\(row["effective_on"])T00:00:00Z"))),
                    rate: try decimal(row["rate"], digits: 12))
            })
    }

    /// Cells by the names of their columns.
    private struct Row {
        var cells: [String: String]

        subscript(_ column: String) -> ExactText { ExactText(cells[column] ?? "") }

        func optional(_ column: String) -> ExactText? { self[column].isEmpty ? nil : self[column] }
    }

    private struct UnreadableFixture: Error { var text: String }

    private static func required<Value>(_ value: Value?, _ text: String) throws -> Value {
        guard let value else { throw UnreadableFixture(text: text) }
        return value
    }

    private static func table(_ name: String) throws -> [Row] {
        let text = try String(contentsOf: folder.appending(path: "\(name).csv"), encoding: .utf8)
        var lines = text.split { $0.isNewline }.map(cells)
        let header = lines.removeFirst()
        return lines.map { Row(cells: Dictionary(uniqueKeysWithValues: zip(header, $0))) }
    }

    private static func cells(_ line: Substring) -> [String] {
        var cells = [""]
        var isQuoted = false
        var previous: Character?
        for character in line {
            switch character {
            case "\"":
                if !isQuoted, previous == "\"" { cells[cells.count - 1].append(character) }
                isQuoted.toggle()
            case "," where !isQuoted: cells.append("")
            default: cells[cells.count - 1].append(character)
            }
            previous = character
        }
        return cells
    }

    /// `2024-01-10T08:05:00Z` or the same with an offset such as `+02:00`.
    private static func instant(_ text: ExactText) throws -> Instant {
        let digits = text.string.split { !$0.isNumber }.compactMap { Int($0) }
        guard digits.count == 6 || digits.count == 8 else { throw UnreadableFixture(text: text.string) }
        let date = try required(CivilDate(year: digits[0], month: digits[1], day: digits[2]), text.string)
        let local = CivilTime(date, secondOfDay: digits[3] * 3600 + digits[4] * 60 + digits[5])
        let offset = digits.count == 8 ? digits[6] * 3600 + digits[7] * 60 : 0
        let isBehind = text.string.dropFirst(19).first == "-"
        return Instant(seconds: local.seconds - Int64(isBehind ? -offset : offset))
    }

    private static func decimal(_ text: ExactText, digits: Int) throws -> Int64 {
        let parts = text.string.split(separator: ".", omittingEmptySubsequences: false)
        let fraction = parts.count == 2 ? String(parts[1]) : ""
        let padding = String(repeating: "0", count: digits - fraction.utf8.count)
        return try required(Int64("\(parts[0])\(fraction)\(padding)"), text.string)
    }
}
