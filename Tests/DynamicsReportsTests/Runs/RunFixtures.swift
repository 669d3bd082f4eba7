import DynamicsModel
import DynamicsReports
import DynamicsTestSupport
import DynamicsWorkspace
import Foundation
import Synchronization

/// Real accounts of a real workspace, one of each kind that runs reports, and one that does not.
struct RunAccounts {
    let workspace: Workspace
    let administrator: Account
    let analyst: Account
    let north: Account
    let south: Account

    /// - Parameter folder: goes when the test is over.
    init(in folder: RunFolder) async throws {
        var settings = WorkspaceSettings()
        settings.passwordCost = PasswordCost(log2Rounds: 4)
        let workspace = try Workspace(folder: folder.path, settings: settings)
        self.workspace = workspace
        func add(_ name: String, _ role: Role, _ reseller: ExactText? = nil) async throws -> Account {
            try await workspace.addAccount(
                name: name, role: role, reseller: reseller, password: "correct horse battery")
        }
        administrator = try await add("Ada", .administrator)
        analyst = try await add("Ann", .analyst)
        north = try await add("Nils", .reseller, "north")
        south = try await add("Sara", .reseller, "south")
    }

    var all: [Account] { [administrator, analyst, north, south] }
}

final class RunFolder: Sendable {
    let path = FileManager.default.temporaryDirectory.path + "/runs-" + UUID().uuidString

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A real backend that takes the time that a test wants, and counts what goes on.
struct SlowBackend: ReportBackend {
    let inner: MemoryBackend
    let meter = Meter()
    /// What comes before each computation.
    let pause: @Sendable () async throws -> Void

    init(_ records: LedgerRecords, pause: @escaping @Sendable () async throws -> Void = {}) {
        inner = MemoryBackend(records)
        self.pause = pause
    }

    func snapshot() async throws -> any LedgerSnapshot { Snapshot(backend: self) }

    final class Meter: Sendable {
        struct Counts {
            var present = 0
            var most = 0
            var begun = 0
            /// Of each computation, as it began: whether it is for a reseller.
            var scoped: [Bool] = []
            var ended: [ContinuousClock.Instant] = []
        }
        let counts = Mutex(Counts())

        var begun: Int { counts.withLock { $0.begun } }
        var most: Int { counts.withLock { $0.most } }
        var present: Int { counts.withLock { $0.present } }
    }

    private struct Snapshot: LedgerSnapshot {
        let backend: SlowBackend

        var catalog: LedgerCatalog { backend.inner.catalog }

        func sums(for plan: ReportPlan, progress: @escaping @Sendable (Double) -> Void) async throws -> ReportSums {
            backend.meter.counts.withLock { counts in
                counts.begun += 1
                counts.scoped.append(plan.clients.directOwners != nil)
                counts.present += 1
                counts.most = max(counts.most, counts.present)
            }
            defer {
                backend.meter.counts.withLock { counts in
                    counts.present -= 1
                    counts.ended.append(.now)
                }
            }
            try await backend.pause()
            return try await backend.inner.sums(for: plan, progress: progress)
        }

        func packagesInUse(byClientsOf directOwners: Set<ExactText>) async throws -> Set<ExactText> {
            backend.inner.packagesInUse(byClientsOf: directOwners)
        }

        func suggestions(_ kind: SuggestionKind, matching text: String, scope: Scope, limit: Int) async throws
            -> [Suggestion]
        {
            backend.inner.suggestions(kind, matching: text, scope: scope, limit: limit)
        }

        func names(of kind: SuggestionKind, ids: [ExactText], scope: Scope) async throws -> [ExactText: ExactText] {
            backend.inner.names(of: kind, ids: ids, scope: scope)
        }
    }
}

/// Holds back what waits at it until it is opened; opened it stays.
final class Gate: Sendable {
    private let isOpen = Mutex(false)

    func open() { isOpen.withLock { $0 = true } }

    /// - Throws: `CancellationError`.
    @Sendable func pass() async throws {
        while !isOpen.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(1)) }
    }
}

/// What was stored, for whom.
final class Shelf: Sendable {
    private let reports = Mutex<[(FinishedReport, Account)]>([])

    @Sendable func store(_ report: FinishedReport, _ account: Account) async throws -> String {
        await Task.yield()
        return reports.withLock { reports in
            reports.append((report, account))
            return "report \(reports.count)"
        }
    }

    var all: [(report: FinishedReport, account: Account)] { reports.withLock { $0 } }
}

/// Two resellers with a client each, and one of the operator.
func runLedger() throws -> LedgerRecords {
    let eur = CurrencyCode(number: 4 * 676 + 20 * 26 + 17)
    var records = LedgerRecords(baseCurrency: eur)
    let day = Instant(seconds: 1_704_067_200)
    func client(_ id: ExactText, _ type: ClientType, _ owner: ExactText?) -> Client {
        Client(id: id, name: id, type: type, ownerID: owner, currency: eur, createdAt: day)
    }
    records.clients = [
        client("north", .reseller, nil), client("south", .reseller, nil), client("n1", .client, "north"),
        client("s1", .client, "south"), client("o1", .client, nil),
    ]
    records.transactions = ["n1", "s1", "o1"].enumerated().map { number, client in
        Transaction(
            id: ExactText("t\(number)"), clientID: ExactText(client), at: Instant(seconds: day.seconds + 86_400),
            kind: .refill, amount: Int64(number + 1) * 1_000_000)
    }
    return records
}

/// January 2024, a report of its own for each number of months.
func january(months: Int = 3, by groupings: [String] = ["date"]) -> QueryDraft {
    var text = QueryText()
    (text.from, text.to, text.groupBy, text.activeMonths) = ("2024-01-01", "2024-01-31", groupings, months)
    return QueryDraft(text: text)
}

/// Waits until something is so; gives up after ten seconds.
func eventually(_ condition: () -> Bool) async throws -> Bool {
    for _ in 0..<10_000 where !condition() { try await Task.sleep(for: .milliseconds(1)) }
    return condition()
}
