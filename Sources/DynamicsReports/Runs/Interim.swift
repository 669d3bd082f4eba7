public import DynamicsModel
public import DynamicsWorkspace
public final class ReportRuns: Sendable {
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
