import DynamicsModel
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

    /// Ready means: the ledger answers, and so does the workspace.
    @Sendable static func ready(_ visit: Visit) async throws -> Response {
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
        let status = try await visit.parts.ledger.status()
        let gauges: [WebMetrics.Gauge] = [
            .init(
                name: "ledger_revision", explanation: "The newest revision of the ledger.",
                value: Double(status.revision)),
            .init(
                name: "ledger_transactions", explanation: "Transactions in the ledger.",
                value: Double(status.transactions)),
            .init(
                name: "process_resident_memory_bytes", explanation: "Resident memory of the process.",
                value: Double(residentMemory_bytes())),
        ]
        var response = Response.plain(visit.parts.metrics.text(gauges))
        response.headers[.contentType] = "text/plain; version=0.0.4; charset=utf-8"
        return response
    }

    /// From `/proc/self/statm`, whose second number counts pages (proc(5)).
    private static func residentMemory_bytes() -> Int {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
        let numbers = text.split(separator: " ")
        return numbers.count > 1 ? (Int(numbers[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE)) : 0
    }
}

extension Response {
    static func plain(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
