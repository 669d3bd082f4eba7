import DynamicsModel
import Foundation
import Glibc
import Hummingbird
import NIOCore
import Synchronization

/// Where bodies wait for their import: files in a folder of the installation, as many at once and as large as is allowed.
final class Uploads: Sendable {
    private let folder: String
    private let largest_bytes: Int
    private let most: Int
    private let count = Mutex(0)

    /// What a killed process has left is deleted when it is a day old.
    private static let leftOver_seconds = 86_400.0

    /// - Parameters:
    ///   - folder: made when it is needed.
    ///   - most: how many bodies at once; more are asked to come back.
    init(folder: String, largest_bytes: Int, most: Int) {
        self.folder = folder
        self.largest_bytes = largest_bytes
        self.most = most
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for file in files {
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(file)")
            let age = (attributes?[.modificationDate] as? Date).map { Date().timeIntervalSince($0) } ?? 0
            if age > Self.leftOver_seconds { try? FileManager.default.removeItem(atPath: "\(folder)/\(file)") }
        }
    }

    /// - Throws: `WebError.tooManyRequests` when enough others are here.
    func enter() throws -> Place {
        let isFree = count.withLock { count in
            guard count < most else { return false }
            count += 1
            return true
        }
        guard isFree else {
            throw WebError.tooManyRequests(
                retryAfter_seconds: 5, "\(most) imports are on their way already. Try again in a moment.")
        }
        return Place(uploads: self, path: "\(folder)/\(UUID().uuidString)")
    }

    fileprivate func leave() { count.withLock { $0 -= 1 } }

    /// A body's file; it is gone after `leave`.
    struct Place: Sendable {
        fileprivate let uploads: Uploads
        fileprivate let path: String

        func leave() {
            unlink(path)
            uploads.leave()
        }

        /// Writes the body as it arrives. Whoever sends faster than the disk writes has to wait, as no more is read meanwhile.
        ///
        /// - Parameter declared: the header Content-Length.
        /// - Throws: `WebError.tooLarge`; `DynamicsError` (`.unavailable`) when the disk takes no more; what the connection throws.
        func store(_ body: Hummingbird.RequestBody, declared: String?) async throws -> String {
            let limit = uploads.largest_bytes
            if let length = declared.flatMap({ Int($0) }), length > limit {
                throw WebError.tooLarge(limit_bytes: limit)
            }
            try FileManager.default.createDirectory(
                atPath: uploads.folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard file >= 0 else { throw Self.failure() }
            defer { close(file) }
            var size = 0
            for try await buffer in body {
                size += buffer.readableBytes
                guard size <= limit else { throw WebError.tooLarge(limit_bytes: limit) }
                try Self.write(buffer, to: file)
            }
            return path
        }

        private static func write(_ buffer: ByteBuffer, to file: Int32) throws {
            try buffer.withUnsafeReadableBytes { bytes in
                var rest = bytes
                while !rest.isEmpty {
                    let count = Glibc.write(file, rest.baseAddress, rest.count)
                    if count < 0, errno == EINTR { continue }
                    guard count > 0 else { throw failure() }
                    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
                }
            }
        }

        private static func failure() -> DynamicsError {
            errno == ENOSPC
                ? DynamicsError(
                    .unavailable, "disk_full", "there is no space left for what is being sent; nothing was imported")
                : DynamicsError(
                    .unavailable, "data_folder",
                    "what is being sent cannot be written to the data folder (\(String(cString: strerror(errno)))); nothing was imported"
                )
        }
    }
}
