import DynamicsModel

/// The field *Period*: presets, and dates of one's own.
struct PeriodModel {
    struct Group {
        let title: String
        let options: [Option]
    }

    struct Option {
        let value: String
        let title: String
        let isSelected: Bool
        /// What the preset means today, for the line below and as a start for dates of one's own.
        let from: String
        let to: String
        var isOneDay: Bool
    }

    let groups: [Group]
    /// All presets of all groups.
    let presets: [Option]
    let isCustom: Bool
    let from: String
    let fromTime: String
    let to: String
    let toTime: String
    let preset: FieldMark
    let fromField: FieldMark
    let toField: FieldMark

    private static let order: [(String, [PeriodPreset])] = [
        ("Days", [.today, .yesterday, .last30Days]),
        ("Weeks", [.thisWeek, .lastWeek]),
        ("Months", [.thisMonth, .lastMonth, .last12Months]),
        ("Quarters", [.thisQuarter, .lastQuarter]),
        ("Years", [.thisYear, .lastYear]),
    ]

    init(_ input: QueryInput, _ fields: FieldMarks, zones: TimeZoneDirectory, now: Instant) {
        let zone = (try? zones.rules(named: input.timezone)) ?? (try? zones.rules(named: "UTC"))
        let today = zone?.day(containing: now) ?? CivilDate(utc: now)
        let groups = Self.order.map { title, presets in
            Group(
                title: title,
                options: presets.map { preset in
                    let dates = preset.dates(on: today)
                    return Option(
                        value: preset.rawValue, title: preset.title, isSelected: preset.rawValue == input.preset,
                        from: dates.lowerBound.description, to: dates.upperBound.description,
                        isOneDay: dates.lowerBound == dates.upperBound)
                })
        }
        self.groups = groups
        presets = groups.flatMap(\.options)
        isCustom = input.isCustom
        from = input.from
        fromTime = input.fromTime
        to = input.to
        toTime = input.toTime
        preset = fields.mark(.preset, hint: "period-dates")
        fromField = fields.mark(.from)
        toField = fields.mark(.to)
    }
}

/// The field *Timezone*.
struct TimezoneModel {
    let value: String
    /// Whether a script may put the browser's own there.
    let isGuessed: Bool
    /// HTML.
    let options: String
    let field: FieldMark
}
