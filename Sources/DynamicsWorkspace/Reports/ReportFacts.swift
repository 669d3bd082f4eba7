public import DynamicsModel

/// What is known of a stored report beside its figures.
public struct ReportFacts: Sendable, Hashable, Identifiable {
    /// What links to it say: 144 random bits in base64url, which never begin with a dash.
    public let id: String
    public var owner: Int64
    /// Only for people of the same company: see `name(for:)`.
    public var ownerName: String
    /// The role of who ran it, at that time.
    public var generatedBy: Role
    /// The company of who ran it, at that time; nil: the operator.
    public var company: ExactText?
    /// Whose clients it is about.
    public var scope: Scope
    public var generatedAt: Instant
    public var duration_ms: Int
    /// Of the ledger.
    public var revision: Int64
    /// Without the total.
    public var rowCount: Int
    /// The query as it was asked, with a relative period where it had one.
    public var draft: QueryDraft
    /// From then on only the owner and administrators see it; nil: never.
    public var expiresAt: Instant?
    /// Since then only the owner and administrators see it; nil: not revoked.
    public var revokedAt: Instant?

    /// The owner's name; nil for people of other companies.
    public func name(for viewer: Account) -> String? {
        viewer.id == owner || viewer.isColleague(of: company) ? ownerName : nil
    }

    /// Whether the link still opens for others at that time.
    public func isShared(at now: Instant) -> Bool {
        revokedAt == nil && expiresAt.map { now < $0 } ?? true
    }

    /// Whether `viewer` may see the report at that time: everybody who sees reports, while the link is good; always its owner
    /// and administrators.
    public func isVisible(to viewer: Account, at now: Instant) -> Bool {
        viewer.seesReports && (isShared(at: now) || mayChange(viewer))
    }

    /// Whether `account` may revoke, limit and delete it: its owner and administrators.
    public func mayChange(_ account: Account) -> Bool {
        account.seesReports && (account.id == owner || account.isAdministrator)
    }
}

/// A report as it was made.
public struct StoredReport: Sendable, Hashable {
    public var facts: ReportFacts
    /// Exactly what was stored.
    public var result: ReportResult
}
