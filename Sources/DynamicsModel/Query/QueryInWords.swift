/// One thing that a query says, for pages, sheets and mail.
public struct QueryFact: Sendable, Hashable {
    /// `Period`, `Timezone`, `Client types`, `Tags`, `Owners`, `Packages`, `Grouped by`, `Currency` or `Active duration`.
    public var label: String
    public var value: String

    public init(_ label: String, _ value: String) {
        self.label = label
        self.value = value
    }
}

/// Names of owners and packages by id; where one is missing, the id is shown.
public struct QueryNames: Sendable, Hashable {
    public var owners: [ExactText: ExactText]
    public var packages: [ExactText: ExactText]

    public init(owners: [ExactText: ExactText] = [:], packages: [ExactText: ExactText] = [:]) {
        self.owners = owners
        self.packages = packages
    }
}

extension ReportQuery {
    /// The query in one line of English: `2024-01-01 to 2024-12-31, Europe/Kyiv; tags any of VIP; by month; EUR; active within
    /// 3 months`. Owners and packages are shown by their ids.
    public var words: String { words() }

    /// As `words`.
    /// - Parameter preset: what the dates were made from; is named in front of them.
    public func words(preset: PeriodPreset? = nil, names: QueryNames = .init()) -> String {
        QueryInWords(text: QueryText(self), preset: preset, names: names).line
    }

    /// What the query says, thing by thing, in the order of the form; also what it leaves open.
    public func facts(preset: PeriodPreset? = nil, names: QueryNames = .init()) -> [QueryFact] {
        QueryInWords(text: QueryText(self), preset: preset, names: names).facts
    }
}

extension QueryDraft {
    /// The draft in one line of English: `Last 12 months, Europe/Kyiv; by month; base currency; active within 3 months`.
    public var words: String { words() }

    /// As `words`.
    public func words(names: QueryNames = .init()) -> String {
        QueryInWords(text: text, preset: preset, names: names).line
    }

    /// What the draft says, thing by thing, in the order of the form; also what it leaves open.
    public func facts(names: QueryNames = .init()) -> [QueryFact] {
        QueryInWords(text: text, preset: preset, names: names).facts
    }
}

/// Puts a query into words. Texts that the ledger or a visitor made up are quoted where they could be taken for something else.
private struct QueryInWords {
    let text: QueryText
    let preset: PeriodPreset?
    let names: QueryNames

    var line: String {
        var parts = ["\(period), \(shown(text.timezone))"]
        if !text.clientTypes.isEmpty { parts.append("type \(types)") }
        if !text.tags.isEmpty { parts.append("tags \(tags)") }
        if !text.owners.isEmpty { parts.append((text.owners.count == 1 ? "owner " : "owners ") + owners) }
        if !text.packages.isEmpty { parts.append((text.packages.count == 1 ? "package " : "packages ") + packages) }
        if !text.groupBy.isEmpty { parts.append("by \(groupings)") }
        parts.append(text.currency.map(shown) ?? "base currency")
        parts.append("active within \(duration)")
        return parts.joined(separator: "; ")
    }

    var facts: [QueryFact] {
        [
            QueryFact("Period", period),
            QueryFact("Timezone", shown(text.timezone)),
            QueryFact("Client types", text.clientTypes.isEmpty ? "all" : types),
            QueryFact("Tags", text.tags.isEmpty ? "all" : tags),
            QueryFact("Owners", text.owners.isEmpty ? "all" : owners),
            QueryFact("Packages", text.packages.isEmpty ? "all" : packages),
            QueryFact("Grouped by", text.groupBy.isEmpty ? "nothing" : groupings),
            QueryFact("Currency", text.currency.map(shown) ?? "base currency"),
            QueryFact("Active duration", duration),
        ]
    }

    private var period: String {
        let dates: String? =
            if text.from.isEmpty && text.to.isEmpty {
                nil
            } else if text.from == text.to {
                shown(text.from)
            } else {
                "\(shown(text.from)) to \(shown(text.to))"
            }
        guard let preset else { return dates ?? "no period" }
        return preset.title + (dates.map { " (\($0))" } ?? "")
    }

    private var types: String {
        list(text.clientTypes.map { type in ClientType(rawValue: type)?.title ?? shown(type) })
    }

    private var tags: String {
        let shown = text.tags.map(shown)
        return (shown.count == 1 ? "" : text.tagMode == TagMode.all.rawValue ? "all of " : "any of ") + list(shown)
    }

    private var owners: String {
        list(
            text.owners.map { id in
                id.isEmpty ? Suggestion.ownOfOperator.name.string : named(id, names.owners[ExactText(id)])
            })
    }

    private var packages: String { list(text.packages.map { named($0, names.packages[ExactText($0)]) }) }

    private var groupings: String { list(text.groupBy.map(shown)) }

    private var duration: String { text.activeMonths == 1 ? "1 month" : "\(text.activeMonths) months" }

    private func list(_ items: [String]) -> String { items.joined(separator: ", ") }

    /// The name, with the id behind it when they differ, since names need not be unique.
    private func named(_ id: String, _ name: ExactText?) -> String {
        guard let name, name != ExactText(id) else { return shown(id) }
        return "\(shown(name.string)) (\(shown(id)))"
    }

    /// The text itself when it is plain; else in quotes, with what cannot be seen as `\u{...}`.
    private func shown(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let isPlain =
            !scalars.isEmpty && scalars.first != " " && scalars.last != " "
            && !scalars.contains { Self.isInvisible($0) || Self.marks.contains($0) }
        if isPlain { return text }
        var quoted = "\""
        for scalar in scalars {
            if Self.isInvisible(scalar) {
                quoted += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                if scalar == "\"" || scalar == "\\" { quoted += "\\" }
                quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    /// What lists and sentences are made of.
    private static let marks: Set<Unicode.Scalar> = [",", ";", "\"", "\\", "(", ")"]

    /// Controls, line ends, and marks that turn or hide text; not the joiners, which words and emoji need.
    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: true
        case .format: scalar != "\u{200C}" && scalar != "\u{200D}"
        default: false
        }
    }
}
