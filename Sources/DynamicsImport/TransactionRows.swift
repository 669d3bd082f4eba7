public import DynamicsModel

extension TransactionBatch {
    /// Adds a transaction; its client and package are left for `TransactionReferences`.
    @inline(__always)
    mutating func append(_ cells: borrowing Cells, _ line: Int) throws(Fault) {
        try cells.checkText(.id, limit: longestID)
        try cells.checkText(.clientID, limit: longestID)
        let at = try cells.instant(.at)
        let kind = try cells.transactionKind()
        let amount = try cells.amount()
        if cells[.packageID].count > 0 { try cells.checkText(.packageID, limit: longestID) }
        try cells.check(kind, amount)
        append(id: cells[.id], line, at: at.seconds, kind: kind.index, amount: amount, isRemoval: false)
    }

    mutating func appendRemoval(_ cells: borrowing Cells, _ line: Int) throws(Fault) {
        try cells.checkText(.id, limit: longestID)
        append(id: cells[.id], line, at: 0, kind: 0, amount: 0, isRemoval: true)
    }

    @inline(__always)
    private mutating func append(id: Cell, _ line: Int, at: Int64, kind: UInt8, amount: Int64, isRemoval: Bool) {
        entries.append(
            Entry(
                client: .max, package: .max, at: at, amount: amount, line: UInt32(clamping: line),
                idStart: UInt32(ids.count), idLength: UInt16(id.count), kind: kind, isRemoval: isRemoval))
        ids.append(contentsOf: id)
    }
}

extension ChunkParser {
    /// Transactions as records of their own, for a ledger whose clients do not fit into memory; whether the clients and packages
    /// exist is for that ledger to find out.
    public func transactionRecords(_ chunk: RecordChunk) -> (rows: [ImportRow<Transaction>], problems: [ImportProblem])
    {
        rows(.transactions, chunk) { cells throws(Fault) in
            let (id, client) = (try cells.id(.id), try cells.id(.clientID))
            let (at, kind, amount) = (try cells.instant(.at), try cells.transactionKind(), try cells.amount())
            let package = try cells.optionalID(.packageID)
            try cells.check(kind, amount)
            return Transaction(id: id, clientID: client, at: at, kind: kind, amount: amount, packageID: package)
        }
    }
}

/// The ids of the clients and packages of a chunk's transactions.
///
/// They are looked up after the chunk was read, in a loop that does nothing else: so the processor waits for several places
/// in memory at once. With 200,000 clients that raised the whole from 4.3 to 7 million rows a second.
struct TransactionReferences {
    private let firstEntry: Int
    private var clients: [Cell] = []
    private var packages: [Cell] = []

    /// - Parameter firstEntry: the index of the chunk's first transaction in the batch.
    init(firstEntry: Int) { self.firstEntry = firstEntry }

    /// Both empty for a removal.
    @inline(__always)
    mutating func append(client: Cell, package: Cell) {
        clients.append(client)
        packages.append(package)
    }

    /// Puts the numbers into the batch, and takes the transactions out of it whose references lead nowhere.
    /// - Returns: a problem for each of these. After `ImportFailure.limit` of them the rest is left and taken out, too.
    func resolve(
        in batch: inout TransactionBatch, clients table: IdentifierTable, packages packageTable: IdentifierTable,
        file: String
    ) -> [ImportProblem] {
        var problems: [ImportProblem] = []
        var kept = firstEntry
        for index in clients.indices where problems.count < ImportFailure.limit {
            var entry = batch.entries[firstEntry + index]
            let client = Self.number(of: clients[index], in: table)
            let package = Self.number(of: packages[index], in: packageTable)
            if let client, let package {
                entry.client = client
                entry.package = package
                batch.entries[kept] = entry
                kept += 1
                continue
            }
            let (field, noun, id) =
                client == nil
                ? (Field.clientID, "client", clients[index]) : (Field.packageID, "package", packages[index])
            let message = "there is no \(noun) \(quoted(id))"
            problems.append(ImportProblem(file: file, line: Int(entry.line), column: field.name, message))
        }
        batch.entries.removeLast(batch.entries.count - kept)
        return problems
    }

    /// `UInt32.max` for an empty id.
    @inline(__always)
    private static func number(of id: Cell, in table: IdentifierTable) -> UInt32? {
        id.isEmpty ? .max : table.number(of: UnsafeRawBufferPointer(id))
    }
}

extension Cells {
    @inline(__always)
    fileprivate func transactionKind() throws(Fault) -> TransactionKind {
        let cell = self[.kind]
        if cell.equals("usage") { return .usage }
        if cell.equals("refill") { return .refill }
        if cell.equals("renewal") { return .renewal }
        if cell.equals("activation") { return .activation }
        if cell.equals("adjustment") { return .adjustment }
        throw unknownKind(cell)
    }

    @inline(never)
    private func unknownKind(_ cell: Cell) -> Fault {
        if cell.isEmpty { return Fault(.kind, "must not be empty") }
        let known = TransactionKind.allCases.map(\.rawValue).joined(separator: ", ")
        return Fault(.kind, "\(quoted(cell)) is not a kind of transaction; there are \(known)")
    }

    /// The table of kinds in section 1 of `docs/semantics.md`.
    @inline(__always)
    fileprivate func check(_ kind: TransactionKind, _ amount: Int64) throws(Fault) {
        let hasPackage = !self[.packageID].isEmpty
        let isGood =
            switch kind {
            case .refill: amount > 0 && !hasPackage
            case .usage: hasPackage ? amount == 0 : amount >= 0
            case .activation, .renewal: amount >= 0 && hasPackage
            case .adjustment: !hasPackage
            }
        if !isGood { throw broken(kind, hasPackage: hasPackage) }
    }

    @inline(never)
    private func broken(_ kind: TransactionKind, hasPackage: Bool) -> Fault {
        let amountText = quoted(self[.amount])
        switch kind {
        case .refill, .adjustment:
            if hasPackage {
                return Fault(
                    .packageID, "\(quoted(self[.packageID])): must be empty in a transaction of kind \(kind.rawValue)")
            }
            return Fault(.amount, "\(amountText): must be more than 0 in a transaction of kind \(kind.rawValue)")
        case .activation, .renewal:
            if !hasPackage { return Fault(.packageID, "must not be empty in a transaction of kind \(kind.rawValue)") }
            return Fault(.amount, "\(amountText): must not be negative")
        case .usage: break
        }
        if !hasPackage { return Fault(.amount, "\(amountText): must not be negative") }
        return Fault(
            .amount,
            "\(amountText): must be 0 in usage with a package; what is charged beyond the package is usage without one")
    }
}

extension TransactionKind {
    /// In `allCases`.
    fileprivate var index: UInt8 {
        switch self {
        case .refill: 0
        case .usage: 1
        case .activation: 2
        case .renewal: 3
        case .adjustment: 4
        }
    }
}
