import DynamicsImport
import Foundation

/// Hands out the chunks of one input to several threads, in order.
final class ChunkFeed: @unchecked Sendable {
    let file: ImportFile
    let parser: ChunkParser
    private let control: ImportControl
    /// Which part of all files' bytes was read before this one, and which part is this one's.
    private let share: ClosedRange<Double>
    private let lock = NSLock()
    // Guarded by the lock.
    private var chunks: RecordChunks
    private var isClosed = false
    private var problems = ProblemList()

    init(_ input: ImportInput, file: ImportFile, share: ClosedRange<Double>, control: ImportControl) throws {
        self.file = file
        self.share = share
        self.control = control
        chunks = try input.open()
        parser = chunks.parser
        control.enter(.reading(file: file.name))
    }

    /// The next chunk; nil when there is none, or there are as many problems as are named.
    func next() throws -> RecordChunk? {
        try control.check()
        return try lock.withLock {
            guard !isClosed, !problems.isFull else { return nil }
            do {
                if let chunk = try chunks.next() { return chunk }
            } catch let failure as ImportFailure {
                for problem in failure.problems { problems.add(problem, file: file.index) }
            }
            isClosed = true
            return nil
        }
    }

    /// Makes `next` give no more.
    func close() { lock.withLock { isClosed = true } }

    /// Takes down what came of a chunk.
    func finished(rows: Int, problems found: [ImportProblem]) {
        let fraction = lock.withLock {
            for problem in found { problems.add(problem, file: file.index) }
            let part = chunks.totalBytes.map { Double(chunks.bytesRead) / Double(max(1, $0)) } ?? 0
            return share.lowerBound + (share.upperBound - share.lowerBound) * min(1, part)
        }
        control.read(rows: rows, transactions: file.kind == .transactions ? rows : 0, fraction: fraction)
    }

    /// What is wrong with the input so far.
    func allProblems() -> ProblemList { lock.withLock { problems } }
}
