import DynamicsExport
import DynamicsModel
import DynamicsWorkspace

/// The block *Group by*.
struct GroupingsModel {
    struct Row {
        let grouping: String
        let title: String
        let isChosen: Bool
        let isFirst: Bool
        let isLast: Bool
        let upFocus: String
        let downFocus: String
        let addFocus: String
    }

    /// All groupings: first those that are chosen, in their order.
    let rows: [Row]
    /// To be added: by their kind.
    let time: [Row]
    let extras: [Row]
    let isEmpty: Bool
    let field: FieldMark

    init(_ input: QueryInput, _ fields: FieldMarks) {
        let chosen = input.groupBy.compactMap(Grouping.init(rawValue:))
        let others = Grouping.allCases.filter { !chosen.contains($0) }
        func row(_ grouping: Grouping) -> Row {
            Row(
                grouping: grouping.rawValue, title: grouping.title, isChosen: chosen.contains(grouping),
                isFirst: grouping == chosen.first, isLast: grouping == chosen.last,
                upFocus: fields.autofocus("move-up-\(grouping.rawValue)"),
                downFocus: fields.autofocus("move-down-\(grouping.rawValue)"),
                addFocus: fields.autofocus("add-\(grouping.rawValue)"))
        }
        rows = (chosen + others).map(row)
        time = [Grouping.year, .month, .date].map(row)
        extras = [row(.package)]
        isEmpty = chosen.isEmpty
        field = fields.mark(.groupBy, isControl: false)
    }
}

extension Grouping {
    /// As the form and the report's columns name it.
    var title: String {
        switch self {
        case .year: "Year"
        case .month: "Month"
        case .date: "Date"
        case .package: "Package Name"
        }
    }
}

/// The block *Output*.
struct OutputModel {
    let types: [OptionModel]
    let currencies: [OptionModel]
    let activeMonths: String
    /// The chart that the report opens with; empty: none.
    let chart: String
    let chartInWords: String
    let sendTo: SendToModel
    let type: FieldMark
    let currency: FieldMark
    let months: FieldMark

    init(_ input: QueryInput, _ fields: FieldMarks, _ catalog: LedgerCatalog, hasMail: Bool) {
        types = OutputType.allCases.map {
            OptionModel(value: $0.rawValue, title: $0.title, isSelected: $0.rawValue == input.output)
        }
        currencies = Self.currencies(chosen: input.currency, catalog)
        activeMonths = input.activeMonths
        let settings = ChartSettings(encoded: input.chart)
        chart = settings?.encoded ?? ""
        chartInWords = settings?.words ?? ""
        sendTo = SendToModel(
            recipients: input.sendTo, text: input.sendToText, hasMail: hasMail,
            field: fields.mark(.sendTo, hint: "send-to-hint"))
        type = fields.mark(.output)
        currency = fields.mark(.currency)
        months = fields.mark(.activeMonths, hint: "active_months-hint")
    }

    /// The base currency, those with rates, and what was chosen, even if the ledger does not know it.
    private static func currencies(chosen: String, _ catalog: LedgerCatalog) -> [OptionModel] {
        let base = catalog.baseCurrency
        let isBase = chosen.isEmpty || chosen == base.description
        var options = [OptionModel(value: "", title: "\(base) (base)", isSelected: isBase)]
        options += catalog.rates.series.keys.sorted().map {
            OptionModel(value: $0.description, title: $0.description, isSelected: $0.description == chosen)
        }
        if !options.contains(where: \.isSelected) {
            options.append(OptionModel(value: chosen, title: "\(chosen) (no rates)", isSelected: true))
        }
        return options
    }
}

/// The field *Send to*: addresses as chips.
struct SendToModel {
    let recipients: [String]
    /// What was typed and is no chip yet.
    let text: String
    let hasMail: Bool
    let field: FieldMark
}

/// The menu *Load Query*.
struct TemplateMenu {
    struct Group {
        let title: String
        let items: [Item]
    }

    struct Item {
        let href: String
        let name: String
        let description: String
        let words: String
        let isDefault: Bool
        let isLoaded: Bool
    }

    let groups: [Group]
    /// Whether there are so many that one wants to search.
    let isLong: Bool

    /// - Returns: nil when there is nothing to load.
    init?(_ templates: [Template], viewer: Account, loaded: String, names: QueryNames) {
        guard !templates.isEmpty else { return nil }
        let mine = templates.filter { $0.owner == viewer.id }
        let company = templates.filter { $0.owner != viewer.id && $0.visibility == .company }
        let others = templates.filter { $0.owner != viewer.id && $0.visibility != .company }
        groups = [("Mine", mine), ("My company", company), ("Everyone", others)].filter { !$1.isEmpty }
            .map { title, templates in
                Group(title: title, items: templates.map { Item($0, isLoaded: $0.id == loaded, names: names) })
            }
        isLong = templates.count > 7
    }
}

extension TemplateMenu.Item {
    fileprivate init(_ template: Template, isLoaded: Bool, names: QueryNames) {
        self.init(
            href: "/?template=\(FormFields.encode(template.id))", name: template.name,
            description: template.description, words: template.draft.words(names: names), isDefault: template.isDefault,
            isLoaded: isLoaded)
    }
}
