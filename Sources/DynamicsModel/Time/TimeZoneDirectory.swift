import Foundation

/// The system's timezone database: TZif files (RFC 9636) under one folder.
///
/// A zone's name is its file's path below the folder. These are no names: `right/` (with leap seconds) and `posix/` (copies),
/// `localtime` and `posixrules` (which differ from machine to machine), and whatever else is no TZif file, such as `zone.tab`.
public struct TimeZoneDirectory: Sendable {
    /// The folder's path.
    public let root: String

    /// Nothing is read yet.
    public init(root: String = "/usr/share/zoneinfo") { self.root = root }

    /// The largest file in use has 4 KB.
    private static let maximumFileSize = 1 << 18

    /// Of the data, such as `2025b`; `unknown` when the folder does not say.
    public var version: String {
        // The compact source says it in its first line, `# version 2025b`; the original installation in a file of its own.
        let prefix = "# version "
        if let line = firstLine(of: "tzdata.zi"), line.hasPrefix(prefix) { return String(line.dropFirst(prefix.count)) }
        return firstLine(of: "+VERSION") ?? "unknown"
    }

    /// All zone names, links included, sorted; without `right/`, `posix/` and files that are no TZif.
    ///
    /// - Throws: `DynamicsError` of the kind `unavailable` when the folder cannot be read or has no zones.
    public func names() throws -> [String] {
        var names: [String] = []
        let paths = FileManager.default.enumerator(atPath: root)
        while let path = paths?.nextObject() as? String {
            if Self.isZoneName(path), isTimeZoneFile(path) { names.append(path) }
        }
        guard !names.isEmpty else {
            throw DynamicsError(
                .unavailable, "no_timezones", field: "timezone",
                "there are no timezones in \(root); install the package tzdata")
        }
        return names.sorted()
    }

    /// Reads the zone's file; nothing is kept for the next call.
    ///
    /// - Throws: `DynamicsError` with field `timezone`: of the kind `usage` for a name that is not there or is no plain zone
    ///   name, `unavailable` for a file that is damaged.
    public func rules(named name: String) throws -> TimeZoneRules {
        guard Self.isZoneName(name), let bytes = contents(of: name, upTo: Self.maximumFileSize),
            bytes.starts(with: TZifFile.magic)
        else { throw try unknown(name) }
        return try TimeZoneRules(name: name, tzif: bytes)
    }

    /// Whether `name` has the form of a zone's name: parts of ASCII letters, digits, `_`, `+`, `-` and `.`, the last not in front,
    /// with single slashes between them. So it cannot lead out of the folder.
    private static func isZoneName(_ name: String) -> Bool {
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isPlain = parts.allSatisfy { part in
            !part.isEmpty && part.first != UInt8(ascii: ".") && part.allSatisfy(isPlainByte)
        }
        return isPlain && !["right", "posix"].contains(String(parts[0])) && !["localtime", "posixrules"].contains(name)
    }

    private static func isPlainByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): true
        default: false
        }
    }

    private func isTimeZoneFile(_ path: String) -> Bool {
        contents(of: path, upTo: TZifFile.magic.count) == TZifFile.magic
    }

    /// nil when there is no such file, or it cannot be read.
    private func contents(of path: String, upTo count: Int) -> [UInt8]? {
        guard let file = FileHandle(forReadingAtPath: "\(root)/\(path)") else { return nil }
        defer { try? file.close() }
        return (try? file.read(upToCount: count)).map { [UInt8]($0) }
    }

    /// nil when there is no such file, or nothing in its first line.
    private func firstLine(of path: String) -> String? {
        guard let bytes = contents(of: path, upTo: 64) else { return nil }
        let line = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        return line.isEmpty ? nil : line
    }

    private func unknown(_ name: String) throws -> DynamicsError {
        let wanted = name.lowercased().replacing(" ", with: "_")
        let names = try names()
        // Not what lies below Etc/: GMT+3 is no slip for Etc/GMT+3, which lies on the other side of Greenwich.
        let similar =
            names.first { $0.lowercased() == wanted }
            ?? names.first { $0.lowercased().hasSuffix("/" + wanted) && !$0.hasPrefix("Etc/") }
        // As a literal, so that control characters do no harm where the message is shown.
        let shown = String(reflecting: String(String.UnicodeScalarView(name.unicodeScalars.prefix(64))))
        return DynamicsError(
            .usage, "unknown_timezone", field: "timezone",
            "there is no timezone \(shown); "
                + (similar.map { "did you mean \($0)?" } ?? "give an IANA name such as Europe/Kyiv, or UTC"))
    }
}
