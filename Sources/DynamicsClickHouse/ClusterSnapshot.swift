import DynamicsModel
import Synchronization

/// One revision of a ledger on ClickHouse. Rows are only added, so it stays readable for as long as it is held.
final class ClusterSnapshot: LedgerSnapshot {
    let head: LedgerHead
    let catalog: LedgerCatalog
    private let client: ClickHouseClient
    private let lists = Mutex<[SuggestionKind: [Scope: SuggestionList]]>([:])

    init(_ head: LedgerHead, _ client: ClickHouseClient) async throws {
        self.head = head
        self.client = client
        let facts = LedgerFactsReader(client: client, visibility: head.visibility)
        guard let base = head.baseCurrency ?? CurrencyCode("USD") else { throw RowBinaryReader.malformed }
        catalog = LedgerCatalog(
            revision: head.revision, baseCurrency: base,
            bounds: head.bounds.map {
                Tick(containing: $0.lowerBound)..<Tick(Tick(containing: $0.upperBound).index + 1)
            }, resellers: try await facts.resellers(), packages: try await facts.packages(),
            rates: ExchangeRates(base: base, rates: try await facts.rates()))
    }

    func sums(for plan: ReportPlan, progress: @escaping @Sendable (Double) -> Void) async throws -> ReportSums {
        try await ClusterSums(
            client: client, visibility: head.visibility, plan: plan, transactions: head.transactions
        ).run(progress: progress)
    }

    func packagesInUse(byClientsOf directOwners: Set<ExactText>) async throws -> Set<ExactText> {
        let ledger = ledger(ofClientsOf: directOwners)
        let query = client.server.onEachShard(
            """
            SELECT package_id FROM (\(ledger.subscriptions(to: nil))) GROUP BY package_id
            UNION ALL
            SELECT package_id FROM \(ledger.transactions(before: Tick(Tick.count), where: "package_id != ''"))
            GROUP BY package_id HAVING sum(sign) > 0
            """, columns: ["package_id"], keys: ["package_id"])
        return try await texts(query)
    }

    func suggestions(_ kind: SuggestionKind, matching text: String, scope: Scope, limit: Int) async throws
        -> [Suggestion]
    {
        try await list(kind, scope).matches(text, limit: limit)
    }

    func names(of kind: SuggestionKind, ids: [ExactText], scope: Scope) async throws -> [ExactText: ExactText] {
        try await list(kind, scope).names(of: ids)
    }

    /// Worked out once for each scope.
    private func list(_ kind: SuggestionKind, _ scope: Scope) async throws -> SuggestionList {
        if let list = lists.withLock({ $0[kind]?[scope] }) { return list }
        var owners: Set<ExactText>?
        if case .reseller(let id) = scope { owners = ResellerTree(catalog.resellers).subtree(of: id) }
        let list: SuggestionList
        switch kind {
        case .owners: list = SuggestionList(ownersIn: catalog, scope: scope)
        case .packages:
            if let owners {
                list = SuggestionList(packages: try await packagesInUse(byClientsOf: owners), in: catalog)
            } else {
                list = SuggestionList(packages: catalog.packages.keys, in: catalog)
            }
        case .tags:
            let passing = ledger(ofClientsOf: owners).passingTags
            list = SuggestionList(
                tags: try await texts(client.server.onEachShard(passing, columns: ["tag"], keys: ["tag"])))
        }
        lists.withLock { $0[kind, default: [:]][scope] = list }
        return list
    }

    private func ledger(ofClientsOf owners: Set<ExactText>?) -> LedgerSQL {
        LedgerSQL(
            server: client.server, visibility: head.visibility, clients: ClientPredicate(directOwners: owners),
            parts: nil)
    }

    private func texts(_ query: String) async throws -> Set<ExactText> {
        var rows = try await client.rows(query)
        var texts: Set<ExactText> = []
        while !rows.isAtEnd { texts.insert(try rows.text()) }
        return texts
    }
}

/// Reads what fits into memory whole.
struct LedgerFactsReader {
    let client: ClickHouseClient
    let visibility: Visibility

    func resellers() async throws -> [ExactText: LedgerCatalog.Reseller] {
        var rows = try await client.rows(
            client.server.onEachShard(
                """
                SELECT client_id, name, owner_id FROM \(client.server.local("client"))
                WHERE \(visibility.condition) AND type = 'reseller'
                GROUP BY client_id, name, owner_id HAVING sum(sign) > 0
                """, columns: ["client_id", "name", "owner_id"], keys: ["client_id", "name", "owner_id"]))
        var resellers: [ExactText: LedgerCatalog.Reseller] = [:]
        while !rows.isAtEnd {
            let (id, name, owner) = (try rows.text(), try rows.text(), try rows.text())
            resellers[id] = LedgerCatalog.Reseller(name: name, owner: owner.isEmpty ? nil : owner)
        }
        return resellers
    }

    func packages() async throws -> [ExactText: ExactText] {
        var rows = try await client.rows(
            """
            SELECT id, name FROM \(client.server.everywhere("package")) WHERE \(visibility.condition)
            GROUP BY id, name HAVING sum(sign) > 0
            """)
        var packages: [ExactText: ExactText] = [:]
        while !rows.isAtEnd { packages[try rows.text()] = try rows.text() }
        return packages
    }

    func rates() async throws -> [ExchangeRate] {
        var rows = try await client.rows(
            """
            SELECT currency, effective_on, rate FROM \(client.server.everywhere("rate")) WHERE \(visibility.condition)
            GROUP BY currency, effective_on, rate HAVING sum(sign) > 0
            """)
        var rates: [ExchangeRate] = []
        while !rows.isAtEnd {
            rates.append(
                ExchangeRate(
                    currency: try rows.currency(), effectiveOn: CivilDate(dayNumber: try rows.read(Int32.self)),
                    rate: try rows.int()))
        }
        return rates
    }
}

extension LedgerSQL {
    /// tag, of the clients that pass.
    var passingTags: String {
        """
        SELECT DISTINCT tag FROM (
            SELECT client_id, tags FROM \(server.local("client"))
            WHERE \(visibility.condition)\(predicate) GROUP BY client_id, tags HAVING sum(sign) > 0
        ) ARRAY JOIN tags AS tag
        """
    }
}
