import DynamicsModel
import Foundation

/// What one import at a time does: a table of that name is there meanwhile. Making a table is what ClickHouse does for one of many, as
/// long as all of them ask the same server; everything else would have a moment in which two could think that they are alone.
struct ClusterLock {
    let client: ClickHouseClient
    /// The table's column, by which its maker knows it when the answer to making it was lost.
    private let mark = "held_\(UUID().uuidString.replacing("-", with: ""))"

    init(client: ClickHouseClient) { self.client = client }

    private var name: String { "\(client.server.database).import_lock" }

    /// What frees a lock that nobody holds any more.
    static func freeing(_ server: ClickHouseServer) -> String { "DROP TABLE IF EXISTS \(server.database).import_lock" }

    /// Runs `body` alone, which takes a moment.
    /// - Throws: `DynamicsError`, `import_busy` when others are in the way for too long; what `body` throws.
    func held<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        do {
            try await acquire()
            let value = try await body()
            try await client.execute("DROP TABLE \(name)")
            return value
        } catch {
            // The task may have been cancelled, and the lock must go all the same.
            let lock = self
            await Task { try? await lock.release() }.value
            throw error
        }
    }

    private func acquire() async throws {
        let end = ContinuousClock.now + .seconds(20)
        while true {
            do {
                try await client.execute("CREATE TABLE \(name) (\(mark) UInt8) ENGINE = Memory")
                return
            } catch let error as DynamicsError where error.code == ServerFailure.alreadyThere {
                guard ContinuousClock.now < end else {
                    throw DynamicsError(
                        .unavailable, "import_busy",
                        "another import into the cluster begins or ends at this moment; try again, and when none does, run: customer-dynamics cluster clean"
                    )
                }
                try await Task.sleep(for: .milliseconds(Int.random(in: 20...100)))
            }
        }
    }

    /// Frees the lock if it is ours, as soon as the server answers again.
    private func release() async throws {
        let mine = """
            SELECT toInt64(count()) FROM system.columns
            WHERE database = \(sqlText(client.server.database)) AND table = 'import_lock' AND name = \(sqlText(mark))
            """
        for pause_seconds in [0, 1, 5, 10] {
            try await Task.sleep(for: .seconds(pause_seconds))
            do {
                var answer = try await client.rows(mine)
                if try answer.int() > 0 { try await client.execute("DROP TABLE IF EXISTS \(name)") }
                return
            } catch let error as DynamicsError where ServerFailure.isPassing(error) {}
        }
    }
}
