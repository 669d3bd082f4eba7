import ArgumentParser
import DynamicsClickHouse
import DynamicsLedger
import DynamicsModel
import DynamicsWeb

/// Where the ledger is: in the data folder, or on ClickHouse.
struct ClickHouseOption: ParsableArguments {
    @Option(
        name: .customLong("clickhouse"),
        help: ArgumentHelp(
            "The ClickHouse server that has the ledger, such as http://host:8123. (default: the setting clickhouse.url, else the ledger in the data folder)",
            valueName: "url"))
    var url: String?

    /// The server that has the ledger; nil: the data folder has it.
    func server(folder: String) async throws -> ClickHouseServer? {
        try await Settings(folder: folder).clickHouse(url: url)
    }

    /// For commands that make no sense without.
    func requiredServer(folder: String) async throws -> ClickHouseServer {
        guard let server = try await server(folder: folder) else {
            throw DynamicsError(
                .usage, "no_clickhouse", field: "clickhouse",
                "no ClickHouse server is named; give --clickhouse URL, or the setting clickhouse.url")
        }
        return server
    }
}

extension Settings {
    /// - Parameter url: goes before the setting.
    /// - Returns: nil when neither names a server.
    func clickHouse(url: String?) throws -> ClickHouseServer? {
        let setting = try text(.clickHouseURL, "an address such as http://host:8123") { !$0.isEmpty }
        guard let url = url ?? setting else { return nil }
        var server = try ClickHouseServer(
            url: url, user: try text(.clickHouseUser, "a user of ClickHouse") { !$0.isEmpty } ?? "default",
            password: try text(.clickHousePassword, "that user's password") { _ in true } ?? "",
            database: try text(.clickHouseDatabase, "the name of a database") { !$0.isEmpty } ?? "customer_dynamics",
            cluster: try text(.clickHouseCluster, "the name of a cluster in the servers' remote_servers") {
                !$0.isEmpty
            })
        server.certificates = try text(.clickHouseCertificates, "a file with certificates (PEM)") { !$0.isEmpty }
        if let seconds = try integer(.clickHouseTimeout_seconds, in: 1...86_400) { server.timeout_seconds = seconds }
        if let bytes = try integer(.clickHouseMemory_bytes, in: 1 << 26...1 << 50) {
            server.memory_bytes = Int64(bytes)
        }
        return server
    }
}

/// The figures of a ledger on ClickHouse.
struct ClusterStatusReader: LedgerStatusSource {
    let backend: ClusterBackend

    func status() async throws -> LedgerFacts {
        let head = try await backend.status()
        guard let base = head.baseCurrency ?? CurrencyCode("USD") else { throw DynamicsError.noBase }
        return LedgerFacts(
            revision: head.revision, committedAt: head.committedAt, baseCurrency: base, packages: Int(head.packages),
            clients: Int(head.clients), subscriptions: Int(head.subscriptions), rates: Int(head.rates),
            transactions: Int(head.transactions), bounds: head.bounds)
    }
}

extension DynamicsError {
    fileprivate static let noBase = DynamicsError(.fault, "no_base_currency", "the ledger has no base currency")
}
