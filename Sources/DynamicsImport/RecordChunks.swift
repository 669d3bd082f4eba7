import DynamicsModel
import Glibc

/// Whole records, as they stand in the file.
public struct RecordChunk: Sendable {
    public var bytes: [UInt8]
    /// The physical line, from 1, on which the first byte stands.
    public var firstLine: Int

    public init(bytes: [UInt8], firstLine: Int) {
        self.bytes = bytes
        self.firstLine = firstLine
    }
}

/// A source cut into chunks of whole records, in order. Memory does not grow with the source.
public struct RecordChunks {
    /// Parses the chunks; knows the header.
    public let parser: ChunkParser

    /// How many bytes a record may have, with its line end.
    public static let longestRecord = 65_536

    private let chunkSize: Int
    private var window: ByteWindow
    private var isFinished = false

    /// Opens the file and reads its header.
    /// - Throws: `ImportFailure` when the header or the compressed data are not as they should be; `DynamicsError` when
    ///   the file cannot be read.
    public init(_ source: ImportSource) throws {
        let file = try FileStream(path: source.path)
        let stream: any ByteStream = source.isGzipped ? GzipStream(file, name: source.name) : file
        try self.init(stream, kind: source.kind, format: source.format, name: source.name)
    }

    /// Reads the header from a stream.
    /// - Parameters:
    ///   - name: what messages call the stream.
    ///   - chunkSize: how many bytes a chunk has, more or less; at least 1.
    public init(
        _ stream: any ByteStream, kind: RecordKind, format: ImportFormat, name: String, chunkSize: Int = 1 << 20
    ) throws {
        precondition(chunkSize >= 1)
        self.chunkSize = chunkSize
        window = ByteWindow(stream)
        try window.skipByteOrderMark(file: name)
        let layout = format == .csv ? try window.takeHeader(kind: kind, file: name) : nil
        parser = ChunkParser(kind: kind, format: format, name: name, layout: layout)
    }

    /// For progress: how much of `totalBytes` was read, compressed if the source is.
    public var bytesRead: Int { window.stream.bytesRead }
    public var totalBytes: Int? { window.stream.totalBytes }

    /// The next chunk; nil at the end, and ever after something was thrown.
    /// - Throws: `ImportFailure` for a record that is too long and for corrupt compressed data, which come after the
    ///   problems in the chunks before; `DynamicsError` when the file cannot be read.
    public mutating func next() throws -> RecordChunk? {
        if isFinished { return nil }
        do {
            let chunk = try nextRecords()
            isFinished = chunk == nil
            return chunk
        } catch {
            isFinished = true
            throw error
        }
    }

    private mutating func nextRecords() throws -> RecordChunk? {
        var target = chunkSize
        while true {
            try window.fill(to: target)
            if window.bytes.isEmpty { return nil }
            let found = window.bytes.withUnsafeBufferPointer {
                RecordBoundaries($0, format: parser.format, isAll: window.isAtEnd)
            }
            // What stands before a record that is too long comes first; the next call finds that record at the start.
            if found.end > 0 { return window.take(found.end) }
            if found.isTooLong { throw ImportFailure(tooLongAt: window.line, file: parser.name) }
            target = window.bytes.count * 2
        }
    }
}

extension ImportFailure {
    init(tooLongAt line: Int, file: String) {
        let message =
            "the record that starts here is longer than \(RecordChunks.longestRecord) bytes;"
            + " if it should not be, look for a quote without its partner"
        self.init(problems: [ImportProblem(file: file, line: line, message)])
    }

    fileprivate init(file: String, _ message: String) {
        self.init(problems: [ImportProblem(file: file, message)])
    }
}

extension ByteWindow {
    /// Passes over the byte order mark of UTF-8.
    /// - Throws: `ImportFailure` for the marks of other things that people take for such a file.
    fileprivate mutating func skipByteOrderMark(file: String) throws {
        try fill(to: 3)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return drop(3) }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw ImportFailure(file: file, "the file is UTF-16; save it as UTF-8")
        }
        if bytes.starts(with: [0x1F, 0x8B]) {
            throw ImportFailure(file: file, "the file is compressed with gzip; let its name end in .gz")
        }
    }

    /// Takes the first line that is not blank.
    /// - Throws: `ImportFailure` when there is none, when it is too long, and when its columns are not right.
    fileprivate mutating func takeHeader(kind: RecordKind, file: String) throws -> ColumnLayout {
        while true {
            let end = try endOfFirstRecord(file: file)
            if end == 0 {
                let names = RecordShape.of(kind).names
                throw ImportFailure(file: file, "the file is empty; its first line must name the columns: \(names)")
            }
            let line = line
            let layout = try take(end).bytes.withUnsafeBufferPointer { bytes in
                let content = CSVSyntax.record(bytes, from: 0).content
                return content.isEmpty
                    ? nil : try ColumnLayout(header: content, kind: kind, file: file, line: line)
            }
            if let layout { return layout }
        }
    }

    /// 0 when nothing is left.
    private mutating func endOfFirstRecord(file: String) throws -> Int {
        var target = 64
        while true {
            try fill(to: target)
            let end = bytes.withUnsafeBufferPointer { CSVSyntax.endOfRecord($0, from: 0) }
            if let end = end ?? (isAtEnd || bytes.count > RecordChunks.longestRecord ? bytes.count : nil) {
                if end > RecordChunks.longestRecord { throw ImportFailure(tooLongAt: line, file: file) }
                return end
            }
            target = bytes.count * 2
        }
    }
}
