public import DynamicsModel
import Foundation
import GRDB

/// What people make in one installation: accounts, sessions, access tokens, stored reports, templates and the audit log, in
/// `workspace.sqlite` of its data folder.
///
/// What a method has acknowledged by returning survives a killed process and a power cut. Several processes may have the same
/// folder open; each sees what the others wrote. Every change writes its entry of the audit log in the same transaction.
///
/// All methods throw `DynamicsError`: `.usage` for what a caller can mend (with `field`), `.unavailable` for a file that cannot
/// be used, and `CancellationError` when the task was cancelled before anything was changed.
public final class Workspace: Sendable {
    /// The path of the data folder.
    public let folder: String
    /// What was given to `init`.
    public let settings: WorkspaceSettings
    let clock: @Sendable () -> Instant
    let file: WorkspaceFile
    let passwords: PasswordHashing

    /// Opens the workspace of `folder`; creates both when missing, and brings a file of an older version up to date.
    ///
    /// - Parameter clock: what time it is; the system's clock unless a test has another.
    /// - Throws: `DynamicsError` (`.unavailable`) when the folder cannot be used, or its file is damaged, of a newer version
    ///   or not a workspace at all; in these cases nothing has been touched.
    public init(
        folder: String, settings: WorkspaceSettings = WorkspaceSettings(),
        clock: @escaping @Sendable () -> Instant = Workspace.systemClock
    ) throws {
        self.folder = folder
        self.settings = settings
        self.clock = clock
        file = try WorkspaceFile(folder: folder)
        passwords = PasswordHashing(cost: settings.passwordCost)
    }

    /// What the machine's clock shows.
    public static let systemClock: @Sendable () -> Instant = { Instant(seconds: Int64(Date().timeIntervalSince1970)) }

    /// Checks that the file can be read, for readiness checks.
    /// - Throws: `DynamicsError` (`.unavailable`) when it cannot.
    public func check() async throws {
        try await file.read { db in _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM setting") }
    }
}

/// What an installation can choose.
public struct WorkspaceSettings: Sendable, Hashable {
    /// For how many days stored reports are kept, at least 1; nil: for ever. See `Workspace.applyRetention()`.
    public var retention_days: Int?
    /// A session ends when nothing was asked with it for so long.
    public var sessionIdle_seconds: Int64 = 12 * 3600
    /// A session ends so long after the sign-in, whatever is done with it.
    public var session_seconds: Int64 = 7 * 86_400
    /// How many sessions an account has at most; a further sign-in ends the one that was idle longest.
    public var sessionsPerAccount = 20
    /// What a password costs to check; lower only in tests.
    package var passwordCost = PasswordCost()

    public init() {}
}
