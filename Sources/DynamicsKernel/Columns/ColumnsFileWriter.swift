import DynamicsModel
import Foundation

/// Writes parts to a columns file, each with its checksums.
package final class ColumnsFileWriter {
    private let descriptor: Int32
    private let path: String
    /// Bytes written by this writer.
    private var length = 0

    /// The `code` of errors of writing.
    package static let errorCode = "columns_file"

    /// Begins a new file.
    /// - Throws: `DynamicsError` of kind `unavailable`.
    package convenience init(creating path: String) throws {
        try self.init(path, flags: O_CREAT | O_TRUNC)
        try write(ColumnsFileHeader.bytes)
    }

    /// Continues a file behind `length` bytes; what was there beyond is dropped.
    package convenience init(appendingTo path: String, at length: Int) throws {
        try self.init(path, flags: 0)
        guard ftruncate(descriptor, off_t(length)) == 0, lseek(descriptor, off_t(length), SEEK_SET) >= 0 else {
            throw Self.failure(path)
        }
    }

    private init(_ path: String, flags: Int32) throws {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC | flags, 0o644)
        guard descriptor >= 0 else { throw Self.failure(path) }
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// - Parameters:
    ///   - revision: the one that the file is at with this part.
    ///   - removed: clients of older parts that are gone.
    /// - Returns: how many bytes were added.
    @discardableResult
    package func append(
        _ columns: LedgerColumns, revision: LedgerRevision, kind: ColumnsPartKind, removed: [UInt32] = []
    ) throws -> Int {
        let start = length
        let details = try JSONEncoder().encode(
            ColumnsPartDetails(
                owners: columns.owners, tagSets: columns.tagSets.map { $0.map(\.string).sorted() }, removed: removed))
        let header = ColumnsPartHeader(columns, revision: revision, kind: kind, detailsLength: details.count)
        try write(header.bytes)
        var blocks = BlockWriter()
        try columns.forEachColumn { try blocks.add($0, write) }
        try details.withUnsafeBytes { try blocks.add($0, write) }
        try write(blocks.finish())
        return length - start
    }

    /// Makes sure that everything is on the disk.
    package func synchronize() throws {
        guard fsync(descriptor) == 0 else { throw Self.failure(path) }
    }

    private func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }

    private func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let written = Foundation.write(descriptor, rest.baseAddress, rest.count)
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw Self.failure(path) }
            length += written
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }

    private static func failure(_ path: String) -> DynamicsError {
        DynamicsError(.unavailable, errorCode, "cannot write \(path): \(String(cString: strerror(errno)))")
    }
}

/// Passes sections on to the file and takes the checksums of the blocks that they fill.
private struct BlockWriter {
    private var block: [UInt8] = []
    private var checksums: [UInt64] = []

    init() { block.reserveCapacity(BlockChecksum.blockSize) }

    mutating func add(
        _ section: UnsafeRawBufferPointer, _ write: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        try write(section)
        cover(section)
        let zeros = [UInt8](repeating: 0, count: BlockChecksum.padded(section.count) - section.count)
        try zeros.withUnsafeBytes { bytes in
            try write(bytes)
            cover(bytes)
        }
    }

    private mutating func cover(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        while !rest.isEmpty {
            let taken = min(rest.count, BlockChecksum.blockSize - block.count)
            block.append(contentsOf: rest[..<taken])
            rest = UnsafeRawBufferPointer(rebasing: rest[taken...])
            if block.count == BlockChecksum.blockSize { closeBlock() }
        }
    }

    private mutating func closeBlock() {
        checksums.append(block.withUnsafeBytes { BlockChecksum.of($0) })
        block.removeAll(keepingCapacity: true)
    }

    /// The part's checksums, padded.
    mutating func finish() -> [UInt8] {
        if !block.isEmpty { closeBlock() }
        var bytes = checksums.flatMap { sum in (0..<8).map { UInt8(truncatingIfNeeded: sum >> UInt64($0 * 8)) } }
        bytes += [UInt8](repeating: 0, count: BlockChecksum.padded(bytes.count) - bytes.count)
        return bytes
    }
}
