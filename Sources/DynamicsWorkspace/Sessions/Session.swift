public import DynamicsModel

/// Somebody who has signed in.
public struct Session: Sendable {
    /// The cookie's value: 256 random bits in base64url. The file has only its SHA-256.
    public let token: String
    /// What every form must carry; the same for as long as the session lasts, and of no use without it.
    public let csrfToken: String
    /// As it is now.
    public var account: Account
    /// When the session ends if nothing more is asked with it.
    public var expiresAt: Instant
}

/// What became of an attempt to sign in.
public enum SignIn: Sendable {
    case signedIn(Session)
    /// Name or password are wrong, or the account is disabled; nobody is told which.
    case refused
    /// Too many failures for this name or from this address: the password has not even been looked at.
    case slowedDown(retryAfter_seconds: Int)
}

/// What became of an attempt to change one's own password.
public enum PasswordChange: Sendable, Hashable {
    case changed
    /// The current password is wrong.
    case refused
    /// As with `SignIn`.
    case slowedDown(retryAfter_seconds: Int)
}
