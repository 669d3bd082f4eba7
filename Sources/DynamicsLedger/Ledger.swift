public import DynamicsModel
import Foundation
import GRDB

/// The ledger of one installation: `ledger.sqlite` in its data folder.
///
/// The file holds one revision after the other; each import makes one, in one SQLite transaction. Readers see the revision
/// that was the newest when they began, and are never in an import's way, nor it in theirs.
public final class Ledger: Sendable {
    /// The path of the data folder.
    public let folder: String
    /// Is called for every client and every block of transactions that is read; what it throws ends the reading.
    private let interruption: @Sendable () throws -> Void

    /// Opens the ledger of `folder`; creates both when missing, and brings a ledger of an older version up to date.
    ///
    /// - Throws: `DynamicsError` (`.unavailable`) when the folder cannot be used, or its ledger is damaged, of a newer version
    ///   or not a ledger at all; in these cases nothing has been touched.
    public init(folder: String) throws {
        self.folder = folder
        interruption = {}
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw DynamicsError(
                .unavailable, "data_folder",
                "the data folder \"\(folder)\" cannot be created: check its path and permissions")
        }
        try LedgerFile.prepare(Self.file(in: folder), lock: Self.lock(in: folder))
    }

    /// The same ledger, for readings that somebody may want to end early.
    /// - Parameter interruption: is called for every client and every block of transactions that is read; what it throws
    ///   ends the reading.
    init(_ ledger: Ledger, interruption: @escaping @Sendable () throws -> Void) {
        folder = ledger.folder
        self.interruption = interruption
    }

    static func file(in folder: String) -> String { folder + "/ledger.sqlite" }
    /// What only one import at a time holds.
    static func lock(in folder: String) -> String { folder + "/import.lock" }

    /// What the ledger holds, as of its newest revision.
    public func status() throws -> LedgerStatus {
        try read { try $0.status() }
    }

    /// Runs `body` on the newest revision, on the calling thread; the revision stays the same until `body` returns.
    public func read<Value>(_ body: (LedgerReader) throws -> Value) throws -> Value {
        try LedgerFile.translatingErrors(in: folder) {
            let connection = try LedgerFile.readingConnection(Self.file(in: folder))
            return try connection.read { try body(LedgerReader($0, interruption)) }
        }
    }

    /// Runs `body` on `parts` threads at once, each with a connection and a range of clients of its own, all at the same
    /// revision; the ranges are disjoint, cover all clients, and hold about the same number of transactions.
    ///
    /// - Returns: what the calls of `body` returned, in the order of the ranges.
    /// - Throws: the first error of a `body`, in the order of the ranges, after all have returned.
    public func readInParallel<Value: Sendable>(
        parts: Int, _ body: @Sendable (LedgerReader, Range<UInt32>) throws -> Value
    ) throws -> [Value] {
        try LedgerFile.translatingErrors(in: folder) {
            try ParallelReading(file: Self.file(in: folder), parts: max(1, parts), interruption: interruption).run(body)
        }
    }
}

/// What a ledger holds.
public struct LedgerStatus: Sendable, Hashable {
    /// The newest revision's number; 0: nothing has been imported yet.
    public var revision: Int64
    /// When it was committed.
    public var committedAt: Instant?
    /// USD as long as no import has set it.
    public var baseCurrency: CurrencyCode
    public var packages: Int
    public var clients: Int
    public var subscriptions: Int
    public var rates: Int
    public var transactions: Int
    /// The earliest and the latest of all `created_at` of clients and `at` of transactions; nil in an empty ledger.
    public var bounds: ClosedRange<Instant>?
}
