import DynamicsModel
import Foundation

/// The lock that only one import at a time holds: `flock` on a file of the data folder. The system releases it when the
/// process ends, however it ends.
final class ImportLock: Sendable {
    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    /// The lock, or nil when another import has it.
    static func take(_ path: String) throws -> ImportLock? {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw DynamicsError(
                .unavailable, "data_folder", "\(path) cannot be created: \(String(cString: strerror(errno)))")
        }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return ImportLock(descriptor: descriptor) }
        let cause = errno
        close(descriptor)
        if cause == EWOULDBLOCK || cause == EINTR { return nil }
        throw DynamicsError(
            .unavailable, "data_folder", "\(path) cannot be locked: \(String(cString: strerror(cause)))")
    }

    /// Waits for the lock.
    /// - Parameter whileWaiting: is called before each further try, every 50 ms; what it throws ends the waiting.
    static func wait(_ path: String, whileWaiting: () throws -> Void = {}) throws -> ImportLock {
        while true {
            if let lock = try take(path) { return lock }
            try whileWaiting()
            usleep(50_000)
        }
    }

    /// Must be called once.
    func release() { close(descriptor) }
}
