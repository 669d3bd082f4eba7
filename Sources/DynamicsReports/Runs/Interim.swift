public import DynamicsModel
public import DynamicsWorkspace
public struct RunLimits: Sendable { public var maxConcurrent = 2; public var maxWaiting = 100; public var perAccount = 4; public var timeout_seconds = 600; public init() {} }
public struct FinishedReport: Sendable {
    public var result: ReportResult
    public var draft: QueryDraft
    public var duration_ms: Int
    public var generatedAt: Instant }
public final class ReportRuns: Sendable {
    public init(
        backend: any ReportBackend, zones: TimeZoneDirectory, limits: RunLimits = RunLimits(),
        clock: @escaping @Sendable () -> Instant,
        store: @escaping @Sendable (FinishedReport, Account) async throws -> String,
        log: @escaping @Sendable (any Error, Run) -> Void = { _, _ in }
    ) { }
    public func start(_ draft: QueryDraft, by account: Account) async throws -> Run { Run(id: "") }
    public func run(id: String, for account: Account) -> Run? { nil }
    public func cancel(id: String, for account: Account) -> Bool { false }
    public func shutDown() async {}
}
public final class Run: Sendable { public let id: String; init(id: String) { self.id = id }
 public func state() -> RunState { .cancelled }
 public func states() -> AsyncStream<RunState> { AsyncStream { $0.finish() } }
 public func finished() async throws -> String { "" } }
public enum RunState: Hashable, Sendable { case waiting(position: Int), running(part: Double), finished(reportID: String), failed(DynamicsError), cancelled }
