import DynamicsModel
import Foundation
import Testing

struct QueryDraftTests {
    private let zones = TimeZoneDirectory()

    /// `YYYY-MM-DD HH:MM:SS` in UTC.
    private func instant(_ text: String) throws -> Instant {
        let second = try #require(Int64(text.suffix(2)))
        return Instant(seconds: try utc(String(text.dropLast(3))).seconds + second)
    }

    private func period(_ preset: PeriodPreset, in zone: String, at text: String) throws -> String {
        var query = QueryText()
        query.timezone = zone
        let resolved = try QueryDraft(preset: preset, text: query).resolved(at: instant(text), zones: zones)
        _ = try resolved.parsed()
        return "\(resolved.from) \(resolved.to)"
    }

    @Test func todayIsTheDateInTheZoneOfTheQuery() throws {
        #expect(try period(.today, in: "UTC", at: "2024-12-31 23:59:59") == "2024-12-31 2024-12-31")
        #expect(try period(.today, in: "UTC", at: "2025-01-01 00:00:00") == "2025-01-01 2025-01-01")
        #expect(try period(.today, in: "Europe/Kyiv", at: "2024-12-31 21:59:59") == "2024-12-31 2024-12-31")
        #expect(try period(.today, in: "Europe/Kyiv", at: "2024-12-31 22:00:00") == "2025-01-01 2025-01-01")
        #expect(try period(.lastYear, in: "Europe/Kyiv", at: "2024-12-31 22:00:00") == "2024-01-01 2024-12-31")
        #expect(try period(.today, in: "Pacific/Kiritimati", at: "2024-12-31 10:00:00") == "2025-01-01 2025-01-01")
        #expect(try period(.today, in: "America/Los_Angeles", at: "2025-01-01 07:59:59") == "2024-12-31 2024-12-31")
        #expect(try period(.thisWeek, in: "America/Los_Angeles", at: "2024-08-12 06:00:00") == "2024-08-05 2024-08-11")
    }

    @Test func daysOfChangedClocks() throws {
        // Clocks go from 03:00 to 04:00, and from 04:00 back to 03:00; midnight moves by an hour.
        #expect(try period(.yesterday, in: "Europe/Kyiv", at: "2024-03-31 20:59:59") == "2024-03-30 2024-03-30")
        #expect(try period(.yesterday, in: "Europe/Kyiv", at: "2024-03-31 21:00:00") == "2024-03-31 2024-03-31")
        #expect(try period(.today, in: "Europe/Kyiv", at: "2024-10-27 21:59:59") == "2024-10-27 2024-10-27")
        #expect(try period(.today, in: "Europe/Kyiv", at: "2024-10-27 22:00:00") == "2024-10-28 2024-10-28")
        // At 00:01 of 2010-11-07 clocks went back to 23:01 of the 6th; the 7th had begun, and stays.
        #expect(try period(.today, in: "America/St_Johns", at: "2010-11-07 02:30:30") == "2010-11-07 2010-11-07")
        #expect(try period(.today, in: "America/St_Johns", at: "2010-11-07 02:40:00") == "2010-11-07 2010-11-07")
        // Apia had no 2011-12-30.
        #expect(try period(.yesterday, in: "Pacific/Apia", at: "2011-12-30 10:00:00") == "2011-12-30 2011-12-30")
        #expect(try period(.today, in: "Pacific/Apia", at: "2011-12-30 09:59:59") == "2011-12-29 2011-12-29")
    }

    @Test func datesStayAsTheyAre() throws {
        var query = QueryText()
        (query.from, query.to, query.timezone) = ("2024-01-01", "2024-01-31T12:00", "Nowhere/At_All")
        #expect(try QueryDraft(text: query).resolved(at: .earliest, zones: zones) == query)
        #expect(QueryDraft(preset: .today, text: query).text.from.isEmpty)
        #expect(QueryDraft(preset: .today, text: query).text.to.isEmpty)
    }

    @Test func refusals() throws {
        var query = QueryText()
        query.timezone = "Europe/Kiew"
        var draft = QueryDraft(preset: .today, text: query)
        #expect(throws: DynamicsError.self) { try draft.resolved(at: .earliest, zones: zones) }
        draft.text.timezone = "UTC"
        draft.text.to = "2024-01-01"
        let error = #expect(throws: DynamicsError.self) { try draft.resolved(at: .earliest, zones: zones) }
        #expect(error?.code == "preset_and_dates" && error?.field == "to")
    }

    // MARK: - JSON

    private func decode<Value: Decodable>(_ type: Value.Type, _ json: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(json.utf8))
    }

    @Test func absentFieldsHaveTheirDefaults() throws {
        #expect(try decode(QueryText.self, "{}") == QueryText())
        #expect(try decode(QueryDraft.self, "{}") == QueryDraft(text: QueryText()))
        #expect(try decode(QueryText.self, #"{"currency": null, "tags": null, "active_months": null}"#) == QueryText())
    }

    @Test func fieldsAreThoseOfTheReport() throws {
        let json = #"""
            {"from": "2024-01-01", "to": "2024-12-31", "timezone": "Europe/Kyiv", "group_by": ["month", "package"],
             "client_types": ["call_shop"], "tags": ["e\u0301"], "tag_mode": "all", "owners": [""], "packages": ["p"],
             "currency": "EUR", "active_months": 12}
            """#
        let query = try decode(QueryText.self, json)
        #expect(query.from == "2024-01-01" && query.to == "2024-12-31" && query.timezone == "Europe/Kyiv")
        #expect(query.groupBy == ["month", "package"] && query.clientTypes == ["call_shop"] && query.tagMode == "all")
        #expect(query.tags.map { ExactText($0) } == ["e\u{301}"] && query.owners == [""] && query.packages == ["p"])
        #expect(query.currency == "EUR" && query.activeMonths == 12)
        let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        #expect(Set(object?.keys.map { $0 } ?? []) == QueryText.fieldNames)
        #expect(QueryDraft.fieldNames.subtracting(QueryText.fieldNames) == ["preset"])
        #expect(try decode(QueryText.self, String(decoding: JSONEncoder().encode(query), as: UTF8.self)) == query)
        #expect(QueryText(try query.parsed()) == query)
    }

    @Test func draftsComeBackAsTheyWere() throws {
        var query = QueryText()
        query.tags = ["a\r\nb", "\u{202E}"]
        for draft in [QueryDraft(text: query)] + PeriodPreset.allCases.map({ QueryDraft(preset: $0, text: query) }) {
            let json = String(decoding: try JSONEncoder().encode(draft), as: UTF8.self)
            #expect(try decode(QueryDraft.self, json) == draft)
        }
        #expect(try decode(QueryDraft.self, #"{"preset": "last_12_months"}"#).preset == .last12Months)
        #expect(throws: DecodingError.self) { try decode(QueryDraft.self, #"{"preset": "last_century"}"#) }
        #expect(throws: DecodingError.self) { try decode(QueryText.self, #"{"tags": "VIP"}"#) }
    }
}
