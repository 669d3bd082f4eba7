import DynamicsModel

/// Which rows belong to a revision.
struct Visibility: Sendable, Hashable {
    /// The newest revision that is seen.
    var revision: Int64
    /// Numbers up to it of imports that never ended.
    var unfinished: [Int64]
    /// An import that looks at what it would make, beside `revision`.
    var own: Int64?

    var condition: String {
        var condition = "revision <= \(revision)"
        if !unfinished.isEmpty {
            condition += " AND revision NOT IN (\(unfinished.map(String.init).joined(separator: ", ")))"
        }
        if let own { condition = "(\(condition) OR revision = \(own))" }
        return "\(condition) AND sign != 0"
    }
}

/// The parts of a report's statements that ask the shard's own tables.
struct LedgerSQL {
    let server: ClickHouseServer
    let visibility: Visibility
    let clients: ClientPredicate
    /// Of `ClusterSchema.parts`; nil: all.
    var parts: Range<Int>?

    /// What a time that has not come is stored as.
    static let never: Int64 = 9_999_999_999

    private var conditions: String {
        var conditions = visibility.condition
        if let parts { conditions += " AND part >= \(parts.lowerBound) AND part < \(parts.upperBound)" }
        return conditions
    }

    private var isForAll: Bool { clients.types == nil && clients.directOwners == nil && clients.tags == nil }

    /// Scope and filters, over a row of `client`.
    var predicate: String {
        var conditions: [String] = []
        if let types = clients.types {
            conditions.append(Self.isIn("type", types.map { ExactText($0.rawValue) }))
        }
        if let owners = clients.directOwners { conditions.append(Self.isIn("owner_id", owners)) }
        if let tags = clients.tags {
            let each = tags.sorted().map { "has(tags, \(sqlText($0.string)))" }
            let together = each.joined(separator: clients.tagMode == .any ? " OR " : " AND ")
            conditions.append(each.isEmpty ? (clients.tagMode == .any ? "0" : "1") : "(\(together))")
        }
        return conditions.map { " AND \($0)" }.joined()
    }

    static func isIn(_ column: String, _ texts: some Collection<ExactText>) -> String {
        texts.isEmpty ? "0" : "\(column) IN \(sqlTexts(texts))"
    }

    /// client_id, currency, created_at, closed_at of the clients that pass. Versions of a client that differ in nothing of that are
    /// one.
    var passing: String {
        """
        SELECT client_id, currency, created_at, closed_at FROM \(server.local("client"))
        WHERE \(conditions)\(predicate)
        GROUP BY client_id, currency, created_at, closed_at HAVING sum(sign) > 0
        """
    }

    private var ofPassing: String {
        isForAll ? "" : " AND client_id IN (SELECT client_id FROM (\(passing)))"
    }

    /// client_id, package_id, started_at, ended_at of subscriptions of clients that pass.
    func subscriptions(to packages: Set<ExactText>?) -> String {
        let chosen = packages.map { " AND \(Self.isIn("package_id", $0))" } ?? ""
        return """
            SELECT client_id, package_id, started_at, ended_at FROM \(server.local("subscription"))
            WHERE \(conditions)\(chosen)\(ofPassing)
            GROUP BY id, client_id, package_id, started_at, ended_at HAVING sum(sign) > 0
            """
    }

    /// `table WHERE ...`: the transactions before `end`, those that were replaced too: with both signs.
    func transactions(before end: Tick, where condition: String = "") -> String {
        """
        \(server.local("transaction"))
        WHERE \(conditions) AND at < \(end.start.seconds)\(condition.isEmpty ? "" : " AND \(condition)")\(ofPassing)
        """
    }
}

/// Numbers of up to 2^63 micro-units, cut into two so that their sums stay within Int64: `high` times 10^9 plus `low`.
enum SplitNumber {
    static let base: Int64 = 1_000_000_000

    static func high(_ expression: String) -> String { "intDiv(\(expression), \(base))" }
    static func low(_ expression: String) -> String { "(\(expression) - intDiv(\(expression), \(base)) * \(base))" }

    static func whole(_ high: Int64, _ low: Int64) -> Int128 { Int128(high) * Int128(base) + Int128(low) }
}
