/// Bytes that come one after the other: a file, a request's body.
public protocol ByteStream: AnyObject {
    /// Puts the next bytes at the start of `buffer`, waiting for at least one.
    /// - Returns: how many there were; 0 only at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
    /// How many bytes of `totalBytes` were read, for progress.
    var bytesRead: Int { get }
    /// How many bytes the whole takes where it is stored, compressed if it is; nil when unknown.
    var totalBytes: Int? { get }
}

/// Bytes in memory: the body of a small request.
public final class MemoryStream: ByteStream {
    private let bytes: [UInt8]
    public private(set) var bytesRead = 0
    public var totalBytes: Int? { bytes.count }

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    public func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, bytes.count - bytesRead)
        buffer.copyBytes(from: bytes[bytesRead..<bytesRead + count])
        bytesRead += count
        return count
    }
}
