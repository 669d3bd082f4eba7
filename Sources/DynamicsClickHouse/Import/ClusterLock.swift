import DynamicsModel
import Foundation

/// What one import at a time does: a table of that name is there meanwhile. Making a table is what ClickHouse does for one of many, as
/// long as all of them ask the same server; everything else would have a moment in which two could think that they are alone.
struct ClusterLock {
    let client: ClickHouseClient

    private var name: String { "\(client.server.database).import_lock" }

    /// What frees a lock that nobody holds any more.
    static func freeing(_ server: ClickHouseServer) -> String { "DROP TABLE IF EXISTS \(server.database).import_lock" }

    /// Runs `body` alone, which takes a moment.
    /// - Throws: `DynamicsError`, `import_busy` when others are in the way for too long; what `body` throws.
    func held<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        try await acquire()
        do {
            let value = try await body()
            try await client.execute("DROP TABLE \(name)")
            return value
        } catch {
            // The task may have been cancelled, and the lock must go all the same.
            let client = client, name = name
            await Task { try? await client.execute("DROP TABLE IF EXISTS \(name)") }.value
            throw error
        }
    }

    private func acquire() async throws {
        let end = ContinuousClock.now + .seconds(20)
        while true {
            do {
                try await client.execute("CREATE TABLE \(name) (held UInt8) ENGINE = Memory")
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
}
