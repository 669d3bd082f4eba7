import DynamicsModel
import Testing

/// From texts to a query; what is wrong is named by its field.
@Suite struct QueryTextTests {
    private var good: QueryText {
        var text = QueryText()
        text.from = "2024-01-01"
        text.to = "2024-12-31"
        return text
    }

    /// The error that a query ends in after `change`.
    private func refusal(_ change: (inout QueryText) -> Void) throws -> DynamicsError {
        var text = good
        change(&text)
        return try #require(throws: DynamicsError.self) { try text.parsed() }
    }

    @Test func defaultsAreThoseOfTheCommandLine() throws {
        let query = try good.parsed()
        #expect(query.from == PeriodLimit(text: "2024-01-01", meaning: .day(try date("2024-01-01"))))
        #expect(query.to == PeriodLimit(text: "2024-12-31", meaning: .day(try date("2024-12-31"))))
        #expect(query.timezone == "UTC" && query.currency == nil && query.activeMonths == 3)
        #expect(query.groupBy == [] && query.clientTypes == [] && query.tags == [] && query.tagMode == .any)
        #expect(query.owners == [] && query.packages == [])
    }

    @Test func everythingChosen() throws {
        var text = good
        text.timezone = "Europe/Kyiv"
        text.groupBy = ["package", "month", "year", "date"]
        text.clientTypes = ["call_shop", "calling_card", "client", "reseller"]
        text.tags = ["vip", "e\u{301}"]
        text.tagMode = "all"
        text.owners = ["north", ""]
        text.packages = ["gold"]
        text.currency = "UAH"
        text.activeMonths = 12
        let query = try text.parsed()
        #expect(query.timezone == "Europe/Kyiv")
        #expect(query.groupBy == [.package, .month, .year, .date])
        #expect(query.clientTypes == [.callShop, .callingCard, .client, .reseller])
        #expect(query.tags == ["vip", "e\u{301}"] && query.tagMode == .all)
        #expect(query.owners == ["north", ""] && query.packages == ["gold"])
        #expect(query.currency == CurrencyCode("UAH") && query.activeMonths == 12)
    }

    @Test(arguments: [
        ("2024-02-29", "2024-02-29 00:00", false), ("1990-01-01", "1990-01-01 00:00", false),
        ("2199-12-31", "2199-12-31 00:00", false), ("2024-02-29T00:00", "2024-02-29 00:00", true),
        ("2024-02-29T23:45", "2024-02-29 23:45", true), ("2024-02-29T23:45:00", "2024-02-29 23:45", true),
        // Whether it falls on a tick is for the plan to say: that depends on the zone.
        ("2024-02-29T23:59", "2024-02-29 23:59", true),
    ])
    func readsLimits(text: String, time: String, isTime: Bool) throws {
        let limit = try PeriodLimit(parsing: text, field: "from")
        let meant = try local(time)
        #expect(limit == PeriodLimit(text: text, meaning: isTime ? .time(meant) : .day(meant.date)))
    }

    static let badLimits = [
        "", "2024", "2024-01", "2024-1-1", "20240101", "2024-01-01 ", " 2024-01-01", "2024-01-01\n", "2024/01/01",
        "2023-02-29", "2100-02-29", "2024-04-31", "2024-00-10", "2024-13-10", "2024-10-00", "1989-12-31", "2200-01-01",
        "0000-01-01", "-024-01-01", "+024-01-01", "２０２４-01-01", "2024-01-01T", "2024-01-01T9:30", "2024-01-01T09",
        "2024-01-01T24:00", "2024-01-01T23:60", "2024-01-01T23:45:01", "2024-01-01T23:45:60", "2024-01-01T23:45:0",
        "2024-01-01T23:45:00.0", "2024-01-01T23:45Z", "2024-01-01T23:45:00Z", "2024-01-01T23:45+02:00",
        "2024-01-01 23:45", "2024-01-01t23:45", "2024-01-01T23-45", "2024-01-01T+9:30", "2024-01-01T23:45-00", "today",
    ]

    @Test(arguments: badLimits) func refusesLimits(text: String) throws {
        for field in ["from", "to"] {
            let error = try refusal { if field == "from" { $0.from = text } else { $0.to = text } }
            #expect(error.kind == .usage && error.code == "bad_period" && error.field == field)
            #expect(error.message.contains("\"\(text)\"") && error.message.contains("2024-03-15T09:30"))
            #expect(error.description == "\(field): \(error.message)")
        }
    }

    @Test(arguments: ["", "week", "Month", "month ", "months", "Date"]) func refusesGroupings(text: String) throws {
        let error = try refusal { $0.groupBy = ["year", text] }
        #expect(error.kind == .usage && error.field == "group_by" && error.message.contains("\"\(text)\""))
        #expect(error.message.contains("year, month, date, package"))
    }

    @Test(arguments: ["", "Client", "callshop", "call shop", "clients"]) func refusesClientTypes(text: String) throws {
        let error = try refusal { $0.clientTypes = [text] }
        #expect(error.kind == .usage && error.field == "client_types" && error.message.contains("\"\(text)\""))
        #expect(error.message.contains("client, reseller, calling_card, call_shop"))
    }

    @Test(arguments: ["", "ANY", "both"]) func refusesTagModes(text: String) throws {
        let error = try refusal { $0.tagMode = text }
        #expect(error.kind == .usage && error.field == "tag_mode" && error.message.contains("\"\(text)\""))
        #expect(error.message.contains("any, all"))
    }

    @Test(arguments: ["", "eur", "EURO", "€", "ＥＵＲ"]) func refusesCurrencies(text: String) throws {
        let error = try refusal { $0.currency = text }
        #expect(error.kind == .usage && error.field == "currency" && error.message.contains("\"\(text)\""))
        #expect(error.message.contains("EUR"))
    }

    @Test func exitStatusesAreThoseOfSysexits() {
        #expect(DynamicsError.Kind.allCases.map(\.exitStatus) == [64, 65, 69, 70])
    }
}
