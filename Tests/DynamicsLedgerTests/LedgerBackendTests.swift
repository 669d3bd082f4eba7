import DynamicsImport
import DynamicsLedger
import DynamicsModel
import DynamicsTestSupport
import Foundation
import Synchronization
import Testing

/// Snapshots while columns have to be built: who waits, who is told, who gives up.
@Suite(.serialized)
struct LedgerBackendTests {
    /// Enough that building takes some tenths of a second.
    private static func ledger(in folder: ScratchFolder) async throws -> Ledger {
        try ManyRows(clients: 20_000, transactions: 0..<600_000, seed: 1).write(to: folder.path + "/files")
        let ledger = try Ledger(folder: folder.path + "/data")
        _ = try await ledger.importSources(
            ImportSource.find(at: [folder.path + "/files"]), baseCurrency: CurrencyCode("EUR"))
        return ledger
    }

    @Test func progressOfBuildingIsToldToEveryoneWhoWaits() async throws {
        let folder = try ScratchFolder()
        let backend = LedgerBackend(try await Self.ledger(in: folder))
        let told = Told()
        try await withThrowingTaskGroup(of: Int64.self) { group in
            for waiter in 0..<5 {
                group.addTask {
                    try await backend.snapshot { told.note($0, for: waiter) }.catalog.revision
                }
            }
            for try await revision in group { #expect(revision == 1) }
        }
        for waiter in 0..<5 {
            let parts = told.parts(for: waiter)
            #expect(parts.allSatisfy { (0...1).contains($0) })
            // One that came when all was done is told nothing.
            if !parts.isEmpty { #expect(parts.max() == 1) }
        }
        #expect((0..<5).contains { !told.parts(for: $0).isEmpty })
        // Nothing has to be built any more.
        _ = try await backend.snapshot { _ in Issue.record("built again") }
    }

    @Test func whoIsCancelledLeavesAtOnceAndOthersGoOn() async throws {
        let folder = try ScratchFolder()
        let ledger = try await Self.ledger(in: folder)
        let backend = LedgerBackend(ledger)
        // As if another process built the columns, for as long as the test wants.
        let building = try HeldLock(ledger.folder + "/columns.lock")
        let leaving = Task { try await backend.snapshot().catalog.revision }
        let staying = Task { try await backend.snapshot().catalog.revision }
        try await Task.sleep(for: .milliseconds(200))
        leaving.cancel()
        await #expect(throws: CancellationError.self) { try await leaving.value }
        #expect(try !Self.files(of: ledger).contains("ledger.columns"))
        building.release()
        #expect(try await staying.value == 1)
        #expect(try Self.files(of: ledger).contains("ledger.columns"))
    }

    @Test func buildingStopsWhenNobodyWaits() async throws {
        let folder = try ScratchFolder()
        let ledger = try await Self.ledger(in: folder)
        let backend = LedgerBackend(ledger)
        let others = try HeldLock(ledger.folder + "/columns.lock")
        let tasks = (0..<2).map { _ in Task { try await backend.snapshot().catalog.revision } }
        try await Task.sleep(for: .milliseconds(200))
        for task in tasks { task.cancel() }
        for task in tasks { await #expect(throws: CancellationError.self) { try await task.value } }
        // Now the backend's thread goes on, for nobody.
        others.release()
        try await Task.sleep(for: .seconds(3))
        #expect(try Self.files(of: ledger).allSatisfy { !$0.hasPrefix("ledger.columns") })
        // The next one builds.
        #expect(try await backend.snapshot().catalog.revision == 1)
        #expect(try Self.files(of: ledger).contains("ledger.columns"))
    }

    private static func files(of ledger: Ledger) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: ledger.folder)
    }

    @Test func aSnapshotIsAtLeastAsNewAsTheCall() async throws {
        let folder = try ScratchFolder()
        let ledger = try Ledger(folder: folder.path + "/data")
        let backend = LedgerBackend(ledger)
        // Others ask all the time.
        let asking = Task {
            while !Task.isCancelled { _ = try await backend.snapshot() }
        }
        defer { asking.cancel() }
        for revision in Int64(1)...20 {
            let files = folder.path + "/files\(revision)"
            try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
            try Data("id,name\np\(revision),Package \(revision)\n".utf8)
                .write(to: URL(filePath: files + "/packages.csv"))
            _ = try await ledger.importSources(ImportSource.find(at: [files]))
            let snapshot = try await backend.snapshot()
            #expect(snapshot.catalog.revision == revision)
            let id = ExactText("p\(revision)")
            let names = try await snapshot.names(of: .packages, ids: [id], scope: .everything)
            #expect(names == [id: ExactText("Package \(revision)")])
        }
    }

    @Test func aTaskThatIsCancelledAlreadyIsRefused() async throws {
        let folder = try ScratchFolder()
        let backend = LedgerBackend(try Ledger(folder: folder.path))
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await backend.snapshot().catalog.revision
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await backend.snapshot().catalog.revision == 0)
    }
}

/// The progress that each waiter was told.
private final class Told: Sendable {
    private let parts = Mutex<[Int: [Double]]>([:])

    func note(_ part: Double, for waiter: Int) { parts.withLock { $0[waiter, default: []].append(part) } }

    func parts(for waiter: Int) -> [Double] { parts.withLock { $0[waiter] ?? [] } }
}

/// A lock on a file, as another process would hold it.
private final class HeldLock: Sendable {
    private let descriptor: Int32

    init(_ path: String) throws {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        try #require(descriptor >= 0 && flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    }

    /// Must be called once.
    func release() { close(descriptor) }
}
