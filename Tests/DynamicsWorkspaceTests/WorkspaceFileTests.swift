import DynamicsExport
import DynamicsModel
import DynamicsReports
import DynamicsTestSupport
import DynamicsWorkspace
import Foundation
import GRDB
import Testing

/// `workspace.sqlite` itself.
@Suite struct WorkspaceFileTests {
    @Test func nobodyElseReadsTheFile() async throws {
        let office = try Office()
        _ = try await office.add("Ann")
        for name in try FileManager.default.contentsOfDirectory(atPath: office.folder) {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(office.folder)/\(name)")
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
        }
        #expect(try await office.workspace.check() == ())
    }

    @Test func otherFilesAreLeftAlone() async throws {
        let office = try Office()
        func refusal(_ content: Data) throws -> String? {
            let folder = office.folder + "/" + UUID().uuidString
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try content.write(to: URL(filePath: folder + "/workspace.sqlite"))
            defer { #expect(FileManager.default.contents(atPath: folder + "/workspace.sqlite") == content) }
            let error = #expect(throws: DynamicsError.self) { _ = try Workspace(folder: folder) }
            return error?.code
        }
        #expect(try refusal(Data("some text".utf8)) == "damaged_workspace")
        let other = office.folder + "/other.sqlite"
        try await DatabaseQueue(path: other).write { db in
            try db.execute(sql: "PRAGMA application_id = 5; CREATE TABLE t (a)")
        }
        #expect(try refusal(Data(contentsOf: URL(filePath: other))) == "not_a_workspace")
        try await DatabaseQueue(path: other).write { db in try db.execute(sql: "PRAGMA application_id = 0") }
        #expect(try refusal(Data(contentsOf: URL(filePath: other))) == "not_a_workspace")
    }

    /// What a program leaves that is killed while it makes the file.
    @Test func halfMadeFilesAreFinished() async throws {
        let office = try Office()
        for statements in [
            "", "PRAGMA user_version = 0", "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)",
        ] {
            let folder = office.folder + "/" + UUID().uuidString
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try await DatabaseQueue(path: folder + "/workspace.sqlite").writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA journal_mode = WAL; \(statements)")
            }
            #expect(try await Workspace(folder: folder).accounts().isEmpty)
        }
    }

    @Test func newerFilesAreLeftAlone() async throws {
        let office = try Office()
        try await office.tamper("INSERT INTO grdb_migrations VALUES ('9: something new')")
        let error = #expect(throws: DynamicsError.self) { _ = try office.reopened() }
        #expect(error?.code == "newer_workspace" && error?.kind == .unavailable)
    }

    @Test func foldersThatCannotBe() throws {
        let office = try Office()
        try Data().write(to: URL(filePath: office.folder + "/file"))
        let error = #expect(throws: DynamicsError.self) { _ = try Workspace(folder: office.folder + "/file/data") }
        #expect(error?.kind == .unavailable && error?.code == "data_folder")
        #expect(throws: Never.self) { _ = try Workspace(folder: office.folder + "/a/b") }
    }

    @Test func manyOpenItAtOnce() async throws {
        let office = try Office()
        let folder = office.folder + "/new"
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    let workspace = try Workspace(folder: folder, settings: .quick)
                    try await workspace.addAccount(name: "n\(number)", role: .analyst, password: Office.password)
                }
            }
            try await group.waitForAll()
        }
        #expect(try await Workspace(folder: folder).accounts().count == 8)
    }

    // MARK: Version 1 stays readable

    static let fixtures = WorkedExample.folder.deletingLastPathComponent().appending(path: "workspace")
    static let version1 = fixtures.appending(path: "version-1.sqlite")

    private static func workedResult() async throws -> ReportResult {
        var text = QueryText()
        (text.from, text.to, text.groupBy) = ("2024-01-01", "2024-04-30", ["month", "package"])
        let backend = MemoryBackend(try WorkedExample.ledger())
        return try await runReport(text.parsed(), scope: .everything, on: backend, zones: TimeZoneDirectory())
    }

    /// The file that version 1 wrote opens, and its reports have the same bytes as then.
    @Test func theFileOfVersion1() async throws {
        let office = try Office(copying: Self.version1)
        let workspace = office.workspace
        let accounts = try await workspace.accounts()
        #expect(accounts.map(\.name) == ["Ada", "Rob"] && accounts.map(\.reseller) == [nil, "A"])
        guard case .signedIn(let session) = try await office.signIn("Ada") else {
            return #expect(Bool(false), "passwords of then are good")
        }
        let reports = try await workspace.reports(ownedBy: session.account)
        try #require(reports.count == 2)
        #expect(reports[0].draft == .sample && reports[0].generatedAt == Instant(seconds: 1_717_243_200))
        let worked = try #require(try await workspace.report(id: reports[1].id, for: accounts[1])).result
        let expected = try Data(contentsOf: Self.fixtures.appending(path: "version-1-worked.json"))
        #expect(Data(ReportJSON.bytes(worked)) == expected)
        #expect(worked.ratesUsed.count > 0)
        #expect(try await workspace.report(id: reports[0].id, for: accounts[1])?.result == .sample())
        #expect(try await workspace.templates(for: accounts[1]).map(\.name) == ["Template"])
        #expect(try await workspace.tokens().map(\.name) == ["feed"])
        #expect(try await workspace.authenticate(secret: "cdt_" + String(repeating: "A", count: 43)) == nil)
    }

    /// How the files were made; it is never to be done again for version 1.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["WRITE_WORKSPACE_FIXTURE"] != nil))
    func writeTheFixture() async throws {
        let office = try Office()
        let ada = try await office.add("Ada", .administrator)
        _ = try await office.add("Rob", .reseller, of: "A")
        let worked = try await Self.workedResult()
        try await office.store(by: ada, worked)
        try await office.store(by: ada, .sample())
        _ = try await office.workspace.addTemplate(name: "Template", visibility: .everyone, draft: .sample, by: ada)
        _ = try await office.workspace.createToken(name: "feed", role: .ledgerWriter)
        try FileManager.default.createDirectory(at: Self.fixtures, withIntermediateDirectories: true)
        try Data(ReportJSON.bytes(worked)).write(to: Self.fixtures.appending(path: "version-1-worked.json"))
        try await DatabaseQueue(path: office.folder + "/workspace.sqlite").vacuum(into: Self.version1.path)
    }
}
