import DynamicsModel

// What a cell means: section 1 of `docs/semantics.md`. Bytes are parsed here, since Foundation's parsers of numbers and
// dates let too much pass.

extension Cells {
    /// 1 to `limit` scalars.
    func text(_ field: Field, limit: Int) throws(Fault) -> ExactText {
        try checkText(field, limit: limit)
        return ExactText(self[field].string)
    }

    @inline(__always)
    func checkText(_ field: Field, limit: Int) throws(Fault) {
        let cell = self[field]
        if cell.count == 0 || cell.count > limit { try checkLength(field, limit: limit) }
    }

    private func checkLength(_ field: Field, limit: Int) throws(Fault) {
        let cell = self[field]
        if cell.isEmpty { throw Fault(field, "must not be empty") }
        let count = cell.scalarCount
        if count > limit { throw Fault(field, "\(quoted(cell)) has \(count) characters; at most \(limit) are allowed") }
    }

    func id(_ field: Field) throws(Fault) -> ExactText { try text(field, limit: longestID) }

    func optionalID(_ field: Field) throws(Fault) -> ExactText? { self[field].isEmpty ? nil : try id(field) }

    func name(_ field: Field) throws(Fault) -> ExactText { try text(field, limit: longestName) }

    /// Trimmed of white space, without empty ones.
    func tags(separator: UInt8) throws(Fault) -> Set<ExactText> {
        var tags: Set<ExactText> = []
        for part in self[.tags].split(separator: separator) {
            let scalars = String(decoding: part, as: UTF8.self).unicodeScalars
            guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
                let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
            else { continue }
            let tag = String(scalars[first...last])
            let count = tag.unicodeScalars.count
            if count > longestName {
                throw Fault(
                    .tags, "\(quoted(tag)) has \(count) characters; at most \(longestName) are allowed in a tag")
            }
            tags.insert(ExactText(tag))
        }
        return tags
    }

    func clientType() throws(Fault) -> ClientType {
        let cell = self[.type]
        if cell.isEmpty { throw Fault(.type, "must not be empty") }
        guard let type = ClientType(rawValue: cell.string), cell.equals(type) else {
            let known = ClientType.allCases.map(\.rawValue).joined(separator: ", ")
            throw Fault(.type, "\(quoted(cell)) is not a client type; there are \(known)")
        }
        return type
    }

    func currency() throws(Fault) -> CurrencyCode {
        let cell = self[.currency]
        if cell.isEmpty { throw Fault(.currency, "must not be empty") }
        guard let currency = CurrencyCode(utf8: cell) else {
            throw Fault(.currency, "\(quoted(cell)) is not a currency code of three capital letters such as EUR")
        }
        return currency
    }

    /// A rate in units of 10^-12.
    func rate() throws(Fault) -> Int64 {
        let decimal = try decimal(.rate, fractionDigits: 12)
        let units = decimal.integer > 1_000_000 ? nil : Int64(decimal.integer) * 1_000_000_000_000 + decimal.fraction
        guard let units, !decimal.isNegative, units >= 1_000_000, units <= 1_000_000_000_000_000_000 else {
            throw Fault(.rate, "\(quoted(self[.rate])) is not between 0.000001 and 1000000")
        }
        return units
    }

    /// An amount in micro-units; |amount| < 10^18.
    @inline(__always)
    func amount() throws(Fault) -> Int64 {
        let decimal = try decimal(.amount, fractionDigits: 6)
        guard decimal.integer < 1_000_000_000_000 else {
            throw Fault(
                .amount, "\(quoted(self[.amount])) is too large; amounts have at most 12 digits before the point")
        }
        let units = Int64(decimal.integer) * 1_000_000 + decimal.fraction
        return decimal.isNegative ? -units : units
    }

    /// Whether the row removes its record: `true`, `false` or empty.
    @inline(__always)
    func isDeleted() throws(Fault) -> Bool {
        let cell = self[.deleted]
        if cell.isEmpty || cell.equals("false") { return false }
        if cell.equals("true") { return true }
        throw Fault(.deleted, "\(quoted(cell)) is neither true nor false")
    }
}

let longestID = 64
let longestName = 255

extension Cell {
    fileprivate func equals(_ type: ClientType) -> Bool { elementsEqual(type.rawValue.utf8) }
}

// MARK: - Decimals

/// What `-?digits[.digits]` says.
struct DecimalParts {
    var isNegative: Bool
    /// What stands before the point; 10^15 stands for everything above.
    var integer: UInt64
    /// What stands behind it, in units of the last digit that is allowed.
    var fraction: Int64
}

extension Cells {
    /// - Parameter fractionDigits: how many are allowed behind the point; at most 18.
    @inline(__always)
    func decimal(_ field: Field, fractionDigits: Int) throws(Fault) -> DecimalParts {
        let cell = self[field]
        var index = 0
        let isNegative = cell.count > 0 && cell[0] == UInt8(ascii: "-")
        if isNegative { index = 1 }
        let integerStart = index
        var integer: UInt64 = 0
        while index < cell.count, let digit = decimalDigit(cell[index]) {
            integer = min(integer &* 10 &+ UInt64(digit), 1_000_000_000_000_000)
            index += 1
        }
        let hasInteger = index > integerStart
        var fraction: Int64 = 0
        var missing = fractionDigits
        var hasFraction = true
        if index < cell.count, cell[index] == UInt8(ascii: ".") {
            index += 1
            let fractionStart = index
            while index < cell.count, let digit = decimalDigit(cell[index]) {
                if missing > 0 { fraction = fraction &* 10 &+ Int64(digit) }
                missing -= 1
                index += 1
            }
            hasFraction = index > fractionStart
        }
        guard hasInteger, hasFraction, index == cell.count, missing >= 0 else {
            throw decimalFault(field, isDecimal: hasInteger && hasFraction && index == cell.count, fractionDigits)
        }
        while missing > 0 {
            fraction &*= 10
            missing -= 1
        }
        return DecimalParts(isNegative: isNegative, integer: integer, fraction: fraction)
    }

    @inline(never)
    private func decimalFault(_ field: Field, isDecimal: Bool, _ fractionDigits: Int) -> Fault {
        if self[field].isEmpty { return Fault(field, "must not be empty") }
        guard isDecimal else { return Fault(field, "\(quoted(self[field])) is not a decimal number") }
        return Fault(field, "\(quoted(self[field])) has more than \(fractionDigits) digits after the point")
    }
}

@inline(__always)
private func decimalDigit(_ byte: UInt8) -> UInt8? {
    let digit = byte &- UInt8(ascii: "0")
    return digit <= 9 ? digit : nil
}

// MARK: - Dates and times

extension Cells {
    /// RFC 3339 with an offset, in whole seconds, within the years 1990 to 2199 of UTC.
    @inline(__always)
    func instant(_ field: Field) throws(Fault) -> Instant {
        let cell = self[field]
        guard cell.count >= 20, cell[10] == UInt8(ascii: "T"), cell[13] == UInt8(ascii: ":"),
            cell[16] == UInt8(ascii: ":"), let offset = offset(of: cell)
        else { throw notATimestamp(field) }
        var digits = Digits(cell)
        let hour = digits.pair(11)
        let minute = digits.pair(14)
        let second = digits.pair(17)
        guard digits.areAll, let (year, month, day) = Digits.date(cell) else { throw notATimestamp(field) }
        guard let date = CivilDate(year: year, month: month, day: day) else { throw noSuchDate(field) }
        guard hour < 24, minute < 60, second < 60 else { throw noSuchTime(field, second: second) }
        let instant = Instant(
            seconds: Int64(date.dayNumber) * 86_400 + Int64(hour * 3600 + minute * 60 + second - offset))
        guard instant >= .earliest, instant < .end else { throw outOfRange(field) }
        return instant
    }

    func optionalInstant(_ field: Field) throws(Fault) -> Instant? { self[field].isEmpty ? nil : try instant(field) }

    /// `YYYY-MM-DD` within the years 1990 to 2199.
    func date(_ field: Field) throws(Fault) -> CivilDate {
        let cell = self[field]
        if cell.isEmpty { throw Fault(field, "must not be empty") }
        guard cell.count == 10, let (year, month, day) = Digits.date(cell) else {
            throw Fault(field, "\(quoted(cell)) is not a date such as 2024-03-15")
        }
        guard let date = CivilDate(year: year, month: month, day: day) else { throw noSuchDate(field) }
        guard (1990...2199).contains(year) else { throw outOfRange(field) }
        return date
    }

    /// Seconds that clocks are ahead of UTC: `Z`, or `±HH:MM` up to 23:59, from the 20th byte to the end.
    @inline(__always)
    private func offset(of cell: Cell) -> Int? {
        if cell.count == 20 { return cell[19] == UInt8(ascii: "Z") ? 0 : nil }
        guard cell.count == 25, cell[22] == UInt8(ascii: ":") else { return nil }
        var digits = Digits(cell)
        let hours = digits.pair(20)
        let minutes = digits.pair(23)
        guard digits.areAll, hours < 24, minutes < 60 else { return nil }
        switch cell[19] {
        case UInt8(ascii: "+"): return hours * 3600 + minutes * 60
        case UInt8(ascii: "-"): return -(hours * 3600 + minutes * 60)
        default: return nil
        }
    }

    @inline(never)
    private func notATimestamp(_ field: Field) -> Fault {
        let cell = self[field]
        if cell.isEmpty { return Fault(field, "must not be empty") }
        let examples = "write 2024-03-15T12:30:00Z or 2024-03-15T14:30:00+02:00"
        let text = quoted(cell)
        if cell.count == 19, cell[10] == UInt8(ascii: "T") {
            return Fault(field, "\(text) has no offset from UTC; \(examples)")
        }
        if cell.count > 19, cell[19] == UInt8(ascii: ".") {
            return Fault(field, "\(text) has fractions of a second; only whole seconds are allowed")
        }
        if cell.contains(UInt8(ascii: "t")) || cell.contains(UInt8(ascii: "z")) {
            return Fault(field, "\(text) has a small letter; \(examples)")
        }
        return Fault(field, "\(text) is not a timestamp; \(examples)")
    }

    @inline(never)
    private func noSuchDate(_ field: Field) -> Fault {
        Fault(field, "\(quoted(self[field])) has a date that does not exist")
    }

    @inline(never)
    private func noSuchTime(_ field: Field, second: Int) -> Fault {
        let text = quoted(self[field])
        if second == 60 { return Fault(field, "\(text) has a leap second; write the second before or after it") }
        return Fault(field, "\(text) has a time of day that does not exist")
    }

    @inline(never)
    private func outOfRange(_ field: Field) -> Fault {
        Fault(field, "\(quoted(self[field])) is not within the years 1990 to 2199")
    }
}

/// Reads pairs of digits and remembers whether all were digits, so that there is one question at the end.
private struct Digits {
    private let cell: Cell
    private(set) var areAll = true

    init(_ cell: Cell) { self.cell = cell }

    @inline(__always)
    mutating func pair(_ index: Int) -> Int {
        let tens = cell[index] &- UInt8(ascii: "0")
        let ones = cell[index + 1] &- UInt8(ascii: "0")
        areAll = areAll && tens <= 9 && ones <= 9
        return Int(tens) * 10 + Int(ones)
    }

    /// The numbers in `YYYY-MM-DD` at the start of `cell`, which has at least ten bytes.
    @inline(__always)
    static func date(_ cell: Cell) -> (year: Int, month: Int, day: Int)? {
        guard cell[4] == UInt8(ascii: "-"), cell[7] == UInt8(ascii: "-") else { return nil }
        var digits = Digits(cell)
        let date = (digits.pair(0) * 100 + digits.pair(2), digits.pair(5), digits.pair(8))
        return digits.areAll ? date : nil
    }
}
