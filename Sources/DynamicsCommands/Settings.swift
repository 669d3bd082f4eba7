import Configuration
import DynamicsModel
import Foundation
import SystemPackage

/// What an installation decides, beside the options of a command: `config.json` in the data folder, and environment variables,
/// which win. `docs/operators/configuration.md` has the table.
struct Settings {
    private let config: ConfigReader
    private let present: Set<String>
    private let file: String

    /// The name of a setting in the file, its groups separated by points.
    enum Key: String, CaseIterable {
        case publicAddress = "web.public_address"
        case trustedProxy = "web.trusted_proxy"
        case certificateFile = "web.certificate_file"
        case keyFile = "web.key_file"
        case requestsPerMinute = "web.requests_per_minute"
        case signInKeysFile = "sign_in.keys_file"
        case signInIssuer = "sign_in.issuer"
        case signInAudience = "sign_in.audience"
        case signInClockSkew_seconds = "sign_in.clock_skew_seconds"
        case signInLongest_seconds = "sign_in.longest_seconds"
        case retention_days = "reports.retention_days"
        case sessionIdle_hours = "sessions.idle_hours"
        case session_days = "sessions.days"
        case concurrentRuns = "runs.concurrent"
        case waitingRuns = "runs.waiting"
        case runsPerAccount = "runs.per_account"
        case runTimeout_seconds = "runs.timeout_seconds"
        case logLevel = "log.level"
        case logFormat = "log.format"
        case largestUpload_bytes = "ledger.largest_upload_bytes"
        case concurrentUploads = "ledger.concurrent_uploads"
        case mailHost = "mail.host"
        case mailPort = "mail.port"
        case mailSecurity = "mail.security"
        case mailUser = "mail.user"
        case mailPassword = "mail.password"
        case mailPasswordFile = "mail.password_file"
        case mailSender = "mail.sender"
        case mailCertificates = "mail.certificates"
        case mailTimeout_seconds = "mail.timeout_seconds"
        case mailAllowedDomains = "mail.allowed_domains"
        case mailLargestFile_bytes = "mail.largest_file_bytes"
        case clickHouseURL = "clickhouse.url"
        case clickHouseUser = "clickhouse.user"
        case clickHousePassword = "clickhouse.password"
        case clickHouseDatabase = "clickhouse.database"
        case clickHouseCluster = "clickhouse.cluster"
        case clickHouseCertificates = "clickhouse.ca_file"
        case clickHouseTimeout_seconds = "clickhouse.timeout_seconds"
        case clickHouseMemory_bytes = "clickhouse.memory_bytes"

        /// `CUSTOMER_DYNAMICS_WEB_PUBLIC_ADDRESS`.
        var environmentName: String {
            "CUSTOMER_DYNAMICS_" + rawValue.replacingOccurrences(of: ".", with: "_").uppercased()
        }
    }

    /// - Throws: `DynamicsError` (`.usage`) for a file that is no JSON object, or names a setting that does not exist.
    init(folder: String) async throws {
        file = "\(folder)/config.json"
        let environment = EnvironmentVariablesProvider().prefixKeys(with: "customer.dynamics")
        var present = Set(
            Key.allCases.filter { ProcessInfo.processInfo.environment[$0.environmentName] != nil }.map(\.rawValue))
        if FileManager.default.fileExists(atPath: file) {
            present.formUnion(try Self.names(in: file))
            let provider = try await FileProvider<JSONSnapshot>(filePath: FilePath(file))
            config = ConfigReader(providers: [environment, provider])
        } else {
            config = ConfigReader(provider: environment)
        }
        self.present = present
    }

    /// The names of all values in the file.
    private static func names(in file: String) throws -> [String] {
        let data = FileManager.default.contents(atPath: file) ?? Data()
        guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            throw DynamicsError(
                .usage, "bad_settings", "\(file) is not a JSON object; see docs/operators/configuration.md")
        }
        let names = object.flatMap { group, value in
            (value as? [String: Any]).map { $0.keys.map { "\(group).\($0)" } } ?? [group]
        }
        if let unknown = names.sorted().first(where: { Key(rawValue: $0) == nil }) {
            let known = Key.allCases.map(\.rawValue).joined(separator: ", ")
            throw DynamicsError(
                .usage, "unknown_setting", "\(file): there is no setting \(unknown); the settings are \(known)")
        }
        return names
    }

    /// nil: not set.
    /// - Throws: `DynamicsError` (`.usage`) when it is set to something else than a whole number in `range`.
    func integer(_ key: Key, in range: ClosedRange<Int>) throws -> Int? {
        guard present.contains(key.rawValue) else { return nil }
        guard let value = config.int(forKey: ConfigKey(key.rawValue)), range.contains(value) else {
            throw bad(key, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// nil: not set.
    /// - Parameter expectation: what `isValid` asks for, in words.
    /// - Throws: `DynamicsError` (`.usage`) when it is set to something else.
    func text(_ key: Key, _ expectation: String, where isValid: (String) -> Bool) throws -> String? {
        guard present.contains(key.rawValue) else { return nil }
        guard let value = config.string(forKey: ConfigKey(key.rawValue)), isValid(value) else {
            throw bad(key, expectation)
        }
        return value
    }

    private func bad(_ key: Key, _ expectation: String) -> DynamicsError {
        DynamicsError(
            .usage, "bad_setting",
            "the setting \(key.rawValue) (in \(file), or \(key.environmentName)) must be \(expectation)")
    }
}
