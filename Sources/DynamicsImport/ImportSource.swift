public import DynamicsModel
import Glibc

/// How the records of a file are written.
public enum ImportFormat: String, Sendable, Hashable, CaseIterable {
    /// RFC 4180 with a header line.
    case csv
    /// One JSON object a line.
    case ndjson
}

/// A file to import.
public struct ImportSource: Sendable, Hashable {
    public var kind: RecordKind
    /// For messages: `transactions.csv.gz`; the path as given when two of the files have the same name.
    public var name: String
    public var format: ImportFormat
    /// Whether the bytes are gzip (RFC 1952) around the format.
    public var isGzipped: Bool
    /// A regular file.
    public var path: String

    public init(kind: RecordKind, name: String, format: ImportFormat, isGzipped: Bool = false, path: String) {
        self.kind = kind
        self.name = name
        self.format = format
        self.isGzipped = isGzipped
        self.path = path
    }

    /// The file at `path`; nil unless its name is `X.csv` or `X.ndjson`, with or without `.gz`, where X is a `RecordKind`.
    private static func byName(_ path: String) -> ImportSource? {
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let name = slash.map { String(path[path.utf8.index(after: $0)...]) } ?? path
        for kind in RecordKind.allCases {
            for format in ImportFormat.allCases {
                for isGzipped in [false, true]
                where name == "\(kind.rawValue).\(format.rawValue)\(isGzipped ? ".gz" : "")" {
                    return ImportSource(kind: kind, name: name, format: format, isGzipped: isGzipped, path: path)
                }
            }
        }
        return nil
    }

    /// The files that `paths` stand for, in the order of `RecordKind.allCases`, those of one kind as given.
    ///
    /// A folder stands for the files in it that are called `X.csv` or `X.csv.gz`, where X is a `RecordKind`; its other
    /// files are left alone. A file that is named itself may also be `X.ndjson` or `X.ndjson.gz`.
    /// - Throws: `DynamicsError` when there is nothing at a path or nothing to import in a folder, when a folder holds both
    ///   `X.csv` and `X.csv.gz`, when a named file is called otherwise, and when a file is named twice.
    public static func find(at paths: [String]) throws(DynamicsError) -> [ImportSource] {
        var found: [ImportSource] = []
        for path in paths {
            switch FileStatus(path) {
            case nil: throw DynamicsError(.usage, "no_such_file", "there is no file or folder \(quoted(path))")
            case let status? where status.isFolder: found += try inFolder(path)
            default: found.append(try named(path))
            }
        }
        if found.isEmpty { throw DynamicsError(.usage, "nothing_to_import", "no file or folder to import was named") }
        try refuseTwice(found)
        let names = Dictionary(grouping: found, by: \.name)
        return RecordKind.allCases.flatMap { kind in found.filter { $0.kind == kind } }.map { source in
            var source = source
            if names[source.name, default: []].count > 1 { source.name = source.path }
            return source
        }
    }

    private static func named(_ path: String) throws(DynamicsError) -> ImportSource {
        guard let source = byName(path) else {
            let names = RecordKind.allCases.map(\.rawValue).joined(separator: ", ")
            throw DynamicsError(
                .usage, "unknown_file_name",
                "\(quoted(path)) does not say what it holds; name it X.csv, X.csv.gz, X.ndjson or X.ndjson.gz,"
                    + " where X is one of \(names)")
        }
        return source
    }

    private static func inFolder(_ folder: String) throws(DynamicsError) -> [ImportSource] {
        let prefix = folder.hasSuffix("/") ? folder : folder + "/"
        var found: [ImportSource] = []
        for kind in RecordKind.allCases {
            let paths = ["csv", "csv.gz"].map { "\(prefix)\(kind.rawValue).\($0)" }.filter { FileStatus($0) != nil }
            if paths.count > 1 {
                throw DynamicsError(
                    .data, "ambiguous_file",
                    "there are both \(quoted(paths[0])) and \(quoted(paths[1])); remove one of them")
            }
            found += paths.compactMap(byName)
        }
        if found.isEmpty {
            let names = RecordKind.allCases.map { "\($0.rawValue).csv" }.joined(separator: ", ")
            throw DynamicsError(
                .usage, "nothing_to_import",
                "the folder \(quoted(folder)) has nothing to import: none of \(names), nor one of them with .gz")
        }
        return found
    }

    private static func refuseTwice(_ sources: [ImportSource]) throws(DynamicsError) {
        var seen: Set<FileStatus> = []
        for source in sources {
            guard let status = FileStatus(source.path), !seen.insert(status).inserted else { continue }
            throw DynamicsError(.usage, "file_named_twice", "the file \(quoted(source.path)) is named twice")
        }
    }
}

/// Which file a path leads to.
private struct FileStatus: Hashable {
    private let device: UInt
    private let number: UInt
    let isFolder: Bool

    /// nil when there is none.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt(status.st_dev)
        number = UInt(status.st_ino)
        isFolder = status.st_mode & S_IFMT == S_IFDIR
    }
}
