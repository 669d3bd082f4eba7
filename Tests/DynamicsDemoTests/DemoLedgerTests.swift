import DynamicsDemo
import DynamicsModel
import Foundation
import Testing

@Suite struct DemoLedgerTests {
    static let files = ["clients.csv", "packages.csv", "subscriptions.csv", "transactions.csv", "rates.csv"]

    static func date(_ year: Int, _ month: Int, _ day: Int) throws -> CivilDate {
        try #require(CivilDate(year: year, month: month, day: day))
    }

    private func written(_ demo: DemoLedger) throws -> [Data] {
        let folder = try TemporaryFolder()
        _ = try demo.write(to: folder.path)
        return try Self.files.map(folder.bytes)
    }

    @Test func sameSeedAndMonthGiveTheSameBytes() throws {
        let first = try written(DemoLedger(clients: 300, years: 1, seed: 7, through: Self.date(2025, 2, 1)))
        let again = try written(DemoLedger(clients: 300, years: 1, seed: 7, through: Self.date(2025, 2, 28)))
        let otherSeed = try written(DemoLedger(clients: 300, years: 1, seed: 8, through: Self.date(2025, 2, 1)))
        let otherMonth = try written(DemoLedger(clients: 300, years: 1, seed: 7, through: Self.date(2025, 3, 1)))
        #expect(first == again)
        for index in [0, 2, 3, 4] {
            #expect(first[index] != otherSeed[index], "\(Self.files[index])")
            #expect(first[index] != otherMonth[index], "\(Self.files[index])")
        }
    }

    /// FNV-1a of all files of a small demo: it must not drift unnoticed, on whatever machine.
    @Test func bytesAreThoseOfEarlierVersions() throws {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for file in try written(DemoLedger(clients: 200, years: 2, seed: 1, through: Self.date(2024, 12, 31))) {
            for byte in file { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        #expect(hash == 8_744_099_297_430_958_375, "if the demo was changed on purpose, this is the new value")
    }

    @Test func periodIsWholeMonths() throws {
        let demo = try DemoLedger(clients: 10, years: 2, seed: 1, through: Self.date(2024, 2, 29))
        #expect(demo.from.description == "2022-03-01")
        #expect(demo.to.description == "2024-03-01")
        let december = try DemoLedger(clients: 10, years: 1, seed: 1, through: Self.date(2023, 12, 1))
        #expect(december.from.description == "2023-01-01")
        #expect(december.to.description == "2024-01-01")
    }

    @Test func lastFullMonthEndsTheDayBeforeTheFirst() throws {
        #expect(DemoLedger.endOfLastFullMonth(before: try Self.date(2024, 3, 1)).description == "2024-02-29")
        #expect(DemoLedger.endOfLastFullMonth(before: try Self.date(2024, 3, 31)).description == "2024-02-29")
        #expect(DemoLedger.endOfLastFullMonth(before: try Self.date(2024, 1, 9)).description == "2023-12-31")
    }

    @Test(arguments: [
        (9, 3, 2024), (10_000_001, 3, 2024), (100, 0, 2024), (100, 21, 2024), (100, 3, 1992), (100, 3, 2199),
    ])
    func refusesWhatIsOutsideTheLimits(clients: Int, years: Int, year: Int) throws {
        let through = try Self.date(year, 12, 31)
        let error = #expect(throws: DynamicsError.self) {
            try DemoLedger(clients: clients, years: years, seed: 1, through: through)
        }
        #expect(error?.kind == .usage)
    }

    @Test func aFolderThatIsNotThereIsAnErrorThatNamesTheFile() throws {
        let demo = try DemoLedger(clients: 10, years: 1, seed: 1, through: Self.date(2024, 12, 31))
        let folder = try TemporaryFolder()
        let error = #expect(throws: DynamicsError.self) { try demo.write(to: "\(folder.path)/missing") }
        #expect(error?.kind == .unavailable)
        #expect(error?.message.contains("missing/clients.csv") == true)
    }

    @Test func aMillionTransactionsByDefault() throws {
        let folder = try TemporaryFolder()
        let counts = try DemoLedger(through: Self.date(2025, 12, 31)).write(to: folder.path)
        #expect(counts.clients == 5000)
        #expect((900_000...1_150_000).contains(counts.transactions), "\(counts)")
        let lines = try folder.bytes("transactions.csv").count { $0 == 0x0A }
        #expect(lines == counts.transactions + 1)
    }
}
