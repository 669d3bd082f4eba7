import DynamicsImport
import DynamicsModel
import DynamicsTestSupport

/// A record as it is to be written, and as it must be read.
struct WritableRecord {
    /// By column; without those that are empty.
    var cells: [String: String]
    /// Of a client, also in `cells`.
    var tags: [String] = []
    var isRemoval = false
    /// What the reader must make of it, given its line.
    var row: (Int) -> TestRow
}

/// Random valid records with awkward texts, and their writing in random styles.
struct RandomRecords {
    var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    static let columns: [RecordKind: [String]] = [
        .packages: ["id", "name"],
        .clients: ["id", "name", "type", "owner_id", "tags", "currency", "created_at", "closed_at"],
        .subscriptions: ["id", "client_id", "package_id", "started_at", "ended_at"],
        .rates: ["currency", "effective_on", "rate"],
        .transactions: ["id", "client_id", "at", "kind", "amount", "package_id"],
    ]
    static let optionalColumns: [RecordKind: [String]] = [
        .clients: ["owner_id", "tags", "closed_at"], .subscriptions: ["ended_at"], .transactions: ["package_id"],
    ]

    mutating func record(_ kind: RecordKind, of reader: TestReader) -> WritableRecord {
        if random.chance(15) { return removal(kind) }
        switch kind {
        case .packages: return package()
        case .clients: return client()
        case .subscriptions: return subscription()
        case .rates: return rate()
        case .transactions: return transaction(of: reader)
        }
    }

    // MARK: - Records

    private mutating func removal(_ kind: RecordKind) -> WritableRecord {
        if kind == .rates {
            let (currency, date) = (currency(), date())
            return WritableRecord(
                cells: ["currency": "\(currency)", "effective_on": "\(date)", "deleted": "true"], isRemoval: true
            ) { .removal($0, ExactText("\(currency) \(date)")) }
        }
        let id = text(upTo: 8)
        return WritableRecord(cells: ["id": id, "deleted": "true"], isRemoval: true) { .removal($0, ExactText(id)) }
    }

    private mutating func package() -> WritableRecord {
        let package = Package(id: ExactText(text(upTo: 64)), name: ExactText(text(upTo: 255)))
        return WritableRecord(cells: ["id": package.id.string, "name": package.name.string]) { .package($0, package) }
    }

    private mutating func client() -> WritableRecord {
        let (created, createdText) = instant()
        let (end, endText) = instant()
        let isClosed = random.chance(30) && end >= created
        let tags = (0..<random.between(0...3)).map { _ in tag() }
        let client = Client(
            id: ExactText(text(upTo: 12)), name: ExactText(text(upTo: 30)), type: random.pick(ClientType.allCases),
            ownerID: random.chance(30) ? ExactText(text(upTo: 12)) : nil, tags: Set(tags.map { ExactText($0) }),
            currency: currency(), createdAt: created, closedAt: isClosed ? end : nil)
        let separator = random.pick([";", " ;", "; ", ";;", ";\u{3000}"])
        let cells: [String: String?] = [
            "id": client.id.string, "name": client.name.string, "type": client.type.rawValue,
            "owner_id": client.ownerID?.string, "tags": tags.isEmpty ? nil : tags.joined(separator: separator),
            "currency": "\(client.currency)", "created_at": createdText, "closed_at": isClosed ? endText : nil,
        ]
        return WritableRecord(cells: cells.compactMapValues { $0 }, tags: tags) { .client($0, client) }
    }

    private mutating func subscription() -> WritableRecord {
        let (start, startText) = instant()
        let (end, endText) = instant()
        let isEnded = random.chance(50) && end >= start
        let subscription = Subscription(
            id: ExactText(text(upTo: 12)), clientID: ExactText(text(upTo: 12)), packageID: ExactText(text(upTo: 12)),
            startedAt: start, endedAt: isEnded ? end : nil)
        let cells: [String: String?] = [
            "id": subscription.id.string, "client_id": subscription.clientID.string,
            "package_id": subscription.packageID.string, "started_at": startText,
            "ended_at": isEnded ? endText : nil,
        ]
        return WritableRecord(cells: cells.compactMapValues { $0 }) { .subscription($0, subscription) }
    }

    private mutating func rate() -> WritableRecord {
        let units = random.pick([1_000_000, 1_000_000_000_000_000_000, random.between(1_000_000...10_000_000_000_000)])
        let rate = ExchangeRate(currency: currency(), effectiveOn: date(), rate: Int64(units))
        let text = decimal(rate.rate, digits: 12)
        let cells = ["currency": "\(rate.currency)", "effective_on": "\(rate.effectiveOn)", "rate": text]
        return WritableRecord(cells: cells) { .rate($0, rate) }
    }

    private mutating func transaction(of reader: TestReader) -> WritableRecord {
        let kind = random.pick(TransactionKind.allCases)
        let isPackaged = kind == .activation || kind == .renewal || (kind == .usage && random.chance(30))
        let size = random.pick([1, 1_000_000, 5_000_000, 999_999_999_999_999_999])
        var amount = kind == .usage && isPackaged ? 0 : random.between((kind == .refill ? 1 : 0)...size)
        if kind == .adjustment, random.chance(50) { amount = -amount }
        let (at, atText) = instant()
        let transaction = Transaction(
            id: ExactText(text(upTo: 16)), clientID: random.pick(reader.clients), at: at, kind: kind,
            amount: Int64(amount), packageID: isPackaged ? random.pick(reader.packages) : nil)
        let cells: [String: String?] = [
            "id": transaction.id.string, "client_id": transaction.clientID.string, "at": atText,
            "kind": kind.rawValue, "amount": decimal(transaction.amount, digits: 6),
            "package_id": transaction.packageID?.string,
        ]
        return WritableRecord(cells: cells.compactMapValues { $0 }) { .transaction($0, transaction) }
    }

    // MARK: - Values

    private static let pieces = [
        "a", "B", "7", "é", "e\u{301}", ",", "\"", "\"\"", "\n", "\r\n", "\r", "\t", "'", " ", "😀", "\u{2028}",
        "\u{FEFF}",
        "\\", "/", "\u{1}", "\u{85}", "ß", "\u{10FFFF}",
    ]

    /// 1 to `limit` scalars.
    mutating func text(upTo limit: Int) -> String {
        let count = random.chance(10) ? limit : random.between(1...min(limit, 6))
        var scalars = String.UnicodeScalarView()
        while scalars.count < count {
            let piece = random.chance(50) ? "x" : random.pick(Self.pieces)
            scalars.append(contentsOf: piece.unicodeScalars)
        }
        return String(String.UnicodeScalarView(scalars.prefix(count)))
    }

    private mutating func tag() -> String {
        let inner = text(upTo: 20).unicodeScalars.drop { $0.properties.isWhitespace }
        return "t" + String(String.UnicodeScalarView(inner)) + "t"
    }

    private mutating func currency() -> CurrencyCode { CurrencyCode(number: UInt16(random.between(0...17_575))) }

    private mutating func date() -> CivilDate {
        CivilDate(utc: Instant(seconds: Int64(random.between(631_152_000...7_258_118_399))))
    }

    /// A time in any offset.
    private mutating func instant() -> (Instant, String) {
        let seconds = Int64(random.pick([631_152_000, 7_258_118_399, random.between(631_152_000...7_258_118_399)]))
        if random.chance(50) { return (Instant(seconds: seconds), "\(CivilTime(seconds: seconds))Z") }
        let minutes = random.between(-1439...1439)
        let local = CivilTime(seconds: seconds + Int64(minutes) * 60)
        let sign = minutes < 0 || (minutes == 0 && random.chance(50)) ? "-" : "+"
        let offset = [abs(minutes) / 60, abs(minutes) % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
        return (Instant(seconds: seconds), "\(local)\(sign)\(offset.joined(separator: ":"))")
    }

    /// `units` of 10^-digits, with zeros that may stand there or not.
    private mutating func decimal(_ units: Int64, digits: Int) -> String {
        var text = String(units.magnitude)
        if text.utf8.count <= digits { text = String(repeating: "0", count: digits + 1 - text.utf8.count) + text }
        var fraction = text.suffix(digits)
        while fraction.hasSuffix("0"), random.chance(80) { fraction.removeLast() }
        let zeros = String(repeating: "0", count: random.chance(10) ? random.between(1...30) : 0)
        let sign = units < 0 || (units == 0 && random.chance(10)) ? "-" : ""
        return sign + zeros + text.dropLast(digits) + (fraction.isEmpty ? "" : "." + fraction)
    }
}

/// A file and what must be read from it.
struct WrittenFile {
    var bytes: [UInt8] = []
    var rows: [TestRow] = []
    var line = 1

    mutating func append(_ text: String) {
        bytes += Array(text.utf8)
        line += text.utf8.count { $0 == UInt8(ascii: "\n") }
    }
}

extension RandomRecords {
    /// Columns in any order, those without content perhaps missing; any quoting, line ends and blank lines.
    mutating func csv(_ kind: RecordKind, _ records: [WritableRecord]) -> WrittenFile {
        var columns = Self.columns[kind, default: []].filter { column in
            !Self.optionalColumns[kind, default: []].contains(column) || records.contains { $0.cells[column] != nil }
                || random.chance(50)
        }
        if records.contains(where: \.isRemoval) || random.chance(20) { columns.append("deleted") }
        columns = random.shuffled(columns)
        var file = WrittenFile()
        if random.chance(20) { file.append("\u{FEFF}") }
        blankLines(&file)
        file.append(columns.map { cell($0) }.joined(separator: ",") + lineEnd())
        for (number, record) in records.enumerated() {
            blankLines(&file)
            file.rows.append(record.row(file.line))
            file.append(columns.map { cell(content(of: $0, in: record)) }.joined(separator: ","))
            if number < records.count - 1 || random.chance(70) { file.append(lineEnd()) }
        }
        return file
    }

    private mutating func content(of column: String, in record: WritableRecord) -> String {
        if let content = record.cells[column] { return content }
        if column == "deleted" { return random.pick(["", "false"]) }
        return record.isRemoval && random.chance(30) ? text(upTo: 5) : ""
    }

    private mutating func cell(_ content: String) -> String {
        let needsQuotes = content.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
        guard needsQuotes || random.chance(20) else { return content }
        let doubled = content.unicodeScalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined()
        return "\"\(doubled)\""
    }

    private mutating func blankLines(_ file: inout WrittenFile) {
        while random.chance(10) { file.append(lineEnd()) }
    }

    private mutating func lineEnd() -> String { random.pick(["\n", "\r\n"]) }

    /// Members in any order, any escapes and white space.
    mutating func ndjson(_ kind: RecordKind, _ records: [WritableRecord]) -> WrittenFile {
        var file = WrittenFile()
        for record in records {
            blankLines(&file)
            file.rows.append(record.row(file.line))
            var members: [String] = []
            for column in Self.columns[kind, default: []] {
                guard let content = record.cells[column] else {
                    if random.chance(20) { members.append("\(json(column)):\(space())null") }
                    continue
                }
                let value =
                    column == "tags" ? "[" + record.tags.map { json($0) }.joined(separator: ",") + "]" : json(content)
                members.append("\(json(column))\(space()):\(space())\(value)")
            }
            if record.isRemoval { members.append("\"deleted\":true") }
            if !record.isRemoval, random.chance(10) { members.append("\"deleted\":\(random.pick(["false", "null"]))") }
            file.append("\(space()){\(random.shuffled(members).joined(separator: "\(space()),\(space())"))}\(space())")
            file.append(lineEnd())
        }
        return file
    }

    private mutating func space() -> String { random.pick(["", "", "", " ", "\t", "\r", "  "]) }

    private mutating func json(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\n": result += "\\n"
            case "/" where random.chance(50): result += "\\/"
            case _ where scalar.value < 0x20 || random.chance(5):
                for unit in UTF16.encode(scalar)! {
                    let digits = String(unit, radix: 16, uppercase: random.chance(50))
                    result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
                }
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
