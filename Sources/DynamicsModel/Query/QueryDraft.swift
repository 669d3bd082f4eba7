/// A query as people keep it, in templates and forms: its period may be relative.
public struct QueryDraft: Sendable, Hashable {
    /// nil: the period is that of `text`.
    public var preset: PeriodPreset?
    /// With a preset, `from` and `to` are empty.
    public var text: QueryText

    /// - Parameter text: with a preset, its `from` and `to` are emptied.
    public init(preset: PeriodPreset? = nil, text: QueryText) {
        self.preset = preset
        self.text = text
        if preset != nil { (self.text.from, self.text.to) = ("", "") }
    }

    /// The query with the dates that its preset means at `now` in the query's timezone.
    /// - Throws: `DynamicsError` with a field: a timezone that does not exist; a preset beside dates.
    public func resolved(at now: Instant, zones: TimeZoneDirectory) throws -> QueryText {
        guard let preset else { return text }
        for (field, limit) in [("from", text.from), ("to", text.to)] where !limit.isEmpty {
            throw DynamicsError(
                .usage, "preset_and_dates", field: field,
                "the period is \(preset.rawValue) already; give either a preset, or from and to")
        }
        let dates = preset.dates(on: try zones.rules(named: text.timezone).day(containing: now))
        var resolved = text
        resolved.from = dates.lowerBound.description
        resolved.to = dates.upperBound.description
        return resolved
    }
}

/// One object: the fields of the query, with `preset` in the place of `from` and `to`.
extension QueryDraft: Codable {
    private enum CodingKeys: String, CodingKey { case preset }

    /// The names of all fields: those of `QueryText`, and `preset`.
    public static let fieldNames = QueryText.fieldNames.union([CodingKeys.preset.rawValue])

    public init(from decoder: any Decoder) throws {
        preset = try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(PeriodPreset.self, forKey: .preset)
        text = try QueryText(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        try text.encode(to: encoder)
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encodeIfPresent(preset, forKey: .preset)
    }
}
