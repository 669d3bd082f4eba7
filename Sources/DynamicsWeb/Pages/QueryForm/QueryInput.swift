import DynamicsExport
import DynamicsModel

/// What the query form holds, as it was typed: nothing is checked yet, so that everything can be shown again.
package struct QueryInput: Sendable, Hashable {
    /// The raw value of a `PeriodPreset`, or `custom`.
    var preset = PeriodPreset.last12Months.rawValue
    var from = ""
    var fromTime = ""
    var to = ""
    var toTime = ""
    var timezone = "UTC"
    /// Which filters have a row, also while nothing is chosen in it.
    var filters: Set<QueryFilter> = [.clientTypes]
    var clientTypes: [String] = []
    var tagMode = TagMode.any.rawValue
    /// The ids that are chosen, in the order of choosing.
    var chosen: [SuggestionKind: [String]] = [:]
    /// What was typed to find more of them.
    var searches: [SuggestionKind: String] = [:]
    var groupBy: [String] = [Grouping.month.rawValue]
    var output = OutputType.web.rawValue
    /// The settings of the chart that the report opens with, as an address has them; empty: no chart.
    var chart = ""
    /// Who gets the report by mail.
    var sendTo: [String] = []
    /// What was typed to add some more of them.
    var sendToText = ""
    /// Empty: the ledger's base currency.
    var currency = ""
    var activeMonths = "3"
    /// The id of the template that the form was filled from; empty: none.
    var template = ""

    static let custom = "custom"

    /// More values of one field are refused: pages must not grow without bounds.
    static let mostChosen = 1000

    /// A form that nobody has touched yet.
    init() {}

    var isCustom: Bool { preset == Self.custom }
}

// MARK: - Drafts

extension QueryInput {
    /// The form filled with a query that somebody kept.
    init(
        _ draft: QueryDraft, output: String, chart: String = "", sendTo: [String] = [], template: String = ""
    ) {
        let text = draft.text
        preset = draft.preset?.rawValue ?? Self.custom
        (from, fromTime) = Self.dateAndTime(text.from)
        (to, toTime) = Self.dateAndTime(text.to)
        timezone = text.timezone
        clientTypes = text.clientTypes
        tagMode = text.tagMode
        chosen = [.tags: text.tags, .owners: text.owners, .packages: text.packages].filter { !$1.isEmpty }
        filters = Set([.clientTypes] + chosen.keys.map { QueryFilter($0) })
        groupBy = text.groupBy
        self.output = output
        self.chart = chart
        self.sendTo = sendTo
        currency = text.currency ?? ""
        activeMonths = String(text.activeMonths)
        self.template = template
    }

    /// `2024-03-15T09:30:00` as the controls of a browser hold it: `2024-03-15` and `09:30`.
    private static func dateAndTime(_ limit: String) -> (String, String) {
        let parts = limit.split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return (limit, "") }
        let time = parts[1].utf8.count == 8 && parts[1].hasSuffix(":00") ? parts[1].dropLast(3) : parts[1]
        return (String(parts[0]), String(time))
    }

    /// The query that the form means, and what in it cannot be meant.
    ///
    /// With a problem in a field, the draft has the field's default there.
    func draft() -> (draft: QueryDraft, problems: [FieldProblem]) {
        var problems: [FieldProblem] = []
        var text = QueryText()
        let preset = PeriodPreset(rawValue: preset)
        if preset == nil && !isCustom { problems.append(FieldProblem(.preset, "Choose a period.")) }
        if isCustom {
            text.from = Self.limit(from, fromTime, .from, &problems)
            text.to = Self.limit(to, toTime, .to, &problems)
        }
        text.timezone = Self.trimmed(timezone)
        if text.timezone.isEmpty {
            problems.append(FieldProblem(.timezone, "Choose a timezone, such as Europe/Kyiv or UTC."))
            text.timezone = "UTC"
        }
        text.clientTypes = clientTypes
        text.tagMode = tagMode
        text.tags = values(.tags, &problems)
        text.owners = values(.owners, &problems)
        text.packages = values(.packages, &problems)
        text.groupBy = groupBy
        text.currency = currency.isEmpty ? nil : currency
        if let months = Self.months(activeMonths) {
            text.activeMonths = months
        } else {
            problems.append(FieldProblem(.activeMonths, "Give a whole number of months from 1 to 120."))
        }
        if OutputType(rawValue: output) == nil {
            problems.append(FieldProblem(.output, "Choose a type from the list."))
        } else if output == OutputType.web.rawValue && !sendTo.isEmpty {
            problems.append(
                FieldProblem(.sendTo, "Only files are sent: choose CSV or Excel above, or take the addresses out."))
        }
        return (QueryDraft(preset: preset, text: text), problems)
    }

    private static func limit(
        _ date: String, _ time: String, _ field: QueryField, _ problems: inout [FieldProblem]
    ) -> String {
        let date = trimmed(date)
        let time = trimmed(time)
        guard !date.isEmpty else {
            problems.append(
                FieldProblem(field, field == .from ? "Give the first date." : "Give the last date."))
            return ""
        }
        return time.isEmpty ? date : "\(date)T\(time)"
    }

    private func values(_ kind: SuggestionKind, _ problems: inout [FieldProblem]) -> [String] {
        let values = chosen[kind] ?? []
        let filter = QueryFilter(kind)
        if values.count > Self.mostChosen {
            problems.append(FieldProblem(filter.field, "Choose at most \(Self.mostChosen)."))
        }
        let isLong = values.contains { $0.unicodeScalars.count > 255 }
        if isLong { problems.append(FieldProblem(filter.field, "None of these may be longer than 255 characters.")) }
        return isLong ? [] : Array(values.prefix(Self.mostChosen))
    }

    /// Digits only, unlike what `Int` reads.
    private static func months(_ text: String) -> Int? {
        let text = trimmed(text)
        guard (1...3).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let months = Int(text), (1...120).contains(months)
        else { return nil }
        return months
    }

    static func trimmed(_ text: String) -> String {
        var scalars = text.unicodeScalars[...]
        while scalars.first?.properties.isWhitespace == true { scalars.removeFirst() }
        while scalars.last?.properties.isWhitespace == true { scalars.removeLast() }
        return String(scalars)
    }
}

// MARK: - Fields

extension QueryInput {
    /// What a browser sent. Of a field that is there twice, the first counts; of lists, one value more than there may be is kept.
    package init(_ form: FormFields) {
        func list(_ name: String) -> [String] { Array(form.all(name).prefix(Self.mostChosen + 1)) }
        preset = form["preset"] ?? Self.custom
        from = form["from"] ?? ""
        fromTime = form["from_time"] ?? ""
        to = form["to"] ?? ""
        toTime = form["to_time"] ?? ""
        timezone = form["timezone"] ?? ""
        clientTypes = list("client_types")
        tagMode = form["tag_mode"] ?? TagMode.any.rawValue
        chosen = [:]
        searches = [:]
        for kind in SuggestionKind.allCases {
            var values: [String] = []
            var seen: Set<ExactText> = []
            for value in list(kind.rawValue) where seen.insert(ExactText(value)).inserted { values.append(value) }
            if !values.isEmpty { chosen[kind] = values }
            if let search = form["\(kind.rawValue)_search"], !search.isEmpty { searches[kind] = search }
        }
        filters = Set(form.all("filter").prefix(100).compactMap(QueryFilter.init(rawValue:)))
        filters.formUnion((Array(chosen.keys) + searches.keys).map { QueryFilter($0) })
        if !clientTypes.isEmpty { filters.insert(.clientTypes) }
        groupBy = list("group_by")
        output = form["output"] ?? ""
        chart = ChartSettings.encoded(in: form) ?? ""
        for address in list("send_to") where !sendTo.contains(address) { sendTo.append(address) }
        sendToText = form["send_to_text"] ?? ""
        currency = form["currency"] ?? ""
        activeMonths = form["active_months"] ?? ""
        template = form["template"] ?? ""
    }

    /// What a browser would send; the inverse of `init(_: FormFields)`.
    package var fields: FormFields {
        var fields: [(name: String, value: String)] = [
            ("template", template), ("preset", preset), ("from", from), ("from_time", fromTime), ("to", to),
            ("to_time", toTime), ("timezone", timezone), ("tag_mode", tagMode), ("output", output),
            ("currency", currency), ("active_months", activeMonths),
        ]
        fields += QueryFilter.allCases.filter(filters.contains).map { ("filter", $0.rawValue) }
        fields += clientTypes.map { ("client_types", $0) }
        for kind in SuggestionKind.allCases {
            fields += (chosen[kind] ?? []).map { (kind.rawValue, $0) }
            if let search = searches[kind] { fields.append(("\(kind.rawValue)_search", search)) }
        }
        fields += groupBy.map { ("group_by", $0) }
        fields += sendTo.map { ("send_to", $0) }
        if !sendToText.isEmpty { fields.append(("send_to_text", sendToText)) }
        if !chart.isEmpty { fields.append((ChartSettings.field, chart)) }
        return FormFields(fields)
    }
}
