import DynamicsMail
import DynamicsModel
import DynamicsReports
import Foundation

/// How reports are sent, from the settings `mail.*`.
enum MailSettings {
    /// - Returns: nil: no server is named.
    /// - Throws: `DynamicsError` (`.usage`) that names the setting which is missing or makes no sense.
    static func read(_ settings: Settings) throws -> DeliverySettings? {
        guard let host = try settings.text(.mailHost, "the name of the mail server", where: { !$0.isEmpty }) else {
            return nil
        }
        let kinds = MailServer.Security.allCases.map(\.rawValue).joined(separator: ", ")
        let security =
            try settings.text(.mailSecurity, "one of \(kinds)") { MailServer.Security(rawValue: $0) != nil }
            .flatMap(MailServer.Security.init(rawValue:)) ?? .starttls
        let usual =
            switch security {
            case .none: 25
            case .tls: 465
            case .starttls: 587
            }
        let expectedSender = "the address that reports are sent from, such as reports@example.com"
        guard
            let sender = try settings.text(.mailSender, expectedSender, where: { (try? MailAddress($0)) != nil })
                .flatMap({ try? MailAddress($0) })
        else {
            throw DynamicsError(
                .usage, "missing_setting",
                "the setting \(Settings.Key.mailSender.rawValue) is needed with mail.host: \(expectedSender)")
        }
        var server = MailServer(
            host: host, port: try settings.integer(.mailPort, in: 1...65_535) ?? usual, security: security,
            sender: sender)
        server.user = try settings.text(.mailUser, "the name to sign in with") { !$0.isEmpty }
        server.password = try password(settings) ?? ""
        server.certificates = try settings.text(.mailCertificates, "a readable file with certificates (PEM)") {
            FileManager.default.isReadableFile(atPath: $0)
        }
        if let seconds = try settings.integer(.mailTimeout_seconds, in: 5...3600) { server.timeout_seconds = seconds }
        var result = DeliverySettings(server: server)
        result.policy = MailPolicy(allowedDomains: try allowedDomains(settings))
        if let bytes = try settings.integer(.mailLargestFile_bytes, in: 0...100_000_000) {
            result.largestFile_bytes = bytes
        }
        return result
    }

    /// From a file where there is one, so that it stands in no environment and no settings file.
    private static func password(_ settings: Settings) throws -> String? {
        if let path = try settings.text(
            .mailPasswordFile, "a readable file",
            where: {
                FileManager.default.isReadableFile(atPath: $0)
            })
        {
            let text = String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
            return text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        }
        return try settings.text(.mailPassword, "a password") { !$0.isEmpty }
    }

    private static func allowedDomains(_ settings: Settings) throws -> Set<String>? {
        func domains(_ text: String) -> [String] {
            text.split { $0 == "," || $0 == " " }.map { $0.lowercased() }
        }
        let text = try settings.text(
            .mailAllowedDomains, "domains separated by commas, such as example.com, example.org"
        ) {
            !domains($0).isEmpty && domains($0).allSatisfy { (try? MailAddress("a@\($0)")) != nil }
        }
        return text.map { Set(domains($0)) }
    }
}
