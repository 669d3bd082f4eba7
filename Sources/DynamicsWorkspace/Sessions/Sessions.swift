import DynamicsModel
import Foundation
import GRDB

/// Signing in and out.
extension Workspace {
    /// Begins a session.
    ///
    /// It takes as long for a name that does not exist as for one that does. Failures slow further attempts down, for the name
    /// and for the address; a success forgets those of the name.
    ///
    /// - Parameter address: where the attempt comes from: an IP address as text.
    public func signIn(name: String, password: String, address: String) async throws -> SignIn {
        let name = (try? Bounds.checked(name, 1...1024, field: "name")) ?? ""
        let account = try await account(named: name)
        switch try await verify(password, name: name, account: account, address: address) {
        case .slowedDown(let seconds): return .slowedDown(retryAfter_seconds: seconds)
        case .refused: return .refused
        case .matched(let account, let stored):
            guard let session = try await beginSession(of: account, stored: stored, address: address) else {
                return .refused
            }
            return .signedIn(session)
        }
    }

    /// Changes one's own password, and ends one's other sessions. Failures count as those of signing in.
    ///
    /// - Parameter kept: the token of the session that stays.
    /// - Throws: `DynamicsError` (`.usage`) with the field `password` when the new one is not allowed.
    public func changePassword(
        of account: Account, from current: String, to new: String, keeping kept: String? = nil, address: String
    ) async throws -> PasswordChange {
        try Self.check(new, of: account.name)
        switch try await verify(current, name: account.name, account: account, address: address) {
        case .slowedDown(let seconds): return .slowedDown(retryAfter_seconds: seconds)
        case .refused: return .refused
        case .matched(let account, let stored):
            let hash = try await passwords.hash(new)
            let now = clock()
            return try await file.write { db in
                guard try db.storedPassword(of: account) == stored else { return .refused }
                try db.setPassword(hash, of: account, keeping: kept.map(Secret.hash))
                try db.clearFailures(name: .name(account.name), address: .address(address))
                let origin = Origin(account: account, address: address)
                try db.note(.passwordChanged, by: origin, subject: account.name, at: now)
                return .changed
            }
        }
    }

    /// The session whose cookie this is, and prolongs it; nil: there is none, it has ended, or its account is disabled.
    public func session(token: String) async throws -> Session? {
        let hash = Secret.hash(token)
        let now = clock()
        guard let found = try await file.read({ db in try db.session(hash: hash) }),
            !found.account.isDisabled, now < expiry(of: found)
        else { return nil }
        var current = found
        // One write a minute is enough to know that it is in use.
        if now.seconds - found.lastSeen >= Self.useGrain_seconds {
            current.lastSeen = now.seconds
            try await file.writeIfThereIsRoom { db in
                try db.execute(
                    sql: "UPDATE session SET last_seen_at = ? WHERE hash = ?", arguments: [now.seconds, hash])
            }
        }
        return session(current, token: token)
    }

    /// Signs out. A session that has ended already is no error.
    public func endSession(token: String, address: String? = nil) async throws {
        let hash = Secret.hash(token)
        let now = clock()
        try await file.write { db in
            guard let found = try db.session(hash: hash) else { return }
            try db.execute(sql: "DELETE FROM session WHERE hash = ?", arguments: [hash])
            let origin = Origin(account: found.account, address: address)
            try db.note(.signedOut, by: origin, subject: found.account.name, at: now)
        }
    }

    /// Ends all sessions of the account but the one with that token (nil: all).
    public func endOtherSessions(of account: Account, keeping token: String?) async throws {
        let kept = token.map(Secret.hash)
        try await file.write { db in try db.endSessions(of: account, keeping: kept) }
    }

    /// To how many seconds it is known when a session or a token was last used.
    static let useGrain_seconds: Int64 = 60

    // MARK: Passwords

    private enum Verification {
        case matched(Account, stored: String)
        case refused
        case slowedDown(Int)
    }

    /// Counts the attempt, checks the password, and writes down a refusal; a success is left to the caller to finish.
    private func verify(
        _ password: String, name: String, account: Account?, address: String
    ) async throws -> Verification {
        let keys = [SignInKey.name(name), SignInKey.address(address)]
        let now = clock()
        let (wait, stored) = try await file.write { db in
            (try db.chargeAttempt(keys, at: now), try account.flatMap { try db.storedPassword(of: $0) })
        }
        if wait > 0 { return .slowedDown(wait) }
        let isLong = password.unicodeScalars.count > Self.passwordLengths.upperBound
        let matches = try await passwords.matches(isLong ? "" : password, stored)
        if matches, let account, let stored, !account.isDisabled { return .matched(account, stored: stored) }
        let later = clock()
        try await file.write { db in
            // What was typed into the name's field may be a password: only names that exist are written down.
            let origin = Origin(account: nil, name: account?.name ?? "unknown name", address: address)
            try db.note(
                .signInRefused, by: origin, subject: account?.name ?? "",
                detail: account?.isDisabled == true ? "The account is disabled." : "", at: later)
        }
        return .refused
    }

    /// - Parameter stored: the hash that the password matched; when it is another one by now, there is no session.
    private func beginSession(of account: Account, stored: String, address: String) async throws -> Session? {
        let now = clock()
        let token = Secret.text(bits: 256)
        let hash = Secret.hash(token)
        let settings = settings
        return try await file.write { db -> FoundSession? in
            guard let account = try db.account(id: account.id), !account.isDisabled,
                try db.storedPassword(of: account) == stored
            else { return nil }
            try db.clearFailures(name: .name(account.name), address: .address(address))
            return try db.insertSession(of: account, hash: hash, settings, address: address, at: now)
        }.map { session($0, token: token) }
    }

    // MARK: Sessions

    private func expiry(of found: FoundSession) -> Instant {
        Instant(seconds: min(found.lastSeen + settings.sessionIdle_seconds, found.created + settings.session_seconds))
    }

    func session(_ found: FoundSession, token: String) -> Session {
        Session(
            token: token, csrfToken: Secret.derived(from: token, for: "csrf"), account: found.account,
            expiresAt: expiry(of: found))
    }
}

/// A session as the file has it.
struct FoundSession: Sendable {
    var account: Account
    var created: Int64
    var lastSeen: Int64
}

extension Database {
    /// Whether it has expired is not asked here.
    func session(hash: Data) throws -> FoundSession? {
        guard
            let row = try Row.fetchOne(
                self, sql: "SELECT account, created_at, last_seen_at FROM session WHERE hash = ?", arguments: [hash]),
            let account = try account(id: row[0])
        else { return nil }
        return FoundSession(account: account, created: row[1], lastSeen: row[2])
    }

    /// What the account's password hashes to, as stored now; nil: it has none.
    func storedPassword(of account: Account) throws -> String? {
        try String.fetchOne(self, sql: "SELECT password FROM account WHERE id = ?", arguments: [account.id])
    }

    /// Begins a session of the account, and writes that down.
    func insertSession(
        of account: Account, hash: Data, _ settings: WorkspaceSettings, address: String, detail: String = "",
        at now: Instant
    ) throws -> FoundSession {
        try pruneSessions(settings, at: now)
        try makeRoomForSession(of: account, limit: settings.sessionsPerAccount)
        try execute(
            sql: "INSERT INTO session (hash, account, created_at, last_seen_at) VALUES (?, ?, ?, ?)",
            arguments: [hash, account.id, now.seconds, now.seconds])
        try execute(sql: "UPDATE account SET last_sign_in = ? WHERE id = ?", arguments: [now.seconds, account.id])
        guard let found = try session(hash: hash) else { throw DynamicsError.damagedWorkspace("session") }
        let origin = Origin(account: found.account, address: address)
        try note(.signedIn, by: origin, subject: account.name, detail: detail, at: now)
        return found
    }

    /// Forgets sessions that have ended by themselves.
    func pruneSessions(_ settings: WorkspaceSettings, at now: Instant) throws {
        try execute(
            sql: "DELETE FROM session WHERE last_seen_at <= ? OR created_at <= ?",
            arguments: [now.seconds - settings.sessionIdle_seconds, now.seconds - settings.session_seconds])
    }

    /// Ends the sessions that were idle longest, so that there are fewer than `limit`.
    func makeRoomForSession(of account: Account, limit: Int) throws {
        try execute(
            sql: """
                DELETE FROM session WHERE hash IN (
                    SELECT hash FROM session WHERE account = ? ORDER BY last_seen_at DESC, created_at DESC LIMIT -1 OFFSET ?)
                """, arguments: [account.id, max(0, limit - 1)])
    }
}
