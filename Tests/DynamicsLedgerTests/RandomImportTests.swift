import DynamicsImport
import DynamicsLedger
import DynamicsModel
import DynamicsTestSupport
import Testing

/// Sequences of imports against a ledger that is a few dictionaries.
@Suite struct RandomImportTests {
    @Test(arguments: 0..<40) func theLedgerIsWhatTheModelSays(seed: Int) async throws {
        var imports = RandomImports(random: SplitMix64(seed: UInt64(seed)))
        let folder = try ScratchFolder()
        let ledger = try Ledger(folder: folder.path)
        var model = LedgerModel()
        var revision: Int64 = 0
        var refused = 0
        for _ in 0..<25 {
            let rows = imports.rows(for: model, carelessness: seed % 4 == 0 && revision > 0 ? 10 : 0)
            let files = inputs(rows.files)
            let content = try LedgerContent(folder.path)
            let before = try content.dump()
            guard let (next, counts) = model.importing(rows) else {
                refused += 1
                await #expect(throws: ImportFailure.self) {
                    try await ledger.importInputs(
                        files, baseCurrency: CurrencyCode("EUR"), dryRun: false, tuning: .tiny)
                }
                #expect(try content.dump() == before)
                continue
            }
            let summary = try await ledger.importInputs(
                files, baseCurrency: CurrencyCode("EUR"), dryRun: false, tuning: .tiny)
            for file in summary.files { #expect(file.counts == counts[file.kind], "\(file.kind)") }
            #expect(summary.files.count == rows.files.count)
            let isChange = revision == 0 || counts.values.contains { $0.added + $0.replaced + $0.removed > 0 }
            if isChange { revision += 1 }
            #expect(summary.revision == revision)
            for kind in RecordKind.allCases { #expect(try content.lines(kind) == next.lines(kind), "\(kind)") }
            try content.audit(blockCapacity: ImportTuning.tiny.blockCapacity)
            if isChange {
                #expect(try content.clientsChanged(in: revision) == next.clientsThatDiffer(from: model))
            } else {
                #expect(try content.dump() == before)
            }
            try checkReaders(ledger, next, revision)
            model = next

            let after = try content.dump()
            let again = try await ledger.importInputs(files, baseCurrency: nil, dryRun: false, tuning: .tiny)
            #expect(again.files.allSatisfy { $0.counts.rows == $0.counts.unchanged }, "importing twice changes nothing")
            #expect(try content.dump() == after)
        }
        #expect(refused < 20, "too few imports of seed \(seed) were accepted")
    }

    /// What readers on several threads see, put together.
    private func checkReaders(_ ledger: Ledger, _ model: LedgerModel, _ revision: Int64) throws {
        struct Part: Sendable {
            var revision: Int64
            var clients: [LedgerClient] = []
            var subscriptions: [LedgerSubscription] = []
            var transactions: [(client: UInt32, [String])] = []
        }
        let parts = try ledger.readInParallel(parts: 3) { reader, range in
            var part = Part(revision: reader.revision)
            let packages = Dictionary(uniqueKeysWithValues: try reader.packages().map { ($0.number, $0.id.string) })
            try reader.clients(in: range) { part.clients.append($0) }
            try reader.subscriptions(ofClientsIn: range) { part.subscriptions.append($0) }
            try reader.transactions(ofClientsIn: range) { client, columns in
                part.transactions.append(
                    (
                        client,
                        (0..<columns.count).map { i in
                            "\(columns.at[i]) \(columns.kind[i]) \(columns.amount[i]) \(packages[columns.package[i]] ?? "")"
                        }
                    ))
            }
            return part
        }
        #expect(parts.allSatisfy { $0.revision == revision })
        let clients = parts.flatMap(\.clients)
        #expect(Set(clients.map(\.id)) == Set(model.clients.keys))
        #expect(parts.flatMap(\.subscriptions).count == model.subscriptions.count)
        let numbers = Dictionary(uniqueKeysWithValues: clients.map { ($0.number, $0) })
        var found: [String: [String]] = [:]
        for (number, rows) in parts.flatMap(\.transactions) {
            let client = try #require(numbers[number])
            #expect(found[client.id.string] == nil && client.transactions == rows.count)
            found[client.id.string] = rows
        }
        let expected = Dictionary(grouping: model.transactions.values, by: \.clientID.string).mapValues { list in
            list.sorted { ($0.at, $0.id) < ($1.at, $1.id) }.map { transaction in
                let kind = TransactionKind.allCases.firstIndex(of: transaction.kind) ?? -1
                return "\(transaction.at.seconds) \(kind) \(transaction.amount) \(transaction.packageID?.string ?? "")"
            }
        }
        #expect(found == expected)
        #expect(try ledger.status().transactions == model.transactions.count)
    }
}

extension LedgerModel {
    /// Clients of this ledger that another one has not, or has with other fields, subscriptions or transactions.
    func clientsThatDiffer(from old: LedgerModel) -> Set<String> {
        var different = Set(clients.values.filter { old.clients[$0.id] != $0 }.map(\.id.string))
        for (id, new) in subscriptions where old.subscriptions[id] != new {
            different.insert(new.clientID.string)
            if let before = old.subscriptions[id] { different.insert(before.clientID.string) }
        }
        for (id, before) in old.subscriptions where subscriptions[id] == nil {
            different.insert(before.clientID.string)
        }
        for (id, new) in transactions where old.transactions[id] != new {
            different.insert(new.clientID.string)
            if let before = old.transactions[id] { different.insert(before.clientID.string) }
        }
        for (id, before) in old.transactions where transactions[id] == nil { different.insert(before.clientID.string) }
        return different.intersection(clients.keys.map(\.string))
    }
}
