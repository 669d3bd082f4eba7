import DynamicsModel
public import DynamicsWorkspace

/// Whom mail may go to.
///
/// Administrators and analysts may send to any domain, or to those that the operator allows. Users of resellers may send to the
/// domain of their own address, and to those that the operator allows.
public struct MailPolicy: Sendable, Hashable {
    /// Domains in lower case; nil: the operator has named none.
    public var allowedDomains: Set<String>?

    public init(allowedDomains: Set<String>? = nil) { self.allowedDomains = allowedDomains }

    /// The recipients that were typed, each once, as they are written to.
    ///
    /// - Throws: `DynamicsError` (`.usage`) for the field `send_to` that names the first address that is none, or that `account` may
    ///   not send to.
    public func checked(_ recipients: [String], by account: Account) throws -> [String] {
        var known: Set<ExactText> = []
        var checked: [String] = []
        for text in recipients {
            let address = try MailAddress(text, field: "send_to")
            if let why = refusal(of: address, by: account) {
                throw DynamicsError(.usage, "recipient_not_allowed", field: "send_to", why)
            }
            if known.insert(ExactText(address.description)).inserted { checked.append(address.description) }
        }
        guard checked.count <= DeliveryRequest.most else {
            throw DynamicsError(
                .usage, "too_many_recipients", field: "send_to",
                "there may be at most \(DeliveryRequest.most) addresses; there are \(checked.count)")
        }
        return checked
    }

    /// Why `account` may not send to `recipient`; nil: it may.
    func refusal(of recipient: MailAddress, by account: Account) -> String? {
        if allowedDomains?.contains(recipient.domain) == true { return nil }
        guard account.role == .reseller else {
            return allowedDomains.map {
                "mail to \(recipient) is not allowed; the domains that are: \(Self.listed($0))"
            }
        }
        guard let own = account.email.flatMap({ try? MailAddress($0) })?.domain else {
            return
                "mail to \(recipient) is not allowed: your account has no mail address yet, whose domain you may send to; "
                + "an administrator can set it"
        }
        if own == recipient.domain { return nil }
        let allowed = Self.listed((allowedDomains ?? []).union([own]))
        return "mail to \(recipient) is not allowed; the domains that you may send to: \(allowed)"
    }

    private static func listed(_ domains: Set<String>) -> String {
        let shown = domains.sorted().prefix(10).joined(separator: ", ")
        return domains.count > 10 ? shown + " and \(domains.count - 10) more" : shown.isEmpty ? "none" : shown
    }
}
