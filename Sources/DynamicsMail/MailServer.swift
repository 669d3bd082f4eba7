public import DynamicsModel

/// How to reach the server that takes mail.
public struct MailServer: Sendable, Hashable, CustomStringConvertible {
    /// How the connection is protected.
    public enum Security: String, Sendable, Hashable, CaseIterable {
        /// Not at all: for a server on this machine.
        case none
        /// From the first byte on (RFC 8314), usually port 465.
        case tls
        /// After `STARTTLS` (RFC 3207), which has to work; usually port 587.
        case starttls
    }

    public var host: String
    public var port: Int
    public var security: Security
    /// Who signs in; nil: nobody does.
    public var user: String?
    /// Is in no description, and in no error.
    public var password: String
    /// Who sends.
    public var sender: MailAddress
    public var connectTimeout_seconds: Int
    /// For the whole message.
    public var timeout_seconds: Int
    /// A file with certificates (PEM) to trust instead of the system's; nil: the system's.
    public var certificates: String?

    public init(
        host: String, port: Int, security: Security, user: String? = nil, password: String = "", sender: MailAddress,
        connectTimeout_seconds: Int = 15, timeout_seconds: Int = 120, certificates: String? = nil
    ) {
        self.host = host
        self.port = port
        self.security = security
        self.user = user
        self.password = password
        self.sender = sender
        self.connectTimeout_seconds = connectTimeout_seconds
        self.timeout_seconds = timeout_seconds
        self.certificates = certificates
    }

    public var description: String { "\(host):\(port) (\(security.rawValue)\(user == nil ? "" : ", with a password"))" }

    /// Its path is how the client calls itself: the sender's domain, as servers refuse the bare name of a machine.
    var url: String {
        let scheme = security == .tls ? "smtps" : "smtp"
        return "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)/\(sender.domain)"
    }
}
