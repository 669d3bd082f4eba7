import ArgumentParser
import DynamicsClickHouse
import DynamicsImport
import DynamicsLedger
import DynamicsModel
import Foundation

/// `import`: brings files into the ledger, all of them or nothing.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Import CSV files into the ledger, all of them or nothing.",
        discussion: """
            A folder stands for the files in it called clients.csv, packages.csv, subscriptions.csv, transactions.csv and rates.csv,
            each also as .csv.gz. A record whose id is already there replaces the old one. A row that is not right is named with its
            line, and nothing is imported.
            """)

    @OptionGroup var data: DataFolder

    @OptionGroup var clickHouse: ClickHouseOption

    @Option(help: "The currency of exchange rates, set by the first import and the same ever after. (default: USD)")
    var baseCurrency: String?

    @Flag(help: "Check everything, but leave the ledger as it is.")
    var dryRun = false

    @Argument(help: "Files and folders.")
    var paths: [String]

    /// - Throws: `DynamicsError` (`.usage`) for the field `base_currency`.
    static func currency(_ text: String) throws -> CurrencyCode {
        guard let code = CurrencyCode(text) else {
            throw DynamicsError(
                .usage, "base_currency", field: "base_currency",
                "\"\(text)\" is not a currency code: three capital letters, such as EUR")
        }
        return code
    }

    func run() async throws {
        let base = try baseCurrency.map(Self.currency)
        let sources = try ImportSource.find(at: paths)
        if let server = try await clickHouse.server(folder: data.path) {
            let summary = try await Self.intoCluster(server, sources, base, dryRun: dryRun)
            print(ImportTable(summary, isDryRun: dryRun).text, terminator: "")
            return
        }
        let ledger = try Ledger(folder: data.path)
        let progress = ImportProgressLine()
        defer { progress.clear() }
        let summary = try await ledger.importSources(sources, baseCurrency: base, dryRun: dryRun) { progress.show($0) }
        progress.clear()
        print(ImportTable(summary).text, terminator: "")
    }

    static func intoCluster(
        _ server: ClickHouseServer, _ sources: [ImportSource], _ base: CurrencyCode?, dryRun: Bool = false
    ) async throws -> ClusterImport.Summary {
        let progress = ProgressLine("Importing")
        defer { progress.clear() }
        return try await ClusterImport(server).run(sources, baseCurrency: base, dryRun: dryRun) { doing, rows, part in
            progress.show("\(doing): \(Int(part * 100))%, \(rows) rows")
        }
    }
}

/// The progress of an import on a terminal: what it does, rows, rate, and time left.
struct ImportProgressLine {
    private let line = ProgressLine("Importing")
    private let start = ContinuousClock.now

    func show(_ progress: ImportProgress) {
        line.show(text(progress))
    }

    func clear() { line.clear() }

    private func text(_ progress: ImportProgress) -> String {
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let verb =
            switch progress.phase {
            case .waiting: "Waiting for another import to end"
            case .reading(let file): "Reading \(file)"
            case .checking: "Looking up ids"
            case .writing: "Writing"
            case .committing: "Committing"
            }
        guard progress.phase != .waiting else { return verb }
        let rate = Int(Double(progress.rows) / max(seconds, 0.001))
        var text = "\(verb): \(Int(progress.fraction * 100))%, \(progress.rows) rows, \(rate) rows/s"
        if progress.fraction > 0.02 {
            let left = Int((seconds / progress.fraction * (1 - progress.fraction)).rounded(.up))
            text += ", \(left / 60):\(left % 60 < 10 ? "0" : "")\(left % 60) left"
        }
        return text
    }
}

/// What an import did, a line a file.
struct ImportTable {
    let text: String

    init(_ summary: ImportSummary) {
        self.init(
            files: summary.files.map { ($0.name, $0.counts, $0.seconds) }, seconds: summary.seconds,
            revision: summary.revision, isDryRun: summary.isDryRun)
    }

    init(_ summary: ClusterImport.Summary, isDryRun: Bool) {
        let files = summary.files.map { file in
            let counts = RowCounts(
                added: file.added, replaced: file.replaced, removed: file.removed, unchanged: file.unchanged)
            return (file.name, counts, file.seconds)
        }
        self.init(files: files, seconds: summary.seconds, revision: summary.revision, isDryRun: isDryRun)
    }

    private init(
        files: [(name: String, counts: RowCounts, seconds: Double)], seconds total: Double, revision: Int64,
        isDryRun: Bool
    ) {
        var rows = [["File", "Added", "Replaced", "Removed", "Unchanged", "Rows/s"]]
        for file in files {
            let counts = file.counts
            let rate = Int(Double(counts.rows) / max(file.seconds, 0.001))
            rows.append(
                [file.name] + [counts.added, counts.replaced, counts.removed, counts.unchanged, rate].map(String.init))
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].unicodeScalars.count }.max() ?? 0 }
        var text = ""
        for row in rows {
            let cells = row.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].unicodeScalars.count)
                return column == 0 ? row[column] + space : space + row[column]
            }
            text += cells.joined(separator: "  ") + "\n"
        }
        let seconds = (total * 100).rounded() / 100
        let count = files.reduce(0) { $0 + $1.counts.rows }
        let rate = Int(Double(count) / max(total, 0.001))
        let outcome = isDryRun ? "Dry run, nothing imported" : "The ledger is at revision \(revision)"
        text += "\(count) rows in \(seconds) s, \(rate) rows/s. \(outcome).\n"
        self.text = text
    }
}
