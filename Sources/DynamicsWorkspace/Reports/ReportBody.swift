import CZlib
import Crypto
import DynamicsModel
import Foundation

/// The stored bytes of a report: a version, a checksum, and the exact result, compressed.
///
/// - byte 0: the version of what follows, now 1
/// - bytes 1 to 4: how long the content is before compression, little-endian
/// - bytes 5 to 36: SHA-256 over bytes 0 to 4 and all from byte 37 on
/// - from byte 37 on: the content (`ReportContent`), as a zlib stream (RFC 1950)
///
/// A version that was released is read for ever.
enum ReportBody {
    static let version: UInt8 = 1
    private static let headerBytes = 37
    /// How long content may be: far beyond the largest report.
    private static let longestContent = 1 << 30

    /// The bytes to store. They are the same for equal results on one machine; zlib's versions may differ in how they compress.
    @concurrent static func encoded(_ result: ReportResult) async throws -> Data {
        var writer = ContentWriter()
        writer.write(result)
        guard writer.bytes.count < longestContent else {
            throw DynamicsError(.data, "report_too_long", "the report is too long to be stored; ask for fewer rows")
        }
        let length = UInt32(writer.bytes.count)
        var head = Data([version])
        for shift in stride(from: 0, to: 32, by: 8) { head.append(UInt8(truncatingIfNeeded: length >> shift)) }
        let compressed = try compress(writer.bytes)
        return head + checksum(head, compressed) + compressed
    }

    /// The result that was stored.
    /// - Parameter id: what errors call the report.
    /// - Throws: `DynamicsError` (`.unavailable`): `damaged_report`, or `newer_report` for a version that is not known here.
    @concurrent static func decoded(_ body: Data, id: String) async throws -> ReportResult {
        let body = Data(body)
        let damaged = DynamicsError(
            .unavailable, "damaged_report", "the stored report \(id) is damaged: restore workspace.sqlite from a backup"
        )
        guard body.count > headerBytes else { throw damaged }
        let compressed = body[headerBytes...]
        guard checksum(body[..<5], compressed) == body[5..<headerBytes] else { throw damaged }
        guard body[0] == version else {
            throw DynamicsError(
                .unavailable, "newer_report",
                "the stored report \(id) was written by a newer version of customer-dynamics: use that version")
        }
        let length = body[1..<5].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length < longestContent, let content = decompress(compressed, length: length) else { throw damaged }
        var reader = ContentReader(content)
        do {
            let result = try reader.result()
            guard reader.isAtEnd else { throw damaged }
            return result
        } catch is ContentReader.Damage {
            throw damaged
        }
    }

    private static func checksum(_ head: Data, _ compressed: Data) -> Data {
        var hash = SHA256()
        hash.update(data: head)
        hash.update(data: compressed)
        return Data(hash.finalize())
    }

    private static func compress(_ content: [UInt8]) throws -> Data {
        var compressed = Data(count: Int(compressBound(UInt(content.count))))
        var length = UInt(compressed.count)
        let status = compressed.withUnsafeMutableBytes { target in
            content.withUnsafeBufferPointer { source in
                compress2(
                    target.baseAddress?.assumingMemoryBound(to: UInt8.self), &length, source.baseAddress,
                    UInt(source.count), 6)
            }
        }
        guard status == Z_OK else {
            throw DynamicsError(.unavailable, "compression", "there is not enough memory to store the report")
        }
        return compressed.prefix(Int(length))
    }

    /// nil unless the stream is whole and has exactly `length` bytes in it.
    private static func decompress(_ compressed: Data, length: Int) -> [UInt8]? {
        var count = UInt(length)
        let content = [UInt8](unsafeUninitializedCapacity: length) { target, initialized in
            let status = compressed.withUnsafeBytes { source in
                uncompress(
                    target.baseAddress, &count, source.baseAddress?.assumingMemoryBound(to: UInt8.self),
                    UInt(source.count))
            }
            initialized = status == Z_OK ? Int(count) : 0
        }
        return content.count == length ? content : nil
    }
}
