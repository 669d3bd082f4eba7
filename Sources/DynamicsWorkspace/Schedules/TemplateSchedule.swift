public import DynamicsModel

/// When a template is run by itself.
public struct TemplateSchedule: Sendable, Hashable {
    public let templateID: String
    public var templateName: String
    /// Whose rights the runs have.
    public var owner: Int64
    public var schedule: Schedule
    /// Due instants up to this one have been dealt with.
    public var doneUntil: Instant
    /// nil: it is not paused.
    public var pausedAt: Instant?
    /// Whether the owner is disabled: then nothing runs.
    public var isOwnerDisabled: Bool
}

/// A run by a schedule, or one by hand as the schedule would have made it.
public struct ScheduledRun: Sendable, Hashable, Identifiable {
    /// How far it is. Raw values stand in the file for ever.
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// Waits for its first attempt, or for the next one.
        case waiting
        /// Somebody has claimed it.
        case running
        /// There is a report.
        case finished
        /// There will be no other attempt.
        case failed
    }

    /// 144 random bits in base64url.
    public let id: String
    public let templateID: String
    /// When it was due; by hand: when it was asked for.
    public var dueAt: Instant
    public var isByHand: Bool
    /// How many earlier due instants were left out, as nothing ran then.
    public var missed: Int
    public var state: State
    /// How many have begun.
    public var attempts: Int
    /// Of a finished run; nil: it was deleted.
    public var reportID: String?
    /// Why it, or its last attempt, failed.
    public var error: String?
    /// When its state changed last.
    public var changedAt: Instant
    /// How its report's mail is going: how many deliveries of each state.
    public var deliveries: [Delivery.State: Int]

    /// From when on a run is late.
    public static let late_seconds: Int64 = 300
}

/// The right to make a scheduled run, once. It ends with the report's being stored, `Workspace.noteFailure` or `giveBack`, or when
/// its lease does.
public struct ScheduledRunClaim: Sendable, Hashable {
    public let runID: String
    /// How many attempts have begun, this one included.
    public let attempts: Int
    /// The template with what is to be run, as it is now.
    public let template: Template
    /// Differs from that of every other claim.
    let token: String
}
