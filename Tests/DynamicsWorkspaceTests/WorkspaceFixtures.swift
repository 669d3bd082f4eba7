import DynamicsModel
import DynamicsReports
import DynamicsTestSupport
import DynamicsWorkspace
import Foundation
import GRDB
import Synchronization
import Testing

/// A workspace in a folder of its own, with a clock that stands still until it is moved.
final class Office: Sendable {
    let workspace: Workspace
    let clock: HandClock
    let folder: String

    init(_ settings: WorkspaceSettings = .quick, copying file: URL? = nil) throws {
        folder = FileManager.default.temporaryDirectory.path + "/workspace-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        if let file { try FileManager.default.copyItem(atPath: file.path, toPath: folder + "/workspace.sqlite") }
        let clock = HandClock()
        self.clock = clock
        workspace = try Workspace(folder: folder, settings: settings) { clock.now }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// The same folder, opened anew.
    func reopened(_ settings: WorkspaceSettings = .quick) throws -> Workspace {
        let clock = clock
        return try Workspace(folder: folder, settings: settings) { clock.now }
    }

    static let password = "correct horse battery"

    func add(_ name: String, _ role: Role = .analyst, of reseller: ExactText? = nil) async throws -> Account {
        try await workspace.addAccount(name: name, role: role, reseller: reseller, password: Self.password)
    }

    /// An administrator, an analyst, two colleagues of reseller A and one of reseller B.
    func addPeople() async throws -> People {
        People(
            administrator: try await add("Ada", .administrator), analyst: try await add("Ann"),
            a: try await add("Rob", .reseller, of: "A"), colleague: try await add("Rita", .reseller, of: "A"),
            b: try await add("Bea", .reseller, of: "B"))
    }

    func signIn(_ name: String, _ password: String = password, from address: String = "192.0.2.1") async throws
        -> SignIn
    {
        try await workspace.signIn(name: name, password: password, address: address)
    }

    func session(of name: String) async throws -> Session {
        guard case .signedIn(let session) = try await signIn(name) else { throw NoSession() }
        return session
    }

    struct NoSession: Error {}

    @discardableResult
    func store(
        by account: Account, _ result: ReportResult? = nil, to recipients: [String]? = nil
    ) async throws -> ReportFacts {
        try await workspace.store(
            try result ?? .sample(), draft: .sample, duration_ms: 12, generatedAt: clock.now, by: account,
            deliveries: recipients.map { DeliveryRequest(recipients: $0, format: .xlsx) })
    }

    /// Does to the file what no method does.
    func tamper(_ sql: String, _ arguments: StatementArguments = []) async throws {
        let database = try DatabaseQueue(path: folder + "/workspace.sqlite")
        try await database.write { db in try db.execute(sql: sql, arguments: arguments) }
    }

    func count(_ table: String) async throws -> Int {
        let database = try DatabaseQueue(path: folder + "/workspace.sqlite")
        return try await database.read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") ?? 0 }
    }

    func actions() async throws -> [AuditAction] {
        try await workspace.auditLog(limit: 1000).reversed().map(\.action)
    }
}

struct People {
    let administrator, analyst, a, colleague, b: Account

    var all: [Account] { [administrator, analyst, a, colleague, b] }
}

/// 2024-06-01T12:00:00Z, until it is moved.
final class HandClock: Sendable {
    private let time = Mutex(Instant(seconds: 1_717_243_200))

    var now: Instant { time.withLock { $0 } }

    func advance(_ seconds: Int64) { time.withLock { $0 = Instant(seconds: $0.seconds + seconds) } }

    func later(_ seconds: Int64) -> Instant { Instant(seconds: now.seconds + seconds) }
}

extension WorkspaceSettings {
    /// With passwords that cost next to nothing.
    static var quick: WorkspaceSettings {
        var settings = WorkspaceSettings()
        settings.passwordCost = PasswordCost(log2Rounds: 4, blockSize: 1)
        return settings
    }
}

extension QueryDraft {
    static var sample: QueryDraft {
        var text = QueryText()
        text.groupBy = ["month", "package"]
        text.owners = ["A"]
        text.tags = ["VIP", "e\u{301}"]
        return QueryDraft(preset: .last12Months, text: text)
    }
}

extension ReportResult {
    /// Small, with everything that a result can have.
    static func sample(rows: Int = 3) throws -> ReportResult {
        let query = ReportQuery(
            from: try PeriodLimit(parsing: "2024-01-01", field: "from"),
            to: try PeriodLimit(parsing: "2024-03-31T18:15", field: "to"), timezone: "Europe/Kyiv",
            groupBy: [.month, .package], clientTypes: [.callShop, .client], tags: ["VIP", "é", "e\u{301}"],
            tagMode: .all,
            owners: ["", "A"], packages: ["p1"], currency: .named("KWD"), activeMonths: 7)
        let measures = Measures(
            values: Measure.allCases.map { measure in
                measure.isMoney
                    ? .money(ExactAmount(units: -123_456_789_012_345_678_901 * Int128(measure.rawValue)))
                    : .quantity(Int64(measure.rawValue) - 3)
            })
        return ReportResult(
            query: query, currency: .named("KWD"),
            rows: (0..<rows).map { row in
                ReportRow(
                    key: RowKey(
                        year: row % 3 == 0 ? "2024" : nil, month: "2024-0\(row % 9 + 1)",
                        package: row % 3 == 1
                            ? RowKey.PackageColumn.none : .package(id: "p1", name: "Gold\u{0301} \"1\"")),
                    measures: measures)
            },
            total: measures, actualInterval: ActualInterval(from: "2024-01-01T00:00:00+02:00", to: "x"),
            warnings: ["first", "second, with \u{1F600}"], zoneVersion: "2025b", revision: 17,
            ratesUsed: [
                ExchangeRate(
                    currency: .usd, effectiveOn: CivilDate(dayNumber: -3),
                    rate: 1_000_000_000_000_000_000)
            ])
    }
}

/// The code of the error that `body` throws; nil: none, or one of another kind.
func code(_ body: () async throws -> Void) async -> String? {
    do { try await body() } catch let error as DynamicsError { return error.code } catch { return "\(error)" }
    return nil
}

extension Office {
    /// Hashes as the file has them.
    func passwords() async throws -> [String] {
        let database = try DatabaseQueue(path: folder + "/workspace.sqlite")
        return try await database.read { db in
            try String.fetchAll(db, sql: "SELECT password FROM account WHERE password IS NOT NULL")
        }
    }
}
