import Testing

/// Rules for what stands in the files, whatever they are about.
@Suite struct SourceRuleTests {
    let repository = Repository()

    static let longestFile = 600

    @Test func filesFitInTheHead() throws {
        let sources = try repository.files(extensions: ["swift", "py", "sh", "c", "h"])
        let long = try sources.filter { try repository.lines($0).count > Self.longestFile }
        #expect(long == [], "split them by concept")
    }

    /// Paths that exist on one machine only. Written in pieces, so that this file does not find itself.
    @Test func nothingNamesThePathsOfOneMachine() throws {
        let machines = ["work", "root", "home", "Users"].map { "/" + $0 + "/" }
        var violations: [String] = []
        for path in try repository.files() {
            guard let text = try repository.text(path) else { continue }
            violations += machines.filter(text.contains).map { "\(path) has \($0)" }
        }
        #expect(violations == [])
    }

    /// What must not stand in a line of code, and why not.
    static let bannedCode = [
        "fatalError(": "bad input is an error, our own mistake a precondition",
        "try!": "handle the error or let it pass",
        "static let shared": "pass it in",
        "@testable": "tests use package or public access",
        "TODO": "do it, or write it down where others see it",
        "FIXME": "mend it",
    ]

    @Test(arguments: bannedCode.keys.sorted()) func sourcesAreFree(of banned: String) throws {
        var violations: [String] = []
        for path in try repository.files(below: "Sources", extensions: ["swift"]) {
            for (number, line) in try repository.lines(path).enumerated() where line.contains(banned) {
                violations.append("\(path):\(number + 1): \(line)")
            }
        }
        #expect(violations == [], "\(Self.bannedCode[banned, default: ""])")
    }

    static let emptySuffixes = ["Helper", "Helpers", "Manager", "Utils", "Utilities", "Extensions"]

    @Test func namesSayWhatThingsAre() throws {
        var violations: [String] = []
        for path in try repository.files(below: "Sources", extensions: ["swift"]) {
            let file = path.split(separator: "/").last?.dropLast(6) ?? ""
            if Self.emptySuffixes.contains(where: { file.hasSuffix($0) }) { violations.append(path) }
            for declaration in try Declaration.all(in: repository.lines(path)) where declaration.isType {
                if Self.emptySuffixes.contains(where: { declaration.name.hasSuffix($0) }) {
                    violations.append("\(path):\(declaration.line): \(declaration.name)")
                }
            }
        }
        #expect(violations == [])
    }

    @Test func testsUseSwiftTesting() throws {
        let old = try repository.files(below: "Tests", extensions: ["swift"]).filter {
            try repository.lines($0).contains { RoomTests.importedModule($0) == "XCTest" }
        }
        #expect(old == [])
    }
}
