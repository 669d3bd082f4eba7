import DynamicsImport
import DynamicsModel
import DynamicsTestSupport
import Foundation
import Testing

@Suite struct GoodInputTests {
    @Test func theWorkedExampleIsReadFromItsFolder() throws {
        let expected = try WorkedExample.ledger()
        let sources = try ImportSource.find(at: [WorkedExample.folder.path])
        #expect(sources.map(\.kind) == RecordKind.allCases)
        var reading = Reading()
        let reader = TestReader(clients: expected.clients.map(\.id), packages: expected.packages.map(\.id))
        for source in sources {
            var chunks = try RecordChunks(source)
            while let chunk = try chunks.next() { reader.parse(chunk, chunks.parser, into: &reading) }
            #expect(chunks.bytesRead == chunks.totalBytes)
        }
        #expect(reading.problems == [])
        let numbered =
            expected.packages.enumerated().map { TestRow.package($0.offset + 2, $0.element) }
            + expected.clients.enumerated().map { TestRow.client($0.offset + 2, $0.element) }
            + expected.subscriptions.enumerated().map { TestRow.subscription($0.offset + 2, $0.element) }
            + expected.rates.enumerated().map { TestRow.rate($0.offset + 2, $0.element) }
            + expected.transactions.enumerated().map { TestRow.transaction($0.offset + 2, $0.element) }
        #expect(reading.rows == numbered)
    }

    @Test(arguments: [
        "id,name\na,A\nb,B\n", "id,name\r\na,A\r\nb,B", "\u{FEFF}id,name\na,A\nb,B",
        "\u{FEFF}\"id\",\"name\"\n\"a\",A\nb,B\n",
        "id,name\na,\"A\"\r\n\"b\",\"B\"", "name,id\nA,a\nB,b\n", "name,deleted,id\nA,,a\nB,false,b\n",
    ])
    func theSameTwoPackagesInManyWritings(_ text: String) throws {
        let reading = try TestReader().read(text, .packages)
        #expect(reading.problems == [])
        #expect(reading.rows == [.package(2, Package(id: "a", name: "A")), .package(3, Package(id: "b", name: "B"))])
    }

    @Test func linesAreCountedPhysically() throws {
        let text = "\n\r\nid,name\n\na,\"A\nA\r\nA\"\n\n\r\n\"b\",B\n"
        let reading = try TestReader().read(text, .packages)
        #expect(reading.problems == [])
        #expect(
            reading.rows == [
                .package(5, Package(id: "a", name: "A\nA\r\nA")), .package(10, Package(id: "b", name: "B")),
            ])
    }

    @Test func aQuotedHeaderMaySpanLines() throws {
        let reading = try TestReader().read("id,\"na\nme\"\n", .packages)
        #expect(reading.problems.map(\.line) == [1])
    }

    @Test func quotesHoldWhateverTheyHold() throws {
        let reading = try TestReader().read("id,name\na,\"say \"\"hi\"\", \r and\n\"\"\"\"\"\n", .packages)
        #expect(reading.rows == [.package(2, Package(id: "a", name: "say \"hi\", \r and\n\"\""))])
    }

    @Test func textsAreTakenAsTheyAre() throws {
        let reading = try TestReader().read("id,name\n a , \n'b',\u{1}\u{FEFF}\n", .packages)
        #expect(
            reading.rows == [
                .package(2, Package(id: " a ", name: " ")), .package(3, Package(id: "'b'", name: "\u{1}\u{FEFF}")),
            ])
    }

    @Test func theLongestTextsAreAllowed() throws {
        let id = String(repeating: "😀", count: 64)
        let name = String(repeating: "é", count: 255)
        let reading = try TestReader().read("id,name\n\(id),\(name)\n", .packages)
        #expect(reading.rows == [.package(2, Package(id: ExactText(id), name: ExactText(name)))])
    }

    @Test func theLongestRecordIsRead() throws {
        let blanks = String(repeating: " ;", count: 32_600)
        let row = "c,C,client,\"\(blanks)\",EUR,2024-01-01T00:00:00Z\n"
        #expect((65_000...RecordChunks.longestRecord).contains(row.utf8.count))
        let reading = try TestReader().read("id,name,type,tags,currency,created_at\n" + row + row, .clients)
        #expect(reading.problems == [])
        #expect(reading.rows.count == 2)
    }

    @Test func tagsAreTrimmedAndASet() throws {
        let text =
            "id,name,type,tags,currency,created_at\nc,C,client,\" vip;;\u{A0}new\u{3000}; ;vip;\u{200B}\",EUR,2024-01-01T00:00:00Z"
        let reading = try TestReader().read(text, .clients)
        guard case .client(_, let client) = try #require(reading.rows.first) else {
            Issue.record("no client")
            return
        }
        #expect(client.tags == ["vip", "new", "\u{200B}"])
    }

    @Test(arguments: [
        ("1990-01-01T00:00:00Z", 631_152_000), ("2199-12-31T23:59:59Z", 7_258_118_399),
        ("2200-01-01T00:00:00+00:01", 7_258_118_340), ("1989-12-31T00:01:00-23:59", 631_152_000),
        ("2024-02-29T12:00:00-00:00", 1_709_208_000), ("2024-02-29T12:00:00+23:59", 1_709_121_660),
        ("2000-02-29T00:00:00Z", 951_782_400),
    ])
    func timestampsWithinTheYears(_ text: String, _ seconds: Int) throws {
        let reading = try TestReader().read("id,client_id,at,kind,amount\nt,a,\(text),usage,1", .transactions)
        #expect(reading.problems == [])
        guard case .transaction(2, let transaction) = try #require(reading.rows.first) else {
            Issue.record("no transaction")
            return
        }
        #expect(transaction.at == Instant(seconds: Int64(seconds)))
    }

    @Test(arguments: [
        ("0", 0), ("-0", 0), ("-0.000001", -1), ("999999999999.999999", 999_999_999_999_999_999),
        ("-999999999999.999999", -999_999_999_999_999_999), ("0000000000000000000000012.50", 12_500_000),
        ("1.1", 1_100_000),
    ])
    func decimals(_ text: String, _ units: Int) throws {
        let reading = try TestReader().read(
            "id,client_id,at,kind,amount\nt,a,2024-01-01T00:00:00Z,adjustment,\(text)", .transactions)
        #expect(reading.problems == [])
        guard case .transaction(2, let transaction) = try #require(reading.rows.first) else {
            Issue.record("no transaction")
            return
        }
        #expect(transaction.amount == Int64(units))
    }

    @Test(arguments: [
        ("0.000001", 1_000_000), ("1000000", 1_000_000_000_000_000_000), ("1.000000000001", 1_000_000_000_001),
    ])
    func rates(_ text: String, _ units: Int) throws {
        let reading = try TestReader().read("rate,currency,effective_on\n\(text),USD,2199-12-31", .rates)
        let date = try #require(CivilDate(year: 2199, month: 12, day: 31))
        let currency = try #require(CurrencyCode("USD"))
        #expect(reading.rows == [.rate(2, ExchangeRate(currency: currency, effectiveOn: date, rate: Int64(units)))])
    }

    @Test func theKindsOfTransaction() throws {
        let text = """
            id,kind,amount,package_id,client_id,at
            1,refill,0.000001,,a,2024-01-01T00:00:00Z
            2,usage,0,,a,2024-01-01T00:00:00Z
            3,usage,0.00,p,b,2024-01-01T00:00:00Z
            4,activation,0,q,a,2024-01-01T00:00:00Z
            5,renewal,7,p,a,2024-01-01T00:00:00Z
            6,adjustment,-7,,a,2024-01-01T00:00:00Z
            """
        let reading = try TestReader().read(text, .transactions)
        #expect(reading.problems == [])
        let kinds: [TransactionKind] = [.refill, .usage, .usage, .activation, .renewal, .adjustment]
        let amounts: [Int64] = [1, 0, 0, 0, 7_000_000, -7_000_000]
        let packages: [ExactText?] = [nil, nil, "p", "q", "p", nil]
        let expected = (0..<6).map { index in
            TestRow.transaction(
                index + 2,
                Transaction(
                    id: ExactText("\(index + 1)"), clientID: index == 2 ? "b" : "a",
                    at: Instant(seconds: 1_704_067_200),
                    kind: kinds[index], amount: amounts[index], packageID: packages[index]))
        }
        #expect(reading.rows == expected)
    }

    @Test func aFileThatOnlyRemovesNeedsNoMoreThanTheKey() throws {
        #expect(
            try TestReader().read("id,deleted\na,true\nb,true\n", .clients).rows == [
                .removal(2, "a"), .removal(3, "b"),
            ])
        #expect(try TestReader().read("deleted,id\ntrue,x\n", .transactions).rows == [.removal(2, "x")])
        let rates = try TestReader().read("currency,effective_on,deleted\nUSD,2024-01-01,true\n", .rates)
        #expect(rates.rows == [.removal(2, "USD 2024-01-01")])
    }

    @Test func theOtherFieldsOfARemovalDoNotMatter() throws {
        let text = "id,client_id,at,kind,amount,package_id,deleted\nx,nobody,soon,gift,much,nothing,true\ny,,,,,,true\n"
        let reading = try TestReader().read(text, .transactions)
        #expect(reading.problems == [])
        #expect(reading.rows == [.removal(2, "x"), .removal(3, "y")])
    }

    @Test func idsAreComparedByScalars() throws {
        let reader = TestReader(clients: ["é", "e\u{301}"], packages: [])
        let text =
            "id,client_id,at,kind,amount\n1,e\u{301},2024-01-01T00:00:00Z,usage,1\n2,é,2024-01-01T00:00:00Z,usage,1\n"
        let clients = try reader.read(text, .transactions).rows.map { row -> [Unicode.Scalar] in
            guard case .transaction(_, let transaction) = row else { return [] }
            return Array(transaction.clientID.string.unicodeScalars)
        }
        #expect(clients == [["e", "\u{301}"], ["é"]])
    }

    @Test func atMostSoManyProblemsAreNamed() throws {
        let rows = (1...50).map {
            "t\($0),\($0 % 2 == 0 ? "a" : "nobody"),2024-01-01T00:00:00Z,\($0 % 4 == 0 ? "gift" : "usage"),1\n"
        }
        let reading = try TestReader().read("id,client_id,at,kind,amount\n" + rows.joined(), .transactions)
        let bad = (1...50).filter { $0 % 2 == 1 || $0 % 4 == 0 }.map { $0 + 1 }
        #expect(reading.problems.map(\.line) == Array(bad.prefix(ImportFailure.limit)))
    }

    @Test func problemsReadWell() throws {
        let header = "id,client_id,at,kind,amount\n"
        let rows = String(repeating: "t,a,2024-01-01T00:00:00Z,usage,1\n", count: 15)
        let reading = try TestReader().read(header + rows + "t,a,2024-01-01T00:00:00Z,usage,\"12,5\"\n", .transactions)
        #expect(
            reading.problems.map(\.description) == ["transactions.csv:17: amount: \"12,5\" is not a decimal number"])
    }

    @Test func objects() throws {
        let text = """
            {"id": "a", "name": "\\u0041\\n\\/\\ud83d\\ude00", "type": "client", "tags": [" vip ", "", "a;b", "vip"], \
            "owner_id": null, "currency": "EUR", "created_at": "2024-01-01T00:00:00Z", "deleted": false}

            { "deleted" : true , "id" : "b" }
            """
        let reading = try TestReader().read("\u{FEFF}" + text, .clients, .ndjson)
        let client = Client(
            id: "a", name: "A\n/😀", type: .client, tags: ["vip", "a;b"], currency: .eur,
            createdAt: Instant(seconds: 1_704_067_200))
        #expect(reading.problems == [])
        #expect(reading.rows == [.client(1, client), .removal(3, "b")])
    }

    @Test func anEmptyBodyHoldsNoObjects() throws {
        let reading = try TestReader().read("", .clients, .ndjson)
        #expect(reading.rows == [])
        #expect(reading.problems == [])
    }
}
