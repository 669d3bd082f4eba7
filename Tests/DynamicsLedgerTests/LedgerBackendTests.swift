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
        let told = Mutex<[Int: [Double]]>([:])
        try await withThrowingTaskGroup(of: Int64.self) { group in
            for waiter in 0..<5 {
                group.addTask {
                    try await backend.snapshot { part in told.withLock { $0[waiter, default: []].append(part) } }
                        .catalog.revision
                }
            }
            for try await revision in group { #expect(revision == 1) }
        }
        for waiter in 0..<5 {
            let parts = told.withLock { $0[waiter] ?? [] }
            #expect(parts.allSatisfy { (0...1).contains($0) })
            // One that came when all was done is told nothing.
            if !parts.isEmpty { #expect(parts.max() == 1) }
        }
        #expect(told.withLock { !$0.isEmpty })
        // Nothing has to be built any more.
        _ = try await backend.snapshot { _ in Issue.record("built again") }
    }

    @Test func whoIsCancelledLeavesAtOnceAndOthersGoOn() async throws {
        let folder = try ScratchFolder()
        let backend = LedgerBackend(try await Self.ledger(in: folder))
        let (begun, hasBegun) = AsyncStream.makeStream(of: Void.self)
        let staying = Task { try await backend.snapshot { _ in hasBegun.yield() }.catalog.revision }
        let leaving = Task { try await backend.snapshot { _ in }.catalog.revision }
        var iterator = begun.makeAsyncIterator()
        await iterator.next()
        let clock = ContinuousClock()
        let asked = clock.now
        leaving.cancel()
        await #expect(throws: CancellationError.self) { try await leaving.value }
        #expect(clock.now - asked < .milliseconds(100))
        #expect(try await staying.value == 1)
    }

    @Test func buildingStopsWhenNobodyWaits() async throws {
        let folder = try ScratchFolder()
        let ledger = try await Self.ledger(in: folder)
        let latest = Mutex<Double>(0)
        let backend = LedgerBackend(ledger)
        let (begun, hasBegun) = AsyncStream.makeStream(of: Void.self)
        let tasks = (0..<2).map { _ in
            Task {
                try await backend.snapshot { part in
                    latest.withLock { $0 = max($0, part) }
                    hasBegun.yield()
                }
            }
        }
        var iterator = begun.makeAsyncIterator()
        await iterator.next()
        for task in tasks { task.cancel() }
        for task in tasks { await #expect(throws: CancellationError.self) { _ = try await task.value } }
        try await Task.sleep(for: .milliseconds(200))
        let reached = latest.withLock { $0 }
        #expect(reached < 1)
        // What was half built is gone, and the next one builds anew.
        let data = try FileManager.default.contentsOfDirectory(atPath: ledger.folder)
        #expect(!data.contains("ledger.columns") && !data.contains("ledger.columns.new"))
        #expect(try await backend.snapshot().catalog.revision == 1)
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
