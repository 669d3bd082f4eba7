import DynamicsExport
import DynamicsModel
import DynamicsWorkspace
import Synchronization

/// A stored report with what showing it takes, worked out once: it never changes, however often it is shown.
final class PreparedReport: Sendable {
    let result: ReportResult
    let table: ReportTable
    let widths: ColumnWidths
    private let orders = Mutex<[ReportSort: [Int32]]>([:])

    init(_ result: ReportResult) {
        self.result = result
        table = ReportTable(result)
        widths = ColumnWidths(table, groupBy: result.query.groupBy)
    }

    var rowCount: Int { result.rows.count }

    /// The numbers of all rows in the order of `sort`.
    func order(_ sort: ReportSort?) -> [Int32] {
        guard let sort else { return Array(Int32(0)..<Int32(rowCount)) }
        if let order = orders.withLock({ $0[sort] }) { return order }
        let order = sort.order(result.rows)
        orders.withLock { orders in
            // A few clicks' worth: there are 50 orders, and one of 20,000 rows takes 80 KB.
            if orders.count >= 8 { orders.removeAll() }
            orders[sort] = order
        }
        return order
    }
}

/// Reports that are being looked at, decoded: so that pages, blocks of rows and many viewers of one link do not decode it again and again.
///
/// Who may see a report is asked of the workspace each time; only the bytes, which never change, are kept.
actor ReportShelf {
    /// How many rows are kept at most, of all reports together; 40,000 take about 60 MB.
    static let largest_rows = 40_000

    private struct Place {
        let report: PreparedReport
        var lastUse: Int
    }

    private var places: [String: Place] = [:]
    private var loading: [String: Task<StoredReport?, any Error>] = [:]
    private var uses = 0

    /// The report as `Workspace.report(id:for:)`.
    func report(id: String, for viewer: Account, in workspace: Workspace) async throws -> (ReportFacts, PreparedReport)?
    {
        guard let facts = try await workspace.facts(id: id, for: viewer) else { return nil }
        uses += 1
        if let report = places[id]?.report {
            places[id]?.lastUse = uses
            return (facts, report)
        }
        // Whoever comes while it is being decoded waits for the same. They may all see it: `facts` said so.
        let task = loading[id] ?? Task { try await workspace.report(id: id, for: viewer) }
        loading[id] = task
        defer { loading[id] = nil }
        guard let stored = try await task.value else { return nil }
        if let report = places[id]?.report { return (facts, report) }
        let report = PreparedReport(stored.result)
        keep(report, id: id)
        return (facts, report)
    }

    private func keep(_ report: PreparedReport, id: String) {
        places[id] = Place(report: report, lastUse: uses)
        // A report costs something even without rows.
        func weight(_ report: PreparedReport) -> Int { report.rowCount + 50 }
        var total = places.values.reduce(0) { $0 + weight($1.report) }
        while total > Self.largest_rows, places.count > 1,
            let oldest = places.min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            total -= weight(oldest.value.report)
            places[oldest.key] = nil
        }
    }
}
