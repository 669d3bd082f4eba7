import DynamicsImport
import DynamicsLedger
import DynamicsModel
import DynamicsReports
import DynamicsTestSupport
import Foundation
import Testing

/// The embedded ledger, from import files to settled reports, against the naive reference.
struct LedgerContractTests {
    private static let zones = TimeZoneDirectory()

    @Test(arguments: 0..<2)
    func ledgerSaysWhatTheReferenceSays(slice: UInt64) async throws {
        let folders = Folders()
        let first = 10_000 + slice * 40
        let findings = try await checkBackendContract(seeds: first..<first + 40, zones: Self.zones) { records in
            let ledger = try await folders.ledger()
            try await folders.importRecords(records, into: ledger)
            return LedgerBackend(ledger)
        } run: { query, scope, backend in
            try await runReport(query, scope: scope, on: backend, zones: Self.zones)
        }
        #expect(findings.violations.isEmpty, "\(findings.violations.joined(separator: "\n"))")
        #expect(findings.outcomes["result", default: 0] > 50)
    }

    @Test func suggestionsAreTheNaiveOnes() async throws {
        let folders = Folders()
        let findings = try await checkSuggestions(seeds: 6000..<6030) { records in
            let ledger = try await folders.ledger()
            try await folders.importRecords(records, into: ledger)
            return LedgerBackend(ledger)
        }
        #expect(findings.violations.isEmpty, "\(findings.violations.joined(separator: "\n"))")
        #expect(findings.outcomes["suggestions", default: 0] > 100 && findings.outcomes["hidden", default: 0] > 20)
    }

    /// A ledger that comes in three imports, asked after each: by a backend that stays, and by a new one that opens the file.
    @Test(arguments: 20_000..<20_024)
    func columnsFollowTheImports(seed: UInt64) async throws {
        let folders = Folders()
        let random = RandomLedger(seed: seed)
        let ledger = try await folders.ledger()
        let staying = LedgerBackend(ledger)
        var before = LedgerRecords(baseCurrency: random.records.baseCurrency)
        for part in Self.stages(of: random.records) {
            try await folders.importRecords(part, into: ledger)
            try await folders.remove(from: before, whatIsNotIn: part, in: ledger)
            before = part
            for question in random.questions(4) {
                let run = { (backend: any ReportBackend) in
                    try await Outcome {
                        try await runReport(question.query, scope: question.scope, on: backend, zones: Self.zones)
                    }
                }
                let expected = try await run(MemoryBackend(part))
                for backend in [staying, LedgerBackend(ledger)] {
                    let naive = NaiveSuggestions(ledger: part, scope: question.scope)
                    let snapshot = try await backend.snapshot()
                    for kind in SuggestionKind.allCases {
                        let found = try await snapshot.suggestions(kind, matching: "", scope: naive.scope, limit: 999)
                        #expect(found == naive.matching("", kind, limit: 999), "seed \(seed)")
                    }
                    #expect(expected.firstDifference(from: try await run(backend)) == nil, "seed \(seed)")
                }
            }
        }
    }

    /// What has been there is always there again in the next stage, some of it changed.
    private static func stages(of records: LedgerRecords) -> [LedgerRecords] {
        var early = records
        early.transactions = records.transactions.enumerated().filter { $0.offset % 3 != 0 }.map(\.element)
        early.subscriptions = records.subscriptions.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        early.transactions = early.transactions.enumerated().map { index, transaction in
            var changed = transaction
            if index % 5 == 0, changed.amount > 1 { changed.amount /= 2 }
            return changed
        }
        var middle = records
        middle.transactions =
            early.transactions + records.transactions.enumerated().filter { $0.offset % 3 == 0 }.map(\.element)
        // A client goes with all that it has, and comes back.
        var without = records
        if let gone = records.clients.first(where: { $0.type != .reseller })?.id {
            without.clients.removeAll { $0.id == gone }
            without.subscriptions.removeAll { $0.clientID == gone }
            without.transactions.removeAll { $0.clientID == gone }
        }
        return [early, middle, without, records]
    }

    /// Damage of any kind to the derived file leads to the same figures, never to others, and never to a crash.
    @Test(arguments: 30_000..<30_006)
    func damagedColumnsAreBuiltAnew(seed: UInt64) async throws {
        let folders = Folders()
        let random = RandomLedger(seed: seed)
        let ledger = try await folders.ledger()
        // A base and a change, so that both can be damaged.
        try await folders.importRecords(Self.stages(of: random.records)[0], into: ledger)
        _ = try await LedgerBackend(ledger).snapshot()
        try await folders.importRecords(random.records, into: ledger)
        var generator = SplitMix64(seed: seed)
        let question = random.questions(1)[0]
        let path = URL(filePath: ledger.folder).appending(path: "ledger.columns")
        let run = {
            try await Outcome {
                try await runReport(
                    question.query, scope: question.scope, on: LedgerBackend(ledger), zones: Self.zones)
            }
        }
        let expected = try await run()
        let intact = try Data(contentsOf: path)
        for round in 0..<60 {
            let bytes = Self.damaged([UInt8](intact), round: round, &generator)
            try FileManager.default.removeItem(at: path)
            try Data(bytes).write(to: path)
            #expect(expected.firstDifference(from: try await run()) == nil, "seed \(seed), round \(round)")
        }
    }
}

extension LedgerContractTests {
    /// Cut off, with a bit flipped, with something behind, or with a hole of zeros.
    private static func damaged(_ intact: [UInt8], round: Int, _ generator: inout SplitMix64) -> [UInt8] {
        var bytes = intact
        let at = generator.between(0...(bytes.count - 1))
        switch round % 4 {
        case 0: bytes.removeLast(bytes.count - at)
        case 1: bytes[at] ^= 1 << UInt8(generator.between(0...7))
        case 2: bytes += (0..<generator.between(1...300)).map { UInt8(truncatingIfNeeded: $0) }
        default: for i in at..<min(bytes.count, at + 200) { bytes[i] = 0 }
        }
        return bytes
    }
}

/// Data folders that are removed with the test.
private final class Folders: Sendable {
    private let root = FileManager.default.temporaryDirectory.appending(path: "ledger-contract-\(UUID().uuidString)")

    deinit { try? FileManager.default.removeItem(at: root) }

    func ledger() async throws -> Ledger {
        let folder = root.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return try Ledger(folder: folder.path)
    }

    /// Imports files that remove the clients, subscriptions and transactions that `part` no longer has.
    func remove(from before: LedgerRecords, whatIsNotIn part: LedgerRecords, in ledger: Ledger) async throws {
        let files = root.appending(path: "removals-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: files) }
        func write(_ name: String, _ old: [ExactText], _ new: [ExactText]) throws {
            let kept = Set(new)
            let rows = old.filter { !kept.contains($0) }.map { id in
                "\"\(id.string.replacingOccurrences(of: "\"", with: "\"\""))\",true\n"
            }
            try Data(("id,deleted\n" + rows.joined()).utf8).write(to: files.appending(path: "\(name).csv"))
        }
        try write("clients", before.clients.map(\.id), part.clients.map(\.id))
        try write("subscriptions", before.subscriptions.map(\.id), part.subscriptions.map(\.id))
        try write("transactions", before.transactions.map(\.id), part.transactions.map(\.id))
        _ = try await ledger.importSources(ImportSource.find(at: [files.path]))
    }

    func importRecords(_ records: LedgerRecords, into ledger: Ledger) async throws {
        let files = root.appending(path: "files-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: files) }
        try LedgerFiles.write(records, to: files)
        let sources = try ImportSource.find(at: [files.path])
        _ = try await ledger.importSources(sources, baseCurrency: records.baseCurrency)
    }
}
