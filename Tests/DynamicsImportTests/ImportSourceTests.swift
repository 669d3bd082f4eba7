import DynamicsImport
import DynamicsModel
import Foundation
import Testing

@Suite final class ImportSourceTests {
    private let folder = FileManager.default.temporaryDirectory
        .appending(path: "import-source-\(UInt64.random(in: .min ... .max))", directoryHint: .isDirectory)

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func path(_ name: String) -> String { folder.appending(path: name).path }

    private func write(_ names: String...) throws {
        for name in names {
            let file = folder.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data("id,name\na,A\n".utf8).write(to: file)
        }
    }

    private func error(_ paths: [String]) -> DynamicsError? {
        do throws(DynamicsError) {
            _ = try ImportSource.find(at: paths)
            return nil
        } catch {
            return error
        }
    }

    @Test func aFolderStandsForTheFilesWithKnownNames() throws {
        try write(
            "transactions.csv.gz", "clients.csv", "packages.ndjson", "notes.txt", "clients.csv.bak", "more/rates.csv")
        let sources = try ImportSource.find(at: [folder.path + "/"])
        #expect(sources.map(\.name) == ["clients.csv", "transactions.csv.gz"])
        #expect(sources.map(\.kind) == [.clients, .transactions])
        #expect(sources.map(\.isGzipped) == [false, true])
        #expect(sources.map(\.format) == [.csv, .csv])
        #expect(sources.first?.path == path("clients.csv"))
    }

    @Test func filesAreReadInTheOrderOfTheirKinds() throws {
        try write("transactions.ndjson", "packages.ndjson.gz", "a/clients.csv", "b/clients.csv")
        let sources = try ImportSource.find(
            at: ["transactions.ndjson", "b/clients.csv", "packages.ndjson.gz", "a"].map(path))
        #expect(sources.map(\.kind) == [.packages, .clients, .clients, .transactions])
        #expect(sources.map(\.format) == [.ndjson, .csv, .csv, .ndjson])
        #expect(sources.map(\.isGzipped) == [true, false, false, false])
        // Two of one name are told apart by their paths.
        #expect(
            sources.map(\.name) == [
                "packages.ndjson.gz", path("b/clients.csv"), path("a/clients.csv"), "transactions.ndjson",
            ])
    }

    @Test func bothFormsInOneFolderAreRefused() throws {
        try write("clients.csv", "clients.csv.gz")
        let error = error([folder.path])
        #expect(error?.kind == .data)
        #expect(error?.message.contains("clients.csv.gz\"; remove one of them") == true)
    }

    @Test func pathsThatLeadNowhereAreRefused() throws {
        try write("notes.txt", "rates.csv")
        #expect(error([])?.code == "nothing_to_import")
        #expect(error([path("nowhere")])?.code == "no_such_file")
        #expect(error([path("notes.txt")])?.code == "unknown_file_name")
        #expect(error([path("rates.csv"), folder.path])?.code == "file_named_twice")
        try FileManager.default.removeItem(atPath: path("rates.csv"))
        #expect(
            error([folder.path])?.message.contains("has nothing to import: none of packages.csv, clients.csv") == true)
    }

    @Test func whatIsNoFileIsRefused() throws {
        try write("packages.csv/clients.csv")
        let sources = try ImportSource.find(at: [folder.path])
        #expect(throws: DynamicsError.self) { try RecordChunks(sources[0]) }
        let gone = ImportSource(kind: .rates, name: "rates.csv", format: .csv, path: path("rates.csv"))
        let error = #expect(throws: DynamicsError.self) { try RecordChunks(gone) }
        #expect(error?.kind == .unavailable)
        #expect(error?.message.hasSuffix("cannot be read: No such file or directory") == true)
    }

    @Test func aFileIsReadInChunks() throws {
        try write("packages.csv")
        var chunks = try RecordChunks(try #require(try ImportSource.find(at: [folder.path]).first))
        #expect(chunks.totalBytes == 12)
        let chunk = try #require(try chunks.next())
        #expect(chunk.firstLine == 2)
        #expect(chunk.bytes == Array("a,A\n".utf8))
        #expect(chunks.bytesRead == 12)
        #expect(try chunks.next() == nil)
    }
}
