public import DynamicsModel

/// What is written down. Raw values stand in the file for ever.
public enum AuditAction: String, Sendable, Hashable, CaseIterable, Codable {
    case signedIn = "signed_in"
    case signInRefused = "sign_in_refused"
    case signedOut = "signed_out"
    case passwordChanged = "password_changed"
    case reportRun = "report_run"
    case reportExported = "report_exported"
    case linkOpened = "link_opened"
    case linkRevoked = "link_revoked"
    case linkRestored = "link_restored"
    case expirySet = "expiry_set"
    case reportDeleted = "report_deleted"
    case templateAdded = "template_added"
    case templateChanged = "template_changed"
    case templateDeleted = "template_deleted"
    case scheduleSet = "schedule_set"
    case scheduleRemoved = "schedule_removed"
    case schedulePaused = "schedule_paused"
    case scheduleResumed = "schedule_resumed"
    case scheduledRunAsked = "scheduled_run_asked"
    case scheduledRunFailed = "scheduled_run_failed"
    case mailAsked = "mail_asked"
    case mailSent = "mail_sent"
    case mailFailed = "mail_failed"
    case imported = "imported"
    case userAdded = "user_added"
    case userChanged = "user_changed"
    case userDisabled = "user_disabled"
    case userEnabled = "user_enabled"
    case tokenCreated = "token_created"
    case tokenRevoked = "token_revoked"

    /// As people read it.
    public var title: String {
        switch self {
        case .signedIn: "Signed in"
        case .signInRefused: "Sign-in refused"
        case .signedOut: "Signed out"
        case .passwordChanged: "Password changed"
        case .reportRun: "Report run"
        case .reportExported: "Report exported"
        case .linkOpened: "Link opened"
        case .linkRevoked: "Link revoked"
        case .linkRestored: "Link restored"
        case .expirySet: "Expiry set"
        case .reportDeleted: "Report deleted"
        case .templateAdded: "Template added"
        case .templateChanged: "Template changed"
        case .templateDeleted: "Template deleted"
        case .scheduleSet: "Schedule set"
        case .scheduleRemoved: "Schedule removed"
        case .schedulePaused: "Schedule paused"
        case .scheduleResumed: "Schedule resumed"
        case .scheduledRunAsked: "Template sent by hand"
        case .scheduledRunFailed: "Scheduled run failed"
        case .mailAsked: "Report sent by hand"
        case .mailSent: "Mail sent"
        case .mailFailed: "Mail failed"
        case .imported: "Ledger imported"
        case .userAdded: "User added"
        case .userChanged: "User changed"
        case .userDisabled: "User disabled"
        case .userEnabled: "User enabled"
        case .tokenCreated: "Token created"
        case .tokenRevoked: "Token revoked"
        }
    }
}

/// One thing that happened.
public struct AuditEntry: Sendable, Hashable, Identifiable {
    /// Later entries have greater ids.
    public let id: Int64
    public var at: Instant
    /// Who did it, by the name of that time: a person, `token NAME`, `command line`, `retention` or `unknown name`.
    public var actor: String
    /// nil: nobody with an account.
    public var role: Role?
    public var action: AuditAction
    /// What it was done to: a report's or a template's id, a name.
    public var subject: String
    /// Where it came from; nil: the command line.
    public var address: String?
    /// More of it, in words.
    public var detail: String
}
