import DynamicsModel
import Foundation

/// A file without a name: it is gone when it is closed, or the process ends.
final class TemporaryFile: Sendable {
    private let descriptor: Int32

    private static let prefix = "import-"
    private static let suffix = ".tmp"

    init(in folder: String) throws {
        let path = "\(folder)/\(Self.prefix)\(UUID().uuidString)\(Self.suffix)"
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.error("created", in: path) }
        unlink(path)
    }

    deinit { close(descriptor) }

    /// Removes what a process left that was killed between making a file and taking its name away.
    static func removeLeftovers(in folder: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names where name.hasPrefix(prefix) && name.hasSuffix(suffix) { unlink(folder + "/" + name) }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
        var done = 0
        while done < bytes.count {
            let count = pwrite(
                descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Self.error("written", in: "the data folder") }
            done += count
        }
    }

    func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int) throws {
        var done = 0
        while done < bytes.count {
            let count = pread(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Self.error("read", in: "the data folder") }
            done += count
        }
    }

    private static func error(_ verb: String, in place: String) -> DynamicsError {
        if errno == ENOSPC {
            return DynamicsError(
                .unavailable, "disk_full", "there is no space left for sorting an import in the data folder")
        }
        return DynamicsError(
            .unavailable, "temporary_file",
            "a temporary file cannot be \(verb) in \(place): \(String(cString: strerror(errno)))")
    }
}
