import CZlib
import HTTPTypes
import Hummingbird
import NIOCore

/// Sends texts gzipped to who takes them that way. Bodies of unknown length (progress events) pass as they are.
struct Compression: RouterMiddleware {
    /// Smaller bodies gain nothing.
    static let smallest_bytes = 1024

    func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        let response = try await next(request, context)
        guard request.method != .head, let length = response.body.contentLength, length >= Self.smallest_bytes,
            Self.isText(response.headers[.contentType]), response.headers[.contentEncoding] == nil
        else { return response }
        var compressed = response
        compressed.headers[.vary] = "Accept-Encoding"
        guard request.headers[.acceptEncoding]?.contains("gzip") == true else { return compressed }
        let collector = BodyCollector()
        try await response.body.write(collector)
        compressed.body = ResponseBody(byteBuffer: ByteBuffer(bytes: Self.gzip(collector.buffer.readableBytesView)))
        compressed.headers[.contentEncoding] = "gzip"
        return compressed
    }

    private static func isText(_ type: String?) -> Bool {
        guard let type else { return false }
        return type.hasPrefix("text/") || type.hasPrefix("application/json")
            || type.hasPrefix("application/problem+json")
            || type.hasPrefix("image/svg")
    }

    /// RFC 1952, at a level that costs a few milliseconds for a page of 400 KB.
    static func gzip(_ bytes: some Collection<UInt8>) -> [UInt8] {
        var input = Array(bytes)
        var stream = z_stream()
        let version = ZLIB_VERSION
        let size = Int32(MemoryLayout<z_stream>.size)
        guard deflateInit2_(&stream, 5, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, version, size) == Z_OK else {
            preconditionFailure("zlib has no memory")
        }
        defer { deflateEnd(&stream) }
        let capacity = Int(deflateBound(&stream, UInt(input.count)))
        let inputCount = input.count
        return input.withUnsafeMutableBufferPointer { source in
            [UInt8](unsafeUninitializedCapacity: capacity) { target, count in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(inputCount)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(capacity)
                let code = deflate(&stream, Z_FINISH)
                precondition(code == Z_STREAM_END, "deflateBound promises enough room")
                count = capacity - Int(stream.avail_out)
            }
        }
    }
}

/// Takes a body's pieces together.
private final class BodyCollector: ResponseBodyWriter {
    private(set) var buffer = ByteBuffer()

    func write(_ piece: ByteBuffer) async throws {
        var piece = piece
        buffer.writeBuffer(&piece)
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
