import DynamicsModel
import Foundation
import Synchronization

/// Statements to a ClickHouse server over HTTP.
package struct ClickHouseClient: Sendable {
    let server: ClickHouseServer
    /// How many bytes of answers have come so far.
    let received = Received()

    /// - Parameter server: is not asked before the first statement.
    package init(_ server: ClickHouseServer) { self.server = server }

    final class Received: Sendable {
        let bytes = Atomic<Int>(0)
    }

    /// The answer to a question. Asked again, at most twice, when a connection fails: it changes nothing.
    ///
    /// - Parameters:
    ///   - progress: is told which part (0...1) of the rows has been read.
    /// - Throws: `DynamicsError`; `CancellationError` at once when the task is cancelled, and then the query is killed.
    package func rows(
        _ sql: String, progress: @escaping @Sendable (Double) -> Void = { _ in }
    ) async throws -> RowBinaryReader {
        var attempt = 0
        while true {
            do {
                return RowBinaryReader(
                    try await send(sql + "\nFORMAT RowBinary", body: nil, progress: progress))
            } catch let failure as HTTPExchange.Failure where failure.isPassing && attempt < 2 {
                attempt += 1
                try await Task.sleep(for: .milliseconds(200 << attempt))
            } catch let failure as HTTPExchange.Failure {
                throw ServerFailure.error(failure, server)
            }
        }
    }

    /// A statement that changes something, once.
    /// - Parameters:
    ///   - body: data for an INSERT.
    ///   - id: by which the cluster knows the statement.
    /// - Throws: `DynamicsError`; after one it is unknown whether the statement was carried out.
    func execute(_ sql: String, body: [UInt8]? = nil, database: Bool = true, id: String = newID()) async throws {
        do {
            _ = try await send(sql, body: body, database: database, id: id) { _ in }
        } catch let failure as HTTPExchange.Failure {
            throw ServerFailure.error(failure, server)
        }
    }

    /// An id for a statement that nobody else has.
    static func newID() -> String { "customer-dynamics-\(UUID().uuidString)" }

    /// Waits until no server works on an INSERT any more, whose end was not heard of; it is killed.
    ///
    /// - Parameter table: the local table that it adds to. Old servers do not tell shards what their part of it belongs to, so all is
    ///   waited for that adds to that table since before.
    /// - Throws: `DynamicsError`, `clickhouse_unreachable` when it does not end.
    func settle(_ id: String, insertingInto table: String) async throws {
        _ = try? await send(killing(id), body: nil) { _ in }
        let start = ContinuousClock.now
        while true {
            let waited_seconds = start.duration(to: .now) / .seconds(1)
            let running = server.onEachShard(
                """
                SELECT toInt64(count()) AS n FROM system.processes WHERE initial_query_id = \(sqlText(id))
                OR (elapsed > \(waited_seconds) AND match(query, \(sqlText("^\\s*(?i:INSERT)\\s.*\\b\(table)\\b"))))
                """, columns: ["sum(n)"], keys: [])
            var answer = try await rows(running)
            if try answer.int() == 0 { return }
            guard waited_seconds < Double(server.silence_seconds) else {
                throw ServerFailure.error(.silence, server)
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func send(
        _ sql: String, body: [UInt8]?, database: Bool = true, id: String = newID(),
        progress: @escaping @Sendable (Double) -> Void
    ) async throws -> [UInt8] {
        var parameters = settings(id)
        if database { parameters.append(("database", server.database)) }
        if body != nil { parameters.append(("query", sql)) }
        let exchange = HTTPExchange(
            url: url(parameters), headers: headers, body: body ?? Array(sql.utf8), server: server,
            watch: HTTPExchange.Watch(url: url([]), question: howFar(id), onProgress: progress))
        let answer = try await Self.perform(exchange) { kill(id) }
        received.bytes.add(answer.body.count, ordering: .relaxed)
        guard answer.status == 200, answer.exceptionCode == nil else {
            throw ServerFailure.error(answer, server)
        }
        return answer.body
    }

    private func settings(_ id: String) -> [(String, String)] {
        var settings: [(String, String)] = [
            ("query_id", id), ("wait_end_of_query", "1"),
            ("max_execution_time", "\(server.timeout_seconds)"), ("max_memory_usage", "\(server.memory_bytes)"),
            ("max_query_size", "67108864"), ("max_ast_elements", "5000000"), ("max_expanded_ast_elements", "5000000"),
        ]
        if server.cluster != nil {
            // An insert is done when the shards have the rows; a shard that does not answer is an error; what a subquery
            // reads is its shard's own.
            settings += [
                ("insert_distributed_sync", "1"), ("skip_unavailable_shards", "0"),
                ("distributed_product_mode", "deny"), ("connect_timeout_with_failover_ms", "1000"),
                ("receive_timeout", "\(server.silence_seconds)"), ("send_timeout", "\(server.silence_seconds)"),
            ]
        }
        return settings
    }

    private var headers: [String] {
        ["X-ClickHouse-User: \(server.user)", "X-ClickHouse-Key: \(server.password)"]
    }

    private func url(_ parameters: [(String, String)]) -> String {
        server.url + "/?"
            + parameters.map { "\($0.0)=\(Self.encoded($0.1))" }.joined(separator: "&")
    }

    /// RFC 3986: all but the unreserved characters by their bytes.
    private static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            let isPlain =
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || [0x2D, 0x2E, 0x5F, 0x7E].contains(byte)
            if isPlain {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.utf8.count == 1 ? "0" : "") + digits
            }
        }
        return result
    }

    private func killing(_ id: String) -> String { "KILL QUERY WHERE query_id = \(sqlText(id)) ASYNC" }

    /// Ends a query of ours, and with it what it does on the shards; nobody waits for that.
    private func kill(_ id: String) {
        let exchange = HTTPExchange(url: url([]), headers: headers, body: Array(killing(id).utf8), server: server)
        Thread.detachNewThread { _ = try? exchange.run() }
    }

    /// Asks all shards, of which a silent one makes it no answer, what they have read of a query's rows, and how many there are.
    private func howFar(_ id: String) -> String {
        server.onEachShard(
            """
            SELECT toInt64(sum(read_rows)) AS done, toInt64(sum(total_rows_approx)) AS all FROM system.processes
            WHERE initial_query_id = \(sqlText(id))
            """, columns: ["sum(done)", "sum(all)"], keys: []) + "\nFORMAT RowBinary"
    }

    /// Runs an exchange on a thread of its own. A cancelled task leaves at once, and the thread ends by itself.
    private static func perform(
        _ exchange: HTTPExchange, onCancel: @escaping @Sendable () -> Void
    ) async throws -> HTTPExchange.Answer {
        let box = WaitingBox()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                box.waiting.withLock { $0 = continuation }
                if Task.isCancelled {
                    box.take()?.resume(throwing: CancellationError())
                    return
                }
                Thread.detachNewThread {
                    let result = Result { try exchange.run() }
                    box.take()?.resume(with: result)
                }
            }
        } onCancel: {
            exchange.cancel()
            if let continuation = box.take() {
                onCancel()
                continuation.resume(throwing: CancellationError())
            }
        }
    }

    /// Whoever takes the continuation resumes it, once.
    private final class WaitingBox: Sendable {
        let waiting = Mutex<CheckedContinuation<HTTPExchange.Answer, any Error>?>(nil)

        func take() -> CheckedContinuation<HTTPExchange.Answer, any Error>? {
            waiting.withLock { waiting in
                defer { waiting = nil }
                return waiting
            }
        }
    }
}
