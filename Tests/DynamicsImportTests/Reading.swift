import DynamicsImport
import DynamicsModel

/// A row of any kind, with its line, in a form that tests can compare.
enum TestRow: Hashable {
    case client(Int, Client)
    case package(Int, Package)
    case subscription(Int, Subscription)
    case rate(Int, ExchangeRate)
    case transaction(Int, Transaction)
    /// By id, or for rates by currency and date.
    case removal(Int, ExactText)
}

/// Everything that came out of one source.
struct Reading {
    var rows: [TestRow] = []
    var problems: [ImportProblem] = []
}

/// Bytes in pieces of a given size, as a slow sender delivers them.
final class PiecewiseStream: ByteStream {
    private let whole: MemoryStream
    private let piece: Int

    init(_ bytes: [UInt8], piece: Int) {
        whole = MemoryStream(bytes)
        self.piece = piece
    }

    var bytesRead: Int { whole.bytesRead }
    var totalBytes: Int? { whole.totalBytes }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        whole.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(piece)))
    }
}

/// Reads sources whose transactions may refer to some clients and packages.
struct TestReader {
    var clients: [ExactText] = ["a", "b"]
    var packages: [ExactText] = ["p", "q"]
    var chunkSize = 1 << 20

    func read(_ text: String, _ kind: RecordKind, _ format: ImportFormat = .csv) throws -> Reading {
        try read(Array(text.utf8), kind, format)
    }

    func read(_ bytes: [UInt8], _ kind: RecordKind, _ format: ImportFormat = .csv) throws -> Reading {
        try read(MemoryStream(bytes), kind, format)
    }

    /// A refusal of the whole becomes a problem like the others.
    func read(_ stream: any ByteStream, _ kind: RecordKind, _ format: ImportFormat = .csv) throws -> Reading {
        var reading = Reading()
        do {
            let name = "\(kind.rawValue).\(format.rawValue)"
            var chunks = try RecordChunks(stream, kind: kind, format: format, name: name, chunkSize: chunkSize)
            while let chunk = try chunks.next() { parse(chunk, chunks.parser, into: &reading) }
        } catch let failure as ImportFailure {
            reading.problems += failure.problems
        }
        return reading
    }

    func parse(_ chunk: RecordChunk, _ parser: ChunkParser, into reading: inout Reading) {
        switch parser.kind {
        case .clients: add(parser.clients(chunk), to: &reading) { .client($0, $1) }
        case .packages: add(parser.packages(chunk), to: &reading) { .package($0, $1) }
        case .subscriptions: add(parser.subscriptions(chunk), to: &reading) { .subscription($0, $1) }
        case .rates:
            let (rows, problems) = parser.rates(chunk)
            reading.problems += problems
            reading.rows += rows.map { row in
                switch row {
                case .put(let line, let rate): .rate(line, rate)
                case .remove(let line, let currency, let date): .removal(line, ExactText("\(currency) \(date)"))
                }
            }
        case .transactions: addTransactions(chunk, parser, to: &reading)
        }
    }

    private func add<Record>(
        _ parsed: (rows: [ImportRow<Record>], problems: [ImportProblem]), to reading: inout Reading,
        _ row: (Int, Record) -> TestRow
    ) {
        reading.problems += parsed.problems
        reading.rows += parsed.rows.map { parsedRow in
            switch parsedRow.content {
            case .put(let record): row(parsedRow.line, record)
            case .remove(let id): .removal(parsedRow.line, id)
            }
        }
    }

    private func addTransactions(_ chunk: RecordChunk, _ parser: ChunkParser, to reading: inout Reading) {
        var batch = TransactionBatch()
        parser.transactions(
            chunk, clients: table(clients), packages: table(packages), into: &batch, problems: &reading.problems)
        for entry in batch.entries {
            let bytes = batch.ids[Int(entry.idStart)..<Int(entry.idStart) + Int(entry.idLength)]
            let id = ExactText(String(decoding: bytes, as: UTF8.self))
            let line = Int(entry.line)
            if entry.isRemoval {
                reading.rows.append(.removal(line, id))
                continue
            }
            let transaction = Transaction(
                id: id, clientID: clients[Int(entry.client)], at: Instant(seconds: entry.at),
                kind: TransactionKind.allCases[Int(entry.kind)], amount: entry.amount,
                packageID: entry.package == .max ? nil : packages[Int(entry.package)])
            reading.rows.append(.transaction(line, transaction))
        }
    }

    private func table(_ ids: [ExactText]) -> IdentifierTable {
        var table = IdentifierTable()
        for (number, id) in ids.enumerated() { table.insert(id.string, number: UInt32(number)) }
        return table
    }
}
