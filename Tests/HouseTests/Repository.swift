import Foundation

/// The working copy that these tests were built from.
struct Repository {
    let root: URL

    init() {
        root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
    }

    /// Folders that builds and runs make; nothing in them is the repository's own.
    private static let derived: Set<String> = [".git", ".venv", ".swiftpm", "data", "bench-data", "__pycache__"]

    /// Files below `folder`, as paths relative to the root, sorted; only those with one of `extensions`, if any are given.
    func files(below folder: String = "", extensions: Set<String> = []) throws -> [String] {
        let names = try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)
        var found: [String] = []
        for name in names.sorted() where !Self.derived.contains(name) && !name.hasPrefix(".build") {
            let path = folder.isEmpty ? name : "\(folder)/\(name)"
            if isFolder(path) {
                found += try files(below: path, extensions: extensions)
            } else if extensions.isEmpty || extensions.contains((name as NSString).pathExtension) {
                found.append(path)
            }
        }
        return found
    }

    /// Names of the folders directly in `folder`.
    func folders(in folder: String) throws -> Set<String> {
        let names = try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)
        return Set(names.filter { isFolder("\(folder)/\($0)") })
    }

    func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: root.appending(path: path).path) }

    func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: root.appending(path: path).path, isDirectory: &isFolder)
        return exists && isFolder.boolValue
    }

    func isExecutable(_ path: String) -> Bool {
        FileManager.default.isExecutableFile(atPath: root.appending(path: path).path)
    }

    /// nil when the file is not UTF-8 text.
    func text(_ path: String) throws -> String? {
        String(data: try Data(contentsOf: root.appending(path: path)), encoding: .utf8)
    }

    func lines(_ path: String) throws -> [String] {
        try (text(path) ?? "").split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
}
