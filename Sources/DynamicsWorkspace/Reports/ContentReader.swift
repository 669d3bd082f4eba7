import DynamicsModel

/// Reads version 1 of a report's content: what `ContentWriter` writes.
///
/// A checksum has found the bytes whole before; still nothing here believes a length or a choice.
struct ContentReader {
    /// The bytes are not a report.
    struct Damage: Error {}

    private let bytes: [UInt8]
    private var at = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { at == bytes.count }

    mutating func result() throws(Damage) -> ReportResult {
        let query = try query()
        let currency = try currency()
        let interval = try byte() == 1 ? ActualInterval(from: try text(), to: try text()) : nil
        let warnings = try list { reader throws(Damage) in try reader.text() }
        let zoneVersion = try text()
        let revision = try Self.fitting(try signed(), Int64.self)
        let rates = try list { reader throws(Damage) in
            ExchangeRate(
                currency: try reader.currency(), effectiveOn: try reader.date(),
                rate: try Self.fitting(try reader.signed(), Int64.self))
        }
        let keys = try keys()
        var figures = try figures(lines: keys.count + 1)
        let total = figures.removeLast()
        return ReportResult(
            query: query, currency: currency, rows: zip(keys, figures).map { ReportRow(key: $0, measures: $1) },
            total: total, actualInterval: interval, warnings: warnings, zoneVersion: zoneVersion, revision: revision,
            ratesUsed: rates)
    }

    private mutating func query() throws(Damage) -> ReportQuery {
        ReportQuery(
            from: try limit(), to: try limit(), timezone: try text(),
            groupBy: try list { reader throws(Damage) in try reader.choice() },
            clientTypes: try list { reader throws(Damage) in try reader.choice() },
            tags: try list { reader throws(Damage) in ExactText(try reader.text()) }, tagMode: try choice(),
            owners: try list { reader throws(Damage) in ExactText(try reader.text()) },
            packages: try list { reader throws(Damage) in ExactText(try reader.text()) },
            currency: try byte() == 1 ? try currency() : nil, activeMonths: try Self.fitting(try signed(), Int.self))
    }

    private mutating func limit() throws(Damage) -> PeriodLimit {
        let text = try text()
        switch try byte() {
        case 0: return PeriodLimit(text: text, meaning: .day(try date()))
        case 1:
            let seconds = try Self.fitting(try signed(), Int64.self)
            return PeriodLimit(text: text, meaning: .time(CivilTime(seconds: seconds)))
        default: throw Damage()
        }
    }

    private mutating func keys() throws(Damage) -> [RowKey] {
        let texts = try list { reader throws(Damage) in try reader.text() }
        return try list { reader throws(Damage) in
            let parts = try reader.byte()
            func text(_ bit: UInt8) throws(Damage) -> String? {
                parts & bit == 0 ? nil : try reader.text(of: texts)
            }
            var key = RowKey(year: try text(1), month: try text(2), date: try text(4))
            if let id = try text(8) {
                key.package = .package(id: ExactText(id), name: ExactText(try reader.text(of: texts)))
            } else if parts & 16 != 0 {
                key.package = RowKey.PackageColumn.none
            }
            return key
        }
    }

    /// The figures of so many lines; in the bytes they stand one measure after the other.
    private mutating func figures(lines: Int) throws(Damage) -> [Measures] {
        let measures = Measure.allCases.count
        guard lines * measures <= bytes.count - at else { throw Damage() }
        var values = [MeasureValue](repeating: .empty, count: lines * measures)
        for measure in 0..<measures {
            for line in 0..<lines { values[line * measures + measure] = try value() }
        }
        return (0..<lines).map { Measures(values: Array(values[$0 * measures..<($0 + 1) * measures])) }
    }

    private mutating func value() throws(Damage) -> MeasureValue {
        let head = try byte()
        switch head & 3 {
        case 0: return .empty
        case 1: return .quantity(try Self.fitting(try signed(), Int64.self))
        default:
            let power = Int(head >> 2)
            guard power < Self.powers.count else { throw Damage() }
            let (units, isTooLarge) = try signed().multipliedReportingOverflow(by: Int128(Self.powers[power]))
            if isTooLarge { throw Damage() }
            if head & 3 == 2 { return .money(ExactAmount(units: units)) }
            let divisor = try Self.fitting(try number(), Int64.self)
            guard divisor >= 1 else { throw Damage() }
            return .money(ExactAmount(units: units, divisor: divisor))
        }
    }

    /// 10^0 to 10^18.
    private static let powers: [Int64] = (0...18).map { (0..<$0).reduce(1) { power, _ in power * 10 } }

    private mutating func choice<Choice: RawRepresentable<String>>() throws(Damage) -> Choice {
        guard let choice = Choice(rawValue: try text()) else { throw Damage() }
        return choice
    }

    private mutating func currency() throws(Damage) -> CurrencyCode {
        guard let code = CurrencyCode(try text()) else { throw Damage() }
        return code
    }

    private mutating func date() throws(Damage) -> CivilDate {
        CivilDate(dayNumber: try Self.fitting(try signed(), Int32.self))
    }

    private mutating func text(of texts: [String]) throws(Damage) -> String {
        let place = try number()
        guard place < UInt128(texts.count) else { throw Damage() }
        return texts[Int(place)]
    }

    private mutating func text() throws(Damage) -> String {
        let count = try Self.fitting(try number(), Int.self)
        guard count <= bytes.count - at else { throw Damage() }
        defer { at += count }
        guard let text = String(validating: bytes[at..<at + count], as: UTF8.self) else { throw Damage() }
        return text
    }

    private mutating func list<Element>(
        _ element: (inout Self) throws(Damage) -> Element
    ) throws(Damage) -> [Element] {
        let count = try Self.fitting(try number(), Int.self)
        // Each element has at least one byte.
        guard count <= bytes.count - at else { throw Damage() }
        var list: [Element] = []
        list.reserveCapacity(count)
        for _ in 0..<count { list.append(try element(&self)) }
        return list
    }

    private mutating func byte() throws(Damage) -> UInt8 {
        guard at < bytes.count else { throw Damage() }
        defer { at += 1 }
        return bytes[at]
    }

    private mutating func signed() throws(Damage) -> Int128 {
        let folded = try number()
        return Int128(bitPattern: folded >> 1) ^ -Int128(bitPattern: folded & 1)
    }

    private mutating func number() throws(Damage) -> UInt128 {
        // Most numbers are short.
        var short: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 63, by: 7) {
            let byte = try byte()
            short |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return UInt128(short) }
        }
        var number = UInt128(short)
        for shift in stride(from: UInt128(63), to: 128, by: 7) {
            let byte = try byte()
            // The nineteenth byte has room for two bits.
            if shift == 126, byte > 3 { throw Damage() }
            number |= UInt128(byte & 0x7F) << shift
            if byte < 0x80 { return number }
        }
        throw Damage()
    }

    private static func fitting<Number: FixedWidthInteger>(
        _ number: some BinaryInteger, _ type: Number.Type
    ) throws(Damage) -> Number {
        guard let fitting = Number(exactly: number) else { throw Damage() }
        return fitting
    }
}
