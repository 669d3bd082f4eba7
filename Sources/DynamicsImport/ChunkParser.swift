public import DynamicsModel

/// Turns chunks of one source into records. A pure function of the chunk: chunks may be parsed in any order, on any thread.
///
/// Each method is for the sources of one kind. A bad row is a problem, not an error thrown; after `ImportFailure.limit`
/// problems the rest of the chunk is left.
public struct ChunkParser: Sendable {
    public let kind: RecordKind
    public let format: ImportFormat
    /// For messages.
    public let name: String

    public func clients(_ chunk: RecordChunk) -> (rows: [ImportRow<Client>], problems: [ImportProblem]) { ([], []) }

    public func packages(_ chunk: RecordChunk) -> (rows: [ImportRow<Package>], problems: [ImportProblem]) { ([], []) }

    public func subscriptions(
        _ chunk: RecordChunk
    ) -> (rows: [ImportRow<Subscription>], problems: [ImportProblem]) { ([], []) }

    public func rates(_ chunk: RecordChunk) -> (rows: [RateRow], problems: [ImportProblem]) { ([], []) }

    /// Adds the chunk's transactions to `batch`, and what is wrong to `problems`.
    ///
    /// - Parameters:
    ///   - clients: all that are known once the import's own clients are in.
    ///   - packages: all packages likewise.
    /// - Precondition: the ids in `batch` stay below 4 GiB.
    public func transactions(
        _ chunk: RecordChunk, clients: IdentifierTable, packages: IdentifierTable, into batch: inout TransactionBatch,
        problems: inout [ImportProblem]
    ) {}
}
