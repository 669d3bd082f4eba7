/// A ledger that takes records, as the HTTP interface sees it.
public protocol LedgerIntake: Sendable {
    /// Imports a file, all of it or nothing; waits while another import has the ledger.
    ///
    /// - Throws: `IntakeRefusal` for bad rows; `DynamicsError`; `CancellationError` when the task is cancelled. In each case the
    ///   ledger is as it was.
    func take(_ file: IntakeFile) async throws -> IntakeOutcome
}

/// Records that have arrived, as a file.
public struct IntakeFile: Sendable, Hashable {
    /// The kinds of records, as the paths name them.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case clients, packages, subscriptions, transactions, rates
    }

    /// How they are written.
    public enum Format: String, Sendable, Hashable, CaseIterable {
        case csv, ndjson
    }

    public var kind: Kind
    public var format: Format
    public var isGzipped: Bool
    public var path: String
    /// As in the import; nil: that of the ledger.
    public var baseCurrency: String?
}

/// What became of the rows.
public struct IntakeOutcome: Sendable, Hashable {
    public var added: Int
    public var replaced: Int
    public var removed: Int
    public var unchanged: Int
    /// The ledger's newest revision.
    public var revision: Int64
    public var seconds: Double

    public init(added: Int, replaced: Int, removed: Int, unchanged: Int, revision: Int64, seconds: Double) {
        self.added = added
        self.replaced = replaced
        self.removed = removed
        self.unchanged = unchanged
        self.revision = revision
        self.seconds = seconds
    }
}

/// Rows that are not right; nothing was imported.
public struct IntakeRefusal: Error, Sendable {
    /// One of the first ones.
    public struct Row: Sendable, Hashable {
        /// From 1, the header's line included; nil when the body as a whole is meant.
        public var line: Int?
        public var field: String?
        public var detail: String

        public init(line: Int?, field: String?, detail: String) {
            self.line = line
            self.field = field
            self.detail = detail
        }
    }

    public var rows: [Row]

    public init(rows: [Row]) { self.rows = rows }
}
