import DynamicsImport

/// A file of an import.
struct ImportFile: Sendable {
    /// Its place among all of the import's files, which come in the order of their kinds.
    var index: Int
    var kind: RecordKind
    /// For messages.
    var name: String
}

/// A line of an import.
struct ImportPlace: Sendable {
    var file: ImportFile
    var line: Int

    func problem(_ column: String?, _ message: String) -> ImportProblem {
        ImportProblem(file: file.name, line: line, column: column, message)
    }

    /// Two rows name the same record.
    func duplicate(of first: ImportPlace, column: String? = "id") -> ImportProblem {
        let place = first.file.index == file.index ? "line \(first.line)" : "\(first.file.name):\(first.line)"
        return problem(column, "\(place) names the same record already")
    }
}

/// The first problems of an import by file and line, in whatever order they are found.
struct ProblemList: Sendable {
    private struct Entry {
        var file: Int
        var line: Int
        var problem: ImportProblem
    }

    private var entries: [Entry] = []

    var isEmpty: Bool { entries.isEmpty }
    /// Whether there are as many as are named.
    var isFull: Bool { entries.count == ImportFailure.limit }
    var problems: [ImportProblem] { entries.map(\.problem) }

    /// Whether a file of this kind has a problem.
    func concerns(_ kind: RecordKind, in files: [ImportFile]) -> Bool {
        entries.contains { files[$0.file].kind == kind }
    }

    mutating func add(_ problem: ImportProblem, at place: ImportPlace) { add(problem, file: place.file.index) }

    mutating func add(_ problem: ImportProblem, file: Int) {
        let entry = Entry(file: file, line: problem.line ?? 0, problem: problem)
        let place = entries.firstIndex { ($0.file, $0.line) > (entry.file, entry.line) } ?? entries.count
        entries.insert(entry, at: place)
        if entries.count > ImportFailure.limit { entries.removeLast() }
    }

    mutating func removeAll(where isMeant: (ImportProblem) -> Bool) { entries.removeAll { isMeant($0.problem) } }

    mutating func add(_ other: ProblemList) {
        for entry in other.entries { add(entry.problem, file: entry.file) }
    }
}
