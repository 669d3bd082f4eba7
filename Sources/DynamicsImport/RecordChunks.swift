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

    /// Opens the file and reads its header.
    /// - Throws: `ImportFailure` when the header or the compressed data are not as they should be; `DynamicsError` when
    ///   the file cannot be read.
    public init(_ source: ImportSource) throws { preconditionFailure("being written") }

    /// Reads the header from a stream.
    /// - Parameters:
    ///   - name: what messages call the stream.
    ///   - chunkSize: how many bytes a chunk has, more or less; at least 1.
    public init(
        _ stream: any ByteStream, kind: RecordKind, format: ImportFormat, name: String, chunkSize: Int = 1 << 20
    ) throws { preconditionFailure("being written") }

    /// For progress: how much of `totalBytes` was read, compressed if the source is.
    public var bytesRead: Int { 0 }
    public var totalBytes: Int? { nil }

    /// The next chunk; nil at the end, and ever after something was thrown.
    /// - Throws: `ImportFailure` for a record that is too long and for corrupt compressed data, which come after the
    ///   problems in the chunks before; `DynamicsError` when the file cannot be read.
    public mutating func next() throws -> RecordChunk? { nil }
}
