import DynamicsModel
import DynamicsTestSupport

/// Stored reports made up from a seed: whatever a ledger could bring about, and names that are meant to break a page.
struct RandomResult {
    private var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    static let hostileNames = [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "a & b &amp; c &lt;", "'; DROP TABLE--",
        "{{csrf}} {{{report}}}", "=1+1", "عربي (RTL) 123", "\u{202E}txet desrever", "👩‍👩‍👧‍👦 Émile", "e\u{301}",
        "tab\tand more", "</td></tr></table>", "<!-- no end", "&#0;&#x26;", "line\u{2028}separator",
        String(repeating: "long ", count: 51), " blanks around ", "]]>", "--", "None", "Total", "No package",
    ]

    static let currencies = ["EUR", "JPY", "KWD", "CLF", "USD"]

    /// - Parameter rowCount: how many rows; nil: some.
    mutating func result(groupBy: [Grouping]? = nil, rowCount: Int? = nil) throws -> ReportResult {
        let groupBy = groupBy ?? random.some(random.shuffled(Grouping.allCases), percent: 45)
        let count = groupBy.isEmpty ? 1 : rowCount ?? random.between(0...60)
        let query = ReportQuery(
            from: try PeriodLimit(parsing: "2024-01-01", field: "from"),
            to: try PeriodLimit(parsing: "2024-12-31", field: "to"), timezone: "Europe/Kyiv", groupBy: groupBy,
            currency: CurrencyCode.named(random.pick(Self.currencies)))
        return ReportResult(
            query: query, currency: query.currency ?? .eur, rows: (0..<count).map { row($0, groupBy) },
            total: measures(),
            actualInterval: ActualInterval(from: "2024-01-01T00:00:00+02:00", to: "2024-11-23T10:15:00+02:00"),
            warnings: random.chance(30) ? ["<b>USD</b> has no exchange rate before 2024-02-01"] : [],
            zoneVersion: "2025b", revision: 7,
            ratesUsed: random.chance(50)
                ? [
                    ExchangeRate(
                        currency: .usd, effectiveOn: CivilDate(dayNumber: 19_723), rate: 923_400_000_000)
                ] : [])
    }

    private mutating func row(_ index: Int, _ groupBy: [Grouping]) -> ReportRow {
        var key = RowKey()
        let date = CivilDate(dayNumber: 19_723 + Int32(groupBy.contains(.package) ? index / 4 : index))
        for grouping in groupBy {
            switch grouping {
            case .year: key.year = String(date.year)
            case .month: key.month = String(date.description.prefix(7))
            case .date: key.date = date.description
            case .package:
                key.package =
                    index % 4 == 3
                    ? RowKey.PackageColumn.none
                    : .package(id: ExactText("p\(index)"), name: ExactText(random.pick(Self.hostileNames)))
            }
        }
        return ReportRow(key: key, measures: measures())
    }

    private mutating func measures() -> Measures {
        Measures(
            values: Measure.allCases.map { measure in
                if !measure.isMoney {
                    return .quantity(Int64(random.pick([0, 1, 999, 1000, 1234, 12_345, 7_654_321])))
                }
                if measure == .refillAvg || measure == .paygActiveAvg {
                    return random.chance(30) ? .empty : .money(amount(divisor: Int64(random.between(1...97))))
                }
                return .money(amount(divisor: 1))
            })
    }

    private mutating func amount(divisor: Int64) -> ExactAmount {
        let units: Int128 =
            switch random.between(0...5) {
            case 0: 0
            // Half a cent, which is rounded to even, and less, which must have no minus sign.
            case 1: Int128(random.between(-9...9)) * 5_000_000_000_000_000
            case 2: Int128(random.between(-9...9))
            case 3: Int128(random.between(-99_999_999...99_999_999)) * 1_000_000_000_000_000_000
            case 4: 99_999_999_999_999_999_999_123_456_789_123_456_789 * (random.chance(50) ? 1 : -1)
            default: Int128(random.between(-999_999_999...999_999_999)) * 10_000_000_000_000
            }
        return ExactAmount(units: units, divisor: divisor)
    }
}
