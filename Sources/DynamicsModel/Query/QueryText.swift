/// A query as it arrives: texts from a command line, a form or JSON.
public struct QueryText: Sendable, Hashable {
    public var from = ""
    public var to = ""
    public var timezone = "UTC"
    public var groupBy: [String] = []
    public var clientTypes: [String] = []
    public var tags: [String] = []
    public var tagMode = "any"
    public var owners: [String] = []
    public var packages: [String] = []
    /// nil: the ledger's base currency.
    public var currency: String?
    public var activeMonths = 3

    public init() {}
}

/// The `query` object of section 7 of `docs/semantics.md`. What is absent or null has its default.
extension QueryText: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case from, to, timezone
        case groupBy = "group_by"
        case clientTypes = "client_types"
        case tags
        case tagMode = "tag_mode"
        case owners, packages, currency
        case activeMonths = "active_months"
    }

    /// The names of all fields. Decoding passes over others; who wants to refuse them compares with these.
    public static let fieldNames = Set(CodingKeys.allCases.map(\.rawValue))

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        func read<Value: Decodable>(_ key: CodingKeys, _ path: WritableKeyPath<QueryText, Value>) throws {
            if let value = try fields.decodeIfPresent(Value.self, forKey: key) { self[keyPath: path] = value }
        }
        try read(.from, \.from)
        try read(.to, \.to)
        try read(.timezone, \.timezone)
        try read(.groupBy, \.groupBy)
        try read(.clientTypes, \.clientTypes)
        try read(.tags, \.tags)
        try read(.tagMode, \.tagMode)
        try read(.owners, \.owners)
        try read(.packages, \.packages)
        currency = try fields.decodeIfPresent(String.self, forKey: .currency)
        try read(.activeMonths, \.activeMonths)
    }

    /// Writes all fields; without a currency, it is left out.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(from, forKey: .from)
        try fields.encode(to, forKey: .to)
        try fields.encode(timezone, forKey: .timezone)
        try fields.encode(groupBy, forKey: .groupBy)
        try fields.encode(clientTypes, forKey: .clientTypes)
        try fields.encode(tags, forKey: .tags)
        try fields.encode(tagMode, forKey: .tagMode)
        try fields.encode(owners, forKey: .owners)
        try fields.encode(packages, forKey: .packages)
        try fields.encodeIfPresent(currency, forKey: .currency)
        try fields.encode(activeMonths, forKey: .activeMonths)
    }
}

extension QueryText {
    /// The texts that mean this query.
    public init(_ query: ReportQuery) {
        from = query.from.text
        to = query.to.text
        timezone = query.timezone
        groupBy = query.groupBy.map(\.rawValue)
        clientTypes = query.clientTypes.map(\.rawValue)
        tags = query.tags.map(\.string)
        tagMode = query.tagMode.rawValue
        owners = query.owners.map(\.string)
        packages = query.packages.map(\.string)
        currency = query.currency?.description
        activeMonths = query.activeMonths
    }
}
