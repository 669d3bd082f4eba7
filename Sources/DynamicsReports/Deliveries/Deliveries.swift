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

    public init(server: MailServer) { self.server = server }

    /// For making the file and sending it.
    var lease_seconds: Int64 { Int64(server.timeout_seconds) + 900 }
}

/// Sends what is in the workspace's queue of deliveries, for as long as `run` runs.
public final class Deliveries: Sendable {
    private let workspace: Workspace
    private let settings: DeliverySettings
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
                // Deleted in the meantime, and its deliveries with it.
                guard let report = try await workspace.report(id: claim.delivery.reportID) else { return }
                guard try await workspace.account(id: claim.delivery.askedBy)?.isDisabled == false else {
                    throw DynamicsError(.usage, "disabled", "the account that asked for it is disabled")
                }
                try await sender.send(try await message(report, claim.delivery))
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

    private func message(_ report: StoredReport, _ delivery: Delivery) async throws -> MailMessage {
        guard let format = ReportFile(rawValue: delivery.format.rawValue) else {
            throw DynamicsError(.fault, "delivery_format", "there is no format \(delivery.format.rawValue)")
        }
        let file = try await file(format, report)
        let mail = ReportMail(report: report, link: link(to: report), whyNoFile: file.whyNot)
        let attachment = try file.bytes.map { bytes in
            try MailMessage.Attachment(
                name: format.name(for: report.result.query), mediaType: format.mediaType, bytes: bytes)
        }
        let domain = settings.server.sender.domain
        return try MailMessage(
            to: try MailAddress(delivery.recipient), subject: mail.subject, text: mail.text, html: mail.html,
            attachment: attachment, id: "\(delivery.id)@\(domain)", date: delivery.createdAt)
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

    private func link(to report: StoredReport) -> String? {
        settings.publicAddress.map { address in
            "\(address.hasSuffix("/") ? String(address.dropLast()) : address)/view?id=\(report.facts.id)"
        }
    }
}
