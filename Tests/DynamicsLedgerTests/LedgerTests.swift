import DynamicsImport
import DynamicsLedger
import DynamicsModel
import Foundation
import GRDB
import Synchronization
import Testing

@Suite struct LedgerTests {
    @Test func aNewLedgerIsEmpty() throws {
        let folder = try ScratchFolder()
        let status = try Ledger(folder: folder.path + "/a/new/folder").status()
        #expect(status.revision == 0 && status.bounds == nil && status.committedAt == nil)
        #expect(status.baseCurrency == CurrencyCode("USD"))
        #expect(status.clients + status.packages + status.subscriptions + status.rates + status.transactions == 0)
    }

    @Test func theStatusCountsWhatIsThere() async throws {
        let folder = try ScratchFolder()
        let ledger = try await SmallLedger.make(in: folder)
        let status = try Ledger(folder: folder.path).status()
        #expect(status.revision == 1 && status.baseCurrency == CurrencyCode("EUR"))
        #expect(status.packages == 3 && status.clients == 6 && status.subscriptions == 1)
        #expect(status.rates == 1 && status.transactions == 3)
        #expect(status.bounds == Instant(seconds: 1_704_067_200)...Instant(seconds: 1_706_918_400))
        #expect(try ledger.status() == status)
    }

    @Test func aDryRunTellsWhatWouldBe() async throws {
        let folder = try ScratchFolder()
        let ledger = try await SmallLedger.make(in: folder)
        let before = try LedgerContent(folder.path).dump()
        let files = inputs([(.packages, "id,name\ngold,Gold\nsilver,Sterling\nnew,New\n")])
        let dry = try await ledger.importInputs(files, dryRun: true)
        #expect(dry.isDryRun && dry.revision == 1)
        #expect(dry.files.map(\.counts) == [RowCounts(added: 1, replaced: 1, unchanged: 1)])
        #expect(try LedgerContent(folder.path).dump() == before)
        let real = try await ledger.importInputs(files)
        #expect(!real.isDryRun && real.revision == 2 && real.files.map(\.counts) == dry.files.map(\.counts))
    }

    @Test func theBaseCurrencyIsSettledByTheFirstImport() async throws {
        let folder = try ScratchFolder()
        let ledger = try Ledger(folder: folder.path)
        let files = inputs([(.packages, "id,name\ngold,Gold\n")])
        #expect(try await ledger.importInputs(files, baseCurrency: CurrencyCode("UAH")).revision == 1)
        let error = await #expect(throws: DynamicsError.self) {
            try await ledger.importInputs(files, baseCurrency: CurrencyCode("EUR"))
        }
        #expect(error?.kind == .usage && error?.field == "base_currency")
        #expect(try await ledger.importInputs(files, baseCurrency: CurrencyCode("UAH")).revision == 1)
        #expect(try await ledger.importInputs(files).revision == 1)
        #expect(try ledger.status().baseCurrency == CurrencyCode("UAH"))
    }

    @Test func aRefusedFirstImportSettlesNothing() async throws {
        let folder = try ScratchFolder()
        let ledger = try Ledger(folder: folder.path)
        await #expect(throws: ImportFailure.self) {
            try await ledger.importInputs(
                inputs([(.rates, "currency,effective_on,rate\nUAH,2024-01-01,1\n")]), baseCurrency: CurrencyCode("UAH"))
        }
        #expect(try ledger.status().baseCurrency == CurrencyCode("USD"))
    }

    // MARK: Files that are no ledger

    private func refusal(of folder: ScratchFolder) throws -> DynamicsError? {
        let file = folder.path + "/ledger.sqlite"
        let before = try Data(contentsOf: URL(fileURLWithPath: file))
        let error = #expect(throws: DynamicsError.self) { try Ledger(folder: folder.path) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == before)
        #expect(error?.kind == .unavailable)
        return error
    }

    @Test func aFileThatIsNoDatabaseIsRefused() throws {
        for content in ["x", "id,name\n", String(repeating: "SQLite format 3", count: 100)] {
            let folder = try ScratchFolder()
            try Data(content.utf8).write(to: URL(fileURLWithPath: folder.path + "/ledger.sqlite"))
            #expect(try refusal(of: folder)?.code == "damaged_ledger")
        }
    }

    @Test func aFolderThatCannotBeIsRefused() throws {
        let folder = try ScratchFolder()
        try Data("x".utf8).write(to: URL(fileURLWithPath: folder.path + "/file"))
        let error = #expect(throws: DynamicsError.self) { try Ledger(folder: folder.path + "/file/below") }
        #expect(error?.kind == .unavailable && error?.code == "data_folder")
    }

    @Test func aDatabaseOfAnotherProgramIsRefused() throws {
        for sql in ["CREATE TABLE other (id)", "PRAGMA application_id = 77; CREATE TABLE other (id)"] {
            let folder = try ScratchFolder()
            let queue = try DatabaseQueue(path: folder.path + "/ledger.sqlite")
            try queue.write { try $0.execute(sql: sql) }
            try queue.close()
            #expect(try refusal(of: folder)?.code == "not_a_ledger")
        }
    }

    @Test func aLedgerOfANewerVersionIsRefused() async throws {
        let folder = try ScratchFolder()
        _ = try await SmallLedger.make(in: folder)
        let queue = try DatabaseQueue(path: folder.path + "/ledger.sqlite")
        try await queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('9: from the future')") }
        try queue.close()
        #expect(try refusal(of: folder)?.code == "newer_ledger")
    }

    @Test func aLedgerThatIsCutOffIsRefused() async throws {
        let folder = try ScratchFolder()
        do { _ = try await SmallLedger.make(in: folder) }
        let file = URL(fileURLWithPath: folder.path + "/ledger.sqlite")
        for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file.path + suffix) }
        let bytes = try Data(contentsOf: file)
        try bytes.prefix(bytes.count / 3).write(to: file)
        #expect(try refusal(of: folder)?.code == "damaged_ledger")
    }

    @Test func aDamagedBlockIsAnErrorAndNoFigure() async throws {
        let folder = try ScratchFolder()
        let ledger = try await SmallLedger.make(in: folder)
        let queue = try DatabaseQueue(path: folder.path + "/ledger.sqlite")
        try await queue.write {
            try $0.execute(sql: "UPDATE transaction_block SET transactions = replace(transactions, '\"t1\"', '\"t1')")
        }
        let error = #expect(throws: DynamicsError.self) { try ledger.read { try $0.transactions { _, _ in } } }
        #expect(error?.code == "damaged_ledger")
    }

    @Test func anIndexThatDoesNotFitItsBlocksStopsTheImport() async throws {
        let folder = try ScratchFolder()
        let ledger = try await SmallLedger.make(in: folder)
        let queue = try DatabaseQueue(path: folder.path + "/ledger.sqlite")
        // Another id of the same length: its key is not the one in the index.
        try await queue.write {
            try $0.execute(sql: "UPDATE transaction_block SET transactions = replace(transactions, '\"t1\"', '\"u1\"')")
        }
        let before = try LedgerContent(folder.path).dump()
        let error = await #expect(throws: DynamicsError.self) {
            try await ledger.importInputs(
                inputs([(.transactions, "id,client_id,at,kind,amount\nt1,anna,2024-05-01T00:00:00Z,refill,3\n")]))
        }
        #expect(error?.code == "damaged_ledger")
        #expect(try LedgerContent(folder.path).dump() == before)
    }

    // MARK: Several at once

    /// Holds an import back in the middle of a file, until it is let go.
    private final class Gate: ByteStream, Sendable {
        private let text: Mutex<[UInt8]>
        let isReached = DispatchSemaphore(value: 0)
        let isOpen = DispatchSemaphore(value: 0)

        init(_ text: String) { self.text = Mutex(Array(text.utf8)) }

        var bytesRead: Int { 0 }
        var totalBytes: Int? { nil }

        func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
            let bytes = text.withLock { text in
                let bytes = text.prefix(buffer.count)
                text.removeFirst(bytes.count)
                return bytes
            }
            if bytes.isEmpty {
                isReached.signal()
                isOpen.wait()
            }
            buffer.copyBytes(from: bytes)
            return bytes.count
        }

        var input: ImportInput {
            ImportInput(kind: .packages, name: "packages.csv") {
                try RecordChunks(self, kind: .packages, format: .csv, name: "packages.csv")
            }
        }

        func wait() async {
            await withCheckedContinuation { continuation in
                Thread.detachNewThread {
                    self.isReached.wait()
                    continuation.resume()
                }
            }
        }
    }

    @Test func aSecondImportWaitsAndReadersDoNot() async throws {
        let folder = try ScratchFolder()
        let ledger = try await SmallLedger.make(in: folder)
        let gate = Gate("id,name\nfirst,First\n")
        let first = Task { try await ledger.importInputs([gate.input]) }
        await gate.wait()

        #expect(try ledger.status().packages == 3, "a reader sees the revision before")
        let phases = Mutex<[ImportProgress.Phase]>([])
        let other = try Ledger(folder: folder.path)
        let second = Task {
            try await other.importInputs(inputs([(.packages, "id,name\nsecond,Second\n")])) { progress in
                phases.withLock { $0.append(progress.phase) }
                if progress.phase == .waiting { gate.isOpen.signal() }
            }
        }
        #expect(try await first.value.revision == 2)
        #expect(try await second.value.revision == 3)
        #expect(phases.withLock { $0.first } == .waiting)
        #expect(try ledger.status().packages == 5)
    }

    @Test func aWaitingImportCanBeCancelled() async throws {
        let folder = try ScratchFolder()
        let ledger = try await SmallLedger.make(in: folder)
        let gate = Gate("id,name\nfirst,First\n")
        let first = Task { try await ledger.importInputs([gate.input]) }
        await gate.wait()
        let second = Task { try await ledger.importInputs(inputs([(.packages, "id,name\nsecond,Second\n")])) }
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        gate.isOpen.signal()
        #expect(try await first.value.revision == 2)
    }

    @Test func aCancelledImportLeavesNothing() async throws {
        let folder = try ScratchFolder()
        let ledger = try await SmallLedger.make(in: folder)
        let before = try LedgerContent(folder.path).dump()
        let gate = Gate("id,name\nfirst,First\n")
        let task = Task { try await ledger.importInputs([gate.input]) }
        await gate.wait()
        task.cancel()
        gate.isOpen.signal()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try LedgerContent(folder.path).dump() == before)
        #expect(try await ledger.importInputs(inputs([(.packages, "id,name\nnew,New\n")])).revision == 2)
    }

    @Test func leftoversOfAKilledImportAreRemoved() async throws {
        let folder = try ScratchFolder()
        let ledger = try Ledger(folder: folder.path)
        for name in ["import-1.tmp", "mine.tmp"] {
            try Data("x".utf8).write(to: URL(fileURLWithPath: folder.path + "/" + name))
        }
        _ = try await ledger.importInputs(inputs(SmallLedger.files), baseCurrency: CurrencyCode("EUR"))
        let names = folder.names.filter { !$0.hasPrefix("ledger.sqlite") }
        #expect(names == ["import.lock", "mine.tmp"])
    }
}
