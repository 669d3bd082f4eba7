public import DynamicsModel

/// What a program identifies itself with; its secret is shown once, when it is created.
public struct AccessToken: Sendable, Hashable, Identifiable {
    /// The id of the token's own account: what it makes belongs to that.
    public let id: Int64
    public var name: String
    public var role: Role
    /// There exactly when `role` is `.reseller`.
    public var reseller: ExactText?
    /// Who created it; nil: the command line. It stops working when they are disabled, or may no longer do what it may.
    public var owner: Int64?
    public var ownerName: String?
    public var createdAt: Instant
    /// To the minute; nil: never.
    public var lastUsedAt: Instant?
    /// nil: never expires.
    public var expiresAt: Instant?
    public var revokedAt: Instant?
}
