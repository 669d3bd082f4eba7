/// Which column of a CSV file holds which field: its header.
struct ColumnLayout: Sendable, Hashable {
    let columns: [Field]
    /// A field that a record needs but the file has no column for: such a file can only remove.
    let missing: Field?

    /// - Parameter record: the header line, without its line end.
    /// - Throws: `ImportFailure` with each column that is unknown, there twice or missing.
    init(header record: Cell, kind: RecordKind, file: String, line: Int) throws(ImportFailure) {
        let names: [Cell]
        let scratch = Scratch(capacity: record.count)
        do throws(Fault) {
            names = try Self.cells(of: record, scratch)
        } catch {
            throw ImportFailure(problems: [ImportProblem(file: file, line: line, error.message)])
        }
        let shape = RecordShape.of(kind)
        var columns: [Field] = []
        var complaints: [String] = []
        for name in names {
            guard let field = shape.all.first(where: { name.elementsEqual($0.name.utf8) }) else {
                let hint =
                    name.contains { $0 == UInt8(ascii: ";") || $0 == 0x09 } ? "cells are separated by commas, and " : ""
                complaints.append(
                    "unknown column \(quoted(name)); \(hint)a file of \(kind) has the columns \(shape.names)")
                continue
            }
            if columns.contains(field) { complaints.append("the column \(quoted(name)) is there twice") }
            columns.append(field)
        }
        let canRemove = columns.contains(.deleted)
        let needed = canRemove ? shape.key : shape.key + shape.required
        if complaints.isEmpty {
            complaints = needed.filter { !columns.contains($0) }.map { "there is no column \"\($0.name)\"" }
        }
        guard complaints.isEmpty else {
            let problems = complaints.prefix(ImportFailure.limit).map { ImportProblem(file: file, line: line, $0) }
            throw ImportFailure(problems: problems)
        }
        self.columns = columns
        missing = shape.required.first { !columns.contains($0) }
        withExtendedLifetime(scratch) {}
    }

    private static func cells(of record: Cell, _ scratch: Scratch) throws(Fault) -> [Cell] {
        var cells: [Cell] = []
        _ = try CSVSyntax.split(record, scratch: scratch) { cells.append($1) }
        if !record.isUTF8 { throw Fault("the header is not UTF-8; save the file in that encoding") }
        return cells
    }
}
