import DynamicsModel
import DynamicsReports
import DynamicsWorkspace
import Foundation
import Hummingbird
import Logging

/// What machines that watch this one ask for.
enum Operations {
    static var routes: [Route] {
        [
            Route(.get, "/healthz", for: .everyone) { _ in .plain("ok\n") },
            Route(.get, "/readyz", for: .everyone, ready),
            Route(.get, "/metrics", for: .operations, metrics),
        ]
    }

    /// Ready means: the ledger answers, and so does the workspace, and new reports are taken.
    @Sendable static func ready(_ visit: Visit) async throws -> Response {
        if visit.parts.runs.isShuttingDown { return .plain("shutting down\n", status: .serviceUnavailable) }
        do {
            _ = try await visit.parts.ledger.status()
            try await visit.parts.workspace.check()
            return .plain("ready\n")
        } catch {
            visit.context.logger.error("not ready", metadata: ["error": "\(String(reflecting: error))"])
            return .plain("not ready\n", status: .serviceUnavailable)
        }
    }

    @Sendable static func metrics(_ visit: Visit) async throws -> Response {
        var text = MetricsText()
        visit.parts.metrics.write(to: &text)
        write(visit.parts.runs.figures, to: &text)
        try await writeDeliveries(visit, to: &text)
        let status = try await visit.parts.ledger.status()
        text.add("ledger_revision", .gauge, "The newest revision of the ledger.", Double(status.revision))
        text.add("ledger_transactions", .gauge, "Transactions in the ledger.", Double(status.transactions))
        let process = ProcessFigures()
        text.add(
            "process_resident_memory_bytes", .gauge, "Resident memory of the process.",
            Double(process.residentMemory_bytes))
        text.add("process_cpu_seconds_total", .counter, "Processor time of the process.", process.processor_seconds)
        text.add(
            "process_open_fds", .gauge, "Files and connections that the process has open.", Double(process.openFiles))
        var response = Response.plain(text.text)
        response.headers[.contentType] = "text/plain; version=0.0.4; charset=utf-8"
        return response
    }

    private static func write(_ runs: RunFigures, to text: inout MetricsText) {
        text.add(
            "report_runs", .gauge, "Reports under way.",
            [
                .init(labels: [("state", "waiting")], value: Double(runs.waiting)),
                .init(labels: [("state", "running")], value: Double(runs.running)),
            ])
        text.add(
            "report_runs_total", .counter, "Reports that are over.",
            [
                .init(labels: [("outcome", "finished")], value: Double(runs.finished)),
                .init(labels: [("outcome", "failed")], value: Double(runs.failed)),
                .init(labels: [("outcome", "cancelled")], value: Double(runs.cancelled)),
            ])
        text.add(
            "report_run_duration_seconds", "Time from being asked for to being stored, of reports that finished.",
            [([], runs.durations)])
    }

    /// The mail queue, and what became of messages in the last hour; nothing without a mail server.
    private static func writeDeliveries(_ visit: Visit, to text: inout MetricsText) async throws {
        guard visit.parts.deliveries != nil else { return }
        let hourBefore = Instant(seconds: visit.parts.clock().seconds - 3600)
        let counts = try await visit.parts.workspace.deliveryCounts(since: hourBefore)
        let states: [(Delivery.State, String)] = [
            (.queued, "queued"), (.sending, "sending"), (.sent, "sent_last_hour"), (.failed, "failed_last_hour"),
        ]
        text.add(
            "mail_messages", .gauge, "Messages in the queue, and those of the last hour.",
            states.map { state, label in .init(labels: [("state", label)], value: Double(counts[state] ?? 0)) })
    }
}

/// What the system says of this process (proc(5), getrusage(2)).
private struct ProcessFigures {
    /// From `/proc/self/statm`, whose second number counts pages.
    var residentMemory_bytes: Int {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
        let numbers = text.split(separator: " ")
        return numbers.count > 1 ? (Int(numbers[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE)) : 0
    }

    var processor_seconds: Double {
        var usage = rusage()
        guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    var openFiles: Int { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0 }
}

extension Response {
    static func plain(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
