import DynamicsLedger
import DynamicsModel
import DynamicsTestSupport
import Foundation
import GRDB
import Testing

/// The import as its user runs it. One at a time: they measure time and memory.
@Suite(.serialized) struct ExecutableTests {
    /// Everything in the ledger but the times of its imports, which differ from one run to the next.
    private func content(_ folder: String) throws -> [Data] {
        var configuration = Configuration()
        configuration.readonly = true
        return try DatabaseQueue(path: folder + "/ledger.sqlite", configuration: configuration).read { db in
            #expect(try String.fetchAll(db, sql: "PRAGMA integrity_check") == ["ok"])
            #expect(try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").isEmpty)
            let tables = try String.fetchAll(
                db,
                sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
            return try tables.map { table in
                let columns = table == "revision" ? "number, added, replaced, removed" : "*"
                var data = Data()
                let rows = try Row.fetchCursor(db, sql: "SELECT \(columns) FROM \"\(table)\"")
                while let row = try rows.next() {
                    for value in row.databaseValues {
                        switch value.storage {
                        case .blob(let blob): data += blob
                        case .string(let text): data += Data(text.utf8)
                        default: data += Data("\(value)".utf8)
                        }
                        data.append(0)
                    }
                }
                return data
            }
        }
    }

    @Test func killedAtAnyMomentTheLedgerIsTheOldOneOrTheNewOne() throws {
        let executable = try BuiltExecutable()
        let folder = try ScratchFolder()
        try ManyRows(clients: 500, transactions: 0..<30_000, seed: 1).write(to: folder.path + "/first")
        // Half of the rows are other ones for ids that are there.
        try ManyRows(clients: 600, transactions: 15_000..<60_000, seed: 2).write(to: folder.path + "/second")
        let base = folder.path + "/base"
        #expect(try executable.run(["import", "--data", base, folder.path + "/first"]).status == 0)
        let old = try content(base)
        let copy = folder.path + "/copy"
        func runSecond(killAfter: Double?) throws -> BuiltExecutable.Outcome {
            try? FileManager.default.removeItem(atPath: copy)
            try FileManager.default.copyItem(atPath: base, toPath: copy)
            return try executable.run(["import", "--data", copy, folder.path + "/second"], killAfter: killAfter)
        }
        let seconds = try (0..<3).map { _ in
            let outcome = try runSecond(killAfter: nil)
            #expect(outcome.status == 0)
            return outcome.seconds
        }.sorted()[1]
        let new = try content(copy)
        #expect(old != new)

        let seed = UInt64(ProcessInfo.processInfo.processIdentifier)
        var random = SplitMix64(seed: seed)
        var killed = 0
        for _ in 0..<50 {
            let moment = seconds * Double(random.between(0...1000)) / 1000
            let outcome = try runSecond(killAfter: moment)
            if outcome.status == nil { killed += 1 }
            let ledger = try Ledger(folder: copy)
            let isNew = try ledger.status().revision == 2
            #expect(try content(copy) == (isNew ? new : old), "killed after \(moment) s of \(seconds), seed \(seed)")
            // What came before the end was all undone, and what is acknowledged stays.
            if outcome.status == 0 { #expect(isNew) }
        }
        #expect(killed >= 20, "imports ended before they could be killed")
        // The next import takes up what the killed one left.
        #expect(try executable.run(["import", "--data", copy, folder.path + "/second"]).status == 0)
        #expect(try content(copy) == new)
        #expect(try Ledger(folder: copy).status().revision == 2)
    }

    /// Twice the rows may not take more memory; all of them in memory would be far beyond the bound.
    @Test func memoryDoesNotGrowWithTheFile() throws {
        let executable = try BuiltExecutable()
        let folder = try ScratchFolder()
        var peaks: [Int] = []
        for count in [1_000_000, 2_000_000] {
            let files = folder.path + "/files\(count)"
            try ManyRows(clients: 5000, transactions: 0..<count, seed: 3).write(to: files)
            let outcome = try executable.run(["import", "--data", folder.path + "/data\(count)", files])
            #expect(outcome.status == 0)
            peaks.append(outcome.peakBytes)
        }
        #expect(peaks[1] < 250 << 20)
        #expect(peaks[1] - peaks[0] < 24 << 20, "\(peaks)")
    }

    @Test func exitStatusesAreThoseOfTheInterface() throws {
        let executable = try BuiltExecutable()
        let folder = try ScratchFolder()
        let data = ["--data", folder.path + "/data"]
        try Data("id,name\ngold,Gold\n".utf8).write(to: URL(fileURLWithPath: folder.path + "/packages.csv"))
        try Data("id,name\ngold,\n".utf8).write(to: URL(fileURLWithPath: folder.path + "/clients.csv"))
        #expect(try executable.run(["import", folder.path + "/packages.csv"] + data).status == 0)
        #expect(try executable.run(["import", folder.path + "/clients.csv"] + data).status == 65)
        #expect(try executable.run(["import"] + data).status == 64)
        #expect(try executable.run(["import", "--nonsense"] + data).status == 64)
        #expect(try executable.run(["import", folder.path + "/nowhere"] + data).status == 64)
        #expect(
            try executable.run(["import", "--base-currency", "EUR", folder.path + "/packages.csv"] + data).status == 64)
        #expect(
            try executable.run(["import", "--base-currency", "euro", folder.path + "/packages.csv"] + data).status == 64
        )
        #expect(try executable.run(["import", "--help"]).status == 0)
        try Data("no database".utf8).write(to: URL(fileURLWithPath: folder.path + "/data/ledger.sqlite"))
        #expect(try executable.run(["import", folder.path + "/packages.csv"] + data).status == 69)
    }
}
