public import DynamicsImport

/// What an import reads: a file, or a stream that someone else has opened.
public struct ImportInput: Sendable {
    public var kind: RecordKind
    /// For messages.
    public var name: String
    /// Opens it; is called once.
    public var open: @Sendable () throws -> RecordChunks

    public init(kind: RecordKind, name: String, open: @escaping @Sendable () throws -> RecordChunks) {
        self.kind = kind
        self.name = name
        self.open = open
    }

    public init(_ source: ImportSource) {
        self.init(kind: source.kind, name: source.name) { try RecordChunks(source) }
    }
}
