/// A message that was not taken.
public struct MailFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// What may help.
    public enum Cause: Sendable, Hashable {
        /// Time: the server is away, busy, or says so (4xx).
        case temporary
        /// Nothing: the server does not take this message for this recipient (5xx).
        case permanent
        /// The operator: the server's certificate, user and password, or its not knowing STARTTLS. Worth another try later, when that is mended.
        case configuration
    }

    public let cause: Cause
    /// Whether the same message is worth another try later: for every cause but `permanent`.
    public var isTemporary: Bool { cause != .permanent }
    /// A sentence, with the server's own words where there are any; no password, no control characters, at most some hundred
    /// characters.
    public let description: String
}
