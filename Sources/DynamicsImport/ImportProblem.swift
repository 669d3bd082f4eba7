/// One thing that is wrong with an import, and where.
public struct ImportProblem: Sendable, Hashable, CustomStringConvertible {
    /// The file's name as the user knows it: `transactions.csv`.
    public var file: String
    /// The physical line on which the record starts, from 1; nil when the file as a whole is meant.
    public var line: Int?
    /// The column's name; nil when the record as a whole is meant.
    public var column: String?
    /// What is wrong, and where it helps how to mend it, without a full stop.
    public var message: String

    public init(file: String, line: Int? = nil, column: String? = nil, _ message: String) {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
    }

    /// `transactions.csv:17: amount: "12,5" is not a decimal number`
    public var description: String {
        var text = file
        if let line { text += ":\(line)" }
        if let column { text += ": \(column)" }
        return text + ": " + message
    }
}

/// An import that was refused: nothing of it is in the ledger.
public struct ImportFailure: Error, Sendable, CustomStringConvertible {
    /// The first bad rows, at most `ImportFailure.limit`, in the order of files and lines.
    public var problems: [ImportProblem]

    public init(problems: [ImportProblem]) { self.problems = problems }

    /// How many bad rows are named at most.
    public static let limit = 20

    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
