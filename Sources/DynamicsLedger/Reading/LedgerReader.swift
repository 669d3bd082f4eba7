import DynamicsKernel
public import DynamicsModel
import Foundation
import GRDB

/// One revision of the ledger, row by row; lives as long as the closure that it was given to.
public final class LedgerReader {
    private let db: Database
    private let checkInterruption: () throws -> Void
    /// The revision that this reader sees; 0: nothing has been imported yet.
    public let revision: Int64

    /// - Parameter interruption: is called for every client and every block of transactions; what it throws ends the reading.
    init(_ db: Database, _ interruption: @escaping () throws -> Void) throws {
        self.db = db
        checkInterruption = interruption
        revision = try Int64.fetchOne(db, sql: "SELECT coalesce(max(number), 0) FROM revision") ?? 0
    }

    /// What the ledger holds, as of this revision.
    public func status() throws -> LedgerStatus {
        var status = LedgerStatus(
            revision: revision, committedAt: nil, baseCurrency: try baseCurrency(), packages: try count("package"),
            clients: try count("client"), subscriptions: try count("subscription"), rates: try count("rate"),
            transactions: 0, bounds: nil)
        if let seconds = try Int64.fetchOne(
            db, sql: "SELECT committed_at FROM revision ORDER BY number DESC LIMIT 1")
        {
            status.committedAt = Instant(seconds: seconds)
        }
        status.transactions = try transactionCount()
        status.bounds = try bounds()
        return status
    }

    /// The earliest and the latest of all `created_at` of clients and `at` of transactions; nil in an empty ledger.
    func bounds() throws -> ClosedRange<Instant>? {
        let limits = try BulkStatement(
            db,
            """
            SELECT min(first_at), max(last_at) FROM (
                SELECT min(first_at) AS first_at, max(last_at) AS last_at FROM transaction_summary
                UNION ALL SELECT min(created_at), max(created_at) FROM client)
            """)
        guard try limits.step(), let first = limits.optionalInt(0), let last = limits.optionalInt(1) else { return nil }
        return Instant(seconds: first)...Instant(seconds: last)
    }

    /// USD as long as no import has set it.
    public func baseCurrency() throws -> CurrencyCode {
        let text = try String.fetchOne(db, sql: "SELECT value FROM setting WHERE name = 'base_currency'")
        return try currency(text ?? "USD")
    }

    func statement(_ sql: String) throws -> BulkStatement { try BulkStatement(db, sql) }

    private func count(_ table: String) throws -> Int {
        try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") ?? 0
    }

    private func currency(_ text: String) throws -> CurrencyCode {
        guard let code = CurrencyCode(text) else { throw DamagedBlock() }
        return code
    }

    /// All packages by number.
    public func packages() throws -> [LedgerPackage] {
        let rows = try BulkStatement(db, "SELECT number, id, name FROM package ORDER BY number")
        var packages: [LedgerPackage] = []
        while try rows.step() {
            packages.append(
                LedgerPackage(
                    number: UInt32(rows.int(0)), id: ExactText(rows.string(1)), name: ExactText(rows.string(2))))
        }
        return packages
    }

    /// All rates by currency and date.
    public func rates() throws -> [ExchangeRate] {
        let rows = try BulkStatement(
            db,
            """
            SELECT currency, CAST(strftime('%s', effective_on) AS INTEGER) / 86400, rate FROM rate
            ORDER BY currency, effective_on
            """)
        var rates: [ExchangeRate] = []
        while try rows.step() {
            rates.append(
                ExchangeRate(
                    currency: try currency(rows.string(0)), effectiveOn: CivilDate(dayNumber: Int32(rows.int(1))),
                    rate: rows.int(2)))
        }
        return rates
    }

    /// The numbers of the clients that changed after `revision`, ascending. A client that is gone is not among them.
    public func clientsChanged(after revision: Int64) throws -> [UInt32] {
        let rows = try BulkStatement(db, "SELECT number FROM client WHERE changed_in > ? ORDER BY number")
        rows.bind(1, revision)
        var numbers: [UInt32] = []
        while try rows.step() { numbers.append(UInt32(rows.int(0))) }
        return numbers
    }

    /// The revision with its token; number 0 and token 0 before the first import.
    func identifiedRevision() throws -> LedgerRevision {
        let rows = try BulkStatement(db, "SELECT number, token FROM revision ORDER BY number DESC LIMIT 1")
        return try rows.step()
            ? LedgerRevision(number: rows.int(0), token: rows.int(1)) : LedgerRevision(number: 0, token: 0)
    }

    /// Whether the ledger once was at this very revision.
    func knows(_ revision: LedgerRevision) throws -> Bool {
        if revision == LedgerRevision(number: 0, token: 0) { return true }
        let rows = try BulkStatement(db, "SELECT 1 FROM revision WHERE number = ? AND token = ?")
        rows.bind(1, revision.number)
        rows.bind(2, revision.token)
        return try rows.step()
    }

    func clientCount() throws -> Int { try count("client") }

    func transactionCount() throws -> Int {
        try Int.fetchOne(db, sql: "SELECT coalesce(sum(count), 0) FROM transaction_summary") ?? 0
    }

    /// How many transactions the clients with these numbers have together.
    func transactionCount(ofClients numbers: [UInt32]) throws -> Int {
        let rows = try BulkStatement(db, "SELECT count FROM transaction_summary WHERE client = ?")
        var sum = 0
        for number in numbers {
            try checkInterruption()
            rows.bind(1, Int64(number))
            while try rows.step() { sum += Int(rows.int(0)) }
            rows.reset()
        }
        return sum
    }

    /// All clients of type `reseller`.
    func resellers() throws -> [LedgerReseller] {
        let rows = try BulkStatement(db, "SELECT number, id, name, owner FROM client WHERE type = 'reseller'")
        var resellers: [LedgerReseller] = []
        while try rows.step() {
            resellers.append(
                LedgerReseller(
                    number: UInt32(rows.int(0)), id: ExactText(rows.string(1)), name: ExactText(rows.string(2)),
                    owner: rows.optionalInt(3).map { UInt32($0) }))
        }
        return resellers
    }

    /// The numbers of the first `limit` clients from `first` on and below `end`, ascending.
    func numbers(from first: UInt32, below end: UInt32, limit: Int) throws -> [UInt32] {
        let rows = try BulkStatement(
            db, "SELECT number FROM client WHERE number >= ? AND number < ? ORDER BY number LIMIT ?")
        rows.bind(1, Int64(first))
        rows.bind(2, Int64(end))
        rows.bind(3, Int64(limit))
        var numbers: [UInt32] = []
        while try rows.step() { numbers.append(UInt32(rows.int(0))) }
        return numbers
    }

    /// Calls `body` with each client whose number is in `range`, by number.
    public func clients(in range: Range<UInt32> = .allClients, _ body: (LedgerClient) throws -> Void) throws {
        let rows = try BulkStatement(
            db,
            """
            SELECT number, id, name, type, owner, tags, currency, created_at, closed_at, changed_in,
                coalesce(transaction_summary.count, 0)
            FROM client LEFT JOIN transaction_summary ON transaction_summary.client = client.number
            WHERE number >= ? AND number < ? ORDER BY number
            """)
        rows.bind(1, Int64(range.lowerBound))
        rows.bind(2, Int64(range.upperBound))
        while try rows.step() {
            try checkInterruption()
            guard let type = ClientType(rawValue: rows.string(3)) else { throw DamagedBlock() }
            try body(
                LedgerClient(
                    number: UInt32(rows.int(0)), id: ExactText(rows.string(1)), name: ExactText(rows.string(2)),
                    type: type, owner: rows.optionalInt(4).map { UInt32($0) }, tags: try TagList.decode(rows.text(5)),
                    currency: try currency(rows.string(6)), createdAt: Instant(seconds: rows.int(7)),
                    closedAt: rows.optionalInt(8).map { Instant(seconds: $0) }, changedIn: rows.int(9),
                    transactions: Int(rows.int(10))))
        }
    }

    /// Calls `body` with each subscription of the clients whose numbers are in `range`, by client's number, then by start.
    public func subscriptions(
        ofClientsIn range: Range<UInt32> = .allClients, _ body: (LedgerSubscription) throws -> Void
    ) throws {
        let rows = try BulkStatement(
            db,
            """
            SELECT client, package, started_at, ended_at FROM subscription WHERE client >= ? AND client < ?
            ORDER BY client, started_at, number
            """)
        rows.bind(1, Int64(range.lowerBound))
        rows.bind(2, Int64(range.upperBound))
        while try rows.step() {
            try body(
                LedgerSubscription(
                    client: UInt32(rows.int(0)), package: UInt32(rows.int(1)), startedAt: Instant(seconds: rows.int(2)),
                    endedAt: rows.optionalInt(3).map { Instant(seconds: $0) }))
        }
    }

    /// Calls `body` once for each client in `range` that has transactions, by number, with all of them in the order (at, id).
    ///
    /// The columns are the same object each time: copy what shall stay.
    public func transactions(
        ofClientsIn range: Range<UInt32> = .allClients,
        _ body: (_ client: UInt32, _ transactions: borrowing TransactionColumns) throws -> Void
    ) throws {
        let blocks = try BulkStatement(
            db,
            "SELECT client, first_at, count, transactions FROM transaction_block WHERE id >= ? AND id < ? ORDER BY id")
        blocks.bind(1, Int64(range.lowerBound) << LedgerSchema.blockBits)
        blocks.bind(2, Int64(range.upperBound) << LedgerSchema.blockBits)
        var columns = TransactionColumns()
        var current: UInt32 = 0
        while try blocks.step() {
            try checkInterruption()
            let client = UInt32(truncatingIfNeeded: blocks.int(0))
            if client != current, columns.count > 0 {
                try body(current, columns)
                columns.removeAll()
            }
            current = client
            try TransactionBlock.decode(
                blocks.text(3), firstAt: blocks.int(1), count: Int(blocks.int(2)), into: &columns)
        }
        if columns.count > 0 { try body(current, columns) }
    }
}

extension Range<UInt32> {
    /// All numbers that a client can have.
    public static var allClients: Range<UInt32> { 1..<(1 << 31) }
}
