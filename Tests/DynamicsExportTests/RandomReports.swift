import DynamicsExport
import DynamicsModel
import DynamicsTestSupport

/// Reports that no ledger would give, to try what files can hold.
struct RandomReports {
    private var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func next(rowCount: Int? = nil) throws -> (result: ReportResult, info: ReportInfo) {
        let currency = CurrencyCode.named(random.pick(["EUR", "USD", "JPY", "KWD", "CLF"]))
        let groupings = random.some(random.shuffled(Grouping.allCases), percent: 60)
        let count = rowCount ?? (groupings.isEmpty ? 1 : random.between(0...12))
        var result = try makeResult(
            by: groupings, in: currency, rows: (0..<count).map { row($0, groupings) }, total: measures())
        result.query.tags = random.some(Self.hostileTexts, percent: 20).map { ExactText($0) }
        result.warnings = random.some(Self.hostileTexts, percent: 10)
        if random.chance(20) { result.actualInterval = nil }
        result.revision = Int64(random.between(0...1_000_000))
        result.ratesUsed = (0..<random.between(0...4)).map { index in
            ExchangeRate(
                currency: .usd, effectiveOn: CivilDate(dayNumber: 19_000 + Int32(index)),
                rate: Int64(random.between(1_000_000...1_000_000_000_000_000_000)))
        }
        let info = ReportInfo(
            facts: result.query.facts(), generatedBy: random.pick(["Administrator", "Analyst", "Reseller"]),
            generatedAt: Instant(seconds: Int64(random.between(1_600_000_000...4_000_000_000))),
            duration_ms: random.between(0...100_000))
        return (result, info)
    }

    private mutating func row(_ index: Int, _ groupings: [Grouping]) -> ReportRow {
        let date = CivilDate(dayNumber: Int32(random.between(7305...84_000))).description
        var key = RowKey()
        if groupings.contains(.year) { key.year = String(date.prefix(4)) }
        if groupings.contains(.month) { key.month = String(date.prefix(7)) }
        if groupings.contains(.date) { key.date = date }
        if groupings.contains(.package) {
            key.package =
                random.chance(10)
                ? RowKey.PackageColumn.none : .package(id: ExactText("p\(index % 7)"), name: ExactText(name()))
        }
        return ReportRow(key: key, measures: measures())
    }

    private mutating func measures() -> Measures {
        Measures(
            values: Measure.allCases.map { measure in
                if random.chance(10), !measure.isMoney || [.refillAvg, .paygActiveAvg].contains(measure) {
                    return measure.isMoney ? .empty : .quantity(0)
                }
                return measure.isMoney ? .money(amount()) : .quantity(Int64(magnitude(18)))
            })
    }

    /// Small ones, ordinary ones, ties, and up to the limit of 10^20.
    private mutating func amount() -> ExactAmount {
        if random.chance(15) { return .zero }
        let micros = Int128(magnitude(18)) * (random.chance(10) ? 99_999_999 : 1)
        var units = micros * 1_000_000_000_000
        if random.chance(30) { units += Int128(random.between(-600_000_000_000...600_000_000_000)) }
        if random.chance(15) { units = Int128(random.between(-40...40)) * 5_000_000_000_000_000 }
        if random.chance(30) { units = -units }
        return ExactAmount(units: units, divisor: random.chance(15) ? Int64(random.between(1...5000)) : 1)
    }

    /// As often of few digits as of many.
    private mutating func magnitude(_ mostDigits: Int) -> Int {
        let digits = random.between(0...mostDigits)
        return random.between(0...(0..<digits).reduce(1) { power, _ in power * 10 })
    }

    /// What a name may be: 1 to 255 scalars without U+0000.
    private mutating func name() -> String {
        if random.chance(50) { return random.pick(Self.hostileTexts) }
        let pieces: [Unicode.Scalar] = [
            "a", "Z", "9", " ", "=", "\"", "'", ",", ";", "<", "&", ">", "\n", "\r", "\t", "\u{1}", "\u{1F}", "\u{7F}",
            "\u{85}", "é", "\u{301}", "Ж", "ש", "中", "\u{202E}", "\u{1F600}", "\u{10FFFF}", "\u{FFFE}", "\u{FFFF}",
            "\u{FEFF}", "_", "x", "0", "\u{2028}",
        ]
        var name = ""
        for _ in 0..<random.pick([1, 2, 5, 20, 255]) { name.unicodeScalars.append(random.pick(pieces)) }
        return name
    }

    static let hostileTexts = [
        "Gold", "=1+1", "=HYPERLINK(\"http://example.org\",\"x\")", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'quoted",
        "http://example.org/", "mailto:a@example.org", "internal:Sheet1!A1", "5\" screen", "a, b; c", "two\nlines",
        "two\r\nlines", " padded ", "\n", "1234", "1e5", "007", "2024-01-01", "TRUE", "#N/A", "{=1}",
        "שלום עולם", "\u{202E}evil", "e\u{301}", "\u{E9}", "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}", "\u{1F600}",
        "_x0041_", "_x000D_", "__x0041_", "a_b_c", "\u{1}\u{2}\u{1B}[31m", "\u{7F}\u{85}\u{9B}", "\u{FFFE}\u{FFFF}",
        "\u{FEFF}bom", "&amp;", "<b>", "]]>", "\u{2028}", "\u{FFFD}", String(repeating: "x", count: 255),
        String(repeating: "Ж", count: 255), String(repeating: "\u{1F600}", count: 255),
    ]
}
