import DynamicsImport
import Testing

/// One kind of bad row or file: what it is refused with, and where.
struct BadInput: Sendable, CustomTestStringConvertible {
    var kind: RecordKind
    var format: ImportFormat
    var bytes: [UInt8]
    var line: Int?
    var column: String?
    /// Part of the message.
    var message: String

    var testDescription: String { "\(kind) \(format): \(message)" }

    static func csv(_ kind: RecordKind, _ text: String, _ line: Int?, _ column: String?, _ message: String) -> BadInput
    {
        BadInput(kind: kind, format: .csv, bytes: Array(text.utf8), line: line, column: column, message: message)
    }

    static func bytes(_ kind: RecordKind, _ bytes: [UInt8], _ line: Int?, _ column: String?, _ message: String)
        -> BadInput
    {
        BadInput(kind: kind, format: .csv, bytes: bytes, line: line, column: column, message: message)
    }

    /// A bad row behind a good one.
    static func client(_ row: String, _ column: String?, _ message: String) -> BadInput {
        let header = "id,name,type,owner_id,tags,currency,created_at,closed_at,deleted\n"
        return csv(.clients, header + "z,Zoe,client,,,EUR,2024-01-01T00:00:00Z,,\n" + row + "\n", 3, column, message)
    }

    static func subscription(_ row: String, _ column: String?, _ message: String) -> BadInput {
        csv(.subscriptions, "id,client_id,package_id,started_at,ended_at\n" + row + "\n", 2, column, message)
    }

    static func transaction(_ row: String, _ column: String?, _ message: String) -> BadInput {
        let header = "id,client_id,at,kind,amount,package_id\n"
        return csv(.transactions, header + "t0,a,2024-01-01T00:00:00Z,usage,1,\n\n" + row, 4, column, message)
    }

    static func amount(_ amount: String, _ message: String) -> BadInput {
        transaction("t1,a,2024-01-01T00:00:00Z,adjustment,\(amount),", "amount", message)
    }

    static func at(_ timestamp: String, _ message: String) -> BadInput {
        transaction("t1,a,\(timestamp),usage,1,", "at", message)
    }

    static func kind(_ kind: String, _ amount: String, _ package: String, _ column: String, _ message: String)
        -> BadInput
    {
        transaction("t1,a,2024-01-01T00:00:00Z,\(kind),\(amount),\(package)", column, message)
    }

    static func rate(_ row: String, _ column: String?, _ message: String) -> BadInput {
        csv(.rates, "currency,effective_on,rate\r\nUSD,2024-01-01,0.9\r\n" + row, 3, column, message)
    }

    static func json(_ row: String, _ column: String?, _ message: String, kind: RecordKind = .packages) -> BadInput {
        let text = "\n" + row + "\n"
        return BadInput(
            kind: kind, format: .ndjson, bytes: Array(text.utf8), line: 2, column: column, message: message)
    }
}

@Suite struct BadInputTests {
    @Test(arguments: wholeFiles + headers + quoting + texts)
    func aFileOrItsFormIsRefused(_ input: BadInput) throws { try check(input) }

    @Test(arguments: clients + subscriptions + rates)
    func aRecordIsRefused(_ input: BadInput) throws { try check(input) }

    @Test(arguments: amounts + timestamps + transactions)
    func aTransactionIsRefused(_ input: BadInput) throws { try check(input) }

    @Test(arguments: objects)
    func anObjectIsRefused(_ input: BadInput) throws { try check(input) }

    /// Exactly one problem, however the bytes are cut.
    private func check(_ input: BadInput) throws {
        for chunkSize in [1, 50, 1 << 20] {
            let reading = try TestReader(chunkSize: chunkSize).read(input.bytes, input.kind, input.format)
            let problem = try #require(reading.problems.first)
            #expect(reading.problems.count == 1)
            #expect(problem.file == "\(input.kind.rawValue).\(input.format.rawValue)")
            #expect(problem.line == input.line)
            #expect(problem.column == input.column)
            #expect(problem.message.contains(input.message), "\(problem)")
        }
    }

    static let wholeFiles: [BadInput] = [
        .csv(.clients, "", nil, nil, "the file is empty; its first line must name the columns: id, name, type"),
        .csv(.rates, "\r\n\n", nil, nil, "the file is empty"),
        .csv(.rates, "\u{FEFF}", nil, nil, "the file is empty"),
        .bytes(.packages, [0xFF, 0xFE, 0x69, 0x00], nil, nil, "the file is UTF-16; save it as UTF-8"),
        .bytes(.packages, [0xFE, 0xFF, 0x00, 0x69], nil, nil, "UTF-16"),
        .bytes(.packages, [0x1F, 0x8B, 0x08, 0x00], nil, nil, "compressed with gzip; let its name end in .gz"),
        .csv(
            .packages, "id,name\na,A\nb," + String(repeating: "x", count: 65_534) + "\nc,C\n", 3, nil,
            "longer than 65536 bytes"),
        .csv(.packages, "id,name\na,A\n\"b,B\n" + String(repeating: "c,C\n", count: 20_000), 3, nil, "a quote without"),
        .csv(.packages, "id," + String(repeating: "name", count: 20_000), 1, nil, "longer than 65536 bytes"),
        .csv(.packages, "\"id,name\n" + String(repeating: "c,C\n", count: 20_000), 1, nil, "longer than 65536 bytes"),
    ]

    static let headers: [BadInput] = [
        .csv(
            .packages, "id,name,colour\n", 1, nil,
            "unknown column \"colour\"; a file of packages has the columns id, name"),
        .csv(.packages, "id,Name\n", 1, nil, "unknown column \"Name\""),
        .csv(.packages, "id,name,\n", 1, nil, "unknown column \"\""),
        .csv(.packages, "id, name\n", 1, nil, "unknown column \" name\""),
        .csv(.packages, "id;name\n", 1, nil, "unknown column \"id;name\"; cells are separated by commas"),
        .csv(.packages, "\n\nid,name,id\n", 3, nil, "the column \"id\" is there twice"),
        .csv(.packages, "id\n", 1, nil, "there is no column \"name\""),
        .csv(.packages, "name,deleted\n", 1, nil, "there is no column \"id\""),
        .csv(.rates, "currency,deleted\n", 1, nil, "there is no column \"effective_on\""),
        .csv(.transactions, "id,client_id,at,kind,package_id\n", 1, nil, "there is no column \"amount\""),
        .csv(.packages, "id,\"name\n", 1, nil, "no closing quote"),
        .csv(.packages, "id,na\"me\n", 1, nil, "a quote inside the unquoted cell"),
        .csv(.packages, "id\rname\r", 1, nil, "a carriage return without a line feed"),
        .bytes(.packages, Array("id,n".utf8) + [0xE9] + Array("me\n".utf8), 1, nil, "the header is not UTF-8"),
        .csv(.packages, "id,name\u{0}\n", 1, nil, "unknown column \"name\\u{0000}\""),
    ]

    static let quoting: [BadInput] = [
        .csv(.packages, "id,name\na,\"A\nB\"\nb,\"open\nand on", 4, nil, "\"\\\"open\\nand on\" has no closing quote"),
        .csv(
            .packages, "id,name\na,A\nb,six\" nails\nc,C\n", 3, nil,
            "a quote inside the unquoted cell \"six\\\" nails\""),
        .csv(.packages, "id,name\na,A\nb, \"B\"\n", 3, nil, "a quote inside the unquoted cell"),
        .csv(.packages, "id,name\na,\"A\"x\nb,B\n", 2, nil, "text behind the closing quote in \"\\\"A\\\"x\""),
        .csv(.packages, "id,name\na,\"A\" \nb,B\n", 2, nil, "text behind the closing quote"),
        .csv(.packages, "id,name\na,\"A\n\n\"x,\"\nb\n\"\nc,C\n", 2, nil, "text behind the closing quote"),
        .csv(.packages, "id,name\na,A\rb,B\n", 2, nil, "a carriage return without a line feed"),
        .csv(.packages, "id,name\na,A\r", 2, nil, "a carriage return without a line feed"),
        .csv(.packages, "id,name\na,A\r\r\nb,B\n", 2, nil, "a carriage return without a line feed"),
        .csv(.packages, "id,name\na,\"A\"\rb,B\n", 2, nil, "a carriage return without a line feed"),
        .csv(.packages, "id,name\na\nb,B\n", 2, nil, "the row has 1 cell, but the header has 2"),
        .csv(.packages, "id,name\na,A,\n", 2, nil, "the row has 3 cells, but the header has 2"),
        .csv(.packages, "id,name\n\"a\",\"A\",\"\"\n", 2, nil, "the row has 3 cells, but the header has 2"),
        .csv(.packages, "id,name\na,A\n \n", 3, nil, "the row has 1 cell, but the header has 2"),
        .csv(.packages, "id,name\n\"\"\n", 2, nil, "the row has 1 cell, but the header has 2"),
    ]

    static let texts: [BadInput] = [
        .bytes(.packages, Array("id,name\na,caf".utf8) + [0xE9, 0x0A], 2, "name", "\"caf\\xE9\" is not UTF-8"),
        .bytes(.packages, Array("id,name\na".utf8) + [0xC0, 0x80] + Array(",A\n".utf8), 2, "id", "is not UTF-8"),
        .bytes(.packages, Array("id,name\na,\"".utf8) + [0xED, 0xA0, 0x80, 0x22], 2, "name", "is not UTF-8"),
        .bytes(.packages, Array("id,name\na,A".utf8) + [0xF0, 0x9F, 0x98, 0x0A], 2, "name", "is not UTF-8"),
        .csv(.packages, "id,name\na,A\u{0}B\n", 2, "name", "\"A\\u{0000}B\" contains the character U+0000"),
        .csv(.packages, "id,name\n\"a\u{0}\",A\n", 2, "id", "contains the character U+0000"),
        .csv(.packages, "id,name\n,A\n", 2, "id", "must not be empty"),
        .csv(.packages, "id,name\na,\n", 2, "name", "must not be empty"),
        .csv(.packages, "id,name\na,\"\"\n", 2, "name", "must not be empty"),
        .csv(
            .packages, "id,name\n" + String(repeating: "é", count: 65) + ",A\n", 2, "id",
            "has 65 characters; at most 64 are allowed"),
        .csv(
            .packages, "id,name\na," + String(repeating: "😀", count: 256) + "\n", 2, "name",
            "…\" has 256 characters; at most 255 are allowed"),
        .csv(.packages, "id,name,deleted\na,A,yes\n", 2, "deleted", "\"yes\" is neither true nor false"),
        .csv(.packages, "id,name,deleted\na,A,TRUE\n", 2, "deleted", "\"TRUE\" is neither true nor false"),
        .csv(.packages, "id,name,deleted\n,A,true\n", 2, "id", "must not be empty"),
        .csv(.packages, "id,deleted\na,true\nb,false\n", 3, "name", "the file has no such column"),
        .csv(.transactions, "id,deleted\na,true\nb,\n", 3, "client_id", "the file has no such column"),
    ]

    static let clients: [BadInput] = [
        .client(
            "a,A,person,,,EUR,2024-01-01T00:00:00Z,,", "type",
            "\"person\" is not a client type; there are client, reseller"),
        .client("a,A,Client,,,EUR,2024-01-01T00:00:00Z,,", "type", "\"Client\" is not a client type"),
        .client("a,A,,,,EUR,2024-01-01T00:00:00Z,,", "type", "must not be empty"),
        .client("a,A,client,,,eur,2024-01-01T00:00:00Z,,", "currency", "\"eur\" is not a currency code"),
        .client("a,A,client,,,EURO,2024-01-01T00:00:00Z,,", "currency", "\"EURO\" is not a currency code"),
        .client("a,A,client,,,,2024-01-01T00:00:00Z,,", "currency", "must not be empty"),
        .client("a,A,client,,,EUR,,,", "created_at", "must not be empty"),
        .client("a,A,client,,,EUR,2024-01-01,,", "created_at", "\"2024-01-01\" is not a timestamp; write 2024-"),
        .client(
            "a,A,client,,,EUR,2024-01-02T00:00:00Z,2024-01-02T00:59:59+01:00,", "closed_at",
            "\"2024-01-02T00:59:59+01:00\" is before created_at, \"2024-01-02T00:00:00Z\""),
        .client(
            "a,A,client,\(String(repeating: "o", count: 65)),,EUR,2024-01-01T00:00:00Z,,", "owner_id",
            "has 65 characters"),
        .client(
            "a,A,client,,vip;\(String(repeating: "t", count: 256)) ;x,EUR,2024-01-01T00:00:00Z,,", "tags",
            "has 256 characters"),
    ]

    static let subscriptions: [BadInput] = [
        .subscription("s,,p,2024-01-01T00:00:00Z,", "client_id", "must not be empty"),
        .subscription("s,a,,2024-01-01T00:00:00Z,", "package_id", "must not be empty"),
        .subscription("s,a,p,,", "started_at", "must not be empty"),
        .subscription("s,a,p,2024-01-01T00:00:01Z,2024-01-01T00:00:00Z", "ended_at", "is before started_at"),
        .subscription("s,a,p,2024-01-01T00:00:01Z,never", "ended_at", "\"never\" is not a timestamp"),
    ]

    static let rates: [BadInput] = [
        .rate(",2024-01-01,1", "currency", "must not be empty"),
        .rate("US,2024-01-01,1", "currency", "\"US\" is not a currency code"),
        .rate("USD,,1", "effective_on", "must not be empty"),
        .rate("USD,2024-1-1,1", "effective_on", "\"2024-1-1\" is not a date such as 2024-03-15"),
        .rate("USD,2024-01-01T00:00:00Z,1", "effective_on", "is not a date"),
        .rate("USD,2023-02-29,1", "effective_on", "has a date that does not exist"),
        .rate("USD,1989-12-31,1", "effective_on", "is not within the years 1990 to 2199"),
        .rate("USD,2200-01-01,1", "effective_on", "is not within the years 1990 to 2199"),
        .rate("USD,2024-01-01,", "rate", "must not be empty"),
        .rate("USD,2024-01-01,0", "rate", "\"0\" is not between 0.000001 and 1000000"),
        .rate("USD,2024-01-01,-1", "rate", "is not between"),
        .rate("USD,2024-01-01,0.000000999999", "rate", "is not between"),
        .rate("USD,2024-01-01,1000000.000000000001", "rate", "is not between"),
        .rate("USD,2024-01-01,99999999999999999999999", "rate", "is not between"),
        .rate("USD,2024-01-01,1.0000000000000", "rate", "has more than 12 digits after the point"),
        .rate("USD,2024-01-01,1e3", "rate", "is not a decimal number"),
    ]

    static let amounts: [BadInput] = [
        .amount("", "must not be empty"),
        .transaction("t1,a,2024-01-01T00:00:00Z,usage,\"12,5\",", "amount", "\"12,5\" is not a decimal number"),
        .amount("+5", "\"+5\" is not a decimal number"),
        .amount("1e3", "is not a decimal number"),
        .amount(" 5", "is not a decimal number"),
        .amount("5 ", "is not a decimal number"),
        .amount("5.", "is not a decimal number"),
        .amount(".5", "is not a decimal number"),
        .amount("-", "is not a decimal number"),
        .amount("--5", "is not a decimal number"),
        .amount("1.2.3", "is not a decimal number"),
        .amount("0x10", "is not a decimal number"),
        .amount("NaN", "is not a decimal number"),
        .amount("٣", "is not a decimal number"),
        .amount("−5", "is not a decimal number"),
        .amount("1_000", "is not a decimal number"),
        .amount("1.0000000", "has more than 6 digits after the point"),
        .amount("1000000000000", "is too large"),
        .amount("-1000000000000.000000", "is too large"),
        .amount("18446744073709551617", "is too large"),
    ]

    static let timestamps: [BadInput] = [
        .at("", "must not be empty"),
        .at("2024-01-01 00:00:00Z", "is not a timestamp; write 2024-03-15T12:30:00Z or"),
        .at("2024-01-01T00:00:00", "has no offset from UTC"),
        .at("2024-01-01T00:00:00.000Z", "has fractions of a second"),
        .at("2024-01-01t00:00:00Z", "has a small letter"),
        .at("2024-01-01T00:00:00z", "has a small letter"),
        .at("2024-01-01T00:00Z", "is not a timestamp"),
        .at("2024-01-01T00:00:00+0200", "is not a timestamp"),
        .at("2024-01-01T00:00:00+02", "is not a timestamp"),
        .at("2024-01-01T00:00:00+24:00", "is not a timestamp"),
        .at("2024-01-01T00:00:00+02:60", "is not a timestamp"),
        .at("2024-01-01T00:00:00Z ", "is not a timestamp"),
        .at("2024/01/01T00:00:00Z", "is not a timestamp"),
        .at("1704067200", "is not a timestamp"),
        .at("2024-13-01T00:00:00Z", "has a date that does not exist"),
        .at("2024-00-01T00:00:00Z", "has a date that does not exist"),
        .at("2024-04-31T00:00:00Z", "has a date that does not exist"),
        .at("2100-02-29T00:00:00Z", "has a date that does not exist"),
        .at("2024-01-01T24:00:00Z", "has a time of day that does not exist"),
        .at("2024-01-01T23:60:00Z", "has a time of day that does not exist"),
        .at("2016-12-31T23:59:60Z", "has a leap second"),
        .at("1989-12-31T23:59:59Z", "is not within the years 1990 to 2199"),
        .at("1990-01-01T00:00:00+00:01", "is not within the years 1990 to 2199"),
        .at("2200-01-01T00:00:00Z", "is not within the years 1990 to 2199"),
        .at("2199-12-31T23:59:59-00:01", "is not within the years 1990 to 2199"),
    ]

    static let transactions: [BadInput] = [
        .transaction(",a,2024-01-01T00:00:00Z,usage,1,", "id", "must not be empty"),
        .transaction("\(String(repeating: "t", count: 65)),a,2024-01-01T00:00:00Z,usage,1,", "id", "has 65 characters"),
        .transaction("t1,,2024-01-01T00:00:00Z,usage,1,", "client_id", "must not be empty"),
        .transaction("t1,c,2024-01-01T00:00:00Z,usage,1,", "client_id", "there is no client \"c\""),
        .transaction("t1,A,2024-01-01T00:00:00Z,usage,1,", "client_id", "there is no client \"A\""),
        .transaction("t1,a,2024-01-01T00:00:00Z,activation,1,r", "package_id", "there is no package \"r\""),
        .transaction(
            "t1,\(String(repeating: "c", count: 65)),2024-01-01T00:00:00Z,usage,1,", "client_id", "has 65 characters"),
        .kind("", "1", "", "kind", "must not be empty"),
        .kind("payment", "1", "", "kind", "\"payment\" is not a kind of transaction; there are refill, usage"),
        .kind("Usage", "1", "", "kind", "\"Usage\" is not a kind of transaction"),
        .kind("refill", "0", "", "amount", "\"0\": must be more than 0 in a transaction of kind refill"),
        .kind("refill", "-1", "", "amount", "must be more than 0"),
        .kind("refill", "1", "p", "package_id", "\"p\": must be empty in a transaction of kind refill"),
        .kind("adjustment", "1", "p", "package_id", "must be empty in a transaction of kind adjustment"),
        .kind("usage", "-0.000001", "", "amount", "\"-0.000001\": must not be negative"),
        .kind("usage", "0.000001", "p", "amount", "must be 0 in usage with a package"),
        .kind("activation", "1", "", "package_id", "must not be empty in a transaction of kind activation"),
        .kind("renewal", "0", "", "package_id", "must not be empty in a transaction of kind renewal"),
        .kind("activation", "-1", "p", "amount", "must not be negative"),
        .kind("renewal", "-1", "p", "amount", "must not be negative"),
    ]

    static let objects: [BadInput] = [
        .json(" ", nil, "a JSON object such as {\"id\": \"a\"} was expected at byte 2 of the line, where it ends"),
        .json("[]", nil, "a JSON object such as"),
        .json("{\"id\": \"a\", \"name\": \"A\"", nil, "a comma or a closing brace was expected at byte 24"),
        .json("{\"id\": \"a\", \"name\": \"A\",}", nil, "a string was expected at byte 25 of the line, before \"}\""),
        .json("{\"id\": \"a\", \"name\": \"A\"} x", nil, "nothing was expected behind the object at byte 26"),
        .json("{\"id\": \"a\"} {\"name\": \"A\"}", nil, "nothing was expected behind the object"),
        .json("{\"id\" \"a\"}", nil, "a colon was expected"),
        .json("{id: \"a\"}", nil, "a string was expected"),
        .json("{\"id\": \"a\", \"id\": \"b\", \"name\": \"A\"}", "id", "is there twice"),
        .json("{\"id\": null, \"\\u0069d\": \"b\", \"name\": \"A\"}", "id", "is there twice"),
        .json(
            "{\"id\": \"a\", \"name\": \"A\", \"colour\": 1}", nil,
            "unknown member \"colour\"; the members are id, name"),
        .json("{\"id\": 1, \"name\": \"A\"}", "id", "must be a string"),
        .json("{\"id\": \"a\", \"name\": [\"A\"]}", "name", "must be a string"),
        .json("{\"id\": \"a\", \"name\": true}", "name", "must be a string"),
        .json("{\"id\": \"a\"}", "name", "must not be empty"),
        .json("{}", "id", "must not be empty"),
        .json("{\"id\": \"a\", \"name\": null}", "name", "must not be empty"),
        .json("{\"id\": \"a\", \"deleted\": \"true\"}", "deleted", "must be true or false, without quotes"),
        .json("{\"id\": \"a\", \"deleted\": 1}", "deleted", "must be true or false"),
        .json("{\"id\": \"a\", \"name\": \"A}", nil, "a string has no closing quote"),
        .json("{\"id\": \"a\", \"name\": \"A\\", nil, "a string has no closing quote"),
        .json("{\"id\": \"a\", \"name\": \"\\x41\"}", nil, "there is no such escape"),
        .json("{\"id\": \"a\", \"name\": \"\\u00g0\"}", nil, "\\u needs four hexadecimal digits"),
        .json("{\"id\": \"a\", \"name\": \"\\ud83d\"}", nil, "half a surrogate pair is no character"),
        .json("{\"id\": \"a\", \"name\": \"\\ud83d\\u0041\"}", nil, "half a surrogate pair is no character"),
        .json("{\"id\": \"a\", \"name\": \"\\ude00\"}", nil, "half a surrogate pair is no character"),
        .json("{\"id\": \"a\", \"name\": \"\\u0000\"}", "name", "U+0000"),
        .json("{\"id\": \"a\", \"name\": \"A\tB\"}", nil, "a control character in a string must be escaped"),
        .json("{\"id\": \"a\", \"tags\": \"vip\"}", "tags", "must be an array of strings", kind: .clients),
        .json("{\"id\": \"a\", \"tags\": [1]}", "tags", "must be an array of strings", kind: .clients),
        .json("{\"id\": \"a\", \"tags\": [\"a\",]}", "tags", "must be an array of strings", kind: .clients),
        .json("{\"id\": \"a\", \"tags\": [\"a\"", nil, "a closing bracket was expected", kind: .clients),
        .json(
            "{\"id\":\"t\",\"client_id\":\"a\",\"at\":\"2024-01-01T00:00:00Z\",\"kind\":\"usage\",\"amount\":12.5}",
            "amount", "must be a string", kind: .transactions),
        .json(
            "{\"id\":\"t\",\"client_id\":\"x\",\"at\":\"2024-01-01T00:00:00Z\",\"kind\":\"usage\",\"amount\":\"1\"}",
            "client_id", "there is no client \"x\"", kind: .transactions),
        BadInput(
            kind: .packages, format: .ndjson,
            bytes: Array("{\"id\":\"a\",\"name\":\"".utf8) + [0xFF] + Array("\"}".utf8),
            line: 1, column: nil, message: "is not UTF-8"),
        BadInput(
            kind: .packages, format: .ndjson, bytes: Array("\n\n".utf8) + Array(repeating: 0x20, count: 65_537),
            line: 3, column: nil, message: "longer than 65536 bytes"),
    ]
}
