import DynamicsClickHouse
import DynamicsImport
import DynamicsLedger
import DynamicsModel
import DynamicsTestSupport
import Foundation
import Testing

/// The rules of imports, on the cluster: what becomes of rows, which are refused, and where that is said.
@Suite(.serialized) struct ClusterImportTests {
    private func write(_ files: [String: String], in cluster: TestCluster) throws -> [ImportSource] {
        let folder = cluster.folder.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
        return try ImportSource.find(at: [folder.path])
    }

    private static let clients = "id,name,type,owner_id,tags,currency,created_at,closed_at,deleted\n"
    private static let transactions = "id,client_id,at,kind,amount,package_id,deleted\n"
    private static let first = [
        "packages.csv": "id,name\np1,Gold\np2,Silver\n",
        "clients.csv": clients + "r1,Reseller,reseller,,,EUR,2024-01-01T00:00:00Z,,\n"
            + "c1,One,client,r1,a;b,EUR,2024-01-01T00:00:00Z,,\nc2,Two,client,,,USD,2024-01-01T00:00:00Z,,\n",
        "subscriptions.csv": "id,client_id,package_id,started_at,ended_at\ns1,c1,p1,2024-01-01T00:00:00Z,\n",
        "rates.csv": "currency,effective_on,rate\nUSD,2024-01-01,0.9\n",
        "transactions.csv": transactions
            + "t1,c1,2024-02-01T00:00:00Z,refill,5,,\nt2,c1,2024-02-02T00:00:00Z,usage,1,,\n"
            + "t3,c2,2024-02-03T00:00:00Z,activation,2,p2,\n",
    ]

    @Test func rowsAreAddedReplacedRemovedAndLeft() async throws {
        try await TestCluster.with(shards: 2) { cluster in
            let server = try await cluster.ledger("rules")
            let euro = CurrencyCode("EUR")
            let one = try await ClusterImport(server).run(write(Self.first, in: cluster), baseCurrency: euro)
            #expect(one.files.map(\.added) == [2, 3, 1, 1, 3])
            #expect(one.revision == 1)
            let again = try await ClusterImport(server).run(write(Self.first, in: cluster), baseCurrency: euro)
            #expect(again.files.map(\.unchanged) == [2, 3, 1, 1, 3])
            #expect(again.revision == 1)

            // A transaction goes to another client, maybe on another shard; one goes; one comes; one stays.
            let changes = [
                "transactions.csv": Self.transactions
                    + "t1,c2,2024-02-01T00:00:00Z,refill,5,,\nt2,,,,,,true\nt3,c2,2024-02-03T00:00:00Z,activation,2,p2,\n"
                    + "t4,c1,2024-03-01T12:00:00Z,refill,7,,\nt9,,,,,,true\n"
            ]
            let dry = try await ClusterImport(server).run(write(changes, in: cluster), dryRun: true)
            #expect(dry.revision == 1)
            let two = try await ClusterImport(server).run(write(changes, in: cluster))
            let file = try #require(two.files.first)
            let counts: [Int] = [file.added, file.replaced, file.removed, file.unchanged]
            #expect(counts == [1, 1, 1, 2])
            let head = try await ClusterBackend(server).status()
            #expect(head.revision == two.revision && head.transactions == 3 && head.clients == 3)
            #expect(head.bounds?.upperBound.utcText == "2024-03-01T12:00:00Z")
            await #expect(throws: DynamicsError.self) {
                try await ClusterImport(server).run(write(Self.first, in: cluster), baseCurrency: CurrencyCode("UAH"))
            }
        }
    }

    @Test func whatBreaksARuleIsNamedAndNothingIsThere() async throws {
        let cases: [(files: [String: String], problem: String)] = [
            (
                ["transactions.csv": Self.transactions + "t1,c1,2024-02-01T00:00:00Z,refill,\"12,5\",,\n"],
                "transactions.csv:2: amount: \"12,5\" is not a decimal number"
            ),
            (
                [
                    "transactions.csv": Self.transactions
                        + "t7,c1,2024-02-01T00:00:00Z,refill,1,,\nt8,nobody,2024-02-01T00:00:00Z,refill,1,,\n"
                ],
                "transactions.csv:3: client_id: there is no client \"nobody\""
            ),
            (
                ["transactions.csv": Self.transactions + "t8,c1,2024-02-01T00:00:00Z,renewal,1,p9,\n"],
                "transactions.csv:2: package_id: there is no package \"p9\""
            ),
            (
                [
                    "transactions.csv": Self.transactions
                        + "t8,c1,2024-02-01T00:00:00Z,refill,1,,\nt8,c2,2024-02-01T00:00:00Z,refill,1,,\n"
                ],
                "transactions.csv:3: id: line 2 names the same record already"
            ),
            (
                ["clients.csv": Self.clients + "c1,,,,,,,,true\n"],
                "clients.csv:2: id: client \"c1\" still has subscription \"s1\""
            ),
            (
                ["packages.csv": "id,deleted\np2,true\n"],
                "packages.csv:2: id: package \"p2\" is still the package of transaction \"t3\""
            ),
            (
                ["clients.csv": Self.clients + "c3,X,client,c2,,EUR,2024-01-01T00:00:00Z,,\n"],
                "clients.csv:2: owner_id: client \"c2\" is of type client; only a reseller can own clients"
            ),
            (
                ["clients.csv": Self.clients + "c3,X,client,who,,EUR,2024-01-01T00:00:00Z,,\n"],
                "clients.csv:2: owner_id: there is no client \"who\""
            ),
            (
                ["clients.csv": Self.clients + "r1,R,client,,,EUR,2024-01-01T00:00:00Z,,\n"],
                "clients.csv:2: type: client \"r1\" owns client \"c1\" and must stay a reseller, not become client"
            ),
            (
                [
                    "clients.csv": Self.clients
                        + "r1,R,reseller,r2,,EUR,2024-01-01T00:00:00Z,,\nr2,R,reseller,r1,,EUR,2024-01-01T00:00:00Z,,\n"
                ],
                "clients.csv:2: owner_id: owners form a cycle: \"r1\" is owned by \"r2\" is owned by \"r1\""
            ),
            (
                ["rates.csv": "currency,effective_on,rate\nEUR,2024-01-01,1\n"],
                "rates.csv:2: currency: EUR is the base currency, whose rate is always 1"
            ),
        ]
        try await TestCluster.with(shards: 2) { cluster in
            let server = try await cluster.ledger("rules")
            _ = try await ClusterImport(server).run(write(Self.first, in: cluster), baseCurrency: CurrencyCode("EUR"))
            let before = try await ClusterBackend(server).status()
            // The embedded ledger says the same.
            let ledger = try Ledger(folder: cluster.folder.appending(path: "embedded").path)
            _ = try await ledger.importSources(write(Self.first, in: cluster), baseCurrency: CurrencyCode("EUR"))
            for (files, problem) in cases {
                func problems(_ body: () async throws -> Void) async -> [String] {
                    do {
                        try await body()
                        return []
                    } catch {
                        return (error as? ImportFailure)?.problems.map(\.description) ?? ["\(error)"]
                    }
                }
                let sources = try write(files, in: cluster)
                let said = await problems { _ = try await ClusterImport(server).run(sources) }
                #expect(said.contains(problem), "\(said)")
                let embedded = await problems { _ = try await ledger.importSources(sources) }
                #expect(embedded.contains(problem), "\(embedded)")
            }
            let after = try await ClusterBackend(server).status()
            #expect(after.revision == before.revision && after.transactions == before.transactions)
        }
    }

    /// From the embedded ledger to the cluster and back: the same records.
    @Test(arguments: [UInt64(6001), 6004]) func aLedgerMovesThereAndBack(seed: UInt64) async throws {
        let records = RandomLedger(seed: seed).records
        try await TestCluster.with(shards: 2) { cluster in
            func folder(_ name: String) throws -> String {
                let url = cluster.folder.appending(path: name)
                try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
                return url.path
            }
            func lines(_ paths: [String]) throws -> [Set<String>] {
                try paths.map { path in
                    Set(
                        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { line in
                            // Members come in another order, and those without a value only from the ledger.
                            let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                            let members = (object ?? [:]).filter { !($0.value is NSNull) }.mapValues { value in
                                (value as? [String]).map { $0.sorted().joined(separator: "|") } ?? "\(value)"
                            }.filter { !$0.value.isEmpty }
                            return members.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(
                                separator: ",")
                        })
                }
            }
            let ledger = try Ledger(folder: try folder("from"))
            let files = try folder("csv")
            try LedgerFiles.write(records, to: URL(filePath: files))
            _ = try await ledger.importSources(ImportSource.find(at: [files]), baseCurrency: records.baseCurrency)
            let server = try await cluster.ledger("moving")
            let there = try ledger.writeFiles(to: try folder("there"))
            _ = try await ClusterImport(server).run(
                ImportSource.find(at: there), baseCurrency: records.baseCurrency)
            let (back, base) = try await ClusterFiles(server).write(to: try folder("back"))
            #expect(base == records.baseCurrency)
            let second = try Ledger(folder: try folder("to"))
            _ = try await second.importSources(ImportSource.find(at: back), baseCurrency: base)
            let (sent, returned) = (try lines(there), try lines(back))
            let arrived = try lines(try second.writeFiles(to: try folder("again")))
            #expect(sent == returned)
            #expect(sent == arrived)
            #expect(try second.status().transactions == records.transactions.count)
        }
    }
}
