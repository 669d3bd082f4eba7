public import DynamicsImport

/// What became of a file's rows.
public struct RowCounts: Sendable, Hashable {
    public var added = 0
    public var replaced = 0
    public var removed = 0
    /// As they were already, or removals of what was not there.
    public var unchanged = 0

    public init(added: Int = 0, replaced: Int = 0, removed: Int = 0, unchanged: Int = 0) {
        self.added = added
        self.replaced = replaced
        self.removed = removed
        self.unchanged = unchanged
    }

    public var rows: Int { added + replaced + removed + unchanged }
    /// Whether the ledger is no longer the same.
    var isChange: Bool { added + replaced + removed > 0 }
}

/// What an import did, or would have done.
public struct ImportSummary: Sendable {
    /// One of the import's files.
    public struct File: Sendable {
        public var name: String
        public var kind: RecordKind
        public var counts: RowCounts
        /// What reading, checking and writing took.
        public var seconds: Double
    }

    /// In the order of `RecordKind`.
    public var files: [File]
    /// The ledger's newest revision: the one that the import made, unless it changed nothing or was a dry run.
    public var revision: Int64
    public var isDryRun: Bool
    /// From the moment the import had the ledger to itself until everything was on the disk.
    public var seconds: Double

    public var rows: Int { files.reduce(0) { $0 + $1.counts.rows } }
}

/// How far an import is.
public struct ImportProgress: Sendable, Hashable {
    /// What the import is doing.
    public enum Phase: Sendable, Hashable {
        /// Another import has the ledger.
        case waiting
        case reading(file: String)
        /// Looking up the ids of transactions.
        case checking
        case writing
        case committing
    }

    public var phase: Phase
    /// Rows read so far, of all files.
    public var rows: Int
    /// About which part of the work is done: 0...1.
    public var fraction: Double
}
