public import DynamicsExport
import DynamicsModel
public import DynamicsWorkspace

extension StoredReport {
    /// The stored report as a file: the same bytes whichever door it leaves by, and whenever.
    /// - Parameter chart: as `ReportFile.bytes`.
    /// - Throws: as `ReportFile.bytes`.
    public func file(_ format: ReportFile, chart: ChartSettings? = nil) throws -> [UInt8] {
        let info = ReportInfo(
            facts: result.query.facts(preset: facts.draft.preset), generatedBy: facts.generatedBy.title,
            generatedAt: facts.generatedAt, duration_ms: facts.duration_ms)
        return try format.bytes(result, info: info, chart: chart)
    }
}

/// Makes files of stored reports on a thread of its own, so that a long one keeps nobody waiting but who asked for it.
public final class ReportExports: Sendable {
    private let threads = ComputeThreads(count: 1)

    public init() {}

    /// As `StoredReport.file`.
    public func file(
        _ format: ReportFile, of report: StoredReport, chart: ChartSettings? = nil
    ) async throws -> [UInt8] {
        try await withTaskExecutorPreference(threads) { try await Self.make(format, report, chart) }
    }

    @concurrent
    private static func make(
        _ format: ReportFile, _ report: StoredReport, _ chart: ChartSettings?
    ) async throws -> [UInt8] {
        try Task.checkCancellation()
        return try report.file(format, chart: chart)
    }
}
