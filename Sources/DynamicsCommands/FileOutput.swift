import DynamicsModel
import Foundation

/// Bytes on their way out of the program.
enum FileOutput {
    /// Replaces the file at `path` as a whole: readers see the old content or the new one, also when this program is stopped
    /// halfway. What is no regular file, such as a pipe or a device, is written to in place.
    ///
    /// - Throws: `DynamicsError` of kind `unavailable` when that fails; the old file is then still there.
    static func replace(_ path: String, with bytes: [UInt8]) throws {
        // Beside the file that is meant, not beside a link to it.
        let target = resolved(path) ?? path
        let attributes = try? FileManager.default.attributesOfItem(atPath: target)
        if let attributes, attributes[.type] as? FileAttributeType != .typeRegular {
            try withFile(open(path, O_WRONLY | O_CLOEXEC), path) { try write(bytes, to: $0, path) }
            return
        }
        let mask = umask(0)
        umask(mask)
        let mode = (attributes?[.posixPermissions] as? Int).map { mode_t($0) } ?? 0o666 & ~mask
        var name = Array("\(target).XXXXXX".utf8CString)
        let file = mkstemp(&name)
        do {
            try withFile(file, path) {
                try write(bytes, to: $0, path)
                guard fchmod($0, mode) == 0, fsync($0) == 0 else { throw cannotWrite(path) }
            }
            guard rename(name, target) == 0 else { throw cannotWrite(path) }
        } catch {
            if file >= 0 { unlink(name) }
            throw error
        }
    }

    /// Writes to standard output. A reader that has seen enough (`report | head`) is no error.
    /// - Throws: `DynamicsError` of kind `unavailable` when that fails.
    static func print(_ bytes: [UInt8]) throws {
        try write(bytes, to: STDOUT_FILENO, nil)
    }

    /// nil: there is nothing, or it is out of reach.
    private static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func withFile(_ file: Int32, _ path: String, _ body: (Int32) throws -> Void) throws {
        guard file >= 0 else { throw cannotWrite(path) }
        do {
            try body(file)
        } catch {
            close(file)
            throw error
        }
        guard close(file) == 0 else { throw cannotWrite(path) }
    }

    private static func write(_ bytes: [UInt8], to file: Int32, _ path: String?) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
            if written < 0 {
                if errno == EINTR { continue }
                if errno == EPIPE { return }
                throw cannotWrite(path)
            }
            rest = rest.dropFirst(written)
        }
    }

    /// - Parameter path: nil: standard output.
    private static func cannotWrite(_ path: String?) -> DynamicsError {
        let reason = String(cString: strerror(errno))
        return DynamicsError(
            .unavailable, "cannot_write",
            "cannot write to \(path.map { "\"\($0)\"" } ?? "standard output"): \(reason)")
    }
}
