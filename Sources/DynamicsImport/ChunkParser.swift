public import DynamicsModel

/// Turns chunks of one source into records. A pure function of the chunk: chunks may be parsed in any order, on any thread.
///
/// Each method is for the sources of one kind. A bad row is a problem, not an error thrown; after `ImportFailure.limit`
/// problems the rest of the chunk is left. Each bad row is named once, with the first thing that is wrong. Of a row
/// that removes a record, only the fields that name the record must be good; the others must be text.
public struct ChunkParser: Sendable {
    public let kind: RecordKind
    public let format: ImportFormat
    /// For messages.
    public let name: String
    /// nil for NDJSON.
    let layout: ColumnLayout?

    /// Whether owners exist, are resellers and form no cycle is for the ledger to find out.
    public func clients(_ chunk: RecordChunk) -> (rows: [ImportRow<Client>], problems: [ImportProblem]) {
        let tagSeparator = format == .csv ? UInt8(ascii: ";") : NDJSONReader.tagSeparator
        return rows(.clients, chunk) { cells throws(Fault) in
            let id = try cells.id(.id)
            let client = Client(
                id: id, name: try cells.name(.name), type: try cells.clientType(),
                ownerID: try cells.optionalID(.ownerID), tags: try cells.tags(separator: tagSeparator),
                currency: try cells.currency(), createdAt: try cells.instant(.createdAt),
                closedAt: try cells.optionalInstant(.closedAt))
            try cells.check(.closedAt, client.closedAt, isNotBefore: .createdAt, client.createdAt)
            return client
        }
    }

    /// Packages, valid by themselves.
    public func packages(_ chunk: RecordChunk) -> (rows: [ImportRow<Package>], problems: [ImportProblem]) {
        rows(.packages, chunk) { cells throws(Fault) in Package(id: try cells.id(.id), name: try cells.name(.name)) }
    }

    /// Whether the clients and packages exist is for the ledger to find out.
    public func subscriptions(
        _ chunk: RecordChunk
    ) -> (rows: [ImportRow<Subscription>], problems: [ImportProblem]) {
        rows(.subscriptions, chunk) { cells throws(Fault) in
            let subscription = Subscription(
                id: try cells.id(.id), clientID: try cells.id(.clientID), packageID: try cells.id(.packageID),
                startedAt: try cells.instant(.startedAt), endedAt: try cells.optionalInstant(.endedAt))
            try cells.check(.endedAt, subscription.endedAt, isNotBefore: .startedAt, subscription.startedAt)
            return subscription
        }
    }

    /// Whether a rate is one for the base currency is for the ledger to find out.
    public func rates(_ chunk: RecordChunk) -> (rows: [RateRow], problems: [ImportProblem]) {
        var rows: [RateRow] = []
        var problems: [ImportProblem] = []
        forEachRecord(.rates, chunk, &problems) { cells, line throws(Fault) in
            let currency = try cells.currency()
            let date = try cells.date(.effectiveOn)
            if try isRemoval(cells) {
                rows.append(.remove(line: line, currency: currency, effectiveOn: date))
            } else {
                let rate = ExchangeRate(currency: currency, effectiveOn: date, rate: try cells.rate())
                rows.append(.put(line: line, rate))
            }
        }
        return (rows, problems)
    }

    /// Adds the chunk's transactions to `batch`, and what is wrong to `problems`.
    ///
    /// Only good transactions are added, though after a bad one there may be bytes in the batch's `ids` that none refers to.
    ///
    /// - Parameters:
    ///   - clients: all that are known once the import's own clients are in.
    ///   - packages: all packages likewise.
    /// - Precondition: the ids in `batch` stay below 4 GiB.
    public func transactions(
        _ chunk: RecordChunk, clients: IdentifierTable, packages: IdentifierTable, into batch: inout TransactionBatch,
        problems: inout [ImportProblem]
    ) {
        var found: [ImportProblem] = []
        var references = TransactionReferences(firstEntry: batch.entries.count)
        forEachRecord(.transactions, chunk, &found) { cells, line throws(Fault) in
            if try isRemoval(cells) {
                try batch.appendRemoval(cells, line)
                references.append(client: .nothing, package: .nothing)
            } else {
                try batch.append(cells, line)
                references.append(client: cells[.clientID], package: cells[.packageID])
            }
        } afterwards: { found in
            found += references.resolve(in: &batch, clients: clients, packages: packages, file: name)
        }
        found.sort { ($0.line ?? 0) < ($1.line ?? 0) }
        problems += found.prefix(ImportFailure.limit)
    }

    // MARK: - Rows

    /// The rows of a kind whose records go by their id.
    func rows<Record>(
        _ kind: RecordKind, _ chunk: RecordChunk, _ record: (borrowing Cells) throws(Fault) -> Record
    ) -> (rows: [ImportRow<Record>], problems: [ImportProblem]) {
        var rows: [ImportRow<Record>] = []
        var problems: [ImportProblem] = []
        forEachRecord(kind, chunk, &problems) { cells, line throws(Fault) in
            let content: ImportRow<Record>.Content =
                try isRemoval(cells) ? .remove(try cells.id(.id)) : .put(try record(cells))
            rows.append(ImportRow(line: line, content: content))
        }
        return (rows, problems)
    }

    @inline(__always)
    private func isRemoval(_ cells: borrowing Cells) throws(Fault) -> Bool {
        if try cells.isDeleted() { return true }
        if let missing = layout?.missing {
            throw Fault(missing, "the file has no such column, so its rows can only remove: deleted must be true")
        }
        return false
    }

    /// Calls `body` for each record with its line; what it and the reader throw becomes a problem. Then calls `afterwards`,
    /// while the cells' bytes are still there.
    @inline(__always)
    private func forEachRecord(
        _ kind: RecordKind, _ chunk: RecordChunk, _ problems: inout [ImportProblem],
        _ body: (borrowing Cells, Int) throws(Fault) -> Void, afterwards: (inout [ImportProblem]) -> Void = { _ in }
    ) {
        precondition(kind == self.kind, "a source of \(self.kind) has no \(kind)")
        chunk.bytes.withUnsafeBufferPointer { bytes in
            if let layout {
                var reader = CSVReader(bytes, firstLine: chunk.firstLine, columns: layout.columns)
                read(&reader, &problems, body)
                afterwards(&problems)
            } else {
                var reader = NDJSONReader(bytes, firstLine: chunk.firstLine, kind: kind)
                read(&reader, &problems, body)
                afterwards(&problems)
            }
        }
    }

    @inline(__always)
    private func read<Reader: RecordReader>(
        _ reader: inout Reader, _ problems: inout [ImportProblem],
        _ body: (borrowing Cells, Int) throws(Fault) -> Void
    ) {
        let cells = Cells()
        while problems.count < ImportFailure.limit {
            do throws(Fault) {
                guard try reader.next(into: cells) else { return }
                try body(cells, reader.recordLine)
            } catch {
                problems.append(
                    ImportProblem(file: name, line: reader.recordLine, column: error.column, error.message))
            }
        }
    }
}

extension Cells {
    func check(_ later: Field, _ end: Instant?, isNotBefore earlier: Field, _ start: Instant) throws(Fault) {
        guard let end, end < start else { return }
        throw Fault(later, "\(quoted(self[later])) is before \(earlier.name), \(quoted(self[earlier]))")
    }
}
