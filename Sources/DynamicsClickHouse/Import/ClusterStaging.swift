import DynamicsImport
import DynamicsModel
import Foundation

/// Reads an import's files and adds their rows to the cluster, where nobody sees them yet. Two batches are in memory: one that is
/// filled, and one on its way.
struct ClusterStaging {
    let steps: ImportSteps
    /// The revision that the rows belong to.
    let number: Int64
    let base: CurrencyCode
    let batch_bytes: Int
    let sources: [ImportSource]
    let progress: ClusterImport.Progress

    /// In the order of `sources`; counts are not known yet.
    var files: [ClusterImport.FileCounts]
    private(set) var rowsByKind: [RecordKind: Int] = [:]
    private(set) var rows = 0
    private(set) var hasRemovals = false
    private var problems: [ImportProblem] = []
    private var sending: Task<Void, any Error>?

    init(
        steps: ImportSteps, number: Int64, base: CurrencyCode, batch_bytes: Int, sources: [ImportSource],
        progress: @escaping ClusterImport.Progress
    ) {
        self.steps = steps
        self.number = number
        self.base = base
        self.batch_bytes = batch_bytes
        self.sources = sources
        self.progress = progress
        files = sources.map { ClusterImport.FileCounts(name: $0.name, kind: $0.kind) }
    }

    /// - Throws: `ImportFailure` when rows are bad by themselves.
    mutating func run() async throws {
        do {
            for index in sources.indices {
                let start = ContinuousClock.now
                try await read(index)
                files[index].seconds = (ContinuousClock.now - start) / .seconds(1)
            }
        } catch {
            sending?.cancel()
            throw error
        }
        if !problems.isEmpty { throw ImportFailure(problems: Array(problems.prefix(ImportFailure.limit))) }
    }

    private mutating func read(_ index: Int) async throws {
        let source = sources[index]
        guard let kind = StagedKind.all.first(where: { $0.kind == source.kind }) else { return }
        var staged = StagedRows(revision: number)
        do {
            var chunks = try RecordChunks(source)
            while problems.count < ImportFailure.limit, let chunk = try chunks.next() {
                try Task.checkCancellation()
                let before = staged.count
                problems += parse(chunk, chunks.parser, into: &staged, file: index)
                hasRemovals = hasRemovals || staged.hasRemovals
                rows += staged.count - before
                rowsByKind[source.kind, default: 0] += staged.count - before
                let part = chunks.totalBytes.map { Double(chunks.bytesRead) / Double(max(1, $0)) } ?? 0
                progress("Reading \(source.name)", rows, (Double(index) + part) / Double(sources.count) * 0.7)
                if staged.bytes.count >= batch_bytes {
                    try await send(staged, kind)
                    staged = StagedRows(revision: number)
                }
            }
        } catch let failure as ImportFailure {
            problems += failure.problems
        }
        if staged.count > 0 { try await send(staged, kind) }
        try await waitForBatch()
        sending = nil
    }

    /// When the import is cancelled, so is the batch, which may be waiting for the cluster.
    private func waitForBatch() async throws {
        guard let sending else { return }
        try await withTaskCancellationHandler {
            try await sending.value
        } onCancel: {
            sending.cancel()
        }
    }

    /// Waits for the batch before, and sends this one meanwhile.
    private mutating func send(_ staged: StagedRows, _ kind: StagedKind) async throws {
        try await waitForBatch()
        guard problems.isEmpty else { return }
        let steps = steps
        sending = Task { try await steps.add(staged, kind) }
    }

    private func parse(_ chunk: RecordChunk, _ parser: ChunkParser, into staged: inout StagedRows, file: Int)
        -> [ImportProblem]
    {
        switch parser.kind {
        case .packages:
            let (rows, problems) = parser.packages(chunk)
            for row in rows { staged.add(row, Place(file: file, line: row.line)) }
            return problems
        case .clients:
            let (rows, problems) = parser.clients(chunk)
            for row in rows { staged.add(row, Place(file: file, line: row.line)) }
            return problems
        case .subscriptions:
            let (rows, problems) = parser.subscriptions(chunk)
            for row in rows { staged.add(row, Place(file: file, line: row.line)) }
            return problems
        case .rates:
            var (rows, problems) = parser.rates(chunk)
            for row in rows {
                if case .put(let line, let rate) = row, rate.currency == base {
                    problems.append(
                        ImportProblem(
                            file: parser.name, line: line, column: "currency",
                            "\(base) is the base currency, whose rate is always 1"))
                }
            }
            rows.removeAll { if case .put(_, let rate) = $0 { rate.currency == base } else { false } }
            for row in rows { staged.add(row, file: file) }
            return problems.sorted { ($0.line ?? 0) < ($1.line ?? 0) }
        case .transactions:
            let (rows, problems) = parser.transactionRecords(chunk)
            for row in rows { staged.add(row, Place(file: file, line: row.line)) }
            return problems
        }
    }
}
