public import DynamicsModel

/// A report as the JSON of section 7 of `docs/semantics.md`: money with exactly 6 fractional digits, keys always in the same order.
///
/// Written here and not by Foundation, because the same report has to be the same bytes for ever.
public struct ReportJSON: Sendable {
    private var text = ""
    private var depth = 0

    /// What a stored report says of itself, in front of the report.
    public struct Stored: Sendable {
        var id: String
        var generatedAt: String
        var generatedBy: String
        var duration_ms: Int

        /// - Parameters:
        ///   - generatedAt: RFC 3339.
        ///   - generatedBy: the role.
        public init(id: String, generatedAt: String, generatedBy: String, duration_ms: Int) {
            self.id = id
            self.generatedAt = generatedAt
            self.generatedBy = generatedBy
            self.duration_ms = duration_ms
        }
    }

    /// UTF-8, two spaces a level, a line feed at the end.
    public static func bytes(_ result: ReportResult, stored: Stored? = nil) -> [UInt8] {
        var json = ReportJSON()
        json.object { object in
            if let stored {
                object.member("id") { $0.string(stored.id) }
                object.member("generated_at") { $0.string(stored.generatedAt) }
                object.member("generated_by") { $0.string(stored.generatedBy) }
                object.member("duration_ms") { $0.text += String(stored.duration_ms) }
            }
            object.member("query") { $0.query(result) }
            object.member("rows") { $0.array(result.rows) { $0.row($1) } }
            object.member("total") { $0.object { $0.measures(result.total) } }
            object.member("actual_interval") { $0.interval(result.actualInterval) }
            object.member("warnings") { $0.array(result.warnings) { $0.string($1) } }
        }
        return Array((json.text + "\n").utf8)
    }

    private mutating func query(_ result: ReportResult) {
        let query = result.query
        object { object in
            object.member("from") { $0.string(query.from.text) }
            object.member("to") { $0.string(query.to.text) }
            object.member("timezone") { $0.string(query.timezone) }
            object.member("group_by") { $0.array(query.groupBy) { $0.string($1.rawValue) } }
            object.member("client_types") { $0.array(query.clientTypes) { $0.string($1.rawValue) } }
            object.member("tags") { $0.array(query.tags) { $0.string($1.string) } }
            object.member("tag_mode") { $0.string(query.tagMode.rawValue) }
            object.member("owners") { $0.array(query.owners) { $0.string($1.string) } }
            object.member("packages") { $0.array(query.packages) { $0.string($1.string) } }
            object.member("currency") { $0.string(result.currency.description) }
            object.member("active_months") { $0.text += String(query.activeMonths) }
        }
    }

    private mutating func row(_ row: ReportRow) {
        object { object in
            if let year = row.key.year { object.member("year") { $0.string(year) } }
            if let month = row.key.month { object.member("month") { $0.string(month) } }
            if let date = row.key.date { object.member("date") { $0.string(date) } }
            switch row.key.package {
            case .package(let id, let name):
                object.member("package") { $0.string(name.string) }
                object.member("package_id") { $0.string(id.string) }
            case .some(.none):
                object.member("package") { $0.text += "null" }
                object.member("package_id") { $0.text += "null" }
            case nil: break
            }
            object.measures(row.measures)
        }
    }

    private mutating func measures(_ measures: Measures) {
        for measure in Measure.allCases {
            member(measure.field) { json in
                switch measures[measure] {
                case .quantity(let n): json.text += String(n)
                case .money(let amount): json.string(amount.rounded(toDigits: 6))
                case .empty: json.text += "null"
                }
            }
        }
    }

    private mutating func interval(_ interval: ActualInterval?) {
        guard let interval else {
            text += "null"
            return
        }
        object { object in
            object.member("from") { $0.string(interval.from) }
            object.member("to") { $0.string(interval.to) }
        }
    }
}

// The little of JSON's grammar that a report needs: RFC 8259.
extension ReportJSON {
    private mutating func object(_ members: (inout Self) -> Void) { brackets("{", "}", members) }

    private mutating func array<Element>(_ elements: [Element], _ element: (inout Self, Element) -> Void) {
        brackets("[", "]") { json in
            for each in elements {
                json.separate()
                element(&json, each)
            }
        }
    }

    private mutating func member(_ name: String, _ value: (inout Self) -> Void) {
        separate()
        text += "\"\(name)\": "
        value(&self)
    }

    private mutating func brackets(_ open: String, _ close: String, _ content: (inout Self) -> Void) {
        text += open
        depth += 1
        content(&self)
        depth -= 1
        if text.utf8.last != open.utf8.first { newLine() }
        text += close
    }

    /// Before a member or element: a comma unless it is the first, and a new line.
    private mutating func separate() {
        if let last = text.utf8.last, last != UInt8(ascii: "{"), last != UInt8(ascii: "[") { text += "," }
        newLine()
    }

    private mutating func newLine() { text += "\n" + String(repeating: "  ", count: depth) }

    private mutating func string(_ value: String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let hex = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
