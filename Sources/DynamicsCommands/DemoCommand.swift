import ArgumentParser
import DynamicsDemo
import DynamicsImport
import DynamicsLedger
import DynamicsModel
import DynamicsWorkspace
import Foundation

/// `demo`: makes up a believable ledger and imports it like any other.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Fill an empty data folder with a believable telecom ledger.",
        discussion: """
            Resellers in a tree, clients of four types, packages, subscriptions, calls, top-ups and debts in four currencies. \
            The same seed and last month give the same ledger. Also adds a user of each role, and prints how to sign in.
            Example: customer-dynamics demo --clients 20000 --years 2
            """)

    @OptionGroup var data: DataFolder

    @Option(
        help: "How many clients, from \(DemoLedger.clientLimits.lowerBound) to \(DemoLedger.clientLimits.upperBound).")
    var clients = 5000

    @Option(help: "How many years, from \(DemoLedger.yearLimits.lowerBound) to \(DemoLedger.yearLimits.upperBound).")
    var years = 3

    @Option(help: "Another number makes up another ledger.")
    var seed: UInt64 = 1

    @Option(help: "Any day of the ledger's last month. (default: the last month that is over)")
    var through: String?

    @Option(help: "Write the import files into this folder instead, and import nothing.")
    var output: String?

    @Flag(help: "Leave a ledger that is not empty as it is, instead of refusing.")
    var ifEmpty = false

    func run() async throws {
        let demo = try DemoLedger(clients: clients, years: years, seed: seed, through: lastDay())
        if let output {
            try makeFolder(output)
            try refuseFiles(in: output)
            let counts = try write(demo, to: output)
            print("\(summary(of: counts, demo)) in \(output).")
        } else {
            try await fill(with: demo)
        }
    }

    private func lastDay() throws -> CivilDate {
        guard let through else {
            let now = Instant(seconds: Int64(Date().timeIntervalSince1970))
            return DemoLedger.endOfLastFullMonth(before: CivilDate(utc: now))
        }
        guard case .day(let date) = try PeriodLimit(parsing: through, field: "through").meaning else {
            throw DynamicsError(.usage, "bad_date", field: "through", "\"\(through)\" has a time; a date is enough")
        }
        return date
    }

    private func fill(with demo: DemoLedger) async throws {
        let ledger = try Ledger(folder: data.path)
        let status = try ledger.status()
        if status.revision > 0 {
            guard ifEmpty else {
                throw DynamicsError(
                    .usage, "not_empty", field: "data",
                    "\"\(data.path)\" already has a ledger; give --data another folder, or --if-empty to keep this one")
            }
            print("\"\(data.path)\" has a ledger already, which stays as it is.")
            if let accounts = try await accounts(with: ledger) { print("\n\(accounts.text)", terminator: "") }
            return
        }
        let files = FileManager.default.temporaryDirectory.appending(path: "customer-dynamics-\(UUID().uuidString)")
            .path
        try makeFolder(files)
        defer { try? FileManager.default.removeItem(atPath: files) }
        let counts = try write(demo, to: files)
        let progress = ImportProgressLine()
        defer { progress.clear() }
        _ = try await ledger.importSources(
            ImportSource.find(at: [files]), baseCurrency: CurrencyCode(DemoLedger.baseCurrency),
            onlyIntoEmpty: true
        ) { progress.show($0) }
        progress.clear()
        let accounts = try await accounts(with: ledger).map { "\n\($0.text)" } ?? ""
        print(
            """
            \(summary(of: counts, demo)), now in \(data.path).
            \(accounts)
            Try:
              customer-dynamics report --data \(data.path) --from \(lastYear(of: demo)) --to \(lastDay(of: demo)) --group-by month
            """)
    }

    private func accounts(with ledger: Ledger) async throws -> DemoAccounts? {
        try await DemoAccounts.prepare(Workspace(folder: data.path), ledger)
    }

    /// Files of the same names may be a billing system's.
    private func refuseFiles(in folder: String) throws {
        let names = RecordKind.allCases.map { "\($0.rawValue).csv" }
        guard let present = names.first(where: { FileManager.default.fileExists(atPath: "\(folder)/\($0)") }) else {
            return
        }
        throw DynamicsError(
            .usage, "not_empty", field: "output",
            "\"\(folder)\" already has a \(present), which the demo would replace; give a folder without import files")
    }

    private func makeFolder(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw DynamicsError(
                .unavailable, "cannot_write", "the folder \"\(path)\" cannot be created: \(error.localizedDescription)")
        }
    }

    private func write(_ demo: DemoLedger, to folder: String) throws -> DemoLedger.Counts {
        let progress = ProgressLine("Making up a ledger")
        defer { progress.clear() }
        return try demo.write(to: folder) { progress.show(part: $0) }
    }

    private func summary(of counts: DemoLedger.Counts, _ demo: DemoLedger) -> String {
        """
        \(counts.clients) clients, \(counts.packages) packages, \(counts.subscriptions) subscriptions, \
        \(counts.transactions) transactions and \(counts.rates) exchange rates from \(demo.from) to \(lastDay(of: demo))
        """
    }

    private func lastDay(of demo: DemoLedger) -> CivilDate { CivilDate(dayNumber: demo.to.dayNumber - 1) }

    /// The first day of the demo's last twelve months.
    private func lastYear(of demo: DemoLedger) -> CivilDate { CivilTime(demo.to).minus(months: 12).date }
}
