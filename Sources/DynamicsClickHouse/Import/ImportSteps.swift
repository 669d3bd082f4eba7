import DynamicsModel

/// The steps of an import, each of which is taken up again when the cluster does not answer for a while, and none of which is done
/// twice: a shard may restart during an import, and what is on the cluster by then is not sent again.
///
/// When an answer is missing nobody knows what was done. So first the statement is ended wherever it still runs; then the cluster
/// is asked what it has of the step; then the rest is done.
struct ImportSteps: Sendable {
    let client: ClickHouseClient
    /// For how long to wait before each further try of a step.
    let pauses_seconds: [Int]
    let progress: ClusterImport.Progress

    /// The code of the error that the cluster has not the rows that it took, for which nobody knows a reason.
    static let notAsSent = "import_not_as_sent"

    static func failure(sent: Int, arrived: Int) -> DynamicsError {
        DynamicsError(
            .unavailable, notAsSent,
            "the cluster took \(sent) rows and has \(arrived) of them; look into its servers' logs, and run the import again"
        )
    }

    /// Takes a step that may be repeated as a whole.
    /// - Throws: what the last try throws; what any throws that is not about a cluster that does not answer.
    func take<Value: Sendable>(_ step: (_ isAgain: Bool) async throws -> Value) async throws -> Value {
        for (index, pause) in pauses_seconds.enumerated() {
            do {
                return try await step(index > 0)
            } catch let error as DynamicsError where ServerFailure.isPassing(error) {
                progress("The cluster does not answer: on in \(pause) s", 0, 0)
                try await Task.sleep(for: .seconds(pause))
            }
        }
        return try await step(!pauses_seconds.isEmpty)
    }

    /// Takes a step that is one statement, whose remains are out of the way before it is tried again.
    /// - Parameters:
    ///   - kind: whose table it adds to.
    ///   - step: gets the id for its statement, and whether some of it may have been done.
    func change(_ kind: StagedKind, _ step: (_ id: String, _ isAgain: Bool) async throws -> Void) async throws {
        var id = ClickHouseClient.newID()
        try await take { isAgain in
            if isAgain {
                try await client.settle(id, insertingInto: "\(kind.table)_local")
                // Not the former one, whose end may still be under way.
                id = ClickHouseClient.newID()
            }
            try await step(id, isAgain)
        }
    }

    /// Adds the rows of a batch.
    func add(_ rows: StagedRows, _ kind: StagedKind) async throws {
        guard let places = rows.places else { return }
        try await change(kind) { id, isAgain in
            var bytes = rows.bytes
            if isAgain {
                var answer = try await client.rows(kind.arrived(client.server, own: rows.revision, places: places))
                var arrived: Set<UInt64> = []
                while !answer.isAtEnd { arrived.insert(try answer.read(UInt64.self)) }
                bytes = rows.bytes(without: arrived)
            }
            if !bytes.isEmpty { try await client.execute(kind.insertion(client.server), body: bytes, id: id) }
        }
    }
}
