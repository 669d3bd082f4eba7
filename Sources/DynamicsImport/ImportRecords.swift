public import DynamicsModel

/// The kinds of file, in the order in which an import reads them: what others refer to comes first.
public enum RecordKind: String, Sendable, Hashable, CaseIterable {
    case packages
    case clients
    case subscriptions
    case rates
    case transactions
}

/// One record of an import that is valid by itself; whether its references exist is for the ledger to find out.
public struct ImportRow<Record: Sendable>: Sendable {
    /// What the row asks for.
    public enum Content: Sendable {
        case put(Record)
        /// The id of a record to remove.
        case remove(ExactText)
    }

    /// The physical line on which it starts, from 1.
    public var line: Int
    public var content: Content

    public init(line: Int, content: Content) {
        self.line = line
        self.content = content
    }
}

/// A rate goes by currency and date, so its removal names both.
public enum RateRow: Sendable {
    case put(line: Int, ExchangeRate)
    case remove(line: Int, currency: CurrencyCode, effectiveOn: CivilDate)
}

/// Transactions on their way from bytes to the ledger: packed, without an allocation for each.
public struct TransactionBatch: Sendable {
    /// One row of `transactions.csv`.
    public struct Entry: Sendable {
        /// The client's number from the `IdentifierTable`; `UInt32.max` for a removal.
        public var client: UInt32
        /// The package's number; `UInt32.max`: none.
        public var package: UInt32
        /// Seconds since 1970.
        public var at: Int64
        /// Micro-units as imported.
        public var amount: Int64
        /// The physical line, from 1.
        public var line: UInt32
        /// Where the id's UTF-8 bytes start in `ids`, and how many they are (1...256).
        public var idStart: UInt32
        public var idLength: UInt16
        /// Index into `TransactionKind.allCases`.
        public var kind: UInt8
        public var isRemoval: Bool

        public init(
            client: UInt32, package: UInt32, at: Int64, amount: Int64, line: UInt32, idStart: UInt32, idLength: UInt16,
            kind: UInt8, isRemoval: Bool
        ) {
            self.client = client
            self.package = package
            self.at = at
            self.amount = amount
            self.line = line
            self.idStart = idStart
            self.idLength = idLength
            self.kind = kind
            self.isRemoval = isRemoval
        }
    }

    public var entries: [Entry] = []
    /// The ids' bytes, one after the other.
    public var ids: [UInt8] = []

    public init() {}
}
