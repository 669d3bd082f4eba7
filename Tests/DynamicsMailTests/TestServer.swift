import DynamicsMail
import DynamicsModel
import DynamicsTestSupport
import Foundation
import Testing

/// A real mail server (a script of `Tests/Fixtures/mail`) while a test needs it.
struct TestServer {
    let folder: URL
    let port: Int

    static func with<Result>(
        script name: String = "smtp_server.py", _ options: [String] = [], _ body: (TestServer) async throws -> Result
    ) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "mail-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/mail/\(name)")
        async let process = ChildProcess([SheetReader.python, script.path, folder.path] + options)
        let portFile = folder.appending(path: "port")
        for _ in 0..<1000 where !FileManager.default.fileExists(atPath: portFile.path) {
            try await Task.sleep(for: .milliseconds(10))
        }
        let port = try #require(Int(try String(contentsOf: portFile, encoding: .utf8)))
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await body(TestServer(folder: folder, port: port))) } catch {
            result = .failure(error)
        }
        try Data().write(to: folder.appending(path: "stop"))
        let ended = try await process
        #expect(ended.status == 0, "\(ended.errors)")
        return try result.get()
    }

    func settings(_ security: MailServer.Security = .none, user: String? = nil, password: String = "") throws
        -> MailServer
    {
        var server = MailServer(
            host: "localhost", port: port, security: security, user: user, password: password,
            sender: try MailAddress("reports@operator.example"), connectTimeout_seconds: 5, timeout_seconds: 10)
        if security != .none { server.certificates = folder.appending(path: "cert.pem").path }
        return server
    }

    /// What the server took, as Python's `email` reads it.
    func received(_ number: Int = 1) async throws -> ReceivedMail {
        let mail = folder.appending(path: "\(number).eml")
        for _ in 0..<1000 where !FileManager.default.fileExists(atPath: mail.path) {
            try await Task.sleep(for: .milliseconds(10))
        }
        let json = try await python(
            """
            import email, email.policy, json, sys, base64
            message = email.message_from_binary_file(open(sys.stdin.read(), "rb"), policy=email.policy.default)
            parts = [part for part in message.walk() if not part.is_multipart()]
            print(json.dumps({
                "header": [[name, str(value)] for name, value in message.items()],
                "types": [part.get_content_type() for part in message.walk()],
                "texts": [part.get_content() for part in parts if part.get_content_maintype() == "text" and not part.get_filename()],
                "file": next(([part.get_filename(), part.get_content_type(), base64.b64encode(part.get_payload(decode=True)).decode()]
                    for part in parts if part.get_filename()), None),
                "defects": [str(defect) for part in message.walk() for defect in part.defects],
            }))
            """, input: mail.path)
        return try JSONDecoder().decode(ReceivedMail.self, from: Data(json.utf8))
    }
}

struct ReceivedMail: Decodable {
    let header: [[String]]
    let types: [String]
    let texts: [String]
    let file: [String]?
    let defects: [String]

    subscript(name: String) -> String? { header.first { $0[0] == name }?[1] }
}
