import DynamicsImport
import DynamicsLedger
import DynamicsModel
import Testing

/// A small ledger to import into.
enum SmallLedger {
    static let files: [(kind: RecordKind, text: String)] = [
        (.packages, "id,name\ngold,Gold\nsilver,Silver\nbronze,Bronze\n"),
        (
            .clients,
            """
            id,name,type,owner_id,tags,currency,created_at,closed_at
            north,North,reseller,,,EUR,2024-01-01T00:00:00Z,
            south,South,reseller,north,,EUR,2024-01-01T00:00:00Z,
            fjord,Fjord,reseller,north,,EUR,2024-01-01T00:00:00Z,
            anna,Anna,client,fjord,vip;new,USD,2024-01-01T00:00:00Z,
            bert,Bert,client,,,EUR,2024-01-01T00:00:00Z,2024-12-01T00:00:00Z
            idle,Idle,client,,,EUR,2024-01-01T00:00:00Z,

            """
        ),
        (.subscriptions, "id,client_id,package_id,started_at\ns1,anna,gold,2024-02-01T00:00:00Z\n"),
        (.rates, "currency,effective_on,rate\nUSD,2024-01-01,0.9\n"),
        (
            .transactions,
            """
            id,client_id,at,kind,amount,package_id
            t1,anna,2024-02-01T00:00:00Z,refill,10,
            t2,anna,2024-02-02T00:00:00Z,activation,5,silver
            t3,bert,2024-02-03T00:00:00Z,usage,1.5,

            """
        ),
    ]

    static func make(in folder: ScratchFolder) async throws -> Ledger {
        let ledger = try Ledger(folder: folder.path)
        _ = try await ledger.importInputs(
            inputs(files), baseCurrency: CurrencyCode("EUR"), dryRun: false, tuning: .tiny)
        return ledger
    }
}

/// What each record by itself does not show: references, owners, ids that come twice, removals.
@Suite struct RefusalTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var files: [(kind: RecordKind, text: String)]
        var problems: [String]
    }

    private static func refusal(
        _ name: String, _ files: [(kind: RecordKind, text: String)], _ problems: String...
    ) -> Case {
        Case(testDescription: name, files: files, problems: problems)
    }

    private static func clients(_ rows: String...) -> (kind: RecordKind, text: String) {
        let header = "id,type,owner_id,deleted,name,currency,created_at\n"
        // What a case leaves out.
        return (.clients, header + rows.map { $0.isEmpty ? "\n" : "\($0),Name,EUR,2024-01-01T00:00:00Z\n" }.joined())
    }

    private static func removed(_ kind: RecordKind, _ ids: String...) -> (kind: RecordKind, text: String) {
        let columns: [RecordKind: String] = [
            .packages: "id,name", .clients: "id,name,type,currency,created_at",
            .subscriptions: "id,client_id,package_id,started_at", .transactions: "id,client_id,at,kind,amount",
        ]
        let header = columns[kind] ?? ""
        let commas = String(repeating: ",", count: header.split(separator: ",").count - 1)
        return (kind, "deleted,\(header)\n" + ids.map { "true,\($0)\(commas)\n" }.joined())
    }

    private static func subscriptions(_ rows: String...) -> (kind: RecordKind, text: String) {
        (
            .subscriptions,
            "id,client_id,package_id,started_at\n" + rows.map { $0 + ",2024-03-01T00:00:00Z\n" }.joined()
        )
    }

    private static func transactions(_ rows: [String]) -> (kind: RecordKind, text: String) {
        (
            .transactions,
            "id,client_id,package_id,deleted,at,kind,amount\n"
                + rows.map { $0 + ",2024-03-01T00:00:00Z,renewal,1\n" }.joined()
        )
    }

    static let cases: [Case] = [
        refusal(
            "an unknown owner", [clients("eve,client,nobody,")],
            #"clients.csv:2: owner_id: there is no client "nobody""#),
        refusal(
            "an owner that is no reseller", [clients("eve,client,anna,")],
            #"clients.csv:2: owner_id: client "anna" is of type client; only a reseller can own clients"#),
        refusal(
            "an owner of the same import that is no reseller", [clients("eve,client,zoe,", "zoe,call_shop,,")],
            #"clients.csv:2: owner_id: client "zoe" is of type call_shop; only a reseller can own clients"#),
        refusal(
            "a reseller with clients that becomes something else", [clients("", "fjord,calling_card,north,")],
            #"clients.csv:3: type: client "fjord" owns client "anna" and must stay a reseller, not become calling_card"#
        ),
        refusal(
            "a client that owns itself", [clients("north,reseller,north,")],
            #"clients.csv:2: owner_id: owners form a cycle: "north" is owned by "north""#),
        refusal(
            "a cycle with what is stored", [clients("idle,client,,", "north,reseller,south,")],
            #"clients.csv:3: owner_id: owners form a cycle: "north" is owned by "south" is owned by "north""#),
        refusal(
            "a cycle within the import", [clients("x,reseller,y,", "y,reseller,z,", "z,reseller,x,", "w,client,x,")],
            #"clients.csv:2: owner_id: owners form a cycle: "x" is owned by "y" is owned by "z" is owned by "x""#),
        refusal(
            "two cycles", [clients("x,reseller,y,", "y,reseller,x,", "south,reseller,south,")],
            #"clients.csv:2: owner_id: owners form a cycle: "x" is owned by "y" is owned by "x""#,
            #"clients.csv:4: owner_id: owners form a cycle: "south" is owned by "south""#),
        refusal(
            "a new client twice", [clients("eve,client,,", "zoe,client,,", "eve,client,,")],
            "clients.csv:4: id: line 2 names the same record already"),
        refusal(
            "a stored client three times", [clients("anna,client,,", "anna,client,,", "anna,client,,")],
            "clients.csv:3: id: line 2 names the same record already",
            "clients.csv:4: id: line 2 names the same record already"),
        refusal(
            "a client put and removed", [clients("idle,client,,", "idle,,,true")],
            "clients.csv:3: id: line 2 names the same record already"),
        refusal(
            "a client removed and put that is not there", [clients("eve,,,true", "eve,client,,")],
            "clients.csv:3: id: line 2 names the same record already"),
        refusal(
            "a client removed twice that is not there", [removed(.clients, "eve", "eve")],
            "clients.csv:3: id: line 2 names the same record already"),
        refusal(
            "a package twice", [(.packages, "id,name\np,One\np,Two\n")],
            "packages.csv:3: id: line 2 names the same record already"),
        refusal(
            "a package in two files", [(.packages, "id,name\np,One\n"), (.packages, "id,name\n\n\np,Two\n")],
            "packages.csv:4: id: packages.csv:2 names the same record already"),
        refusal(
            "a subscription twice", [subscriptions("s9,anna,gold", "s8,anna,gold", "s9,bert,gold")],
            "subscriptions.csv:4: id: line 2 names the same record already"),
        refusal(
            "a subscription removed twice", [removed(.subscriptions, "s1", "s1")],
            "subscriptions.csv:3: id: line 2 names the same record already"),
        refusal(
            "a rate twice", [(.rates, "currency,effective_on,rate\nUSD,2024-02-01,1\nUSD,2024-02-01,2\n")],
            "rates.csv:3: effective_on: line 2 names the same record already"),
        refusal(
            "a rate of the base currency",
            [(.rates, "currency,effective_on,rate\nUSD,2024-02-01,1\nEUR,2024-02-01,1\n")],
            "rates.csv:3: currency: EUR is the base currency, whose rate is always 1"),
        refusal(
            "a transaction twice", [transactions(["x,anna,gold,", "y,anna,gold,", "x,bert,gold,"])],
            "transactions.csv:4: id: line 2 names the same record already"),
        refusal(
            "a transaction twice in chunks far apart",
            [transactions(["x,anna,gold,"] + (0..<60).map { "n\($0),anna,gold," } + ["x,anna,gold,"])],
            "transactions.csv:63: id: line 2 names the same record already"),
        refusal(
            "a transaction removed and put", [transactions(["t1,,,true", "t1,anna,gold,"])],
            "transactions.csv:3: id: line 2 names the same record already"),
        refusal(
            "a transaction in two files",
            [transactions(["x,anna,gold,"]), transactions(["y,anna,gold,", "x,anna,gold,"])],
            "transactions.csv:3: id: transactions.csv:2 names the same record already"),
        refusal(
            "a subscription of unknown things", [subscriptions("s9,nobody,gold", "s8,anna,nothing")],
            #"subscriptions.csv:2: client_id: there is no client "nobody""#,
            #"subscriptions.csv:3: package_id: there is no package "nothing""#),
        refusal(
            "a transaction of an unknown client", [transactions(["x,nobody,gold,"])],
            #"transactions.csv:2: client_id: there is no client "nobody""#),
        refusal(
            "a transaction with an unknown package", [transactions(["x,anna,nothing,"])],
            #"transactions.csv:2: package_id: there is no package "nothing""#),
        refusal(
            "removing an owner", [removed(.clients, "idle", "north")],
            #"clients.csv:3: id: client "north" still owns client "fjord""#),
        refusal(
            "removing an owner whose client was just assigned", [clients("idle,client,south,", "south,,,true")],
            #"clients.csv:3: id: client "south" still owns client "idle""#),
        refusal(
            "removing a client with a subscription and transactions", [removed(.clients, "anna")],
            #"clients.csv:2: id: client "anna" still has subscription "s1""#,
            #"clients.csv:2: id: client "anna" still has transaction "t1""#),
        refusal(
            "removing a client that gets a transaction", [removed(.clients, "idle"), transactions(["x,idle,gold,"])],
            #"clients.csv:2: id: client "idle" still has transaction "x""#),
        refusal(
            "removing a client that gets a subscription", [removed(.clients, "idle"), subscriptions("s9,idle,gold")],
            #"clients.csv:2: id: client "idle" still has subscription "s9""#),
        refusal(
            "removing packages in use", [removed(.packages, "silver", "gold")],
            #"packages.csv:2: id: package "silver" is still the package of transaction "t2""#,
            #"packages.csv:3: id: package "gold" is still the package of subscription "s1""#),
        refusal(
            "removing a package that a transaction gets",
            [removed(.packages, "bronze"), transactions(["x,bert,bronze,"])],
            #"packages.csv:2: id: package "bronze" is still the package of transaction "x""#),
        refusal(
            "a refused client, but not what refers to it",
            [
                clients("eve,client,,", "bad,nonsense,,"), subscriptions("s9,bad,gold"),
                transactions(["x,bad,gold,", "y,eve,gold,"]),
            ],
            #"clients.csv:3: type: "nonsense" is not a client type; there are client, reseller, calling_card, call_shop"#
        ),
        refusal(
            "problems of several files, by kind and line",
            [
                transactions(["x,nobody,gold,"]), subscriptions("s9,anna,nothing"),
                (.rates, "currency,effective_on,rate\nEUR,2024-02-01,1\n"),
            ],
            #"subscriptions.csv:2: package_id: there is no package "nothing""#,
            "rates.csv:2: currency: EUR is the base currency, whose rate is always 1",
            #"transactions.csv:2: client_id: there is no client "nobody""#),
    ]

    @Test(arguments: cases) func isRefusedAndChangesNothing(_ refusal: Case) async throws {
        let folder = try ScratchFolder()
        let ledger = try await SmallLedger.make(in: folder)
        let content = try LedgerContent(folder.path)
        let before = try content.dump()
        let failure = await #expect(throws: ImportFailure.self) {
            try await ledger.importInputs(inputs(refusal.files), baseCurrency: nil, dryRun: false, tuning: .tiny)
        }
        #expect(failure?.problems.map(\.description) == refusal.problems)
        #expect(try content.dump() == before)
        #expect(try ledger.status().revision == 1)
    }

    /// Whatever the threads and the keys of the ids do.
    @Test func theFirstTwentyProblemsAreNamed() async throws {
        let folder = try ScratchFolder()
        let ledger = try await SmallLedger.make(in: folder)
        let twice = (0..<200).map { "x\($0),anna,gold," }
        let failure = await #expect(throws: ImportFailure.self) {
            try await ledger.importInputs(
                inputs([Self.transactions(twice + twice)]), baseCurrency: nil, dryRun: false, tuning: .tiny)
        }
        #expect(
            failure?.problems.map(\.description)
                == (0..<20).map { "transactions.csv:\(202 + $0): id: line \(2 + $0) names the same record already" })
        let unknown = await #expect(throws: ImportFailure.self) {
            let rows = (0..<500).map { $0 % 3 == 0 ? "x\($0),nobody\($0),gold," : "x\($0),anna,gold," }
            return try await ledger.importInputs(
                inputs([Self.transactions(rows)]), baseCurrency: nil, dryRun: false, tuning: .tiny)
        }
        #expect(
            unknown?.problems.map(\.description)
                == (0..<20).map { "transactions.csv:\(2 + 3 * $0): client_id: there is no client \"nobody\(3 * $0)\"" })
    }

    static let accepted: [Case] = [
        refusal(
            "a reseller that stops being one when its clients move",
            [clients("fjord,client,north,", "anna,client,south,")]),
        refusal("an owner that comes later in the file", [clients("eve,client,new,", "new,reseller,,")]),
        refusal("owners that change places", [clients("north,reseller,south,", "south,reseller,,")]),
        refusal(
            "an owner removed with all that it owned",
            [
                removed(.clients, "anna", "fjord"), removed(.subscriptions, "s1"), removed(.transactions, "t1", "t2"),
            ]),
        refusal(
            "packages removed with what referred to them",
            [
                removed(.packages, "gold", "silver"), removed(.subscriptions, "s1"), removed(.transactions, "t2"),
            ]),
        refusal("ids that only look the same", [clients("é,client,,", "e\u{301},client,,")]),
        refusal(
            "removing what is not there",
            [
                removed(.packages, "x"), removed(.clients, "x"), removed(.subscriptions, "x"),
                removed(.transactions, "x"),
                (.rates, "currency,effective_on,rate,deleted\nUSD,2020-01-01,,true\n"),
            ]),
        refusal(
            "a client removed whose transactions moved",
            [
                removed(.clients, "bert"), transactions(["t3,anna,gold,"]),
            ]),
    ]

    @Test(arguments: accepted) func isAccepted(_ accepted: Case) async throws {
        let folder = try ScratchFolder()
        let ledger = try await SmallLedger.make(in: folder)
        _ = try await ledger.importInputs(inputs(accepted.files), baseCurrency: nil, dryRun: false, tuning: .tiny)
        try LedgerContent(folder.path).audit(blockCapacity: ImportTuning.tiny.blockCapacity)
    }
}
