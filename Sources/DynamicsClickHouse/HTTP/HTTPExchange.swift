import CCurl
import Foundation
import Synchronization

/// One request to a server by libcurl, on a thread of its own.
final class HTTPExchange: Sendable {
    /// What came back.
    struct Answer: Sendable {
        var status: Int
        /// What ClickHouse says of an error in the header, even behind a status of 200.
        var exceptionCode: String?
        var body: [UInt8]
    }

    /// The connection did not do what it should.
    struct Failure: Error {
        var code: CURLcode
        /// Whether the request may have reached the server.
        var mayHaveArrived: Bool
    }

    private struct Incoming {
        var body: [UInt8] = []
        var exceptionCode: String?
        /// When anything was heard of the server.
        var lastSign = ContinuousClock.now
    }

    private let url: String
    private let headers: [String]
    private let body: [UInt8]
    private let server: ClickHouseServer
    private let onProgress: @Sendable (Double) -> Void
    private let isCancelled = Atomic(false)
    private let isSilent = Atomic(false)
    private let incoming = Mutex(Incoming())

    init(
        url: String, headers: [String], body: [UInt8], server: ClickHouseServer,
        onProgress: @escaping @Sendable (Double) -> Void
    ) {
        self.url = url
        self.headers = headers
        self.body = body
        self.server = server
        self.onProgress = onProgress
        // Once in a process, before there are more threads that use it.
        _ = Self.isPrepared
    }

    private static let isPrepared = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// Makes `run` end soon, from any thread.
    func cancel() { isCancelled.store(true, ordering: .relaxed) }

    /// Blocks until everything is there.
    /// - Throws: `Failure`; `CancellationError` after `cancel()`.
    func run() throws -> Answer {
        guard let curl = curl_easy_init() else { throw Failure(code: CURLE_OUT_OF_MEMORY, mayHaveArrived: false) }
        defer { curl_easy_cleanup(curl) }
        var list: UnsafeMutablePointer<curl_slist>?
        // libcurl would wait a second for the server's leave to send a large body.
        for header in headers + ["Expect:", "Content-Type: application/octet-stream"] {
            list = curl_slist_append(list, header)
        }
        defer { curl_slist_free_all(list) }
        prepare(curl)
        curl_set_list(curl, CURLOPT_HTTPHEADER, list)
        let code = body.withUnsafeBytes { bytes in
            curl_set_long(curl, CURLOPT_POST, 1)
            curl_set_pointer(curl, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
            curl_set_long(curl, CURLOPT_POSTFIELDSIZE, bytes.count)
            if bytes.isEmpty { curl_set_text(curl, CURLOPT_POSTFIELDS, "") }
            return withExtendedLifetime(self) { curl_easy_perform(curl) }
        }
        if isCancelled.load(ordering: .relaxed) { throw CancellationError() }
        if isSilent.load(ordering: .relaxed) { throw Failure(code: CURLE_OPERATION_TIMEDOUT, mayHaveArrived: true) }
        guard code == CURLE_OK else {
            let unsent = [CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_SSL_CONNECT_ERROR]
            throw Failure(code: code, mayHaveArrived: !unsent.contains(code))
        }
        let status = curl_response_code(curl)
        return incoming.withLock { Answer(status: status, exceptionCode: $0.exceptionCode, body: $0.body) }
    }

    private func prepare(_ curl: UnsafeMutableRawPointer) {
        curl_set_text(curl, CURLOPT_URL, url)
        curl_set_long(curl, CURLOPT_NOSIGNAL, 1)
        curl_set_long(curl, CURLOPT_CONNECTTIMEOUT, server.connectTimeout_seconds)
        // The server ends the query itself before that.
        curl_set_long(curl, CURLOPT_TIMEOUT, server.timeout_seconds + 15)
        curl_set_long(curl, CURLOPT_SSLVERSION, 6)  // CURL_SSLVERSION_TLSv1_2, and later.
        if let certificates = server.certificates { curl_set_text(curl, CURLOPT_CAINFO, certificates) }
        let own = Unmanaged.passUnretained(self).toOpaque()
        curl_set_pointer(curl, CURLOPT_HEADERDATA, own)
        curl_set_header_function(curl) { bytes, size, count, exchange in
            if let bytes, let exchange {
                let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
                Unmanaged<HTTPExchange>.fromOpaque(exchange).takeUnretainedValue().take(
                    header: String(decoding: line, as: UTF8.self))
            }
            return size * count
        }
        curl_set_pointer(curl, CURLOPT_WRITEDATA, own)
        curl_set_write_function(curl) { bytes, size, count, exchange in
            if let bytes, let exchange {
                let part = UnsafeRawBufferPointer(start: bytes, count: size * count)
                Unmanaged<HTTPExchange>.fromOpaque(exchange).takeUnretainedValue().incoming.withLock {
                    $0.body.append(contentsOf: part)
                    $0.lastSign = .now
                }
            }
            return size * count
        }
        curl_set_long(curl, CURLOPT_NOPROGRESS, 0)
        curl_set_pointer(curl, CURLOPT_XFERINFODATA, own)
        curl_set_progress_function(curl) { exchange, _, _, _, _ in
            guard let exchange else { return 0 }
            return Unmanaged<HTTPExchange>.fromOpaque(exchange).takeUnretainedValue().mayGoOn ? 0 : 1
        }
    }

    /// False once it is cancelled, or nothing has been heard for too long; by then a server has told of a silent shard.
    private var mayGoOn: Bool {
        if isCancelled.load(ordering: .relaxed) { return false }
        if incoming.withLock({ $0.lastSign.duration(to: .now) }) < .seconds(server.silence_seconds + 5) { return true }
        isSilent.store(true, ordering: .relaxed)
        return false
    }

    private func take(header line: String) {
        incoming.withLock { $0.lastSign = .now }
        guard let colon = line.firstIndex(of: ":") else { return }
        let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespacesAndNewlines)
        switch line[..<colon].lowercased() {
        case "x-clickhouse-exception-code": incoming.withLock { $0.exceptionCode = value }
        case "x-clickhouse-progress":
            if let part = Self.part(inProgress: value) { onProgress(part) }
        default: break
        }
    }

    /// `{"read_rows":"100","read_bytes":"800","total_rows":"1000"}`; newer servers say `total_rows_to_read`.
    private static func part(inProgress json: String) -> Double? {
        guard let object = try? JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] else {
            return nil
        }
        func number(_ name: String) -> Double? { (object[name] as? String).flatMap { Double($0) } }
        guard let read = number("read_rows"), let total = number("total_rows_to_read") ?? number("total_rows"),
            total > 0
        else { return nil }
        return min(1, read / total)
    }
}
