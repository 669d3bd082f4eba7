/// The part of a stream that is in memory: what was read and not taken yet.
struct ByteWindow {
    let stream: any ByteStream
    private(set) var bytes: [UInt8] = []
    /// The physical line, from 1, on which `bytes` begin.
    private(set) var line = 1
    private(set) var isAtEnd = false

    init(_ stream: any ByteStream) { self.stream = stream }

    /// Reads until there are `count` bytes, or the stream ends.
    mutating func fill(to count: Int) throws {
        guard bytes.count < count, !isAtEnd else { return }
        let old = bytes
        let stream = stream
        var isAtEnd = false
        bytes = try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = buffer.update(fromContentsOf: old)
            while filled < count {
                let added = try stream.read(
                    into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...]))
                if added == 0 {
                    isAtEnd = true
                    break
                }
                filled += added
            }
        }
        self.isAtEnd = isAtEnd
    }

    /// Takes the first `count` bytes.
    mutating func take(_ count: Int) -> RecordChunk {
        let rest = Array(bytes[count...])
        var taken = bytes
        bytes = rest
        taken.removeLast(taken.count - count)
        let chunk = RecordChunk(bytes: taken, firstLine: line)
        line += taken.withUnsafeBufferPointer(lineFeeds(in:))
        return chunk
    }

    /// Passes over bytes that are no part of any record or line.
    mutating func drop(_ count: Int) { bytes.removeFirst(count) }
}
