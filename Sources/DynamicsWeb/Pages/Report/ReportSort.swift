import DynamicsExport
import DynamicsModel

/// By what the rows of a displayed report are ordered; nil where one is used: the report's own order.
struct ReportSort: Sendable, Hashable {
    enum Column: Sendable, Hashable {
        case grouping(Grouping)
        case measure(Measure)
    }

    var column: Column
    var isDescending: Bool

    /// The name of the column in addresses: that of the measure or grouping in machine formats.
    var name: String {
        switch column {
        case .grouping(let grouping): grouping.rawValue
        case .measure(let measure): measure.field
        }
    }

    var direction: String { isDescending ? "desc" : "asc" }

    /// As people read it: `Balance Refill: Total, descending`.
    var words: String {
        let title =
            switch column {
            case .grouping(let grouping): grouping.title
            case .measure(let measure): "\(measure.group): \(measure.title)"
            }
        return "\(title), \(isDescending ? "descending" : "ascending")"
    }

    /// Reads `sort` and `dir` of an address; nil when there is no `sort`.
    /// - Throws: `WebError.badRequest` for a column that the report does not have, or another direction than `asc` and `desc`.
    static func read(_ query: FormFields, groupBy: [Grouping]) throws -> ReportSort? {
        guard let name = query["sort"] else { return nil }
        let column: Column? =
            if let grouping = groupBy.first(where: { $0.rawValue == name }) {
                .grouping(grouping)
            } else {
                Measure.allCases.first { $0.field == name }.map(Column.measure)
            }
        guard let column else { throw WebError.badRequest("sort: this report has no column of that name.") }
        switch query["dir"] ?? "asc" {
        case "asc": return ReportSort(column: column, isDescending: false)
        case "desc": return ReportSort(column: column, isDescending: true)
        default: throw WebError.badRequest("dir: must be asc or desc.")
        }
    }
}

extension ReportSort {
    /// The numbers of the rows in this order: by exact values, what is empty last in either direction, equals in the report's order.
    func order(_ rows: [ReportRow]) -> [Int32] {
        let indices = Array(Int32(0)..<Int32(rows.count))
        switch column {
        case .measure(let measure):
            let values = rows.map { SortValue($0.measures[measure]) }
            return sorted(indices) { values[Int($0)] }
        case .grouping(let grouping):
            let values = rows.map { SortValue($0.key, grouping) }
            return sorted(indices) { values[Int($0)] }
        }
    }

    private func sorted(_ indices: [Int32], by value: (Int32) -> SortValue) -> [Int32] {
        indices.sorted { a, b in
            let (left, right) = (value(a), value(b))
            if left.isEmpty || right.isEmpty { return left.isEmpty == right.isEmpty ? a < b : right.isEmpty }
            if left.isLess(than: right) { return !isDescending }
            if right.isLess(than: left) { return isDescending }
            return a < b
        }
    }
}

/// What a cell is sorted by.
private enum SortValue {
    case empty
    case quantity(Int64)
    case money(ExactAmount)
    case text(ExactText, ExactText)

    init(_ value: MeasureValue) {
        switch value {
        case .quantity(let number): self = .quantity(number)
        case .money(let amount): self = .money(amount)
        case .empty: self = .empty
        }
    }

    init(_ key: RowKey, _ grouping: Grouping) {
        switch (grouping, key.package) {
        case (.package, .package(let id, let name)): self = .text(name, id)
        // *No package* is last, as in the report's own order.
        case (.package, _): self = .empty
        case (.year, _): self = .text(ExactText(key.year ?? ""), "")
        case (.month, _): self = .text(ExactText(key.month ?? ""), "")
        case (.date, _): self = .text(ExactText(key.date ?? ""), "")
        }
    }

    var isEmpty: Bool { if case .empty = self { true } else { false } }

    /// Values of one column are of one kind.
    func isLess(than other: SortValue) -> Bool {
        switch (self, other) {
        case (.quantity(let a), .quantity(let b)): a < b
        case (.money(let a), .money(let b)): a.isLess(than: b)
        case (.text(let a, let idA), .text(let b, let idB)): a == b ? idA < idB : a < b
        default: false
        }
    }
}
