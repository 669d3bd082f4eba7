public import DynamicsModel

/// What a chart draws: the displayed report's own figures, arranged along an axis. Nothing is added up, since clients and balances
/// don't add up over rows.
public struct ChartData: Sendable, Hashable {
    /// One line, one colour of bars, or the slices of a pie.
    public struct Series: Sendable, Hashable {
        /// `Balance Refill: Total [EUR]`, the package, or both.
        public let name: String
        /// What its figures are.
        public let measure: Measure
        /// Whether the right axis is its own.
        public let isRight: Bool
        /// One for each label; for a pie one for each slice, of one measure.
        public let values: [MeasureValue]
    }

    /// The settings' own, else what is drawn.
    public let title: String
    /// Periods, ascending; or packages in the report's order; for a pie, its slices.
    public let labels: [String]
    /// At most `mostSeries`; of a pie one.
    public let series: [Series]
    /// What is not shown, and why, in sentences.
    public let notes: [String]
    /// The report's periods, ascending: what a pie can be of.
    public let periods: [String]
    /// The one that a pie is of: the one that was asked for, else the last one with something to show.
    public let period: String
    /// Whether the report is grouped by package, so that periods and packages can change places.
    public let hasPackages: Bool

    /// The most series that can be told apart.
    public static let mostSeries = 12
    /// The most slices that can be told apart.
    public static let mostSlices = 20

    public init(_ result: ReportResult, _ settings: ChartSettings) {
        let grid = ChartGrid(result)
        periods = grid.periods
        hasPackages = grid.hasPackages
        period = grid.period(for: settings)
        var notes: [String] = []
        if settings.kind == .pie {
            (labels, series) = Self.pie(grid, settings, period, &notes)
        } else {
            (labels, series) = Self.lines(grid, settings, &notes)
        }
        self.notes = notes
        title = settings.title.isEmpty ? Self.title(grid, settings, period) : settings.title
    }

    /// The group's name, and the column's: `Clients - Active: Qty`.
    public static func name(of measure: Measure, in table: ReportTable) -> String {
        "\(measure.group): \(table.title(of: measure))"
    }

    private static func title(_ grid: ChartGrid, _ settings: ChartSettings, _ period: String) -> String {
        let measures = settings.left + settings.right
        let names = measures.prefix(3).map { name(of: $0, in: grid.table) }.joined(separator: ", ")
        if measures.isEmpty { return "" }
        if settings.kind == .pie { return "\(names), \(period)" }
        return measures.count > 3 ? "\(names), …" : names
    }

    // MARK: - Along an axis

    private static func lines(
        _ grid: ChartGrid, _ settings: ChartSettings, _ notes: inout [String]
    ) -> ([String], [Series]) {
        let isByPackage = settings.axis == .package && grid.hasPackages
        let labels = isByPackage ? grid.packages : grid.periods
        // Without packages, there is one nameless series for each measure.
        let others = isByPackage ? grid.periods : grid.packages
        let measures = settings.left.map { ($0, false) } + settings.right.map { ($0, true) }
        var series: [Series] = []
        for (measure, isRight) in measures {
            for other in others.indices {
                let values = labels.indices.map {
                    isByPackage ? grid.value(other, $0, measure) : grid.value($0, other, measure)
                }
                let title = name(of: measure, in: grid.table)
                let name =
                    others[other].isEmpty ? title : measures.count == 1 ? others[other] : "\(others[other]): \(title)"
                series.append(Series(name: name, measure: measure, isRight: isRight, values: values))
            }
        }
        return (labels, largest(series, isByPackage ? "periods" : "packages", &notes))
    }

    /// As many series as can be told apart, those that reach furthest from zero, in their order.
    private static func largest(_ series: [Series], _ what: String, _ notes: inout [String]) -> [Series] {
        guard series.count > mostSeries else { return series }
        let reach = series.map { $0.values.map { abs($0.nearest ?? 0) }.max() ?? 0 }
        let chosen = Set(series.indices.sorted { (reach[$1], $0) < (reach[$0], $1) }.prefix(mostSeries))
        notes.append(
            "\(mostSeries) of \(series.count) series are shown, those with the largest figures; filter \(what) or choose fewer figures to see the others."
        )
        return series.indices.filter(chosen.contains).map { series[$0] }
    }

    // MARK: - A pie

    private static func pie(
        _ grid: ChartGrid, _ settings: ChartSettings, _ period: String, _ notes: inout [String]
    ) -> ([String], [Series]) {
        let measures = settings.left + settings.right
        guard let first = measures.first, let period = grid.periods.firstIndex(of: period)
        else {
            return ([], [])
        }
        var slices: [(label: String, value: MeasureValue)]
        if grid.hasPackages {
            slices = grid.packages.indices.map { (grid.packages[$0], grid.value(period, $0, first)) }
            if measures.count > 1 {
                notes.append("A pie of packages shows one figure: \(name(of: first, in: grid.table)).")
            }
        } else {
            // Money and numbers of things have nothing in common that could be a share.
            let alike = measures.filter { $0.isMoney == first.isMoney }
            slices = alike.map { (name(of: $0, in: grid.table), grid.value(period, 0, $0)) }
            if alike.count < measures.count { notes.append("A pie shows either money or quantities.") }
        }
        let positive = slices.filter { ($0.value.nearest ?? 0) > 0 }
        if positive.count < slices.count {
            notes.append(
                "Figures that are zero, negative or empty have no slice: \(slices.count - positive.count) of \(slices.count)."
            )
        }
        slices = positive
        if slices.count > mostSlices {
            notes.append("The \(mostSlices) largest of \(slices.count) slices are shown.")
            slices = Array(slices.sorted { $0.value.nearest ?? 0 > $1.value.nearest ?? 0 }.prefix(mostSlices))
        }
        let series = Series(
            name: name(of: first, in: grid.table), measure: first, isRight: false, values: slices.map(\.value))
        return (slices.map(\.label), [series])
    }
}

extension MeasureValue {
    /// The nearest number that a chart can draw; nil: there is none.
    public var nearest: Double? {
        switch self {
        case .quantity(let number): Double(number)
        case .money(let amount): Double(amount.rounded(toDigits: 6))
        case .empty: nil
        }
    }
}

/// A report's rows by period and package.
private struct ChartGrid {
    let table: ReportTable
    /// By the finest grouping in time, ascending; else one, the whole period.
    let periods: [String]
    /// In the report's order; one nameless when the report is not grouped by package.
    let packages: [String]
    let hasPackages: Bool
    private var rows: [Int: Int] = [:]

    init(_ result: ReportResult) {
        let table = ReportTable(result)
        self.table = table
        func column(_ grouping: Grouping) -> Int? { table.groupings.firstIndex(of: grouping) }
        let time = column(.date) ?? column(.month) ?? column(.year)
        let package = column(.package)
        hasPackages = package != nil
        let whole = table.groupings.isEmpty ? table.groupCells.first?.first ?? "" : "Whole period"
        let rowPeriods = table.groupCells.map { cells in time.map { cells[$0] } ?? whole }
        // Years, months and dates of one report have the same form, in which the order of text is that of time.
        periods = Set(rowPeriods).sorted()
        let periodPlaces = Dictionary(uniqueKeysWithValues: periods.enumerated().map { ($1, $0) })
        // Not by title: a package may be called what the row without a package is.
        var packagePlaces: [RowKey.PackageColumn?: Int] = [:]
        var packages: [String] = []
        for (row, cells) in zip(result.rows, table.groupCells) where packagePlaces[row.key.package] == nil {
            packagePlaces[row.key.package] = packages.count
            packages.append(package.map { cells[$0] } ?? "")
        }
        self.packages = packages
        for (number, (row, period)) in zip(result.rows, rowPeriods).enumerated() {
            guard let period = periodPlaces[period], let package = packagePlaces[row.key.package] else { continue }
            rows[period * packages.count + package] = number
        }
    }

    /// The period that a pie with these settings is of; empty: the report has no rows.
    func period(for settings: ChartSettings) -> String {
        if periods.contains(settings.at) { return settings.at }
        let measures = (settings.left + settings.right).prefix(hasPackages ? 1 : .max)
        let last = periods.indices.last { period in
            packages.indices.contains { package in
                measures.contains { (value(period, package, $0).nearest ?? 0) > 0 }
            }
        }
        return last.map { periods[$0] } ?? periods.last ?? ""
    }

    /// Rows of packages in which every figure is zero or empty are not in the report.
    func value(_ period: Int, _ package: Int, _ measure: Measure) -> MeasureValue {
        if let row = rows[period * packages.count + package] { return table.figures[row][measure] }
        return switch measure {
        case .refillAvg, .paygActiveAvg: .empty
        default: measure.isMoney ? .money(ExactAmount(units: 0)) : .quantity(0)
        }
    }
}
