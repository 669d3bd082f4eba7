import DynamicsModel
import Foundation

/// A client's tags as a JSON array, sorted by scalar values, so that equal sets are equal texts.
enum TagList {
    static func encode(_ tags: Set<ExactText>) -> String {
        if tags.isEmpty { return "[]" }
        let buffer = ByteBuffer()
        for tag in tags.sorted() {
            var text = tag.string
            text.withUTF8 { bytes in
                buffer.reserve(bytes.count * 6 + 4)
                buffer.append(buffer.count == 0 ? UInt8(ascii: "[") : UInt8(ascii: ","))
                buffer.append(UInt8(ascii: "\""))
                JSONText.appendEscaped(UnsafeRawBufferPointer(bytes), to: buffer)
                buffer.append(UInt8(ascii: "\""))
            }
        }
        buffer.append(UInt8(ascii: "]"))
        return String(decoding: buffer.bytes, as: UTF8.self)
    }

    static func decode(_ text: UnsafeRawBufferPointer) throws -> [ExactText] {
        if text.count == 2 { return [] }
        guard let tags = try? JSONDecoder().decode([String].self, from: Data(text)) else { throw DamagedBlock() }
        return tags.map { ExactText($0) }
    }
}
