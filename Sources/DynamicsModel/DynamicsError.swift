/// What went wrong, in one sentence for the person who can mend it.
public struct DynamicsError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Who can mend it, and with it how the command line exits.
    public enum Kind: Sendable, Hashable, CaseIterable {
        /// An option or a query that makes no sense.
        case usage
        /// Data that break a rule: an import, a missing rate, an overflow.
        case data
        /// A server, a file or a disk that does not answer as it should.
        case unavailable
        /// Our own fault.
        case fault

        /// The exit status of the command line: the values of `sysexits.h`.
        public var exitStatus: Int32 {
            switch self {
            case .usage: 64
            case .data: 65
            case .unavailable: 69
            case .fault: 70
            }
        }
    }

    public var kind: Kind
    /// A stable name for programs: `unknown_owner`, `missing_rate`, ...
    public var code: String
    /// The query's field or the measure that it is about, by the name in `docs/semantics.md`.
    public var field: String?
    /// What, where and how to mend it; begins in lower case where the field is named in front of it.
    public var message: String

    public init(_ kind: Kind, _ code: String, field: String? = nil, _ message: String) {
        self.kind = kind
        self.code = code
        self.field = field
        self.message = message
    }

    public var description: String { field.map { "\($0): \(message)" } ?? message }
}
