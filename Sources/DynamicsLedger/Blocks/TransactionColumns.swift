/// Decoded transactions as columns, all of the same length, in the order (at, id).
public struct TransactionColumns: Sendable {
    /// Seconds since 1970.
    public internal(set) var at: [Int64] = []
    /// Indexes into `TransactionKind.allCases`.
    public internal(set) var kind: [UInt8] = []
    /// Micro-units as imported.
    public internal(set) var amount: [Int64] = []
    /// Numbers of packages (`LedgerPackage.number`); 0: none.
    public internal(set) var package: [UInt32] = []

    public init() {}

    public var count: Int { at.count }

    /// Empties all columns, and keeps their memory.
    public mutating func removeAll() {
        at.removeAll(keepingCapacity: true)
        kind.removeAll(keepingCapacity: true)
        amount.removeAll(keepingCapacity: true)
        package.removeAll(keepingCapacity: true)
    }
}
