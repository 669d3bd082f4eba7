public import DynamicsModel

/// A report as people read it: titles, group cells and figures, in the report's order. What CSV, the terminal, spreadsheets and the
/// page have in common.
public struct ReportTable: Sendable {
    /// What the group columns hold, in their order; empty: the one column is the period.
    public let groupings: [Grouping]
    /// Titles of the group columns.
    public let groupTitles: [String]
    /// One for each row; as many cells as group titles.
    public let groupCells: [[String]]
    /// One for each row, then the total.
    public let figures: [Measures]
    public let currency: CurrencyCode

    public init(_ result: ReportResult) {
        let query = result.query
        currency = result.currency
        groupings = query.groupBy
        figures = result.rows.map(\.measures) + [result.total]
        if query.groupBy.isEmpty {
            groupTitles = ["Period"]
            groupCells = result.rows.map { _ in ["\(query.from.text)/\(query.to.text)"] }
        } else {
            let titles = PackageTitles(result.rows)
            groupTitles = query.groupBy.map(\.title)
            groupCells = result.rows.map { row in query.groupBy.map { row.key.cell($0, titles) } }
        }
    }

    /// The decimal places of money where people read it: the currency's ISO 4217 minor unit.
    public var digits: Int { currency.minorUnits }

    /// The title of a measure's column below its group: `Balance Pos [EUR]`.
    public func title(of measure: Measure) -> String {
        measure.title + (measure.isMoney ? " [\(currency)]" : "")
    }

    /// A figure as a plain number with a point, empty where there is none.
    public func text(_ value: MeasureValue) -> String {
        switch value {
        case .quantity(let n): String(n)
        case .money(let amount): amount.rounded(toDigits: digits)
        case .empty: ""
        }
    }
}

extension Grouping {
    /// The title of its column.
    public var title: String {
        switch self {
        case .year: "Year"
        case .month: "Month"
        case .date: "Date"
        case .package: "Package Name"
        }
    }
}

/// Names of packages as a report shows them: equal names get their id behind.
private struct PackageTitles {
    private let ambiguous: Set<ExactText>

    init(_ rows: [ReportRow]) {
        var ids: [ExactText: Set<ExactText>] = [:]
        for row in rows {
            if case .package(let id, let name) = row.key.package { ids[name, default: []].insert(id) }
        }
        ambiguous = Set(ids.filter { $0.value.count > 1 }.keys)
    }

    func title(id: ExactText, name: ExactText) -> String {
        ambiguous.contains(name) ? "\(name) [\(id)]" : name.string
    }
}

extension RowKey {
    fileprivate func cell(_ grouping: Grouping, _ titles: PackageTitles) -> String {
        switch grouping {
        case .year: return year ?? ""
        case .month: return month ?? ""
        case .date: return date ?? ""
        case .package:
            guard case .package(let id, let name) = package else { return "No package" }
            return titles.title(id: id, name: name)
        }
    }
}
