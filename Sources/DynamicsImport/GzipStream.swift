import CZlib

/// What a gzip stream (RFC 1952) holds: the contents of all its members, one after the other.
public final class GzipStream: ByteStream {
    private let source: any ByteStream
    private let name: String
    /// zlib keeps a pointer to it: it must not move.
    private let inflater = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 1)
    private var isBetweenMembers = false
    private var sourceIsAtEnd = false

    public var bytesRead: Int { source.bytesRead }
    public var totalBytes: Int? { source.totalBytes }

    /// - Parameters:
    ///   - source: the compressed bytes.
    ///   - name: what messages call them.
    public init(_ source: any ByteStream, name: String) {
        self.source = source
        self.name = name
        inflater.initialize(to: z_stream())
        // 15: the largest window; 16: with a gzip header.
        let status = inflateInit2_(inflater, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib refused to start: \(status)")
    }

    deinit {
        inflateEnd(inflater)
        inflater.deallocate()
        input.deallocate()
    }

    /// - Throws: `ImportFailure` when the data are corrupt, end early, or are followed by something else.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if buffer.isEmpty { return 0 }
        inflater.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        inflater.pointee.avail_out = UInt32(clamping: buffer.count)
        let capacity = inflater.pointee.avail_out
        while inflater.pointee.avail_out == capacity {
            try refill()
            if sourceIsAtEnd, inflater.pointee.avail_in == 0 {
                if isBetweenMembers { break }
                throw failure("the compressed data end early; the file seems to be cut off")
            }
            if isBetweenMembers { inflateReset(inflater) }
            let wasBetweenMembers = isBetweenMembers
            isBetweenMembers = false
            switch inflate(inflater, Z_NO_FLUSH) {
            case Z_OK, Z_BUF_ERROR: break
            case Z_STREAM_END: isBetweenMembers = true
            default: throw wasBetweenMembers ? failure("something else follows the compressed data") : corrupt
            }
        }
        return Int(capacity - inflater.pointee.avail_out)
    }

    private func refill() throws {
        guard inflater.pointee.avail_in == 0, !sourceIsAtEnd else { return }
        let count = try source.read(into: input)
        sourceIsAtEnd = count == 0
        inflater.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        inflater.pointee.avail_in = UInt32(count)
    }

    private var corrupt: ImportFailure {
        let reason = inflater.pointee.msg.map { " (\(String(cString: $0)))" } ?? ""
        return failure("the compressed data are corrupt\(reason)")
    }

    private func failure(_ message: String) -> ImportFailure {
        ImportFailure(problems: [ImportProblem(file: name, message)])
    }
}
