import Foundation
import Testing

/// Who may import whom: the table in docs/architecture.md against the sources and the manifest.
@Suite struct RoomTests {
    let repository = Repository()

    /// Modules of the toolchain, for every room.
    static let systemModules: Set<String> = ["Foundation", "Glibc", "Synchronization", "Dispatch"]
    /// For every room but those that stay free of the world around them.
    static let operationsModules: Set<String> = ["Logging", "Metrics", "Configuration"]
    static let secludedRooms: Set<String> = ["DynamicsModel", "DynamicsKernel"]

    /// Rows of the table below the marker comment: room → what it may import.
    func table() throws -> [String: Set<String>] {
        var rooms: [String: Set<String>] = [:]
        for line in try repository.lines("docs/architecture.md") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false)
            guard cells.count == 5 else { continue }
            let names = Self.quoted(cells[1])
            if let room = names.first { rooms[room] = Set(Self.quoted(cells[3])) }
        }
        return rooms
    }

    /// Texts between backticks.
    static func quoted(_ text: some StringProtocol) -> [String] {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false)
        return parts.indices.filter { $0 % 2 == 1 }.map { String(parts[$0]) }
    }

    /// The module that a line imports; nil when it is no import.
    static func importedModule(_ line: String) -> String? {
        let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
        guard let at = words.firstIndex(of: "import"), at + 1 < words.count else { return nil }
        let before = words[..<at]
        let access: Set<String> = ["public", "package", "internal", "fileprivate", "private"]
        guard before.allSatisfy({ access.contains($0) || $0.hasPrefix("@") }) else { return nil }
        let kinds: Set<String> = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var"]
        let name = kinds.contains(words[at + 1]) && at + 2 < words.count ? words[at + 2] : words[at + 1]
        return name.split(separator: ".").first.map(String.init)
    }

    @Test(arguments: [
        ("import Foundation", "Foundation"), ("public import DynamicsModel", "DynamicsModel"),
        ("@preconcurrency import GRDB", "GRDB"), ("private import struct Foundation.Date", "Foundation"),
    ])
    func readsImports(line: String, module: String) { #expect(Self.importedModule(line) == module) }

    @Test(arguments: ["// import Foundation", "let import = 1", "/// We import GRDB here.", ""])
    func readsNoImports(line: String) { #expect(Self.importedModule(line) == nil) }

    @Test func roomsImportOnlyWhatTheTableAllows() throws {
        let table = try table()
        #expect(table.count >= 8)
        var violations: [String] = []
        for path in try repository.files(below: "Sources", extensions: ["swift"]) {
            let room = String(path.split(separator: "/")[1])
            var allowed = table[room, default: []].union(Self.systemModules)
            if !Self.secludedRooms.contains(room) { allowed.formUnion(Self.operationsModules) }
            for line in try repository.lines(path) {
                if let module = Self.importedModule(line), !allowed.contains(module) {
                    violations.append("\(path) imports \(module)")
                }
            }
        }
        #expect(violations == [], "docs/architecture.md says who may import whom")
    }

    @Test func noRoomImportsARoomThatImportsIt() throws {
        let table = try table()
        func reaches(_ from: String, _ to: String) -> Bool {
            table[from, default: []].contains { $0 == to || reaches($0, to) }
        }
        #expect(table.keys.filter { reaches($0, $0) }.isEmpty)
    }

    @Test func tableManifestAndFoldersNameTheSameRooms() throws {
        let manifest = try #require(try repository.text("Package.swift"))
        let rooms = try repository.folders(in: "Sources")
        #expect(Set(try table().keys) == rooms)
        #expect(Self.targets(in: manifest, declaredBy: ["room", ".systemLibrary", ".executableTarget"]) == rooms)
        let folders = try repository.folders(in: "Tests").subtracting(["Fixtures"])
        #expect(Self.targets(in: manifest, declaredBy: ["tests"]) == folders)
    }

    /// Every room has tests of its own; the rest is tested through the rooms that use it.
    @Test func testsMirrorRooms() throws {
        let untested: Set<String> = [
            "CCurl", "CMalloc", "CPrefetch", "CXlsxWriter", "CZlib", "customer-dynamics", "DynamicsTestSupport",
        ]
        let rooms = try repository.folders(in: "Sources").subtracting(untested)
        #expect(rooms.filter { !repository.isFolder("Tests/\($0)Tests") }.isEmpty)
    }

    /// First arguments of the calls of `functions` in the manifest: `room("X"`, `.systemLibrary(name: "X"`.
    static func targets(in manifest: String, declaredBy functions: [String]) -> Set<String> {
        var names: Set<String> = []
        for function in functions {
            for piece in manifest.components(separatedBy: "\(function)(").dropFirst() {
                let argument = piece.drop(while: \.isWhitespace)
                let parts = argument.split(separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
                if parts.count == 3, parts[0].isEmpty || parts[0] == "name: " { names.insert(String(parts[1])) }
            }
        }
        return names
    }
}
