import DynamicsModel
import DynamicsTestSupport
import Foundation
import Testing

@Suite("The worked example")
struct WorkedExampleTests {
    @Test("is a valid ledger")
    func isValid() throws {
        let ledger = try WorkedExample.ledger()
        #expect(validate(ledger) == [])
        #expect(ledger.clients.count == 8)
        #expect(ledger.packages.count == 3)
        #expect(ledger.subscriptions.count == 6)
        #expect(ledger.transactions.count == 44)
        #expect(ledger.rates.count == 4)
    }

    @Test("comes out of the reference in every field", arguments: WorkedExample.reports)
    func isReproduced(file: String) throws {
        let data = try Data(contentsOf: WorkedExample.folder.appending(path: file))
        let expected = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let query = try query(try #require(expected["query"] as? [String: Any]))

        let zones = TimeZoneDirectory()
        let result = try naiveReport(
            try WorkedExample.ledger(), query, scope: .everything, zone: try zones.rules(named: query.timezone))

        let rows = try #require(expected["rows"] as? [[String: Any]])
        #expect(result.rows.count == rows.count)
        for (row, expected) in zip(result.rows, rows) {
            let json = columns(row.key).merging(figures(row.measures)) { column, _ in column }
            #expect(json as NSDictionary == expected as NSDictionary)
        }
        let total = try #require(expected["total"] as? [String: Any])
        #expect(figures(result.total) as NSDictionary == total as NSDictionary)
        let interval = try #require(expected["actual_interval"] as? [String: String])
        #expect(result.actualInterval == ActualInterval(from: interval["from"] ?? "", to: interval["to"] ?? ""))
        #expect(result.warnings == expected["warnings"] as? [String])
        #expect(result.query == query)
        #expect(result.currency == query.currency)
        #expect(brokenInvariant(of: result) == nil)
    }

    private func query(_ json: [String: Any]) throws -> ReportQuery {
        var text = QueryText()
        text.from = try #require(json["from"] as? String)
        text.to = try #require(json["to"] as? String)
        text.timezone = try #require(json["timezone"] as? String)
        text.groupBy = try #require(json["group_by"] as? [String])
        text.clientTypes = try #require(json["client_types"] as? [String])
        text.tags = try #require(json["tags"] as? [String])
        text.tagMode = try #require(json["tag_mode"] as? String)
        text.owners = try #require(json["owners"] as? [String])
        text.packages = try #require(json["packages"] as? [String])
        text.currency = try #require(json["currency"] as? String)
        text.activeMonths = try #require(json["active_months"] as? Int)
        return try text.parsed()
    }

    private func columns(_ key: RowKey) -> [String: Any] {
        var columns: [String: Any] = [:]
        columns["year"] = key.year
        columns["month"] = key.month
        columns["date"] = key.date
        switch key.package {
        case .package(let id, let name): columns.merge(["package": name.string, "package_id": id.string]) { $1 }
        case .some(.none): columns.merge(["package": NSNull(), "package_id": NSNull()]) { $1 }
        case nil: break
        }
        return columns
    }

    private func figures(_ measures: Measures) -> [String: Any] {
        var figures: [String: Any] = [:]
        for measure in Measure.allCases {
            figures[measure.field] =
                switch measures[measure] {
                case .quantity(let quantity): NSNumber(value: quantity)
                case .money(let amount): amount.rounded(toDigits: 6)
                case .empty: NSNull()
                }
        }
        return figures
    }
}
