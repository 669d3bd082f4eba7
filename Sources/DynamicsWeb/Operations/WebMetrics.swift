import DynamicsReports
import Synchronization

/// What is counted of requests and of records that arrive, from the start of the process on.
package final class WebMetrics: Sendable {
    private struct Key: Hashable {
        let method: String
        let route: String
        let status: Int
    }

    /// What became of a body with records.
    enum Intake: String, CaseIterable { case taken, refused, failed }

    private struct Figures {
        var requests: [Key: DurationHistogram] = [:]
        var turnedAway = 0
        var intakes: [Intake: Int] = [:]
        var rows = 0
        var intakeTimes = DurationHistogram()
    }

    private let figures = Mutex(Figures())

    package init() {}

    func noteRequest(method: String, route: String, status: Int, time: Duration) {
        let key = Key(method: method, route: route, status: status)
        figures.withLock { $0.requests[key, default: DurationHistogram()].note(time) }
    }

    /// A request that came too soon after others.
    func noteTurnedAway() { figures.withLock { $0.turnedAway += 1 } }

    /// - Parameters:
    ///   - rows: how many records were taken.
    ///   - time: from the first byte to the commit.
    func noteIntake(_ intake: Intake, rows: Int, time: Duration) {
        figures.withLock { figures in
            figures.intakes[intake, default: 0] += 1
            figures.rows += rows
            if intake == .taken { figures.intakeTimes.note(time) }
        }
    }

    /// Adds all of it.
    func write(to text: inout MetricsText) {
        let figures = figures.withLock { $0 }
        let requests = figures.requests.sorted {
            ($0.key.route, $0.key.method, $0.key.status) < ($1.key.route, $1.key.method, $1.key.status)
        }
        text.add(
            "http_request_duration_seconds", "Time from the request's head to its answer.",
            requests.map { key, times in
                ([("method", key.method), ("route", key.route), ("status", "\(key.status)")], times)
            })
        text.add(
            "http_requests_turned_away_total", .counter, "Requests that came too soon after others.",
            Double(figures.turnedAway))
        text.add(
            "ledger_imports_total", .counter, "Bodies with records that arrived over HTTP.",
            Intake.allCases.map { intake in
                .init(labels: [("outcome", intake.rawValue)], value: Double(figures.intakes[intake] ?? 0))
            })
        text.add("ledger_imported_rows_total", .counter, "Records that were taken over HTTP.", Double(figures.rows))
        text.add(
            "ledger_import_duration_seconds", "Time from the first byte of a body to its commit.",
            [([], figures.intakeTimes)])
    }
}
