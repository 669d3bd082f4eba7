import DynamicsModel
import Testing

struct QueryInWordsTests {
    private func query() throws -> ReportQuery {
        var text = QueryText()
        (text.from, text.to, text.timezone) = ("2024-01-01", "2024-12-31", "Europe/Kyiv")
        text.clientTypes = ["client", "call_shop"]
        text.tags = ["VIP"]
        text.groupBy = ["month", "package"]
        text.currency = "EUR"
        return try text.parsed()
    }

    @Test func oneLine() throws {
        #expect(
            try query().words(preset: .last12Months) == """
                Last 12 months (2024-01-01 to 2024-12-31), Europe/Kyiv; type client, call shop; tags VIP; \
                by month, package; EUR; active within 3 months
                """)
        #expect(
            try query().words == """
                2024-01-01 to 2024-12-31, Europe/Kyiv; type client, call shop; tags VIP; by month, package; EUR; \
                active within 3 months
                """)
        var several = try query()
        several.tags = ["VIP", "new"]
        several.owners = ["", "r1"]
        several.packages = ["p1"]
        several.activeMonths = 1
        #expect(several.words.contains("; tags any of VIP, new; owners Operator, r1; package p1; "))
        several.tagMode = .all
        #expect(several.words.contains("; tags all of VIP, new; "))
        #expect(several.words.hasSuffix("active within 1 month"))
        let names = QueryNames(owners: ["r1": "North"], packages: ["p1": "Gold"])
        #expect(several.words(names: names).contains("owners Operator, North (r1); package Gold (p1);"))
    }

    @Test func draftsWithoutDates() {
        #expect(
            QueryDraft(preset: .thisWeek, text: QueryText()).words
                == "This week, UTC; base currency; active within 3 months")
        #expect(QueryDraft(text: QueryText()).words == "no period, UTC; base currency; active within 3 months")
    }

    @Test func factsSayAlsoWhatIsLeftOpen() throws {
        let labels = [
            "Period", "Timezone", "Client types", "Tags", "Owners", "Packages", "Grouped by", "Currency",
            "Active duration",
        ]
        let facts = QueryDraft(preset: .today, text: QueryText()).facts()
        #expect(facts.map(\.label) == labels)
        #expect(
            facts.map(\.value)
                == ["Today", "UTC", "all", "all", "all", "all", "nothing", "base currency", "3 months"])
        #expect(
            try query().facts().map(\.value) == [
                "2024-01-01 to 2024-12-31", "Europe/Kyiv", "client, call shop", "VIP", "all", "all", "month, package",
                "EUR", "3 months",
            ])
    }

    /// Whatever ids and tags are made of: one line, nothing hidden, and no text that could be taken for another.
    @Test func hostileTextsAreQuoted() throws {
        var query = try query()
        query.tags = ["a\r\nb", "x, y", "\u{202E}gnp", "say \"hi\"", " ", "👩\u{200D}💻", "é"]
        let words = query.words
        let scalars = words.unicodeScalars
        #expect(!scalars.contains { $0.properties.generalCategory == .control || $0 == "\u{202E}" })
        #expect(
            words.contains(#"any of "a\u{d}\u{a}b", "x, y", "\u{202e}gnp", "say \"hi\"", " ", "# + "👩\u{200D}💻, é;"))
    }
}
