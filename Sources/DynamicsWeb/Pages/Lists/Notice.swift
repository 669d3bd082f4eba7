import Hummingbird

/// What was just done, as the next page says it. The address carries only the name, so nobody can put words into our mouth.
enum Notice: String, CaseIterable {
    case linkRevoked = "link-revoked"
    case linkRestored = "link-restored"
    case expirySet = "expiry-set"
    case expiryCleared = "expiry-cleared"
    case reportDeleted = "report-deleted"
    case templateChanged = "template-changed"
    case templateCopied = "template-copied"
    case templateDeleted = "template-deleted"
    case defaultSet = "default-set"
    case defaultUnset = "default-unset"
    case userAdded = "user-added"
    case userChanged = "user-changed"
    case userDisabled = "user-disabled"
    case userEnabled = "user-enabled"
    case passwordSet = "password-set"
    case tokenRevoked = "token-revoked"
    case emailSet = "email-set"
    case mailQueued = "mail-queued"
    case scheduleSet = "schedule-set"
    case scheduleRemoved = "schedule-removed"
    case schedulePaused = "schedule-paused"
    case scheduleResumed = "schedule-resumed"
    case runAsked = "run-asked"

    /// The name of the field in the address.
    static let field = "notice"

    var text: String {
        switch self {
        case .linkRevoked: "The link is revoked: only you and administrators can open the report now."
        case .linkRestored: "The link opens again for everybody who has it."
        case .expirySet: "The link's expiry is set."
        case .expiryCleared: "The link does not expire any more."
        case .reportDeleted: "The report is deleted."
        case .templateChanged: "The template is changed."
        case .templateCopied: "The copy is made. It is yours, and only you see it."
        case .templateDeleted: "The template is deleted."
        case .defaultSet: "The report page opens with this template from now on."
        case .defaultUnset: "The report page opens without a template from now on."
        case .userAdded: "The user is added."
        case .userChanged: "The user's role is changed."
        case .userDisabled: "The user is disabled and signed out."
        case .userEnabled: "The user may sign in again."
        case .passwordSet: "The password is set. The user is signed out everywhere."
        case .tokenRevoked: "The token is revoked."
        case .emailSet: "The mail address is set."
        case .mailQueued: "The report is on its way."
        case .scheduleSet: "The schedule is set."
        case .scheduleRemoved: "The template does not run by itself any more."
        case .schedulePaused: "The schedule is paused."
        case .scheduleResumed: "The schedule goes on."
        case .runAsked: "The template is being run; the list of its runs tells how it goes."
        }
    }

    /// `address`, a local one, with the notice in its query in the place of an earlier one.
    func added(to address: String) -> String {
        let (rest, fragment) = Self.cut(address, at: "#")
        let (path, query) = Self.cut(rest, at: "?")
        let fields = FormFields(encoded: query).fields.filter { $0.name != Self.field } + [(Self.field, rawValue)]
        return "\(path)?\(FormFields(fields).encoded)" + (fragment.isEmpty ? "" : "#\(fragment)")
    }

    /// What stands before the first `mark` and behind it.
    private static func cut(_ text: String, at mark: Character) -> (String, String) {
        let parts = text.split(separator: mark, maxSplits: 1, omittingEmptySubsequences: false)
        return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
    }
}

extension Response {
    /// After a form, with word of what it did.
    static func redirect(to address: String, notice: Notice) -> Response { .redirect(to: notice.added(to: address)) }
}

extension Visit {
    /// The text of the notice that the address names; empty: none.
    var notice: String { query[Notice.field].flatMap(Notice.init(rawValue:))?.text ?? "" }

    /// Where the visitor came from and wants to be again: the field `back` of the form, or else of the address.
    ///
    /// Only ever a path on this server.
    func back(otherwise address: String) -> String {
        guard let back = form["back"] ?? query["back"], !back.isEmpty else { return address }
        return SignIn.localAddress(back)
    }

    /// The page that is shown now, to come back to, without word of what was done before.
    var ownAddress: String {
        let fields = query.fields.filter { $0.name != Notice.field }
        return request.uri.path + (fields.isEmpty ? "" : "?\(FormFields(fields).encoded)")
    }
}
