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

        /// Nothing was heard for too long.
        static let silence = Failure(code: CURLE_OPERATION_TIMEDOUT, mayHaveArrived: true)
    }

    /// How one learns that servers are still at work on a request: they say nothing before the end. So they are asked, on a connection
    /// of its own, how far they are; headers with the progress would do, but not all builds send them, and libcurl takes 300 KiB of
    /// headers at most.
    struct Watch: Sendable {
        let url: String
        /// Brings a row of two numbers, in RowBinary: rows that are read, and all.
        let question: String
        /// Is told which part (0...1) of the rows has been read.
        let onProgress: @Sendable (Double) -> Void
    }

    private struct Incoming {
        var body: [UInt8] = []
        var exceptionCode: String?
        /// When anything was heard of the server.
        var lastSign = ContinuousClock.now
        var isWatching = false
    }

    /// How often the server is asked how far it is.
    private static let watchInterval = Duration.seconds(2)

    private let url: String
    private let headers: [String]
    private let body: [UInt8]
    private let server: ClickHouseServer
    private let watch: Watch?
    private let isCancelled = Atomic(false)
    private let isSilent = Atomic(false)
    private let incoming = Mutex(Incoming())

    init(
        url: String, headers: [String], body: [UInt8], server: ClickHouseServer, watch: Watch? = nil
    ) {
        self.url = url
        self.headers = headers
        self.body = body
        self.server = server
        self.watch = watch
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
        if isSilent.load(ordering: .relaxed) { throw Failure.silence }
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
        let (silence, asks) = incoming.withLock { incoming in
            let silence = incoming.lastSign.duration(to: .now)
            let asks = watch != nil && !incoming.isWatching && silence > Self.watchInterval
            if asks { incoming.isWatching = true }
            return (silence, asks)
        }
        if asks { Thread.detachNewThread { self.askHowFar() } }
        if silence < .seconds(server.silence_seconds + 5) { return true }
        isSilent.store(true, ordering: .relaxed)
        return false
    }

    /// An answer is a sign of life, of all shards.
    private func askHowFar() {
        defer { incoming.withLock { $0.isWatching = false } }
        guard let watch else { return }
        var brief = server
        brief.timeout_seconds = 5
        let exchange = HTTPExchange(url: watch.url, headers: headers, body: Array(watch.question.utf8), server: brief)
        guard let answer = try? exchange.run(), answer.status == 200, answer.exceptionCode == nil else { return }
        incoming.withLock { $0.lastSign = .now }
        var row = RowBinaryReader(answer.body)
        guard let done = try? row.int(), let all = try? row.int(), all > 0 else { return }
        watch.onProgress(min(1, Double(done) / Double(all)))
    }

    private func take(header line: String) {
        incoming.withLock { $0.lastSign = .now }
        guard let colon = line.firstIndex(of: ":") else { return }
        let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespacesAndNewlines)
        if line[..<colon].lowercased() == "x-clickhouse-exception-code" {
            incoming.withLock { $0.exceptionCode = value }
        }
    }
}
