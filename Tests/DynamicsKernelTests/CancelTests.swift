import Dispatch
import DynamicsKernel
import DynamicsModel
import Synchronization
import Testing

/// A report that nobody waits for any more ends at once, whatever it is doing; and one that runs says how far it is.
@Suite(.serialized) struct CancelTests {
    /// What a report may go on for after it is cancelled.
    static let bound = Duration.milliseconds(50)

    enum Shape: CaseIterable {
        /// Many clients with some hundred transactions each.
        case manyClients
        /// One client with all of them.
        case oneClient
        /// One client with all of them, and with several packages at once.
        case overlappingPackages
    }

    enum Question: CaseIterable {
        case daily, byPackage, severalPasses
    }

    @Test(arguments: Shape.allCases, Question.allCases)
    func endsSoonAfterCancelling(shape: Shape, question: Question) async throws {
        let ledger = Self.ledger(shape, transactions: 12_000_000)
        let plan = try Self.plan(question)
        #expect((plan.passes.count > 1) == (question == .severalPasses))
        // The machine may be busy with other things: the quickest of a few attempts tells what the kernel needs. Some may be ready
        // before they are cancelled.
        var fastest = Duration.seconds(1000)
        for attempt in 0..<15 where fastest > Self.bound {
            let took = await Self.timeFromCancellingToTheEnd(after: .milliseconds(2 + attempt % 5)) { progress in
                _ = try await ledger.sums(for: plan, progress: progress)
            }
            fastest = min(fastest, took ?? fastest)
        }
        #expect(fastest <= Self.bound, "\(shape), \(question)")
    }

    /// Runs `body` on threads of its own, since other tests keep those of Swift's pool busy, and cancels it as soon as it says that it
    /// is under way, or after a delay, for what says so only at its end. nil when it was ready before it was cancelled.
    private static func timeFromCancellingToTheEnd(
        after delay: DispatchTimeInterval,
        of body: @escaping @Sendable (_ progress: @escaping @Sendable (Double) -> Void) async throws -> Void
    ) async -> Duration? {
        let cancelling = Cancelling()
        let task = Task(executorPreference: OwnThreads()) { () -> ContinuousClock.Instant? in
            do {
                try await body { part in if part < 1 { cancelling.cancel() } }
                return nil
            } catch {
                return error is CancellationError ? ContinuousClock.now : nil
            }
        }
        cancelling.task.withLock { $0 = task }
        DispatchQueue.global(qos: .userInteractive).asyncAfter(deadline: .now() + delay) { cancelling.cancel() }
        guard let end = await task.value, let begin = cancelling.at.withLock({ $0 }) else { return nil }
        return end - begin
    }

    /// A task that is cancelled once, and when that was.
    private final class Cancelling: Sendable {
        let task = Mutex<Task<ContinuousClock.Instant?, Never>?>(nil)
        let at = Mutex<ContinuousClock.Instant?>(nil)

        func cancel() {
            guard let task = task.withLock({ $0 }) else { return }
            at.withLock { if $0 == nil { $0 = ContinuousClock.now } }
            task.cancel()
        }
    }

    private final class OwnThreads: TaskExecutor {
        private let queue = DispatchQueue(label: "report", qos: .userInteractive, attributes: .concurrent)

        func enqueue(_ job: consuming ExecutorJob) {
            // The job may end, and let go of this executor, before this returns.
            let own = Unmanaged.passRetained(self)
            defer { own.release() }
            let job = UnownedJob(job)
            queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }

    @Test(arguments: Question.allCases)
    func progressOnlyGrows(question: Question) async throws {
        let ledger = Self.ledger(.manyClients, transactions: 600_000)
        let told = Mutex<[Double]>([])
        _ = try await ledger.sums(for: try Self.plan(question), workers: 4) { part in told.withLock { $0.append(part) }
        }
        let parts = told.withLock { $0 }
        #expect(parts.count > 10)
        #expect(zip(parts, parts.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(parts.first.map { $0 >= 0 && $0 < 0.5 } == true && parts.last == 1)
    }

    // MARK: - A large ledger in memory

    /// 2020-01-01.
    private static let first = CivilDate(dayNumber: 18_262)
    private static let days = 730
    private static let packages: [ExactText: UInt32] = ["a": 0, "b": 1, "c": 2]

    /// Transactions over two years, some of each kind.
    private static func ledger(_ shape: Shape, transactions: Int) -> KernelLedger {
        let start = first.startInUTC.seconds
        let perClient = shape == .manyClients ? 300 : transactions
        let length = Int64(days) * 86_400
        var builder = ColumnsBuilder(transactionCapacity: transactions)
        for client in 0..<transactions / perClient {
            builder.beginClient(
                number: UInt32(client), type: .client, owner: nil, tags: [], currency: CurrencyCode("EUR")!,
                createdAt: Instant(seconds: start), closedAt: nil)
            for (index, package) in [UInt32(0), 1, 2].enumerated() where shape != .manyClients || index == client % 4 {
                let begin = shape == .oneClient ? length / 3 * Int64(index) : 0
                let end: Int64 = shape == .oneClient ? begin + length / 3 : length
                builder.subscription(
                    package: package, startedAt: Instant(seconds: start + begin),
                    endedAt: Instant(seconds: start + end))
            }
            for i in 0..<perClient {
                let at = Instant(seconds: start + length * Int64(i) / Int64(perClient))
                builder.transaction(
                    at: at, kind: i % 7 == 0 ? .refill : .usage, amount: Int64(1 + i % 1000), package: nil)
            }
            builder.endClient()
        }
        return KernelLedger(parts: [builder.finish()], resellers: [:], packages: packages)
    }

    private static func plan(_ question: Question) throws -> ReportPlan {
        // Where days begin at 01:00 after a change of clocks, windows don't end in the order in which they begin.
        let zone = question == .severalPasses ? "Asia/Beirut" : "UTC"
        let query = ReportQuery(
            from: try PeriodLimit(parsing: "2020-01-01", field: "from"),
            to: try PeriodLimit(parsing: "2021-12-30", field: "to"), timezone: zone,
            groupBy: question == .byPackage ? [.date, .package] : [.date], activeMonths: 1)
        let end = CivilDate(dayNumber: first.dayNumber + Int32(days))
        let bounds = Tick(containing: first.startInUTC)..<Tick(containing: end.startInUTC)
        let base = CurrencyCode("EUR")!
        let catalog = LedgerCatalog(
            revision: 1, baseCurrency: base, bounds: bounds, resellers: [:],
            packages: ["a": "A", "b": "B", "c": "C"], rates: ExchangeRates(base: base, rates: []))
        return try ReportPlan(
            query, scope: .everything, catalog: catalog, zone: TimeZoneDirectory().rules(named: zone), zoneVersion: "",
            packagesInScope: [])
    }
}
