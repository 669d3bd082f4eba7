import DynamicsModel
import Foundation

/// A lock that one process at a time holds: `flock` on a file. The system releases it when the process ends, however it ends.
struct FileLock {
    private let descriptor: Int32

    /// Waits for the lock.
    /// - Throws: `DynamicsError` (`.unavailable`) when it cannot be had within `wait_seconds`.
    init(_ path: String, wait_seconds: Double) throws {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw DynamicsError(
                .unavailable, "data_folder",
                "\(path) cannot be created: check permissions and disk (\(String(cString: strerror(errno))))")
        }
        let pause_seconds = 0.02
        for _ in 0...Int(wait_seconds / pause_seconds) {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
            guard errno == EWOULDBLOCK || errno == EINTR else { break }
            usleep(UInt32(pause_seconds * 1_000_000))
        }
        let reason = String(cString: strerror(errno))
        close(descriptor)
        throw DynamicsError(.unavailable, "busy_workspace", "\(path) cannot be locked: try again later (\(reason))")
    }

    /// Must be called once.
    func release() { close(descriptor) }
}
