import DynamicsExport
public import DynamicsMail
import DynamicsModel
public import DynamicsWorkspace
import Synchronization

/// How reports are sent.
public struct DeliverySettings: Sendable {
    public var server: MailServer
    /// Where others reach the web application, for links; nil: messages have none.
    public var publicAddress: String?
    /// A larger file is not attached; mail servers commonly take 10 MB and more, and a file grows by a third on the way.
    public var largestFile_bytes = 7_000_000
    /// How many messages are on their way at the same time, at least 1.
    public var maxConcurrent = 4
    /// How often to look for what has become due, or was queued by another process.
    public var look_seconds = 5.0
    /// Whom mail may go to.
    public var policy = MailPolicy()
    /// How long a sender that has died keeps others from its message, at least 3; one that lives renews its claim.
    public var lease_seconds: Int64 = 60

    public init(server: MailServer) { self.server = server }

    /// The server for people to read: without the password.
    public var serverInWords: (place: String, security: String, sender: String, user: String?) {
        let security =
            switch server.security {
            case .none: "without encryption"
            case .tls: "TLS"
            case .starttls: "STARTTLS"
            }
        return ("\(server.host):\(server.port)", security, server.sender.description, server.user)
    }
}

/// Sends what is in the workspace's queue of deliveries, for as long as `run` runs.
public final class Deliveries: Sendable {
    private let workspace: Workspace
    /// As given.
    public let settings: DeliverySettings
    private let sender: MailSender
    private let exports = ReportExports()
    private let log: @Sendable (any Error) -> Void
    private let looks = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let underWay = Atomic<Int>(0)

    /// - Parameter log: is told errors of the workspace, and those that are nobody's but ours.
    public init(workspace: Workspace, settings: DeliverySettings, log: @escaping @Sendable (any Error) -> Void) {
        self.workspace = workspace
        self.settings = settings
        self.log = log
        sender = MailSender(settings.server)
    }

    /// Something may be due: have a look now.
    public func wake() { looks.continuation.yield() }

    /// Sends until the task is cancelled; then claims nothing more, and returns when what was on its way has been sent or not, which
    /// takes no longer than the server's timeout. Must be called once.
    public func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                while !Task.isCancelled {
                    self.wake()
                    try? await Task.sleep(for: .seconds(self.settings.look_seconds))
                }
            }
            for await _ in looks.stream {
                while !Task.isCancelled, underWay.load(ordering: .relaxed) < max(1, settings.maxConcurrent),
                    // As below: a claim that was written and is not heard of would block its delivery until the lease ends.
                    let claim = await Task(operation: { await self.claim() }).value
                {
                    underWay.add(1, ordering: .relaxed)
                    group.addTask {
                        // A task of its own is not cancelled with this one: nobody would know whether the server took the message.
                        await Task { await self.deliver(claim) }.value
                        self.underWay.subtract(1, ordering: .relaxed)
                        self.wake()
                    }
                }
            }
        }
    }

    private func claim() async -> DeliveryClaim? {
        do {
            return try await workspace.claimDelivery(lease_seconds: settings.lease_seconds)
        } catch {
            log(error)
            return nil
        }
    }

    // MARK: - One delivery

    private func deliver(_ claim: DeliveryClaim) async {
        do {
            do {
                try await checkRights(claim.delivery)
                // Deleted in the meantime, and its deliveries with it.
                guard let message = try await message(claim.delivery) else { return }
                try await renewing(claim) { try await self.sender.send(message) }
            } catch let failure as MailFailure {
                try await workspace.noteFailure(claim, failure.description, isTemporary: failure.isTemporary)
                return
            } catch let error as DynamicsError {
                try await workspace.noteFailure(claim, "\(error)", isTemporary: error.kind == .unavailable)
                return
            } catch {
                log(error)
                try await workspace.noteFailure(
                    claim, "it failed for a reason that is not yours; the operator finds it in the log",
                    isTemporary: true)
                return
            }
            try await noteSent(claim)
        } catch {
            // Its lease ends, and it is due again.
            log(error)
        }
    }

    /// What was allowed when it was asked for may not be so any more.
    private func checkRights(_ delivery: Delivery) async throws {
        guard let account = try await workspace.account(id: delivery.askedBy), !account.isDisabled else {
            throw DynamicsError(.usage, "disabled", "the account that asked for it is disabled")
        }
        // Word of a failure goes to the own address.
        if case .failedRun = delivery.content { return }
        if let why = settings.policy.refusal(of: try MailAddress(delivery.recipient), by: account) {
            throw DynamicsError(.usage, "recipient_not_allowed", why)
        }
    }

    /// Does something that takes long while the claim stays good.
    private func renewing(_ claim: DeliveryClaim, _ action: @escaping @Sendable () async throws -> Void) async throws {
        let lease = settings.lease_seconds
        let renewal = Task {
            while true {
                try await Task.sleep(for: .seconds(Double(lease) / 3))
                try await self.workspace.renew(claim, lease_seconds: lease)
            }
        }
        defer { renewal.cancel() }
        try await action()
    }

    /// A message that was sent and not noted goes out again: so it is worth some patience.
    private func noteSent(_ claim: DeliveryClaim) async throws {
        for pause_seconds in [1, 5, 30] {
            do {
                try await workspace.noteSent(claim)
                return
            } catch {
                log(error)
                try await Task.sleep(for: .seconds(pause_seconds))
            }
        }
        try await workspace.noteSent(claim)
    }

    /// - Returns: nil: what it brings is not there any more.
    private func message(_ delivery: Delivery) async throws -> MailMessage? {
        switch delivery.content {
        case .report(let id, let format):
            guard let report = try await workspace.report(id: id) else { return nil }
            if let revoked = report.facts.revokedAt, revoked >= delivery.createdAt {
                throw DynamicsError(.usage, "revoked", "the report's link was revoked before the message was sent")
            }
            return try await message(report, format, delivery)
        case .failedRun(let id):
            guard let run = try await workspace.scheduledRun(id: id) else { return nil }
            let mail = FailureMail(
                title: delivery.title, run: run, link: link("/templates/\(run.templateID)/schedule"))
            return try message(delivery, mail.subject, mail.text, mail.html)
        }
    }

    private func message(
        _ report: StoredReport, _ format: Delivery.Format, _ delivery: Delivery
    ) async throws -> MailMessage {
        guard let format = ReportFile(rawValue: format.rawValue) else {
            throw DynamicsError(.fault, "delivery_format", "there is no format \(format.rawValue)")
        }
        let file = try await file(format, report)
        let mail = ReportMail(
            report: report, title: delivery.title, link: link("/view?id=\(report.facts.id)"), whyNoFile: file.whyNot)
        let attachment = try file.bytes.map { bytes in
            try MailMessage.Attachment(
                name: format.name(for: report.result.query), mediaType: format.mediaType, bytes: bytes)
        }
        return try message(delivery, mail.subject, mail.text, mail.html, attachment)
    }

    private func message(
        _ delivery: Delivery, _ subject: String, _ text: String, _ html: String,
        _ attachment: MailMessage.Attachment? = nil
    ) throws -> MailMessage {
        try MailMessage(
            to: try MailAddress(delivery.recipient), subject: subject, text: text, html: html, attachment: attachment,
            id: "\(delivery.id)@\(settings.server.sender.domain)", date: delivery.createdAt)
    }

    /// The file, or why there is none.
    private func file(
        _ format: ReportFile, _ report: StoredReport
    ) async throws -> (bytes: [UInt8]?, whyNot: String?) {
        do {
            let bytes = try await exports.file(format, of: report)
            if bytes.count <= settings.largestFile_bytes { return (bytes, nil) }
            let limit = settings.largestFile_bytes
            return (nil, "it has \(bytes.count) bytes, and no more than \(limit) are sent by mail")
        } catch let error as DynamicsError where error.kind == .usage {
            return (nil, error.message)
        }
    }

    /// - Parameter path: of a page.
    private func link(_ path: String) -> String? {
        settings.publicAddress.map { "\($0.hasSuffix("/") ? String($0.dropLast()) : $0)\(path)" }
    }

    // MARK: - Trying the server

    /// Sends a message that says that mail works, at once and past the queue.
    ///
    /// - Parameter askedBy: a name.
    /// - Throws: `DynamicsError` (`.usage`) for the field `email`; of kind `.unavailable` with the server's own words when it does not
    ///   take the message.
    public func sendTest(to recipient: String, askedBy: String) async throws {
        let address = try MailAddress(recipient, field: "email")
        let sentence = "Mail from Customer Dynamics works: \(askedBy) asked for this test. Nothing needs to be done."
        let message = try MailMessage(
            to: address, subject: "Test of mail from Customer Dynamics", text: sentence + "\n",
            html: MailHTML.page(title: "Mail works", body: "<p>\(MailHTML.escaped(sentence))</p>\n"),
            id: "test-\(UInt64.random(in: 0 ... .max))@\(settings.server.sender.domain)", date: Workspace.systemClock())
        do {
            try await sender.send(message)
        } catch let failure as MailFailure {
            throw DynamicsError(.unavailable, "mail_server", failure.description)
        }
    }
}
