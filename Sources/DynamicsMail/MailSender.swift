import CCurl
import DynamicsModel
import Foundation
import Synchronization

/// Hands messages to a server, one connection for each, by libcurl's SMTP (RFC 5321).
public struct MailSender: Sendable {
    private let server: MailServer

    public init(_ server: MailServer) {
        self.server = server
        // Once in a process, before there are more threads that use it.
        _ = Self.isPrepared
    }

    private static let isPrepared = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// Returns when the server has taken responsibility for the message. Blocks a thread of its own, none of Swift's.
    ///
    /// - Throws: `MailFailure`; `CancellationError`, after which the server may have the message or not.
    public func send(_ message: MailMessage) async throws {
        let session = MailSession(server, message)
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                Thread.detachNewThread { continuation.resume(with: Result { try session.run() }) }
            }
        } onCancel: {
            session.cancel()
        }
    }
}

/// One message on its way.
private final class MailSession: Sendable {
    private let server: MailServer
    private let message: MailMessage
    private let isCancelled = Atomic<Bool>(false)
    /// The last line in which the server refused something.
    private let refusal = Mutex<String?>(nil)

    init(_ server: MailServer, _ message: MailMessage) {
        self.server = server
        self.message = message
    }

    func cancel() { isCancelled.store(true, ordering: .relaxed) }

    func run() throws {
        guard let curl = curl_easy_init() else {
            throw MailFailure(cause: .temporary, description: "There is no memory for a connection.")
        }
        defer { curl_easy_cleanup(curl) }
        connect(curl)
        let recipients = curl_slist_append(nil, "<\(message.to)>")
        defer { curl_slist_free_all(recipients) }
        curl_set_text(curl, CURLOPT_MAIL_FROM, "<\(server.sender)>")
        curl_set_list(curl, CURLOPT_MAIL_RCPT, recipients)
        var header: UnsafeMutablePointer<curl_slist>?
        for line in message.headerLines(from: server.sender) { header = curl_slist_append(header, line) }
        defer { curl_slist_free_all(header) }
        curl_set_list(curl, CURLOPT_HTTPHEADER, header)
        let body = curl_mime_init(curl)
        defer { curl_mime_free(body) }
        fill(body, curl)
        curl_set_mime(curl, body)
        let code = withExtendedLifetime(self) { curl_easy_perform(curl) }
        if isCancelled.load(ordering: .relaxed) { throw CancellationError() }
        if code != CURLE_OK { throw failure(code, reply: curl_response_code(curl)) }
    }

    private func connect(_ curl: UnsafeMutableRawPointer) {
        curl_set_text(curl, CURLOPT_URL, server.url)
        curl_set_long(curl, CURLOPT_NOSIGNAL, 1)
        curl_set_long(curl, CURLOPT_CONNECTTIMEOUT, server.connectTimeout_seconds)
        curl_set_long(curl, CURLOPT_TIMEOUT, server.timeout_seconds)
        // CURLUSESSL_ALL: nothing goes on without.
        if server.security == .starttls { curl_set_long(curl, CURLOPT_USE_SSL, 3) }
        curl_set_long(curl, CURLOPT_SSLVERSION, 6)  // CURL_SSLVERSION_TLSv1_2, and later.
        if let certificates = server.certificates { curl_set_text(curl, CURLOPT_CAINFO, certificates) }
        if let user = server.user {
            curl_set_text(curl, CURLOPT_USERNAME, user)
            curl_set_text(curl, CURLOPT_PASSWORD, server.password)
        }
        let own = Unmanaged.passUnretained(self).toOpaque()
        curl_set_pointer(curl, CURLOPT_HEADERDATA, own)
        curl_set_header_function(curl) { bytes, size, count, session in
            if let bytes, let session {
                let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
                Unmanaged<MailSession>.fromOpaque(session).takeUnretainedValue().note(
                    String(decoding: line, as: UTF8.self))
            }
            return size * count
        }
        curl_set_long(curl, CURLOPT_NOPROGRESS, 0)
        curl_set_pointer(curl, CURLOPT_XFERINFODATA, own)
        curl_set_progress_function(curl) { session, _, _, _, _ in
            guard let session else { return 0 }
            return Unmanaged<MailSession>.fromOpaque(session).takeUnretainedValue().isCancelled.load(ordering: .relaxed)
                ? 1 : 0
        }
    }

    /// multipart/mixed of the text twice (multipart/alternative, the plain one first) and the file.
    private func fill(_ body: OpaquePointer?, _ curl: UnsafeMutableRawPointer) {
        let alternatives = curl_mime_init(curl)
        for (text, type) in [(message.text, "text/plain; charset=utf-8"), (message.html, "text/html; charset=utf-8")] {
            let part = curl_mime_addpart(alternatives)
            // RFC 2046 section 4.1.1: lines of text end this way, in base64 too.
            let lines = text.replacing("\r\n", with: "\n").replacing("\n", with: "\r\n")
            curl_mime_data(part, lines, lines.utf8.count)
            curl_mime_type(part, type)
            curl_mime_encoder(part, "base64")
        }
        let texts = curl_mime_addpart(body)
        curl_mime_subparts(texts, alternatives)
        curl_mime_type(texts, "multipart/alternative")
        guard let attachment = message.attachment else { return }
        let part = curl_mime_addpart(body)
        attachment.bytes.withUnsafeBytes { bytes in
            _ = curl_mime_data(part, bytes.bindMemory(to: CChar.self).baseAddress, bytes.count)
        }
        curl_mime_type(part, attachment.mediaType)
        // libcurl's own way of giving a name leaves it unencoded.
        let disposition = curl_slist_append(nil, MailHeader.disposition(fileName: attachment.name))
        curl_mime_headers(part, disposition, 1)
        curl_mime_encoder(part, "base64")
    }

    private func note(_ line: String) {
        // What is said of QUIT comes afterwards, and is no reason.
        if line.first == "4" || line.first == "5" { refusal.withLock { $0 = line } }
    }

    // MARK: - What went wrong

    private func failure(_ code: CURLcode, reply: Int) -> MailFailure {
        let said = refusal.withLock { $0 }.map(Self.cleaned) ?? ""
        func failure(_ cause: MailFailure.Cause, _ what: String, withReply: Bool = false) -> MailFailure {
            let words = withReply && !said.isEmpty ? ": \(said)" : "."
            return MailFailure(cause: cause, description: "\(what)\(words)")
        }
        let name = "The mail server \(server.host):\(server.port)"
        switch code {
        case CURLE_LOGIN_DENIED where (400..<500).contains(reply):
            return failure(.temporary, "\(name) does not sign anybody in now", withReply: true)
        case CURLE_LOGIN_DENIED: return failure(.configuration, "\(name) refuses user and password", withReply: true)
        case CURLE_USE_SSL_FAILED: return failure(.configuration, "\(name) does not offer STARTTLS")
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE:
            return failure(.configuration, "\(name) has a certificate that is not trusted, or speaks no TLS")
        case CURLE_COULDNT_RESOLVE_HOST: return failure(.temporary, "\(name) has a name that is not known")
        case CURLE_COULDNT_CONNECT: return failure(.temporary, "\(name) is not reachable")
        case CURLE_OPERATION_TIMEDOUT: return failure(.temporary, "\(name) did not answer in time")
        default: break
        }
        if (500..<600).contains(reply) {
            return failure(.permanent, "\(name) does not take the message", withReply: true)
        }
        if (400..<500).contains(reply) {
            return failure(.temporary, "\(name) does not take the message now", withReply: true)
        }
        let reason = String(cString: curl_easy_strerror(code))
        return failure(.temporary, "The connection to the mail server \(server.host):\(server.port) broke (\(reason))")
    }

    private static func cleaned(_ line: String) -> String {
        let scalars = line.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
        var text = String(String.UnicodeScalarView(scalars.prefix(300)))
        while text.last == " " { text.removeLast() }
        return text
    }
}
