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

    /// The files that `paths` stand for, in the order of `RecordKind.allCases`, those of one kind as given.
    ///
    /// A folder stands for the files in it that are called `X.csv` or `X.csv.gz`, where X is a `RecordKind`; its other
    /// files are left alone. A file that is named itself may also be `X.ndjson` or `X.ndjson.gz`.
    /// - Throws: `DynamicsError` when there is nothing at a path or nothing to import in a folder, when a folder holds both
    ///   `X.csv` and `X.csv.gz`, when a named file is called otherwise, and when a file is named twice.
    public static func find(at paths: [String]) throws -> [ImportSource] { preconditionFailure("being written") }
}
