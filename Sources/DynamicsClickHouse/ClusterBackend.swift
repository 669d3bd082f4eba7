public import DynamicsModel
import Synchronization

/// A ledger on ClickHouse as a source of reports.
public final class ClusterBackend: ReportBackend {
    private let client: ClickHouseClient
    private let present = Mutex<ClusterSnapshot?>(nil)

    public init(_ server: ClickHouseServer) {
        client = ClickHouseClient(server)
    }

    /// How many bytes have come from the server so far: sums, names and rates, but never a transaction.
    public var receivedBytes: Int { client.received.bytes.load(ordering: .relaxed) }

    public func snapshot() async throws -> any LedgerSnapshot {
        let head = try await LedgerHead.read(client)
        if let snapshot = present.withLock({ $0 }), snapshot.head == head { return snapshot }
        let snapshot = try await ClusterSnapshot(head, client)
        present.withLock { $0 = snapshot }
        return snapshot
    }

    /// What the ledger holds, as of its newest revision.
    public func status() async throws -> LedgerHead { try await LedgerHead.read(client) }
}

/// The newest revision, as it was noted when it became visible.
public struct LedgerHead: Sendable, Hashable {
    /// 0: nothing has been imported yet.
    public var revision: Int64 = 0
    public var committedAt: Instant?
    /// nil as long as no import has set it.
    public var baseCurrency: CurrencyCode?
    public var packages: Int64 = 0
    public var clients: Int64 = 0
    public var subscriptions: Int64 = 0
    public var rates: Int64 = 0
    public var transactions: Int64 = 0
    /// The earliest and the latest of all `created_at` of clients and `at` of transactions; nil in an empty ledger.
    public var bounds: ClosedRange<Instant>?
    /// Imports that began before and never ended.
    var unfinished: [Int64] = []
    /// All imports that began and never ended.
    var allUnfinished: [Int64] = []
    /// The highest number of any import, ended or not.
    var lastNumber: Int64 = 0

    var visibility: Visibility { Visibility(revision: revision, unfinished: unfinished) }

    static func read(_ client: ClickHouseClient) async throws -> LedgerHead {
        var rows = try await client.rows(
            """
            SELECT number, max(toUInt8(state)) AS is_committed, max(noted_at), max(base_currency), max(packages),
                max(clients), max(subscriptions), max(rates), max(transactions), max(first_at), max(last_at)
            FROM \(client.server.everywhere("revision")) GROUP BY number ORDER BY number
            """)
        var head = LedgerHead()
        var open: [Int64] = []
        while !rows.isAtEnd {
            let number = try rows.int()
            let isCommitted = try rows.read(UInt8.self) == 1
            let (notedAt, base) = (try rows.int(), try rows.text())
            var counts: [Int64] = []
            for _ in 0..<7 { counts.append(try rows.int()) }
            head.lastNumber = number
            guard isCommitted else {
                open.append(number)
                continue
            }
            head.revision = number
            head.committedAt = Instant(seconds: notedAt)
            head.baseCurrency = CurrencyCode(base.string)
            (head.packages, head.clients, head.subscriptions) = (counts[0], counts[1], counts[2])
            (head.rates, head.transactions) = (counts[3], counts[4])
            head.bounds =
                counts[5] == 0 && counts[6] == 0 ? nil : Instant(seconds: counts[5])...Instant(seconds: counts[6])
            head.unfinished = open
        }
        head.allUnfinished = open
        return head
    }
}
