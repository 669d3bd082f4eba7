/// Makes the tables of a ledger on the servers of a cluster.
public struct ClusterSetup: Sendable {
    private let server: ClickHouseServer
    private let nodes: [ClickHouseServer]
    /// What is said to each server, in this order.
    public let statements: [String]

    /// - Parameters:
    ///   - server: the one that is asked for reports.
    ///   - nodes: addresses of all servers of the cluster; none: `server` alone. The same user, password and certificates are for all.
    /// - Throws: `DynamicsError` (`.usage`) for an address that is none.
    public init(_ server: ClickHouseServer, nodes: [String] = [], replication: ClusterSchema.Replication = .none) throws
    {
        self.server = server
        self.nodes =
            try nodes.isEmpty
            ? [server]
            : nodes.map { url in
                var node = try ClickHouseServer(
                    url: url, user: server.user, password: server.password, database: server.database,
                    cluster: server.cluster)
                node.certificates = server.certificates
                return node
            }
        statements = ClusterSchema(server, replication: replication).statements
    }

    /// Makes what is missing; run again it changes nothing.
    ///
    /// - Throws: `DynamicsError` for a server that does not answer, and for a cluster of which not all shards do.
    public func create() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for node in nodes {
                group.addTask {
                    let client = ClickHouseClient(node)
                    for statement in statements { try await client.execute(statement, database: false) }
                }
            }
            try await group.waitForAll()
        }
        // Asks every shard once, so that a server that was forgotten is noticed here.
        _ = try await LedgerHead.read(ClickHouseClient(server))
        for table in ["client", "subscription", "transaction"] {
            _ = try await ClickHouseClient(server).rows(
                server.onEachShard(
                    "SELECT toInt64(count()) AS n FROM \(server.local(table))", columns: ["sum(n)"], keys: []))
        }
    }

    /// Statements that delete, on each server, the rows of imports that never ended, and free what one that was killed holds. No import
    /// may be running.
    public func cleaning() async throws -> [String] {
        let head = try await LedgerHead.read(ClickHouseClient(server))
        let numbers = head.allUnfinished
        if numbers.isEmpty { return [ClusterLock.freeing(server)] }
        let list = numbers.map(String.init).joined(separator: ", ")
        return [ClusterLock.freeing(server)]
            + StagedKind.all.map { "ALTER TABLE \(server.local($0.table)) DELETE WHERE revision IN (\(list))" }
    }

    /// Runs statements on each server.
    public func run(_ statements: [String]) async throws {
        for node in nodes {
            for statement in statements { try await ClickHouseClient(node).execute(statement) }
        }
    }
}
