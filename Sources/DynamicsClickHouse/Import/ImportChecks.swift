import DynamicsImport
import DynamicsModel

/// Looks, before an import's revision is there, for what would break a rule in it: references that lead nowhere, owners, removals.
struct ImportChecks {
    let client: ClickHouseClient
    /// The ledger as it would be.
    let after: Visibility
    let own: Int64
    /// Of the files, by index.
    let names: [String]
    /// What the import has rows of.
    let kinds: Set<RecordKind>
    let hasRemovals: Bool

    private typealias Found = [(Place, ImportProblem)]

    private var server: ClickHouseServer { client.server }
    private var limit: Int { ImportFailure.limit }

    /// - Throws: `ImportFailure` with the first bad rows.
    func run() async throws {
        let facts = LedgerFactsReader(client: client, visibility: after)
        var found: Found = []
        for (kind, table) in [(RecordKind.subscriptions, "subscription"), (.transactions, "transaction")] {
            if kinds.contains(kind) {
                found += try await unknownClients(table)
                found += try await unknownPackages(table, try await facts.packages())
            }
            if hasRemovals { found += try await stillReferred(by: table) }
        }
        if kinds.contains(.clients) {
            let resellers = try await facts.resellers()
            found += try await owners(resellers)
            found += try await cycles(resellers)
        }
        try Self.fail(found)
    }

    /// - Throws: `ImportFailure` unless there is no problem.
    static func fail(_ problems: [(Place, ImportProblem)]) throws {
        if problems.isEmpty { return }
        let sorted = problems.sorted { ($0.0.file, $0.0.line) < ($1.0.file, $1.0.line) }
        throw ImportFailure(problems: sorted.prefix(ImportFailure.limit).map(\.1))
    }

    private func problem(_ place: Place, _ column: String, _ message: String) -> (Place, ImportProblem) {
        let name = names.indices.contains(place.file) ? names[place.file] : "?"
        return (place, ImportProblem(file: name, line: place.line, column: column, message))
    }

    /// Two texts or more behind a place.
    private func places(_ sql: String, texts: Int) async throws -> [(Place, [ExactText])] {
        var rows = try await client.rows(sql)
        var found: [(Place, [ExactText])] = []
        while !rows.isAtEnd {
            let place = Place(try rows.read(UInt64.self))
            var values: [ExactText] = []
            for _ in 0..<texts { values.append(try rows.text()) }
            found.append((place, values))
        }
        return found
    }

    // MARK: - References

    /// Each shard knows its own clients, and no row of a client is on another.
    private func unknownClients(_ table: String) async throws -> Found {
        let known = """
            SELECT client_id FROM \(server.local("client")) WHERE \(after.condition)
            GROUP BY client_id HAVING sum(sign) > 0
            """
        let removed = "SELECT client_id FROM \(server.local("client")) WHERE revision = \(own) AND sign = 0"
        let query = """
            SELECT place, client_id FROM \(server.local(table))
            WHERE revision = \(own) AND sign = 1 AND client_id NOT IN (\(known)) AND client_id NOT IN (\(removed))
            ORDER BY place LIMIT \(limit)
            """
        let columns = ["place", "client_id"]
        return try await places(server.onEachShard(query, columns: columns, keys: columns), texts: 1).map {
            problem($0, "client_id", "there is no client \"\($1[0])\"")
        }
    }

    private func unknownPackages(_ table: String, _ packages: [ExactText: ExactText]) async throws -> Found {
        let isKnown = packages.isEmpty ? "0" : "package_id IN \(sqlTexts(packages.keys))"
        let query = """
            SELECT place, package_id FROM \(server.everywhere(table))
            WHERE revision = \(own) AND sign = 1 AND package_id != '' AND NOT (\(isKnown))
            ORDER BY place LIMIT \(limit)
            """
        let found = try await places(query, texts: 1)
        // A package that the import removes is named where it is removed.
        let removed = Set(try await tombstones("package", "id").map { $0.1[0] })
        return found.filter { !removed.contains($0.1[0]) }.map {
            problem($0, "package_id", "there is no package \"\($1[0])\"")
        }
    }

    private func tombstones(_ table: String, _ key: String) async throws -> [(Place, [ExactText])] {
        try await places(
            "SELECT place, \(key) FROM \(server.everywhere(table)) WHERE revision = \(own) AND sign = 0", texts: 1)
    }

    // MARK: - Removals

    private func stillReferred(by table: String) async throws -> Found {
        let removed = "SELECT client_id FROM \(server.local("client")) WHERE revision = \(own) AND sign = 0"
        let rows = """
            SELECT client_id, min(id) AS one FROM (
                SELECT client_id, id FROM \(server.local(table)) WHERE \(after.condition) AND client_id IN (\(removed))
                GROUP BY client_id, id HAVING sum(sign) > 0)
            GROUP BY client_id LIMIT \(limit)
            """
        let query = """
            SELECT place, client_id, one FROM (SELECT client_id, one FROM (\(rows))) AS used ANY INNER JOIN (
                SELECT client_id, place FROM \(server.local("client")) WHERE revision = \(own) AND sign = 0) AS removed
            USING client_id
            """
        let columns = ["place", "client_id", "one"]
        var found = try await places(server.onEachShard(query, columns: columns, keys: columns), texts: 2).map {
            problem($0, "id", "client \"\($1[0])\" still has \(table) \"\($1[1])\"")
        }
        let packages = Dictionary(try await tombstones("package", "id").map { ($0.1[0], $0.0) }) { first, _ in first }
        guard !packages.isEmpty else { return found }
        let uses = """
            SELECT toUInt64(0) AS place, package_id, min(id) AS one FROM (
                SELECT package_id, id FROM \(server.local(table))
                WHERE \(after.condition) AND package_id IN \(sqlTexts(packages.keys))
                GROUP BY package_id, id HAVING sum(sign) > 0)
            GROUP BY package_id
            """
        let used = try await places(
            server.onEachShard(uses, columns: ["place", "package_id", "min(one)"], keys: ["place", "package_id"]),
            texts: 2)
        found += used.compactMap { _, texts in
            packages[texts[0]].map {
                problem($0, "id", "package \"\(texts[0])\" is still the package of \(table) \"\(texts[1])\"")
            }
        }
        return found
    }

    // MARK: - Owners

    private func owners(_ resellers: [ExactText: LedgerCatalog.Reseller]) async throws -> Found {
        let owned = """
            SELECT owner_id, min(client_id) AS one FROM (
                SELECT client_id, owner_id FROM \(server.local("client")) WHERE \(after.condition) AND owner_id != ''
                GROUP BY client_id, owner_id HAVING sum(sign) > 0)
            GROUP BY owner_id
            """
        var rows = try await client.rows(
            server.onEachShard(owned, columns: ["owner_id", "min(one)"], keys: ["owner_id"]))
        var wrong: [ExactText: ExactText] = [:]
        while !rows.isAtEnd {
            let (owner, one) = (try rows.text(), try rows.text())
            if resellers[owner] == nil { wrong[owner] = one }
        }
        if wrong.isEmpty { return [] }
        let list = sqlTexts(wrong.keys)
        let types = Dictionary(
            try await places(
                """
                SELECT max(place) AS place, client_id, toString(type) AS name FROM \(server.everywhere("client"))
                WHERE \(after.condition) AND client_id IN \(list) GROUP BY client_id, name HAVING sum(sign) > 0
                """, texts: 2
            ).map { ($0.1[0], (place: $0.0, type: $0.1[1])) }
        ) { first, _ in first }
        let naming = try await places(
            """
            SELECT place, owner_id FROM \(server.everywhere("client"))
            WHERE revision = \(own) AND sign = 1 AND owner_id IN \(list) ORDER BY place LIMIT \(limit)
            """, texts: 1)
        var found: Found = naming.map { place, texts in
            let message =
                types[texts[0]].map {
                    "client \"\(texts[0])\" is of type \($0.type); only a reseller can own clients"
                } ?? "there is no client \"\(texts[0])\""
            return problem(place, "owner_id", message)
        }
        let named = Set(naming.map { $0.1[0] })
        let removed = Dictionary(try await tombstones("client", "client_id").map { ($0.1[0], $0.0) }) { first, _ in
            first
        }
        for (owner, one) in wrong {
            if let place = removed[owner] {
                found.append(problem(place, "id", "client \"\(owner)\" still owns client \"\(one)\""))
            } else if !named.contains(owner), let now = types[owner] {
                found.append(
                    problem(
                        now.place, "type",
                        "client \"\(owner)\" owns client \"\(one)\" and must stay a reseller, not become \(now.type)"))
            }
        }
        return found
    }

    /// A cycle is reported once, for the one of its clients that the import names first.
    private func cycles(_ resellers: [ExactText: LedgerCatalog.Reseller]) async throws -> Found {
        var settled: Set<ExactText> = []
        var found: Found = []
        for start in resellers.keys.sorted() {
            var path: [ExactText] = []
            var onPath: Set<ExactText> = []
            var current: ExactText? = start
            while let id = current, !settled.contains(id), onPath.insert(id).inserted {
                path.append(id)
                current = resellers[id]?.owner
            }
            if let id = current, let first = path.firstIndex(of: id) {
                found += try await cycle(Array(path[first...]))
            }
            settled.formUnion(path)
        }
        return found
    }

    private func cycle(_ ids: [ExactText]) async throws -> Found {
        let named = try await places(
            """
            SELECT place, client_id FROM \(server.everywhere("client"))
            WHERE revision = \(own) AND sign = 1 AND client_id IN \(sqlTexts(ids)) ORDER BY place LIMIT 1
            """, texts: 1)
        guard let (place, texts) = named.first, let start = ids.firstIndex(of: texts[0]) else { return [] }
        let turned = ids[start...] + ids[..<start]
        var words = turned.prefix(10).map { "\"\($0)\"" }
        if turned.count > 10 { words.append("...") }
        words.append(words[0])
        return [
            problem(place, "owner_id", "owners form a cycle: " + words.joined(separator: " is owned by "))
        ]
    }
}
