import DynamicsImport
import DynamicsModel
import Foundation
import GRDB

/// Reads an import's inputs, one after the other, and hands their rows to those who write them.
final class ImportReading {
    private let inputs: [ImportInput]
    private let state: ImportState
    /// The part of all inputs' bytes that comes before each, and that of all at the end.
    private let limits: [Double]
    /// What each file took.
    private(set) var seconds: [Double]

    init(_ inputs: [ImportInput], state: ImportState) {
        self.inputs = inputs
        self.state = state
        seconds = Array(repeating: 0, count: inputs.count)
        let total = Double(max(1, inputs.reduce(0) { $0 + $1.byteCount }))
        limits = inputs.reduce(into: [0]) { $0.append($0[$0.count - 1] + Double($1.byteCount) / total) }
    }

    private func feed(_ file: ImportFile) throws -> ChunkFeed? {
        do {
            return try ChunkFeed(
                inputs[file.index], file: file, share: limits[file.index]...limits[file.index + 1],
                control: state.control)
        } catch let failure as ImportFailure {
            for problem in failure.problems { state.problems.add(problem, file: file.index) }
            return nil
        }
    }

    /// Reads the rows of one kind on one thread, and gives them to `take` on this one.
    func rows<Row: Sendable>(
        _ kind: RecordKind, parse: @Sendable (ChunkParser, RecordChunk) -> (rows: [Row], problems: [ImportProblem]),
        take: (Row, ImportFile) throws -> Void
    ) throws {
        for file in state.files where file.kind == kind {
            let start = ContinuousClock.now
            guard let feed = try feed(file) else { continue }
            try Pipeline.run(
                capacity: 4,
                produce: { send in
                    while let chunk = try feed.next() {
                        let (rows, problems) = parse(feed.parser, chunk)
                        feed.finished(rows: rows.count, problems: problems)
                        try send(rows)
                    }
                },
                consume: { (rows: [Row]) in
                    try state.control.check()
                    for row in rows { try take(row, file) }
                })
            state.problems.add(feed.allProblems())
            seconds[file.index] += (ContinuousClock.now - start) / .seconds(1)
        }
    }

    /// Reads the transactions on several threads, and has them written.
    func transactions(_ transactions: TransactionImport) throws {
        let files = state.files.filter { $0.kind == .transactions }
        guard let first = files.first else { return }
        for (place, file) in files.enumerated() {
            let start = ContinuousClock.now
            if let feed = try feed(file) {
                try transactions.read(feed, place: UInt16(place))
                var problems = feed.allProblems()
                // Ids that are not known because their rows were refused are no mistakes of their own.
                problems.removeAll {
                    $0.column == "client_id" && !state.knowsAll(.clients)
                        || $0.column == "package_id" && !state.knowsAll(.packages)
                }
                state.problems.add(problems)
            }
            seconds[file.index] += (ContinuousClock.now - start) / .seconds(1)
        }
        let start = ContinuousClock.now
        try transactions.write()
        seconds[first.index] += (ContinuousClock.now - start) / .seconds(1)
    }
}
