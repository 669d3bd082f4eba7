public import DynamicsModel

/// How a chart of a report looks: what its worksheet sets, and what an address or a template keeps.
public struct ChartSettings: Sendable, Hashable {
    /// The type of a chart.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case line, area, bar, stacked, pie

        /// As the worksheet names it.
        public var title: String {
            switch self {
            case .line: "Line"
            case .area: "Area"
            case .bar: "Bar"
            case .stacked: "Stacked bar"
            case .pie: "Pie, one period"
            }
        }
    }

    /// What runs along the axis. The other one makes the series, when the report is grouped by it.
    public enum Axis: String, Sendable, Hashable, CaseIterable {
        case period, package

        /// As the worksheet names it.
        public var title: String {
            switch self {
            case .period: "Periods"
            case .package: "Packages"
            }
        }
    }

    /// Where the legend stands.
    public enum Legend: String, Sendable, Hashable, CaseIterable {
        case bottom, right, top, none

        /// As the worksheet names it.
        public var title: String {
            switch self {
            case .bottom: "Below"
            case .right: "Right"
            case .top: "Above"
            case .none: "None"
            }
        }
    }

    /// How it is drawn.
    public var kind = Kind.line
    /// Measures on the left axis, each once, in the order of `Measure`. A measure is on one axis only.
    public var left: [Measure] = []
    /// Measures on the right axis, as `left`.
    public var right: [Measure] = []
    /// What runs along the axis; periods, where the report is not grouped by package.
    public var axis = Axis.period
    /// For a pie: the period that it shows, as `ChartData` names it; empty: the last one.
    public var at = ""
    /// Empty: what is shown makes the title. At most `longestTitle` scalars.
    public var title = ""
    /// Where the legend stands.
    public var legend = Legend.bottom

    /// The most scalars of a title.
    public static let longestTitle = 200

    /// An empty worksheet.
    public init() {}

    /// What *Show Chart* offers ready-made, with the titles of the user guide.
    public static let presets: [(title: String, settings: ChartSettings)] = [
        ("Clients - Active: Qty", of(.activeQty, .line)), ("Balance Refill: Total", of(.refillTotal, .bar)),
        ("Pay as you Go: Total", of(.paygTotal, .bar)), ("Packages: Renew Total", of(.renewTotal, .bar)),
    ]

    private static func of(_ measure: Measure, _ kind: Kind) -> ChartSettings {
        var settings = ChartSettings()
        (settings.kind, settings.left) = (kind, [measure])
        return settings
    }

    // MARK: - In an address

    /// The field that says that there is a chart.
    public static let mark = "chart"

    /// Reads `chart`, `left`, `right` (several times), `axis`, `at`, `chart_title` and `legend`; other fields are not looked at.
    ///
    /// - Returns: nil when there is no field `chart`.
    /// - Throws: `DynamicsError` (`usage`) that names the field with an unknown value.
    public init?(fields: [(name: String, value: String)]) throws {
        func value(_ name: String) -> String? { fields.first { $0.name == name }?.value }
        guard let kind = value(Self.mark) else { return nil }
        self.kind = try Self.choice(kind, Self.mark)
        axis = try value("axis").map { try Self.choice($0, "axis") } ?? .period
        legend = try value("legend").map { try Self.choice($0, "legend") } ?? .bottom
        at = value("at") ?? ""
        title = value("chart_title") ?? ""
        guard title.unicodeScalars.count <= Self.longestTitle, at.unicodeScalars.count <= Self.longestTitle else {
            throw DynamicsError(
                .usage, "too_long", field: "chart_title", "a title has at most \(Self.longestTitle) characters")
        }
        func measures(_ name: String) throws -> [Measure] {
            let chosen = Set(try fields.filter { $0.name == name }.map { try Self.measure($0.value, name) })
            return Measure.allCases.filter(chosen.contains)
        }
        left = try measures("left")
        right = try measures("right").filter { !left.contains($0) }
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ text: String, _ field: String
    ) throws -> Choice {
        if let choice = Choice(rawValue: text) { return choice }
        let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        throw DynamicsError(
            .usage, "bad_chart", field: field, "\"\(text.prefix(40))\" is not a choice; the choices are \(known)")
    }

    private static func measure(_ text: String, _ field: String) throws -> Measure {
        if let measure = Measure.allCases.first(where: { $0.field == text }) { return measure }
        throw DynamicsError(.usage, "bad_chart", field: field, "\"\(text.prefix(40))\" is not a figure of the report")
    }

    /// What `init(fields:)` reads; what is as always is not said.
    public var fields: [(name: String, value: String)] {
        var fields = [(Self.mark, kind.rawValue)]
        fields += left.map { ("left", $0.field) }
        fields += right.map { ("right", $0.field) }
        if axis != .period { fields.append(("axis", axis.rawValue)) }
        if !at.isEmpty { fields.append(("at", at)) }
        if !title.isEmpty { fields.append(("chart_title", title)) }
        if legend != .bottom { fields.append(("legend", legend.rawValue)) }
        return fields
    }
}
