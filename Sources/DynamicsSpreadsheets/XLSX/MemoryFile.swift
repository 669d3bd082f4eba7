import CXlsxWriter
import Glibc

/// A file that has a name for other code of this process, but lives in memory only and is gone with the object.
final class MemoryFile {
    private let descriptor: Int32
    /// MFD_CLOEXEC.
    private static let closesOnExec: UInt32 = 1

    /// - Throws: `WorkbookFailure` when the system has no room for one more.
    init() throws {
        descriptor = memfd_create("workbook", Self.closesOnExec)
        if descriptor < 0 {
            throw WorkbookFailure("no file in memory could be opened (\(String(cString: strerror(errno))))")
        }
    }

    deinit { close(descriptor) }

    /// Where it can be opened.
    var path: String { "/proc/self/fd/\(descriptor)" }

    /// Everything in it.
    func bytes() throws -> [UInt8] {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure }
        let count = Int(status.st_size)
        return try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let read = pread(descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, filled)
                guard read > 0 else { throw failure }
                filled += read
            }
        }
    }

    private var failure: WorkbookFailure {
        WorkbookFailure("the finished file could not be read (\(String(cString: strerror(errno))))")
    }
}
