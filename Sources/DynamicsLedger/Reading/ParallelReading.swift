import DynamicsModel
import Foundation
import GRDB
import Synchronization

/// Several connections that read the same revision at once.
struct ParallelReading {
    let file: String
    let parts: Int
    /// As that of `Ledger`.
    let interruption: @Sendable () throws -> Void

    /// An import may commit while the connections begin; that is rare, and 100 times in a row it is something else.
    private static let attempts = 100

    func run<Value: Sendable>(_ body: @Sendable (LedgerReader, Range<UInt32>) throws -> Value) throws -> [Value] {
        for _ in 0..<Self.attempts {
            if let values = try attempt(body) { return values }
        }
        throw DynamicsError(
            .unavailable, "busy_ledger", "the ledger changes faster than it can be read: try again later")
    }

    /// nil when the connections did not all see the same revision.
    private func attempt<Value: Sendable>(
        _ body: @Sendable (LedgerReader, Range<UInt32>) throws -> Value
    ) throws -> [Value]? {
        let connections = try (0..<parts).map { _ in try LedgerFile.readingConnection(file) }
        let meeting = Meeting(parts: parts)
        let results = Mutex<[Result<Value?, any Error>?]>(Array(repeating: nil, count: parts))
        Threads.run(parts) { part in
            let result = Result<Value?, any Error> {
                defer { meeting.leave() }
                return try connections[part].read { db in
                    let reader = try LedgerReader(db, interruption)
                    guard meeting.agree(on: reader.revision) else { return nil }
                    let ranges = try Self.ranges(db, parts: parts)
                    return try body(reader, ranges[part])
                }
            }
            results.withLock { $0[part] = result }
        }
        let values = try results.withLock { $0 }.map { try $0?.get() ?? nil }
        return values.contains { $0 == nil } ? nil : values.compactMap { $0 }
    }

    /// Ranges of client numbers with about the same number of transactions each.
    private static func ranges(_ db: Database, parts: Int) throws -> [Range<UInt32>] {
        let total = try Int64.fetchOne(db, sql: "SELECT coalesce(sum(count), 0) FROM transaction_summary") ?? 0
        var limits: [UInt32] = [Range<UInt32>.allClients.lowerBound]
        if parts > 1 {
            let rows = try BulkStatement(db, "SELECT client, count FROM transaction_summary ORDER BY client")
            var seen: Int64 = 0
            while limits.count < parts, try rows.step() {
                seen += rows.int(1)
                // One client may be more than a share: the parts behind it are then empty.
                while limits.count < parts, seen * Int64(parts) >= total * Int64(limits.count) {
                    limits.append(UInt32(rows.int(0)) + 1)
                }
            }
            while limits.count < parts { limits.append(Range<UInt32>.allClients.upperBound) }
        }
        limits.append(Range<UInt32>.allClients.upperBound)
        return (0..<parts).map { limits[$0]..<limits[$0 + 1] }
    }
}

/// Where threads wait for one another, to see whether all have the same revision.
private final class Meeting: @unchecked Sendable {
    private let condition = NSCondition()
    private let parts: Int
    // Guarded by the condition.
    private var revisions: [Int64] = []
    private var absent = 0

    init(parts: Int) { self.parts = parts }

    /// Waits until all the others have come, or failed on the way; whether all came with the same revision.
    func agree(on revision: Int64) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        revisions.append(revision)
        condition.broadcast()
        while revisions.count + absent < parts { condition.wait() }
        return revisions.count == parts && revisions.allSatisfy { $0 == revision }
    }

    /// Must be called once by each thread at its end, so that none waits for a thread that failed before it came.
    func leave() {
        condition.lock()
        defer { condition.unlock() }
        if revisions.count < parts { absent += 1 }
        condition.broadcast()
    }
}
