import DynamicsImport

/// The first byte says what kind of file the others are. Where the chunks end may not matter.
func fuzzImports(_ input: [UInt8]) {
    guard let choice = input.first else { return }
    let kind = RecordKind.allCases[Int(choice) % RecordKind.allCases.count]
    let format = ImportFormat.allCases[Int(choice) / RecordKind.allCases.count % ImportFormat.allCases.count]
    let bytes = Array(input.dropFirst())
    let whole = Outcome(bytes, kind, format, chunkSize: 1 << 20)
    let pieces = Outcome(bytes, kind, format, chunkSize: 1)
    // Each chunk names problems up to a limit of its own.
    precondition(whole.problems == Array(pieces.problems.prefix(whole.problems.count)))
    precondition(whole.problems.count >= ImportFailure.limit || whole == pieces)
}

private struct Outcome: Equatable {
    var lines: [Int] = []
    var problems: [ImportProblem] = []

    init(_ bytes: [UInt8], _ kind: RecordKind, _ format: ImportFormat, chunkSize: Int) {
        do {
            var chunks = try RecordChunks(
                MemoryStream(bytes), kind: kind, format: format, name: "input", chunkSize: chunkSize)
            while let chunk = try chunks.next() { parse(chunk, chunks.parser) }
        } catch {
            problems += (error as? ImportFailure)?.problems ?? []
        }
    }

    private mutating func parse(_ chunk: RecordChunk, _ parser: ChunkParser) {
        switch parser.kind {
        case .packages: add(parser.packages(chunk))
        case .clients: add(parser.clients(chunk))
        case .subscriptions: add(parser.subscriptions(chunk))
        case .rates:
            let (rows, found) = parser.rates(chunk)
            problems += found
            for row in rows {
                switch row {
                case .put(let line, _), .remove(let line, _, _): lines.append(line)
                }
            }
        case .transactions:
            var ids = IdentifierTable()
            ids.insert("a", number: 0)
            var batch = TransactionBatch()
            parser.transactions(chunk, clients: ids, packages: ids, into: &batch, problems: &problems)
            lines += batch.entries.map { Int($0.line) }
        }
    }

    private mutating func add<Record>(_ parsed: (rows: [ImportRow<Record>], problems: [ImportProblem])) {
        lines += parsed.rows.map(\.line)
        problems += parsed.problems
    }
}
