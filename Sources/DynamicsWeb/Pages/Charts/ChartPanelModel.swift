import DynamicsExport
import DynamicsModel

/// The chart above the table, and the worksheet beside it.
struct ChartPanelModel {
    struct Choice {
        let value: String
        let title: String
        let isChosen: Bool
    }

    /// The figures below one title of the report's header.
    struct MeasureGroup {
        let title: String
        let measures: [MeasureChoice]
    }

    struct MeasureChoice {
        let field: String
        /// `Balance Pos [EUR]`.
        let title: String
        /// `Clients - Active: Balance Pos [EUR]`.
        let fullTitle: String
        let isLeft: Bool
        let isRight: Bool
    }

    let id: String
    /// Why there is no picture; empty: there is.
    let missing: String
    /// The address of the library that draws.
    let library: String
    let title: String
    let kinds: [Choice]
    let groups: [MeasureGroup]
    /// Empty: the report is not grouped by package, so that there is nothing to choose.
    let axes: [Choice]
    let periods: [Choice]
    let isPie: Bool
    let ownTitle: String
    let longestTitle = ChartSettings.longestTitle
    let legends: [Choice]
    let notes: [String]
    /// Nothing is chosen to be drawn.
    let isBlank: Bool
    let hasNoRows: Bool
    let table: String
    /// The settings that are no fields of the worksheet, but of the report's view.
    let viewFields: [(name: String, value: String)]
    /// The same view without a chart.
    let tableAddress: String
    /// The period that was asked for, that of the data shown, and why it is another one.
    let intervals: [ReportInfo.Fact]

    init?(_ report: PreparedReport, view: ReportView, info: ReportInfo, visit: Visit) {
        guard let settings = view.chart else { return nil }
        let picture = ChartPicture(report, settings, visit.numberStyle)
        id = view.id
        library = visit.parts.assets.chartLibrary.map { "/assets/\(Assets.version)/\($0)" } ?? ""
        missing = library.isEmpty ? Assets.chartLibraryIsMissing : ""
        title = picture.data.title
        kinds = Self.choices(settings.kind, \.title)
        groups = Self.groups(settings, report.table)
        axes = picture.data.hasPackages ? Self.choices(settings.axis, \.title) : []
        periods = picture.data.periods.map { Choice(value: $0, title: $0, isChosen: $0 == picture.data.period) }
        isPie = settings.kind == .pie
        ownTitle = settings.title
        legends = Self.choices(settings.legend, \.title)
        notes = picture.data.notes
        isBlank = settings.left.isEmpty && settings.right.isEmpty
        hasNoRows = report.rowCount == 0
        table = picture.tableHTML()
        viewFields = view.withChart(nil).fields
        tableAddress = view.withChart(nil).address
        intervals = info.intervals
    }

    private static func choices<Value: CaseIterable & RawRepresentable<String> & Equatable>(
        _ chosen: Value, _ title: KeyPath<Value, String>
    ) -> [Choice] {
        Value.allCases.map { Choice(value: $0.rawValue, title: $0[keyPath: title], isChosen: $0 == chosen) }
    }

    private static func groups(_ settings: ChartSettings, _ table: ReportTable) -> [MeasureGroup] {
        var groups: [(title: String, measures: [MeasureChoice])] = []
        for measure in Measure.allCases {
            if groups.last?.title != measure.group { groups.append((measure.group, [])) }
            groups[groups.count - 1].measures.append(
                MeasureChoice(
                    field: measure.field, title: table.title(of: measure),
                    fullTitle: ChartData.name(of: measure, in: table), isLeft: settings.left.contains(measure),
                    isRight: settings.right.contains(measure)))
        }
        return groups.map { MeasureGroup(title: $0.title, measures: $0.measures) }
    }
}

/// An entry of *Show Chart*.
struct ChartLink {
    let title: String
    let address: String

    /// The presets of the user guide, and the empty worksheet.
    static func all(_ view: ReportView) -> [ChartLink] {
        let presets = ChartSettings.presets + [("Blank Chart", ChartSettings())]
        return presets.map { ChartLink(title: $0.title, address: view.withChart($0.settings).address) }
    }
}
