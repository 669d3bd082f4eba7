public import DynamicsImport
import Foundation

/// What an import reads: a file, or a stream that someone else has opened.
public struct ImportInput: Sendable {
    public var kind: RecordKind
    /// For messages.
    public var name: String
    /// How many bytes there are to read, for progress; 0 when unknown.
    public var byteCount: Int
    /// Opens it; is called once.
    public var open: @Sendable () throws -> RecordChunks

    public init(
        kind: RecordKind, name: String, byteCount: Int = 0, open: @escaping @Sendable () throws -> RecordChunks
    ) {
        self.kind = kind
        self.name = name
        self.byteCount = byteCount
        self.open = open
    }

    public init(_ source: ImportSource) {
        let attributes = try? FileManager.default.attributesOfItem(atPath: source.path)
        let size = (attributes?[.size] as? NSNumber)?.intValue ?? 0
        // Compressed tables shrink to about a sixth.
        let byteCount = source.isGzipped ? size * 6 : size
        self.init(kind: source.kind, name: source.name, byteCount: byteCount) { try RecordChunks(source) }
    }
}
