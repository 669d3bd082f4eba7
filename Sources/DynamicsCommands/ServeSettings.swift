import DynamicsModel
import DynamicsReports
import DynamicsWeb
import DynamicsWorkspace
import Foundation
import Logging

/// What `serve` is given by the settings, part by part; each throws `DynamicsError` (`.usage`) that names the setting which makes no sense.
enum ServeSettings {
    static func logger(_ settings: Settings) throws -> Logger {
        let levels = Logger.Level.allCases.map(\.rawValue)
        let level = try settings.text(.logLevel, "one of \(levels.joined(separator: ", "))") { levels.contains($0) }
        let format = try settings.text(.logFormat, "text or json") { ["text", "json"].contains($0) }
        var logger = Logger(label: "customer-dynamics") { label in
            if format == "json" { return JSONLog() as any LogHandler }
            return StreamLogHandler.standardError(label: label)
        }
        logger.logLevel = level.flatMap { Logger.Level(rawValue: $0) } ?? .info
        return logger
    }

    static func workspace(_ settings: Settings) throws -> WorkspaceSettings {
        var result = WorkspaceSettings()
        result.retention_days = try settings.integer(.retention_days, in: 1...36_500)
        if let hours = try settings.integer(.sessionIdle_hours, in: 1...720) {
            result.sessionIdle_seconds = Int64(hours) * 3600
        }
        if let days = try settings.integer(.session_days, in: 1...365) { result.session_seconds = Int64(days) * 86_400 }
        return result
    }

    static func runs(_ settings: Settings) throws -> RunLimits {
        var limits = RunLimits()
        if let count = try settings.integer(.concurrentRuns, in: 1...64) { limits.maxConcurrent = count }
        if let count = try settings.integer(.waitingRuns, in: 1...10_000) { limits.maxWaiting = count }
        if let count = try settings.integer(.runsPerAccount, in: 1...1000) { limits.perAccount = count }
        if let seconds = try settings.integer(.runTimeout_seconds, in: 1...86_400) { limits.timeout_seconds = seconds }
        return limits
    }

    static func web(_ settings: Settings, host: String, port: Int) throws -> WebSettings {
        var result = WebSettings()
        result.host = host
        result.port = port
        result.publicAddress = try settings.text(.publicAddress, "an address such as https://reports.example.com") {
            ($0.hasPrefix("https://") || $0.hasPrefix("http://")) && !$0.hasSuffix("/")
        }
        result.trustedProxy = try settings.text(.trustedProxy, "the IP address of the proxy") { !$0.isEmpty }
        if let bytes = try settings.integer(.largestUpload_bytes, in: 1...1_000_000_000_000) {
            result.largestUpload_bytes = bytes
        }
        if let count = try settings.integer(.concurrentUploads, in: 1...100) { result.concurrentUploads = count }
        if let count = try settings.integer(.requestsPerMinute, in: 1...10_000_000) { result.requestsPerMinute = count }
        result.certificate = try certificate(settings)
        result.billingSignIn = try billingSignIn(settings)
        return result
    }

    private static func certificate(_ settings: Settings) throws -> WebCertificate? {
        let certificates = try settings.text(.certificateFile, "a file with certificates (PEM)") { !$0.isEmpty }
        let key = try settings.text(.keyFile, "a file with a private key (PEM)") { !$0.isEmpty }
        switch (certificates, key) {
        case (nil, nil): return nil
        case (let certificates?, let key?): return WebCertificate(certificatesFile: certificates, keyFile: key)
        default: throw missing("web.certificate_file and web.key_file go together: set both, or neither")
        }
    }

    private static func billingSignIn(_ settings: Settings) throws -> BillingSignInSettings? {
        let keys = try settings.text(.signInKeysFile, "a file with a JSON Web Key Set") { !$0.isEmpty }
        let issuer = try settings.text(.signInIssuer, "what the claim iss says") { !$0.isEmpty }
        let audience = try settings.text(.signInAudience, "what the claim aud says") { !$0.isEmpty }
        if keys == nil, issuer == nil, audience == nil { return nil }
        guard let keys, let issuer, let audience else {
            throw missing("sign_in.keys_file, sign_in.issuer and sign_in.audience go together: set all, or none")
        }
        var result = BillingSignInSettings(keysFile: keys, issuer: issuer, audience: audience)
        if let seconds = try settings.integer(.signInClockSkew_seconds, in: 0...600) {
            result.clockSkew_seconds = Int64(seconds)
        }
        if let seconds = try settings.integer(.signInLongest_seconds, in: 1...3600) {
            result.longest_seconds = Int64(seconds)
        }
        return result
    }

    private static func missing(_ sentence: String) -> DynamicsError {
        DynamicsError(.usage, "missing_setting", "the settings \(sentence)")
    }
}
