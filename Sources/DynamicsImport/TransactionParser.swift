import DynamicsModel

/// Transactions from their cells, without an allocation for each.
struct TransactionParser {
    let clients: IdentifierTable
    let packages: IdentifierTable

    @inline(__always)
    func add(_ cells: borrowing Cells, _ line: Int, to batch: inout TransactionBatch) throws(Fault) {
        try cells.checkText(.id, limit: longestID)
        guard let client = clients.number(of: UnsafeRawBufferPointer(cells[.clientID])) else {
            throw unknown(.clientID, "client", cells)
        }
        let at = try cells.instant(.at)
        let kind = try kind(cells)
        let amount = try cells.amount()
        let package = try package(cells)
        try check(kind, amount, hasPackage: package != nil, cells)
        let entry = TransactionBatch.Entry(
            client: client, package: package ?? .max, at: at.seconds, amount: amount, line: UInt32(clamping: line),
            idStart: UInt32(batch.ids.count), idLength: UInt16(cells[.id].count), kind: kind.index, isRemoval: false)
        batch.append(entry, id: cells[.id])
    }

    func addRemoval(_ cells: borrowing Cells, _ line: Int, to batch: inout TransactionBatch) throws(Fault) {
        try cells.checkText(.id, limit: longestID)
        let entry = TransactionBatch.Entry(
            client: .max, package: .max, at: 0, amount: 0, line: UInt32(clamping: line),
            idStart: UInt32(batch.ids.count), idLength: UInt16(cells[.id].count), kind: 0, isRemoval: true)
        batch.append(entry, id: cells[.id])
    }

    @inline(__always)
    private func package(_ cells: borrowing Cells) throws(Fault) -> UInt32? {
        let id = cells[.packageID]
        if id.isEmpty { return nil }
        if let number = packages.number(of: UnsafeRawBufferPointer(id)) { return number }
        throw unknown(.packageID, "package", cells)
    }

    @inline(never)
    private func unknown(_ field: Field, _ noun: String, _ cells: borrowing Cells) -> Fault {
        do throws(Fault) {
            try cells.checkText(field, limit: longestID)
            return Fault(field, "there is no \(noun) \(quoted(cells[field]))")
        } catch {
            return error
        }
    }

    @inline(__always)
    private func kind(_ cells: borrowing Cells) throws(Fault) -> TransactionKind {
        let cell = cells[.kind]
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
    private func check(
        _ kind: TransactionKind, _ amount: Int64, hasPackage: Bool, _ cells: borrowing Cells
    ) throws(Fault) {
        let isGood =
            switch kind {
            case .refill: amount > 0 && !hasPackage
            case .usage: hasPackage ? amount == 0 : amount >= 0
            case .activation, .renewal: amount >= 0 && hasPackage
            case .adjustment: !hasPackage
            }
        if !isGood { throw broken(kind, amount, hasPackage: hasPackage, cells) }
    }

    @inline(never)
    private func broken(
        _ kind: TransactionKind, _ amount: Int64, hasPackage: Bool, _ cells: borrowing Cells
    ) -> Fault {
        let amountText = quoted(cells[.amount])
        switch kind {
        case .refill, .adjustment:
            if hasPackage {
                return Fault(
                    .packageID, "\(quoted(cells[.packageID])): must be empty in a transaction of kind \(kind.rawValue)")
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

extension TransactionBatch {
    @inline(__always)
    fileprivate mutating func append(_ entry: Entry, id: Cell) {
        entries.append(entry)
        ids.append(contentsOf: id)
    }
}
