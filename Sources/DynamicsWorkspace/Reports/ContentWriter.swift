import DynamicsModel

/// Writes version 1 of a report's content.
///
/// Numbers are LEB128, seven bits a byte, the lowest first; signed ones are folded first (0, -1, 1, -2, ...). A text is its number
/// of UTF-8 bytes and the bytes. A list is its length and its elements. What may be absent has a byte 0 or 1 in front. In this order:
///
/// - the query: both limits (text, 0 and day number or 1 and seconds), timezone, groupings, client types, tags, tag mode, owners,
///   packages, currency (may be absent), active months; choices are the texts of interfaces
/// - the report's currency, its actual interval (may be absent; both ends), warnings, zone version, ledger's revision
/// - rates used: currency, day number, rate
/// - a list of the texts of row keys, each once; the row keys: a byte of what they have (1 year, 2 month, 4 date, 8 package, 16 no
///   package), then places in that list: year, month, date, package's id and name
/// - the 21 figures of all rows and, last, of the total, one measure after the other: see `write(_:)` of a figure
struct ContentWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(_ result: ReportResult) {
        write(result.query)
        write(result.currency.description)
        write(optional: result.actualInterval) { writer, interval in
            writer.write(interval.from)
            writer.write(interval.to)
        }
        write(list: result.warnings) { $0.write($1) }
        write(result.zoneVersion)
        write(signed: Int128(result.revision))
        write(list: result.ratesUsed) { writer, rate in
            writer.write(rate.currency.description)
            writer.write(signed: Int128(rate.effectiveOn.dayNumber))
            writer.write(signed: Int128(rate.rate))
        }
        write(keys: result.rows.map(\.key))
        for measure in Measure.allCases {
            for row in result.rows { write(row.measures[measure]) }
            write(result.total[measure])
        }
    }

    private mutating func write(_ query: ReportQuery) {
        for limit in [query.from, query.to] {
            write(limit.text)
            switch limit.meaning {
            case .day(let date):
                bytes.append(0)
                write(signed: Int128(date.dayNumber))
            case .time(let time):
                bytes.append(1)
                write(signed: Int128(time.seconds))
            }
        }
        write(query.timezone)
        write(list: query.groupBy) { $0.write($1.rawValue) }
        write(list: query.clientTypes) { $0.write($1.rawValue) }
        write(list: query.tags) { $0.write($1.string) }
        write(query.tagMode.rawValue)
        write(list: query.owners) { $0.write($1.string) }
        write(list: query.packages) { $0.write($1.string) }
        write(optional: query.currency) { $0.write($1.description) }
        write(signed: Int128(query.activeMonths))
    }

    private mutating func write(keys: [RowKey]) {
        var texts = TextTable()
        var places = ContentWriter()
        for key in keys {
            var parts: UInt8 = 0
            var used: [UInt64] = []
            for (bit, text) in [(UInt8(1), key.year), (2, key.month), (4, key.date)] {
                guard let text else { continue }
                parts |= bit
                used.append(texts.place(of: text))
            }
            switch key.package {
            case .package(let id, let name):
                parts |= 8
                used += [texts.place(of: id.string), texts.place(of: name.string)]
            case .some(.none): parts |= 16
            case nil: break
            }
            places.bytes.append(parts)
            for place in used { places.write(UInt128(place)) }
        }
        write(list: texts.texts) { $0.write($1) }
        write(UInt128(keys.count))
        bytes += places.bytes
    }

    /// A figure: a byte whose two lowest bits say what it is (0 empty, 1 quantity, 2 amount, 3 amount with divisor) and whose others
    /// say by which power of ten (0 to 18) the number that follows is to be multiplied; then the divisor, if any.
    private mutating func write(_ value: MeasureValue) {
        switch value {
        case .empty: bytes.append(0)
        case .quantity(let number):
            bytes.append(1)
            write(signed: Int128(number))
        case .money(let amount):
            let (number, power) = Self.withoutZeros(amount.units)
            bytes.append((amount.divisor == 1 ? 2 : 3) | power << 2)
            write(signed: number)
            if amount.divisor != 1 { write(UInt128(amount.divisor)) }
        }
    }

    /// The number without up to 18 decimal zeros at its end, and how many there were. Most amounts have twelve or more.
    private static func withoutZeros(_ number: Int128) -> (Int128, UInt8) {
        if number == 0 { return (0, 0) }
        let (millions, rest) = number.quotientAndRemainder(dividingBy: 1_000_000_000_000)
        if rest != 0 { return (number, 0) }
        var shorter = millions
        var power: UInt8 = 12
        while power < 18, shorter % 10 == 0 {
            shorter /= 10
            power += 1
        }
        return (shorter, power)
    }

    private mutating func write(_ text: String) {
        write(UInt128(text.utf8.count))
        bytes += text.utf8
    }

    private mutating func write<Element>(list: [Element], _ element: (inout Self, Element) -> Void) {
        write(UInt128(list.count))
        for each in list { element(&self, each) }
    }

    private mutating func write<Value>(optional value: Value?, _ write: (inout Self, Value) -> Void) {
        bytes.append(value == nil ? 0 : 1)
        if let value { write(&self, value) }
    }

    private mutating func write(signed number: Int128) { write(UInt128(bitPattern: number << 1 ^ number >> 127)) }

    private mutating func write(_ number: UInt128) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// Texts, each once, with their places.
private struct TextTable {
    private(set) var texts: [String] = []
    private var places: [ExactText: UInt64] = [:]

    mutating func place(of text: String) -> UInt64 {
        if let place = places[ExactText(text)] { return place }
        let place = UInt64(texts.count)
        places[ExactText(text)] = place
        texts.append(text)
        return place
    }
}
