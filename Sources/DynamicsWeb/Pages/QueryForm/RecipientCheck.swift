import DynamicsModel
import DynamicsReports
import DynamicsWorkspace

/// Whom somebody may send reports to, if mail is set up at all.
struct RecipientCheck: Sendable {
    /// nil: no mail server is configured.
    private let policy: MailPolicy?
    private let account: Account

    init(_ deliveries: Deliveries?, _ account: Account) {
        policy = deliveries?.settings.policy
        self.account = account
    }

    /// What to say where mail is wanted, and no server is configured.
    static let noServer = DynamicsError(
        .usage, "no_mail_server", field: "send_to",
        "no mail server is set up; leave the recipients out, or ask the operator to set one up")

    /// The recipients as they are written to.
    /// - Throws: `DynamicsError` for the field `send_to`.
    func checked(_ recipients: [String]) throws -> [String] {
        guard !recipients.isEmpty else { return [] }
        guard let policy else { throw Self.noServer }
        return try policy.checked(recipients, by: account)
    }

    /// Writes the recipients as they are written to; what is wrong with them, where something is.
    func problem(in recipients: inout [String]) -> FieldProblem? {
        do {
            recipients = try checked(recipients)
            return nil
        } catch let error as DynamicsError {
            return FieldProblem(error, hasDates: false)
        } catch {
            return FieldProblem(.sendTo, "The addresses cannot be checked just now; try again.")
        }
    }
}

extension QueryInput {
    /// Whom the report goes to; nil: nobody.
    var deliveries: DeliveryRequest? {
        guard !sendTo.isEmpty, let format = Delivery.Format(rawValue: output) else { return nil }
        return DeliveryRequest(recipients: sendTo, format: format)
    }
}
