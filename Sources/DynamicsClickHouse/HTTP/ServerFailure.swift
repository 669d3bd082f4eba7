import CCurl
import DynamicsModel

/// What went wrong with a server, in one sentence. Holds addresses, never users or passwords.
enum ServerFailure {
    /// The code of the error that a query took more memory than a server allows it.
    static let memoryLimit = "clickhouse_memory_limit"

    /// The code of the error that a table is there already.
    static let alreadyThere = "clickhouse_exists"

    /// Whether a server, or a shard, did not answer, which may pass.
    static func isPassing(_ error: DynamicsError) -> Bool {
        ["clickhouse_unreachable", "shard_unavailable"].contains(error.code)
    }

    static func error(_ failure: HTTPExchange.Failure, _ server: ClickHouseServer) -> DynamicsError {
        let what =
            switch failure.code {
            case CURLE_COULDNT_RESOLVE_HOST: "has a name that is not known; check the address"
            case CURLE_COULDNT_CONNECT:
                "is not reachable; start it, or check the address and the port (HTTP, not the native one)"
            case CURLE_OPERATION_TIMEDOUT:
                "did not answer in time: it hangs, or one of its shards does; look at their load, or raise clickhouse.timeout_seconds"
            case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE:
                "has a certificate that is not trusted, or speaks no TLS; see clickhouse.ca_file"
            case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE:
                "broke the connection; look into its log, and try again"
            default: "did not answer (\(String(cString: curl_easy_strerror(failure.code)))); try again"
            }
        return DynamicsError(.unavailable, "clickhouse_unreachable", "the ClickHouse server \(server.url) \(what)")
    }

    static func error(_ answer: HTTPExchange.Answer, _ server: ClickHouseServer) -> DynamicsError {
        let said = String(decoding: answer.body.prefix(4000), as: UTF8.self)
        let code = answer.exceptionCode.flatMap { Int($0) } ?? self.code(in: said)
        let name = "the ClickHouse server \(server.url)"
        func failure(_ code: String, _ what: String) -> DynamicsError {
            DynamicsError(.unavailable, code, "\(name) \(what)")
        }
        switch code {
        case 192, 193, 194, 516:
            return failure(
                "clickhouse_refused", "refuses user and password; see clickhouse.user and clickhouse.password")
        case 279, 210, 209, 32, 33, 198, 519:
            return failure(
                "shard_unavailable",
                "cannot reach a shard, so there is no figure at all: start that server and try again (\(cleaned(said)))"
            )
        case 159, 160:
            return failure(
                "clickhouse_time_limit",
                "needed more than \(server.timeout_seconds) s; ask for less, or raise clickhouse.timeout_seconds")
        case 241:
            return failure(
                memoryLimit,
                "needed more memory than allowed; ask for less, or raise clickhouse.memory_bytes")
        case 57: return failure(alreadyThere, "has such a table already")
        case 60, 81:
            return failure(
                "clickhouse_no_ledger",
                "has no ledger in database \(server.database); make it with: customer-dynamics cluster create")
        case 394: return failure("clickhouse_killed", "was told to end the query; try again")
        default: return failure("clickhouse_error", "answers: \(cleaned(said))")
        }
    }

    /// `Code: 241. DB::Exception: ...` or `Code: 241, e.displayText() = ...`
    private static func code(in text: String) -> Int? {
        guard let range = text.firstRange(of: "Code: ") else { return nil }
        return Int(text[range.upperBound...].prefix { $0.isASCII && $0.isNumber })
    }

    /// One line, and no more of a long statement than needed.
    private static func cleaned(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
        var line = String(String.UnicodeScalarView(scalars.prefix(400)))
        while line.last == " " { line.removeLast() }
        return line
    }
}

extension HTTPExchange.Failure {
    /// Whether another try may help: a server that is just starting, a connection that broke.
    var isPassing: Bool {
        [CURLE_COULDNT_CONNECT, CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR].contains(code)
    }
}
