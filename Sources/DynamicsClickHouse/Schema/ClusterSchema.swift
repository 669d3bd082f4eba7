import DynamicsModel

/// The tables of a ledger on ClickHouse.
///
/// Rows are only ever added. A change is minus the old row (`sign` -1) and plus the new one (+1), both of the change's revision;
/// what a revision holds are the rows up to it whose signs do not cancel out. So sums need no look at ids, and a revision stays
/// readable while the next one comes.
public struct ClusterSchema: Sendable {
    /// How the local tables are kept.
    public enum Replication: Sendable, Hashable {
        case none
        /// By ZooKeeper, with the servers' macros `{shard}` and `{replica}`.
        case replicated
    }

    private let server: ClickHouseServer
    private let replication: Replication

    public init(_ server: ClickHouseServer, replication: Replication = .none) {
        self.server = server
        self.replication = replication
    }

    /// Each client, with all that belongs to it, is in one of so many parts on its shard, so that work comes in portions.
    static let parts = 64

    /// Where a record lives.
    private enum Sharding: String {
        case byClient = "cityHash64(client_id)"
        /// Small tables are on the first shard.
        case first = "0"
    }

    private struct Table {
        var name: String
        var columns: [String]
        var order: String
        var sharding: Sharding
    }

    private static let part = "part UInt8 DEFAULT toUInt8(intDiv(cityHash64(client_id), 1024) % \(parts))"
    /// `place`: file and line of the import that the row came from.
    private static let change = ["sign Int8", "revision Int64", "place UInt64"]

    private static let tables: [Table] = [
        Table(
            name: "revision",
            columns: [
                "number Int64", "token UInt64", "state Enum8('started' = 0, 'committed' = 1)", "noted_at Int64",
                "base_currency String", "packages Int64", "clients Int64", "subscriptions Int64", "rates Int64",
                "transactions Int64", "first_at Int64", "last_at Int64",
            ], order: "number", sharding: .first),
        Table(name: "package", columns: ["id String", "name String"] + change, order: "id", sharding: .first),
        Table(
            name: "rate", columns: ["id String", "currency String", "effective_on Int32", "rate Int64"] + change,
            order: "id", sharding: .first),
        Table(
            name: "client",
            columns: [
                "client_id String", "name String",
                "type Enum8('client' = 0, 'reseller' = 1, 'calling_card' = 2, 'call_shop' = 3)", "owner_id String",
                "tags Array(String)", "currency String", "created_at Int64", "closed_at Int64",
            ] + change + [part], order: "(part, client_id)", sharding: .byClient),
        Table(
            name: "subscription",
            columns: ["id String", "client_id String", "package_id String", "started_at Int64", "ended_at Int64"]
                + change + [part], order: "(part, client_id)", sharding: .byClient),
        Table(
            name: "transaction",
            columns: [
                "id String", "client_id String", "at Int64",
                "kind Enum8('refill' = 0, 'usage' = 1, 'activation' = 2, 'renewal' = 3, 'adjustment' = 4)",
                "amount Int64", "package_id String",
            ] + change + [part], order: "(part, client_id, at)", sharding: .byClient),
    ]

    /// The statements that make what is missing on each server, the local tables first. Run again they change nothing.
    public var statements: [String] {
        let database = server.database
        var statements = ["CREATE DATABASE IF NOT EXISTS \(database)"]
        for table in Self.tables {
            let columns = table.columns.joined(separator: ",\n    ")
            statements.append(
                """
                CREATE TABLE IF NOT EXISTS \(database).\(table.name)_local (
                    \(columns)
                ) ENGINE = \(engine(table)) ORDER BY \(table.order)
                """)
        }
        guard let cluster = server.cluster else { return statements }
        for table in Self.tables {
            statements.append(
                """
                CREATE TABLE IF NOT EXISTS \(database).\(table.name) AS \(database).\(table.name)_local
                ENGINE = Distributed(\(cluster), \(database), \(table.name)_local, \(table.sharding.rawValue))
                """)
        }
        // Has one row on each shard: what it is joined with is worked out there.
        statements.append(
            """
            CREATE TABLE IF NOT EXISTS \(database).each_shard AS system.one
            ENGINE = Distributed(\(cluster), system, one)
            """)
        return statements
    }

    private func engine(_ table: Table) -> String {
        switch replication {
        case .none: "MergeTree()"
        case .replicated:
            "ReplicatedMergeTree('/clickhouse/tables/{shard}/\(server.database)/\(table.name)', '{replica}')"
        }
    }
}

extension ClickHouseServer {
    /// The table over all shards.
    func everywhere(_ table: String) -> String {
        cluster == nil ? "\(database).\(table)_local" : "\(database).\(table)"
    }

    /// The shard's own table.
    func local(_ table: String) -> String { "\(database).\(table)_local" }

    /// A query that runs as a whole on each shard, and whose results only are sent.
    ///
    /// - Parameters:
    ///   - columns: what `query` gives, as expressions over it: keys by themselves, numbers within an aggregate function.
    ///   - isPlain: whether `query` is one SELECT without DISTINCT.
    ///   - keys: by which shards' rows are put together; empty: all into one.
    func onEachShard(_ query: String, columns: [String], keys: [String], isPlain: Bool = false) -> String {
        // One level of subqueries less, where the columns may simply be added to.
        let joined =
            isPlain
            ? "SELECT toUInt8(0) AS dummy, " + query.dropFirst("SELECT ".count)
            : "SELECT toUInt8(0) AS dummy, * FROM (\(query))"
        let from =
            cluster == nil
            ? "(\(query))"
            : "\(database).each_shard ALL INNER JOIN (\(joined)) AS shard USING dummy"
        let grouping = keys.isEmpty ? "" : "\nGROUP BY " + keys.joined(separator: ", ")
        return "SELECT \(columns.joined(separator: ", "))\nFROM \(from)\(grouping)"
    }
}
