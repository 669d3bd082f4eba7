import Foundation
import Testing

/// The documentation: that it is there, and that it leads somewhere.
@Suite struct DocumentationTests {
    let repository = Repository()

    @Test func readsDeclarations() {
        let lines = [
            "/// A thing.", "public struct Thing: Sendable {", "    public func bare() {}",
            "    /// Documented.", "    @discardableResult", "    package static func two<T>(_ t: T) {}",
            "    func own() {}", "    // public func gone()", "}",
        ]
        #expect(
            Declaration.all(in: lines) == [
                Declaration(line: 2, keyword: "struct", name: "Thing", isDocumented: true),
                Declaration(line: 3, keyword: "func", name: "bare", isDocumented: false),
                Declaration(line: 6, keyword: "func", name: "two", isDocumented: true),
            ])
    }

    /// What protocols of the standard library and of ArgumentParser ask for; their documentation says it all.
    static let inherited: Set<String> = ["hash", "encode", "run", "validate", "makeIterator", "next"]

    @Test func whatOtherTargetsSeeIsDocumented() throws {
        var violations: [String] = []
        let sources = try repository.files(below: "Sources", extensions: ["swift"])
        let requirements = try requirements(of: sources)
        for path in sources {
            let declarations = try Declaration.all(in: repository.lines(path))
            // Overloads in one file share the comment of one of them.
            let told = Set(declarations.filter { $0.isDocumented && !$0.isType }.map(\.name))
            for declaration in declarations where !declaration.isDocumented {
                let name = declaration.name
                let isOperator = !declaration.isType && !name.contains(where: \.isLetter)
                let isPromised =
                    Self.inherited.contains(name) || requirements.contains(name) || told.contains(name) || isOperator
                if declaration.isType || !isPromised {
                    violations.append("\(path):\(declaration.line): \(declaration.keyword) \(name)")
                }
            }
        }
        #expect(violations == [], "public and package types and functions have a documentation comment")
    }

    /// Functions that protocols of ours require: documented there, not again in each type that has them.
    private func requirements(of sources: [String]) throws -> Set<String> {
        var names: Set<String> = []
        for path in sources {
            var isInside = false
            for line in try repository.lines(path) {
                if line.contains("protocol ") && line.hasSuffix("{") { isInside = true }
                if line == "}" { isInside = false }
                let words = line.split(whereSeparator: \.isWhitespace)
                if isInside, let at = words.firstIndex(of: "func"), at + 1 < words.count {
                    names.insert(String(words[at + 1].prefix { $0 != "(" && $0 != "<" }))
                }
            }
        }
        return names
    }

    /// Targets of the Markdown links in a page, without those to other sites.
    static func links(in text: String) -> [String] {
        text.components(separatedBy: "](").dropFirst().compactMap { piece in
            guard let end = piece.firstIndex(of: ")") else { return nil }
            let target = String(piece[..<end])
            return target.hasPrefix("http://") || target.hasPrefix("https://") ? nil : target
        }
    }

    /// A heading's anchor as forges make it.
    static func anchor(_ heading: String) -> String {
        String(
            heading.lowercased().compactMap {
                $0 == " " ? "-" : $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" ? $0 : nil
            })
    }

    @Test func linksResolve() throws {
        #expect(Self.links(in: "[a](b.md#c) and [d](https://e.org) and ![f](g.png)") == ["b.md#c", "g.png"])
        var violations: [String] = []
        let pages = try repository.files(extensions: ["md"])
        #expect(pages.contains("README.md"))
        for page in pages {
            let folder = (page as NSString).deletingLastPathComponent
            for link in Self.links(in: try repository.text(page) ?? "") {
                let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                let joined = (folder as NSString).appendingPathComponent(parts[0])
                let target = parts[0].isEmpty ? page : (joined as NSString).standardizingPath
                guard repository.exists(target) else {
                    violations.append("\(page): \(link)")
                    continue
                }
                if parts.count == 2, try !hasHeading(target, anchor: parts[1]) { violations.append("\(page): \(link)") }
            }
        }
        #expect(violations == [])
    }

    private func hasHeading(_ page: String, anchor: String) throws -> Bool {
        try repository.lines(page).contains { line in
            line.hasPrefix("#") && Self.anchor(String(line.drop { $0 == "#" }.drop { $0 == " " })) == anchor
        }
    }

    /// Every page under docs/ can be found from its index.
    @Test func indexNamesEveryPage() throws {
        let linked = Set(Self.links(in: try #require(try repository.text("docs/README.md"))))
        let pages = try repository.files(below: "docs", extensions: ["md"]).map { String($0.dropFirst(5)) }
        #expect(pages.filter { $0 != "README.md" && !linked.contains($0) } == [])
    }

    /// Comments send readers to pages: `docs/semantics.md`.
    @Test func pagesThatSourcesNameExist() throws {
        var violations: [String] = []
        for path in try repository.files(extensions: ["swift", "py", "sql"]) {
            for name in RoomTests.quoted(try repository.text(path) ?? "") where name.hasPrefix("docs/") {
                if name.hasSuffix(".md"), !repository.exists(name) { violations.append("\(path): \(name)") }
            }
        }
        #expect(violations == [])
    }

    @Test func makeTargetsThatPagesNameExist() throws {
        let targets = Set(
            try repository.lines("Makefile").compactMap { line in
                line.firstIndex(of: ":").map { String(line[..<$0]) }
            })
        var violations: [String] = []
        for page in try repository.files(extensions: ["md"]) {
            let named = try repository.lines(page).flatMap { RoomTests.quoted($0) + [$0] }
            for command in named where command.hasPrefix("make ") {
                let name = String(command.dropFirst(5).prefix { $0.isLowercase || $0 == "-" })
                if !targets.contains(name) { violations.append("\(page): make \(name)") }
            }
        }
        #expect(violations == [])
    }

    @Test func whatAStrangerLooksForIsThere() throws {
        #expect(try repository.text("LICENSE")?.contains("Apache License") == true)
        #expect(try repository.text("CHANGELOG.md")?.contains("\n## [Unreleased]\n") == true)
        #expect(try repository.text("README.md")?.contains("make test") == true)
        #expect(try repository.text(".ci/run")?.contains("make test") == true)
        #expect(repository.isExecutable(".ci/run") && repository.isExecutable("scripts/install"))
    }
}
