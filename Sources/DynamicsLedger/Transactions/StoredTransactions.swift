import GRDB

/// A client's transactions as the ledger has them, one at a time, in the order (at, id).
struct StoredTransactions {
    private let blocks: BulkStatement
    private let scratch = ByteBuffer()
    private var scanner: TransactionBlockScanner?
    private var rowsLeft = 0

    /// Whether there is none any more.
    private(set) var isAtEnd = false
    private(set) var at: Int64 = 0
    /// Valid until the next call of `next`.
    private(set) var id = UnsafeRawBufferPointer(start: nil, count: 0)
    private(set) var kind: UInt8 = 0
    private(set) var amount: Int64 = 0
    private(set) var package: UInt32 = 0

    /// - Parameter blocks: selects `first_at`, `count` and `transactions` of the client's blocks by number, and has its
    ///   parameters.
    init(_ blocks: BulkStatement) { self.blocks = blocks }

    mutating func next() throws {
        while rowsLeft == 0 {
            if let scanner, !scanner.isAtEnd { throw DamagedBlock() }
            guard try blocks.step() else {
                isAtEnd = true
                return
            }
            let text = blocks.text(2)
            guard let start = text.baseAddress else { throw DamagedBlock() }
            rowsLeft = Int(blocks.int(1))
            scanner = TransactionBlockScanner(
                start.assumingMemoryBound(to: UInt8.self), count: text.count, firstAt: blocks.int(0))
        }
        rowsLeft -= 1
        guard scanner?.next() ?? false, let row = scanner else { throw DamagedBlock() }
        at = row.at
        id = row.id(scratch: scratch)
        kind = row.kind
        amount = row.amount
        package = row.package
    }
}
