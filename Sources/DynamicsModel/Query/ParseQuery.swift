extension QueryText {
    /// The query that the texts mean.
    /// - Throws: `DynamicsError` of kind `usage` that names the field.
    public func parsed() throws -> ReportQuery {
        ReportQuery(
            from: try PeriodLimit(parsing: from, field: "from"),
            to: try PeriodLimit(parsing: to, field: "to"),
            timezone: timezone,
            groupBy: try choices(groupBy, field: "group_by"),
            clientTypes: try choices(clientTypes, field: "client_types"),
            tags: tags.map { ExactText($0) },
            tagMode: try choice(tagMode, field: "tag_mode"),
            owners: owners.map { ExactText($0) },
            packages: packages.map { ExactText($0) },
            currency: try parsedCurrency(),
            activeMonths: activeMonths)
    }

    private func parsedCurrency() throws -> CurrencyCode? {
        guard let currency else { return nil }
        guard let code = CurrencyCode(currency) else {
            throw DynamicsError(
                .usage, "bad_currency", field: "currency",
                "\"\(currency)\" is not a currency code; give three capital letters, such as EUR")
        }
        return code
    }

    private func choices<C: RawRepresentable & CaseIterable>(_ texts: [String], field: String) throws -> [C]
    where C.RawValue == String {
        try texts.map { try choice($0, field: field) }
    }

    private func choice<C: RawRepresentable & CaseIterable>(_ text: String, field: String) throws -> C
    where C.RawValue == String {
        guard let choice = C(rawValue: text) else {
            let known = C.allCases.map(\.rawValue).joined(separator: ", ")
            throw DynamicsError(
                .usage, "bad_\(field)", field: field, "\"\(text)\" is not a choice; the choices are \(known)")
        }
        return choice
    }
}

extension PeriodLimit {
    /// Reads `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM[:00]`, within the years 1990 to 2199.
    /// - Throws: `DynamicsError` of kind `usage` for `field`.
    public init(parsing text: String, field: String) throws {
        guard let meaning = Self.meaning(of: Array(text.utf8)) else {
            throw DynamicsError(
                .usage, "bad_period", field: field,
                "\"\(text)\" is not a local date (2024-03-15) or date and time (2024-03-15T09:30) of the years 1990 to 2199"
            )
        }
        self.init(text: text, meaning: meaning)
    }

    private static func meaning(of bytes: [UInt8]) -> Meaning? {
        func number(_ range: Range<Int>) -> Int? {
            var value = 0
            for byte in bytes[range] {
                guard byte >= 0x30, byte <= 0x39 else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            return value
        }
        let dash = UInt8(ascii: "-")
        guard bytes.count >= 10, bytes[4] == dash, bytes[7] == dash, let year = number(0..<4),
            (1990...2199).contains(year),
            let month = number(5..<7), let day = number(8..<10),
            let date = CivilDate(year: year, month: month, day: day)
        else { return nil }
        if bytes.count == 10 { return .day(date) }
        let colon = UInt8(ascii: ":")
        guard bytes.count == 16 || bytes.count == 19, bytes[10] == UInt8(ascii: "T"), bytes[13] == colon,
            let hour = number(11..<13), hour < 24, let minute = number(14..<16), minute < 60
        else { return nil }
        if bytes.count == 19 {
            guard bytes[16] == colon, number(17..<19) == 0 else { return nil }
        }
        return .time(CivilTime(date, secondOfDay: hour * 3600 + minute * 60))
    }
}
