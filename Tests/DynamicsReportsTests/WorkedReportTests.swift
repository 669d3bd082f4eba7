import DynamicsExport
import DynamicsModel
import DynamicsReports
import DynamicsTestSupport
import Foundation
import Testing

/// The worked example through plan, kernel, settle and JSON.
struct WorkedReportTests {
    @Test("the expected reports come out byte for byte", arguments: WorkedExample.reports)
    func jsonIsTheExpectedFile(file: String) async throws {
        let data = try Data(contentsOf: WorkedExample.folder.appending(path: file))
        let expected = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let query = try #require(expected["query"] as? [String: Any])
        var text = QueryText()
        text.from = try #require(query["from"] as? String)
        text.to = try #require(query["to"] as? String)
        text.timezone = try #require(query["timezone"] as? String)
        text.groupBy = try #require(query["group_by"] as? [String])
        text.currency = try #require(query["currency"] as? String)
        text.activeMonths = try #require(query["active_months"] as? Int)

        let backend = MemoryBackend(try WorkedExample.ledger())
        let result = try await runReport(
            text.parsed(), scope: .everything, on: backend, zones: TimeZoneDirectory())

        #expect(String(decoding: ReportJSON.bytes(result), as: UTF8.self) == String(decoding: data, as: UTF8.self))
    }
}
