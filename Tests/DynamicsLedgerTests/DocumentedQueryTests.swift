import DynamicsImport
import DynamicsLedger
import DynamicsModel
import DynamicsTestSupport
import Foundation
import GRDB
import Testing

/// The queries in `docs/ledger.md` run, and find something, in the ledger of the worked example.
@Suite struct DocumentedQueryTests {
    static let queries: [String] = {
        let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/ledger.md")
        let text = (try? String(contentsOf: page, encoding: .utf8)) ?? ""
        return text.components(separatedBy: "```sql\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
    }()

    @Test func thePageHasQueries() { #expect(Self.queries.count >= 5) }

    @Test(arguments: queries) func theQueryFindsSomething(query: String) async throws {
        let folder = try ScratchFolder()
        let ledger = try Ledger(folder: folder.path)
        _ = try await ledger.importSources(
            ImportSource.find(at: [WorkedExample.folder.path]), baseCurrency: CurrencyCode("EUR"))
        let queue = try DatabaseQueue(path: folder.path + "/ledger.sqlite")
        #expect(try await queue.read { try Row.fetchAll($0, sql: query).count } > 0)
    }

    /// The views' columns are those of the import files.
    @Test func theViewsAreWhatWasImported() async throws {
        let folder = try ScratchFolder()
        let ledger = try Ledger(folder: folder.path)
        let sources = try ImportSource.find(at: [WorkedExample.folder.path])
        _ = try await ledger.importSources(sources, baseCurrency: CurrencyCode("EUR"))
        let queue = try DatabaseQueue(path: folder.path + "/ledger.sqlite")
        for source in sources {
            let text = try String(contentsOfFile: source.path, encoding: .utf8)
            let header = text.split(whereSeparator: \.isNewline)[0].split(separator: ",").map(String.init)
            let columns = try await queue.read { db in try db.columns(in: source.kind.rawValue).map(\.name) }
            #expect(Set(header).isSubset(of: columns), "\(source.kind)")
        }
    }
}
