import DynamicsModel

/// Where a cluster is, and how far it may be used.
public struct ClickHouseServer: Sendable, Hashable {
    /// `http://host:8123` or `https://host:8443`; nothing behind the port.
    public var url: String
    public var user: String
    /// Goes into a header, never into an address, a log or a message.
    public var password: String
    public var database: String
    /// The name in the servers' `remote_servers`; nil: one server that holds everything.
    public var cluster: String?
    /// A file with the certificates that are trusted; nil: those of the system.
    public var certificates: String?
    public var connectTimeout_seconds = 5
    /// A server that accepts a connection, or a shard that accepts a query, and then tells nothing for so long, not even how far it is,
    /// is taken for dead.
    public var silence_seconds = 120
    /// What one query may take.
    public var timeout_seconds = 600
    /// What one query may use of a server's memory.
    public var memory_bytes: Int64 = 8 << 30

    /// - Throws: `DynamicsError` (`.usage`) for an address that is not of the form `http(s)://host[:port]`, and for names that are
    ///   no identifiers. A password within the address is refused, since addresses are shown.
    public init(
        url: String, user: String = "default", password: String = "", database: String = "customer_dynamics",
        cluster: String? = nil
    ) throws {
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.user = user
        self.password = password
        self.database = database
        self.cluster = cluster
        try check()
    }

    private func check() throws {
        let rest = ["http://", "https://"].lazy.compactMap {
            self.url.hasPrefix($0) ? self.url.dropFirst($0.count) : nil
        }.first
        guard let rest, !rest.isEmpty, rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Self.bad("url", "must be like http://host:8123 or https://host:8443")
        }
        guard !rest.contains("@") else {
            throw Self.bad("url", "must not hold a user or password; there are settings clickhouse.user and .password")
        }
        guard !rest.contains("/"), !rest.contains("?"), !rest.contains("#") else {
            throw Self.bad("url", "must end behind the port; the database is the setting clickhouse.database")
        }
        for (name, value) in [("database", database), ("cluster", cluster ?? "x")] where !Self.isIdentifier(value) {
            throw Self.bad(name, "must be letters, digits and _, and not begin with a digit")
        }
        for (name, value) in [("user", user), ("password", password)]
        where value.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            throw Self.bad(name, "must not hold control characters")
        }
    }

    private static func bad(_ name: String, _ what: String) -> DynamicsError {
        DynamicsError(.usage, "bad_clickhouse", field: "clickhouse.\(name)", what)
    }

    private static func isIdentifier(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, bytes.count <= 64 else { return false }
        func isLetter(_ byte: UInt8) -> Bool {
            (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
        }
        return isLetter(first) && bytes.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) }
    }
}
