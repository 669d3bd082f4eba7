import DynamicsModel
import DynamicsReports
import DynamicsWorkspace
import Hummingbird

/// *Mail*, for administrators: the server, whom mail may go to, what is queued, and a test.
enum MailPage {
    static var routes: [Route] {
        [
            Route(.get, address, for: .administrators, show),
            Route(.post, "\(address)/test", for: .administrators, test),
        ]
    }

    private static let address = "/administration/mail"

    /// What the page shows.
    struct PageModel {
        let chrome: PageChrome
        let place = Administration.Place(.mail)
        /// nil: no server is configured.
        let server: ServerModel?
        let counts: [Count]
        let troubled: [DeliveryRow]
        let hasTroubled: Bool
        var recipient: String
        var problem = ""
        /// What came of a test that worked.
        var success = ""
    }

    struct ServerModel {
        let server: String
        let sender: String
        let user: String
        let domains: String
        let largestFile: String
        /// nil: links are left out.
        let publicAddress: String?
    }

    struct Count {
        let title: String
        let count: Int
    }

    @Sendable static func show(_ visit: Visit) async throws -> Response {
        visit.parts.pages.respond("mail", try await model(visit))
    }

    private static func model(_ visit: Visit) async throws -> PageModel {
        let workspace = visit.parts.workspace
        let dayBefore = Instant(seconds: visit.parts.clock().seconds - 86_400)
        let counts = try await workspace.deliveryCounts(since: dayBefore)
        let troubled = try await workspace.troubledDeliveries()
        var chrome = PageChrome(title: "Mail", section: "administration", visit.context)
        chrome.notice = visit.notice
        return PageModel(
            chrome: chrome, server: visit.parts.deliveries.map { ServerModel($0.settings) },
            counts: [
                Count(title: "Waiting", count: counts[.queued] ?? 0),
                Count(title: "Being sent", count: counts[.sending] ?? 0),
                Count(title: "Sent in the last 24 hours", count: counts[.sent] ?? 0),
                Count(title: "Failed in the last 24 hours", count: counts[.failed] ?? 0),
            ], troubled: troubled.map(DeliveryRow.init), hasTroubled: !troubled.isEmpty,
            recipient: try visit.viewer().email ?? "")
    }

    /// Field `email`: sends a message there at once, and says what the server said.
    @Sendable static func test(_ visit: Visit) async throws -> Response {
        let viewer = try visit.viewer()
        let recipient = visit.form["email"] ?? ""
        var model = try await model(visit)
        model.recipient = recipient
        do {
            guard let deliveries = visit.parts.deliveries else { throw RecipientCheck.noServer }
            try await deliveries.sendTest(to: recipient, askedBy: viewer.name)
            try await visit.parts.workspace.note(
                .mailSent, by: viewer, subject: "test", address: visit.context.address, detail: recipient)
            model.success =
                "The server took the message. Look into the mailbox of \(recipient), and into its junk mail."
            return visit.parts.pages.respond("mail", model)
        } catch let error as DynamicsError {
            // The sentences of a mail server's refusal end by themselves.
            model.problem = FieldProblem.sentence(error.message)
            let status: HTTPResponse.Status = error.kind == .usage ? .unprocessableContent : .badGateway
            return visit.parts.pages.respond("mail", model, status: status)
        }
    }
}

extension MailPage.ServerModel {
    init(_ settings: DeliverySettings) {
        server = "\(settings.serverInWords.place), \(settings.serverInWords.security)"
        sender = settings.serverInWords.sender
        user = settings.serverInWords.user ?? "nobody signs in"
        domains =
            settings.policy.allowedDomains?.sorted().joined(separator: ", ")
            ?? "any for administrators and analysts, their own for users of resellers"
        largestFile =
            "\(Self.megabytes(settings.largestFile_bytes)) MB; instead of a larger file, only the link is sent"
        publicAddress = settings.publicAddress
    }

    /// `7`, `0.5`: of a million bytes.
    private static func megabytes(_ bytes: Int) -> String {
        let tenths = (bytes + 50_000) / 100_000
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
