public import DynamicsModel

/// Whom a report goes to by mail, and as what.
public struct DeliveryRequest: Sendable, Hashable {
    /// How many recipients there may be.
    public static let most = 100

    /// Mail addresses that have been checked; each gets a message of its own. Who is named twice gets one.
    public var recipients: [String]
    public var format: Delivery.Format
    /// The name of the template that the report was made from, for the subject; empty: of none.
    public var title: String

    public init(recipients: [String], format: Delivery.Format, title: String = "") {
        self.recipients = recipients
        self.format = format
        self.title = title
    }
}

/// A message on its way to one recipient.
public struct Delivery: Sendable, Hashable, Identifiable {
    /// What the report is attached as.
    public enum Format: String, Sendable, Hashable, CaseIterable, Codable {
        case csv
        case xls
        case xlsx
    }

    /// How far it is. Raw values stand in the file for ever.
    public enum State: String, Sendable, Hashable, CaseIterable, Codable {
        /// Waits for its first attempt, or for the next one.
        case queued
        /// Somebody has claimed it.
        case sending
        /// The mail server has taken it.
        case sent
        /// There will be no other attempt.
        case failed
    }

    /// What the message brings.
    public enum Content: Sendable, Hashable {
        /// A stored report, attached in a format.
        case report(id: String, format: Format)
        /// Word to the owner that a scheduled run, by its id, has failed or that its mail has.
        case failedRun(id: String)
    }

    /// 144 random bits in base64url. What the message's own id is made of, so that a repeat has the same one.
    public let id: String
    public var content: Content
    public var recipient: String
    /// As `DeliveryRequest.title`.
    public var title: String
    public var state: State
    /// How many have begun.
    public var attempts: Int
    /// When the next attempt is due, or, while it is being sent, when the sender is taken for dead; nil: sent or failed.
    public var dueAt: Instant?
    /// Why the last attempt failed; nil: none did.
    public var lastError: String?
    /// The account that asked for it.
    public var askedBy: Int64
    public var createdAt: Instant
    /// When its state changed last.
    public var changedAt: Instant
}

/// The right to send a delivery, once. It ends with `Workspace.noteSent` or `noteFailure`, or when its lease does.
public struct DeliveryClaim: Sendable, Hashable {
    public let delivery: Delivery
    /// Differs from that of every other claim.
    let token: String
}

/// How long a message that was not taken waits for its next attempt.
public enum DeliveryPatience {
    /// After the first attempt, the second, ...: 1, 5, 15 minutes, 1, 4, 8, 8 hours; 21 hours 21 minutes in all.
    static let pauses_seconds: [Int64] = [60, 300, 900, 3600, 14_400, 28_800, 28_800]

    /// - Parameters:
    ///   - attempts: how many there were, from 1 on.
    ///   - jitter: 0 to 1; up to a tenth of the pause is added, so that what failed together does not come back together.
    /// - Returns: how long to wait; nil: give up, about a day after the first attempt.
    public static func pause_seconds(after attempts: Int, jitter: Double) -> Int64? {
        guard (1...pauses_seconds.count).contains(attempts) else { return nil }
        let pause = pauses_seconds[attempts - 1]
        return pause + Int64(Double(pause) * 0.1 * min(max(jitter, 0), 1))
    }
}
