public import DynamicsModel

/// What an account may do: the roles of `docs/operators/accounts.md`.
public enum Role: String, Sendable, Hashable, CaseIterable, Codable {
    case administrator
    case analyst
    case reseller
    /// Imports over HTTP and sees nothing; only access tokens have this role.
    case ledgerWriter = "ledger_writer"

    /// As people read it: `Ledger writer`.
    public var title: String {
        switch self {
        case .administrator: "Administrator"
        case .analyst: "Analyst"
        case .reseller: "Reseller"
        case .ledgerWriter: "Ledger writer"
        }
    }
}

/// Somebody, or some program, that acts: a person who signs in with a password, or an access token.
///
/// Both have a row of their own and never share an id, so that what a token has made has an owner: the token.
public struct Account: Sendable, Hashable, Identifiable {
    /// What the account acts with.
    public enum Kind: String, Sendable, Hashable, Codable {
        case person
        /// Cannot sign in.
        case token
    }

    public let id: Int64
    public let kind: Kind
    /// A person's name as it was given; `token NAME` of a token.
    public var name: String
    public var role: Role
    /// The reseller's id; there exactly when `role` is `.reseller`.
    public var reseller: ExactText?
    /// True of a person who was disabled, and of a token that was revoked.
    public var isDisabled: Bool
    /// Where the person gets mail; nil: not known.
    public var email: String?
    public var createdAt: Instant
    /// Of a token: when it was last used, to the minute.
    public var lastSignIn: Instant?

    /// Whose clients the account sees; nil: none, as a ledger writer.
    public var scope: Scope? {
        switch role {
        case .administrator, .analyst: .everything
        case .reseller: reseller.map(Scope.reseller)
        case .ledgerWriter: nil
        }
    }

    /// Whose people the account belongs to: the reseller's; nil: the operator's.
    public var company: ExactText? { reseller }

    /// Whether the account may see and change what belongs to others.
    public var isAdministrator: Bool { role == .administrator }

    /// Whether the account sees reports at all: all but ledger writers.
    public var seesReports: Bool { scope != nil }

    /// Whether what belongs to `company` (nil: the operator) belongs to this account's company.
    func isColleague(of company: ExactText?) -> Bool { seesReports && self.company == company }
}
