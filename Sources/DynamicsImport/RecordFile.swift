public import DynamicsModel
import Foundation

/// Writes records as NDJSON, the inverse of reading them: for moving a ledger from one place to another without a loss.
///
/// Call `close()` when done; a file that was not closed may lack its last lines.
public final class RecordFile {
    /// `FOLDER/transactions.ndjson`.
    public let path: String
    private let handle: FileHandle
    private var buffer: [UInt8] = []

    /// Creates the file.
    /// - Throws: `DynamicsError` (`.unavailable`) when it cannot be written.
    public init(_ kind: RecordKind, in folder: String) throws {
        path = "\(folder)/\(kind.rawValue).ndjson"
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let handle = FileHandle(forWritingAtPath: path)
        else { throw DynamicsError(.unavailable, "cannot_write", "\"\(path)\" cannot be written") }
        self.handle = handle
    }

    /// Adds a line that is a JSON object already.
    public func write(line: String) throws {
        buffer += line.utf8
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count > 1 << 20 { try flush() }
    }

    /// Adds a record of texts; empty ones are left out.
    public func write(_ fields: [(String, String)], tags: [ExactText] = []) throws {
        var members = fields.filter { !$0.1.isEmpty }.map { "\"\($0.0)\":\(Self.quoted($0.1))" }
        if !tags.isEmpty { members.append("\"tags\":[\(tags.map { Self.quoted($0.string) }.joined(separator: ","))]") }
        try write(line: "{\(members.joined(separator: ","))}")
    }

    /// Writes what is left; nothing can be added afterwards.
    /// - Throws: `DynamicsError` (`.unavailable`) when it cannot be written.
    public func close() throws {
        try flush()
        try handle.close()
    }

    private func flush() throws {
        do {
            try handle.write(contentsOf: buffer)
        } catch {
            throw DynamicsError(
                .unavailable, "cannot_write", "\"\(path)\" cannot be written: \(error.localizedDescription)")
        }
        buffer.removeAll(keepingCapacity: true)
    }

    /// A whole number of 10^-`digits` as a decimal.
    public static func decimal(_ value: Int64, digits: Int) -> String {
        let text = String(value.magnitude)
        let padded = String(repeating: "0", count: max(0, digits + 1 - text.utf8.count)) + text
        let split = padded.index(padded.endIndex, offsetBy: -digits)
        return "\(value < 0 ? "-" : "")\(padded[..<split]).\(padded[split...])"
    }

    /// RFC 8259 section 7.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\":
                result += "\\"
                result.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
