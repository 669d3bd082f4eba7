import DynamicsImport
import DynamicsKernel
import DynamicsLedger
import DynamicsModel
import DynamicsReports
import Foundation
import Testing

/// `ledger.columns` over several imports.
struct ColumnsFileTests {
    private static let zones = TimeZoneDirectory()

    /// Imports that rerate everything fill the file with what nobody needs any more, until it is copied without.
    @Test func changesAreCopiedIntoANewBase() async throws {
        let folder = try ScratchFolder()
        let ledger = try Ledger(folder: folder.path + "/ledger")
        let path = ledger.folder + "/ledger.columns"
        var sizes: [Int] = []
        var files: Set<UInt64> = []
        for seed in 1...4 {
            try await Self.importRows(seed: UInt64(seed), of: folder, into: ledger)
            let fresh = try await Self.report(LedgerBackend(ledger))
            let file = try #require(ColumnsFile.open(path, workers: 2))
            sizes.append(file.length)
            files.insert(
                try #require(try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? UInt64))
            #expect(try await Self.report(LedgerBackend(ledger)).rows == fresh.rows)
            let live = file.parts.reduce(0) { sum, part in
                sum + (0..<part.clients.count).filter { part.isSuperseded?[$0] != true }.count
            }
            #expect(live == Self.clients)
        }
        // A base, a change beside it, and a new base in another file.
        #expect(sizes[1] > sizes[0] * 3 / 2, "\(sizes)")
        #expect(sizes.dropFirst(2).contains { $0 < sizes[1] }, "\(sizes)")
        #expect(files.count > 1)
        // What was copied says the same as what is read anew.
        let copied = try await Self.report(LedgerBackend(ledger))
        try FileManager.default.removeItem(atPath: path)
        let built = try await Self.report(LedgerBackend(ledger))
        #expect(copied.rows == built.rows && copied.total == built.total)
    }

    @Test func aSnapshotKeepsItsRevision() async throws {
        let folder = try ScratchFolder()
        let ledger = try Ledger(folder: folder.path + "/ledger")
        let backend = LedgerBackend(ledger)
        try await Self.importRows(seed: 1, of: folder, into: ledger)
        let early = try await backend.snapshot()
        let plan = try await makePlan(try Self.query(), scope: .everything, on: early, zones: Self.zones)
        let expected = try await early.sums(for: plan) { _ in }
        // Reports go on while imports commit, columns are changed and copied into another file.
        let reports = Task {
            var count = 0
            while !Task.isCancelled, let sums = try? await early.sums(for: plan, progress: { _ in }) {
                #expect(sums == expected)
                count += 1
            }
            return count
        }
        for seed in 2...4 {
            try await Self.importRows(seed: UInt64(seed), of: folder, into: ledger)
            let late = try await backend.snapshot()
            #expect(late.catalog.revision == early.catalog.revision + Int64(seed) - 1)
            let plan = try await makePlan(try Self.query(), scope: .everything, on: late, zones: Self.zones)
            #expect(try await late.sums(for: plan) { _ in } != expected)
            #expect(try await early.sums(for: plan) { _ in } == expected)
        }
        reports.cancel()
        #expect(await reports.value > 0)
    }

    // MARK: - A ledger of some size

    private static let clients = 60

    private static func importRows(seed: UInt64, of folder: ScratchFolder, into ledger: Ledger) async throws {
        let files = folder.path + "/files-\(seed)"
        try ManyRows(clients: clients, transactions: 0..<100_000, seed: seed).write(to: files)
        _ = try await ledger.importSources(ImportSource.find(at: [files]), baseCurrency: CurrencyCode("EUR"))
    }

    private static func query() throws -> ReportQuery {
        ReportQuery(
            from: try PeriodLimit(parsing: "2024-01-01", field: "from"),
            to: try PeriodLimit(parsing: "2024-12-31", field: "to"), groupBy: [.date, .package])
    }

    private static func report(_ backend: any ReportBackend) async throws -> ReportResult {
        try await runReport(try query(), scope: .everything, on: backend, zones: zones)
    }
}
