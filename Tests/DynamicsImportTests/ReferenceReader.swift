import DynamicsImport
import DynamicsModel

/// The CSV import read byte by byte and judged in the plainest way: slow, and too simple to be wrong.
struct ReferenceReader {
    let kind: RecordKind
    let clients: [ExactText]
    let packages: [ExactText]

    /// The rows that are good, and the lines of those that are not; nil: the file as a whole is refused.
    private(set) var rows: [TestRow] = []
    private(set) var badLines: [Int?] = []

    /// A record's cells, or nil when its quoting is wrong.
    private struct RawRecord {
        var line: Int
        var cells: [[UInt8]]?
    }

    init(_ bytes: [UInt8], _ kind: RecordKind, clients: [ExactText], packages: [ExactText]) {
        self.kind = kind
        self.clients = clients
        self.packages = packages
        var bytes = bytes[...]
        for mark: [UInt8] in [[0xFF, 0xFE], [0xFE, 0xFF], [0x1F, 0x8B]] where bytes.starts(with: mark) {
            badLines = [nil]
            return
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        read(Self.records(Array(bytes)))
    }

    // MARK: - Records and cells

    private enum State { case startOfCell, unquoted, quoted, behindQuote }

    private static func records(_ bytes: [UInt8]) -> [RawRecord] {
        var records: [RawRecord] = []
        var state = State.startOfCell
        var isBroken = false
        var cells: [[UInt8]] = [[]]
        var isBlank = true
        var line = 1
        var startLine = 1
        func finish() {
            if !isBlank { records.append(RawRecord(line: startLine, cells: isBroken ? nil : cells)) }
        }
        for (index, byte) in bytes.enumerated() {
            if byte == UInt8(ascii: "\n") { line += 1 }
            let isEnd = byte == UInt8(ascii: "\n")
            let isReturn =
                byte == UInt8(ascii: "\r") && index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "\n")
            if state == .quoted {
                if byte == UInt8(ascii: "\"") { state = .behindQuote } else { cells[cells.count - 1].append(byte) }
                continue
            }
            if state == .behindQuote, byte == UInt8(ascii: "\"") {
                cells[cells.count - 1].append(byte)
                state = .quoted
                continue
            }
            if isEnd {
                finish()
                (state, isBroken, cells, isBlank, startLine) = (.startOfCell, false, [[]], true, line)
                continue
            }
            if isReturn { continue }
            isBlank = false
            switch (byte, state) {
            case (UInt8(ascii: ","), _):
                cells.append([])
                state = .startOfCell
            case (UInt8(ascii: "\""), .startOfCell): state = .quoted
            case (UInt8(ascii: "\""), _), (UInt8(ascii: "\r"), _), (_, .behindQuote):
                isBroken = true
                state = .unquoted
            default:
                cells[cells.count - 1].append(byte)
                state = .unquoted
            }
        }
        if state == .quoted { isBroken = true }
        finish()
        return records
    }

    // MARK: - Header

    private mutating func read(_ records: [RawRecord]) {
        guard let header = records.first else {
            badLines = [nil]
            return
        }
        let known = RandomRecords.columns[kind, default: []]
        let names = header.cells?.compactMap { String(validating: $0, as: UTF8.self) } ?? []
        let key = kind == .rates ? ["currency", "effective_on"] : ["id"]
        let required = known.filter { !RandomRecords.optionalColumns[kind, default: []].contains($0) }
        let needed = names.contains("deleted") ? key : required
        let isGood =
            header.cells?.count == names.count && Set(names).count == names.count
            && names.allSatisfy { name in (known + ["deleted"]).contains { Array($0.utf8) == Array(name.utf8) } }
            && needed.allSatisfy(names.contains)
        guard isGood else {
            badLines = [header.line]
            return
        }
        for record in records.dropFirst() {
            if let row = row(record, names, required) { rows.append(row) } else { badLines.append(record.line) }
        }
    }

    private func row(_ record: RawRecord, _ names: [String], _ required: [String]) -> TestRow? {
        guard let cells = record.cells, cells.count == names.count else { return nil }
        var row: [String: String] = [:]
        for (name, cell) in zip(names, cells) {
            guard let text = String(validating: cell, as: UTF8.self), !text.unicodeScalars.contains("\0") else {
                return nil
            }
            row[name] = text
        }
        switch row["deleted"] ?? "" {
        case "true": return removal(record.line, row)
        case "", "false": break
        default: return nil
        }
        guard required.allSatisfy(names.contains) else { return nil }
        switch kind {
        case .packages: return package(record.line, row)
        case .clients: return client(record.line, row)
        case .subscriptions: return subscription(record.line, row)
        case .rates: return rate(record.line, row)
        case .transactions: return transaction(record.line, row)
        }
    }

    // MARK: - Rows

    private func removal(_ line: Int, _ row: [String: String]) -> TestRow? {
        if kind != .rates { return id(row["id"]).map { .removal(line, $0) } }
        guard let currency = currency(row["currency"]), let date = date(row["effective_on"]) else { return nil }
        return .removal(line, ExactText("\(currency) \(date)"))
    }

    private func package(_ line: Int, _ row: [String: String]) -> TestRow? {
        guard let id = id(row["id"]), let name = text(row["name"], 255) else { return nil }
        return .package(line, Package(id: id, name: name))
    }

    private func client(_ line: Int, _ row: [String: String]) -> TestRow? {
        guard let id = id(row["id"]), let name = text(row["name"], 255),
            let type = ClientType.allCases.first(where: { Array($0.rawValue.utf8) == Array((row["type"] ?? "").utf8) }),
            let owner = optional(row["owner_id"], self.id), let tags = tags(row["tags"] ?? ""),
            let currency = currency(row["currency"]), let created = instant(row["created_at"]),
            let closed = optional(row["closed_at"], instant), closed.map({ $0 >= created }) ?? true
        else { return nil }
        return .client(
            line,
            Client(
                id: id, name: name, type: type, ownerID: owner, tags: tags, currency: currency, createdAt: created,
                closedAt: closed))
    }

    private func subscription(_ line: Int, _ row: [String: String]) -> TestRow? {
        guard let id = id(row["id"]), let client = self.id(row["client_id"]), let package = self.id(row["package_id"]),
            let start = instant(row["started_at"]), let end = optional(row["ended_at"], instant),
            end.map({ $0 >= start }) ?? true
        else { return nil }
        return .subscription(
            line, Subscription(id: id, clientID: client, packageID: package, startedAt: start, endedAt: end))
    }

    private func rate(_ line: Int, _ row: [String: String]) -> TestRow? {
        guard let currency = currency(row["currency"]), let date = date(row["effective_on"]),
            let units = decimal(row["rate"], digits: 12), (1_000_000...1_000_000_000_000_000_000).contains(units)
        else { return nil }
        return .rate(line, ExchangeRate(currency: currency, effectiveOn: date, rate: Int64(units)))
    }

    private func transaction(_ line: Int, _ row: [String: String]) -> TestRow? {
        guard let id = id(row["id"]), let client = self.id(row["client_id"]), clients.contains(client),
            let at = instant(row["at"]), let amount = decimal(row["amount"], digits: 6),
            abs(amount) < 1_000_000_000_000_000_000, let package = optional(row["package_id"], self.id),
            let kind = TransactionKind.allCases.first(where: {
                Array($0.rawValue.utf8) == Array((row["kind"] ?? "").utf8)
            }),
            package.map(packages.contains) ?? true
        else { return nil }
        switch kind {
        case .refill: if amount <= 0 || package != nil { return nil }
        case .usage: if amount < 0 || (package != nil && amount > 0) { return nil }
        case .activation, .renewal: if amount < 0 || package == nil { return nil }
        case .adjustment: if package != nil { return nil }
        }
        return .transaction(
            line,
            Transaction(id: id, clientID: client, at: at, kind: kind, amount: Int64(amount), packageID: package))
    }

    // MARK: - Values

    /// `.some(nil)` for an empty text, nil for a wrong one.
    private func optional<Value>(_ text: String?, _ value: (String?) -> Value?) -> Value?? {
        guard let text, !text.isEmpty else { return .some(nil) }
        return value(text).map { .some($0) }
    }

    private func id(_ text: String?) -> ExactText? { self.text(text, 64) }

    private func text(_ text: String?, _ limit: Int) -> ExactText? {
        guard let text, (1...limit).contains(text.unicodeScalars.count) else { return nil }
        return ExactText(text)
    }

    private func tags(_ text: String) -> Set<ExactText>? {
        var tags: Set<ExactText> = []
        for part in text.unicodeScalars.split(separator: ";") {
            var part = Array(part)
            while part.first?.properties.isWhitespace == true { part.removeFirst() }
            while part.last?.properties.isWhitespace == true { part.removeLast() }
            if part.count > 255 { return nil }
            if !part.isEmpty { tags.insert(ExactText(String(String.UnicodeScalarView(part)))) }
        }
        return tags
    }

    private func currency(_ text: String?) -> CurrencyCode? {
        guard let text, text.utf8.count == 3, text.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else { return nil }
        return CurrencyCode(text)
    }

    /// In units of 10^-digits.
    private func decimal(_ text: String?, digits: Int) -> Int128? {
        guard let match = text?.wholeMatch(of: /(-?)([0-9]+)(?:\.([0-9]+))?/) else { return nil }
        let fraction = match.3 ?? ""
        guard fraction.utf8.count <= digits else { return nil }
        let zeros = String(repeating: "0", count: digits - fraction.utf8.count)
        return Int128(match.1 + match.2 + fraction + zeros)
    }

    private func date(_ text: String?) -> CivilDate? {
        guard let match = text?.wholeMatch(of: /([0-9]{4})-([0-9]{2})-([0-9]{2})/),
            let date = day(match.1, match.2, match.3), (1990...2199).contains(date.year)
        else { return nil }
        return date
    }

    private func day(_ year: Substring, _ month: Substring, _ day: Substring) -> CivilDate? {
        guard let year = Int(year), let month = Int(month), let day = Int(day), (1...12).contains(month) else {
            return nil
        }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let length = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
        return (1...length).contains(day) ? CivilDate(year: year, month: month, day: day) : nil
    }

    private func instant(_ text: String?) -> Instant? {
        let pattern =
            /([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:Z|([+-])([0-9]{2}):([0-9]{2}))/
        guard let match = text?.wholeMatch(of: pattern), let date = day(match.1, match.2, match.3),
            let hour = Int(match.4), let minute = Int(match.5), let second = Int(match.6),
            let offsetHour = Int(match.8 ?? "0"), let offsetMinute = Int(match.9 ?? "0"),
            hour < 24, minute < 60, second < 60, offsetHour < 24, offsetMinute < 60
        else { return nil }
        let offset = (offsetHour * 60 + offsetMinute) * (match.7 == "-" ? -60 : 60)
        let seconds = Int(date.dayNumber) * 86_400 + hour * 3600 + minute * 60 + second - offset
        return (631_152_000..<7_258_118_400).contains(seconds) ? Instant(seconds: Int64(seconds)) : nil
    }
}
