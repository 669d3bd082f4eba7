public import DynamicsModel

/// A saved query.
public struct Template: Sendable, Hashable, Identifiable {
    /// Who sees it, beside its owner and administrators.
    public enum Visibility: String, Sendable, Hashable, CaseIterable, Codable {
        case me
        /// The people of the owner's company at the time of saving; the operator's company are administrators and analysts.
        case company
        case everyone

        /// As people read it.
        public var title: String {
            switch self {
            case .me: "Only me"
            case .company: "My company"
            case .everyone: "Everyone"
            }
        }
    }

    /// 144 random bits in base64url.
    public let id: String
    public var owner: Int64
    /// Only for people of the same company: see `name(for:)`.
    public var ownerName: String
    /// Whose people see it with `.company`; nil: the operator's.
    public var company: ExactText?
    public var name: String
    public var description: String
    public var visibility: Visibility
    public var draft: QueryDraft
    /// One of `Template.outputs`.
    public var output: String
    /// The settings of the chart that the report opens with, as an address has them; empty: no chart.
    public var chart: String
    /// Who gets the report by mail; only with an output that is a file. For people of other companies: see `recipients(for:)`.
    public var sendTo: [String]
    public var createdAt: Instant
    public var changedAt: Instant
    /// Whether it is the default of the account that asked.
    public var isDefault: Bool

    /// What a template's report can come as.
    public static let outputs = ["web", "csv", "xls", "xlsx"]

    /// What its report goes out as by mail; nil: it has no recipients.
    public var deliveries: DeliveryRequest? {
        guard !sendTo.isEmpty, let format = Delivery.Format(rawValue: output) else { return nil }
        return DeliveryRequest(recipients: sendTo, format: format, title: name)
    }

    /// The recipients; none for people of other companies, whom these addresses do not concern.
    public func recipients(for viewer: Account) -> [String] {
        viewer.id == owner || viewer.isColleague(of: company) ? sendTo : []
    }

    /// The owner's name; nil for people of other companies.
    public func name(for viewer: Account) -> String? {
        viewer.id == owner || viewer.isColleague(of: company) ? ownerName : nil
    }

    /// Whether `viewer` may load it.
    public func isVisible(to viewer: Account) -> Bool {
        guard viewer.seesReports else { return false }
        if mayChange(viewer) { return true }
        return switch visibility {
        case .me: false
        case .company: viewer.isColleague(of: company)
        case .everyone: true
        }
    }

    /// Whether `account` may change and delete it: its owner and administrators.
    public func mayChange(_ account: Account) -> Bool {
        account.seesReports && (account.id == owner || account.isAdministrator)
    }
}
