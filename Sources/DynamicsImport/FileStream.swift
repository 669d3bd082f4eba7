public import DynamicsModel
import Glibc

/// The bytes of a regular file, which is open as long as the stream lives.
public final class FileStream: ByteStream {
    private let path: String
    private let descriptor: Int32
    public private(set) var bytesRead = 0
    /// The size of the file when it was opened.
    public let totalBytes: Int?

    /// - Throws: `DynamicsError` that names the path.
    public init(path: String) throws(DynamicsError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { throw Self.unreadable(path) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw DynamicsError(.usage, "not_a_file", "\(path) is not a regular file")
        }
        totalBytes = Int(status.st_size)
    }

    deinit { close(descriptor) }

    public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 {
                bytesRead += count
                return count
            }
            if errno != EINTR { throw Self.unreadable(path) }
        }
    }

    /// The error of the system call that failed last.
    private static func unreadable(_ path: String) -> DynamicsError {
        let reason = String(cString: strerror(errno))
        return DynamicsError(.unavailable, "unreadable_file", "\(path) cannot be read: \(reason)")
    }
}
