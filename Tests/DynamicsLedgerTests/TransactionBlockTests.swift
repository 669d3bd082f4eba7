import DynamicsLedger
import DynamicsTestSupport
import Foundation
import GRDB
import Testing

@Suite struct TransactionBlockTests {
    struct Row: Equatable {
        var id: String
        var at: Int64
        var kind: UInt8
        var amount: Int64
        var package: UInt32
    }

    static let ids = [
        "a", "T00000000001", "say \"hi\"", "back\\slash", "\\", "\"", "tab\there", "line\nbreak\r", "\u{1}\u{1F}\u{7F}",
        "é", "e\u{301}", "😀", "]", "],[", "[[\"x\",0,0,0]]", String(repeating: "\u{1}", count: 64),
        String(repeating: "\u{10FFFF}", count: 64),
    ]

    private func randomRows(_ random: inout SplitMix64) -> [Row] {
        var at = Int64(random.between(631_152_000...7_000_000_000))
        return (0..<random.between(1...300)).map { _ in
            at += Int64(random.between(0...1_000_000))
            let amount = random.pick([0, 1, -1, 999_999_999_999_999_999, -999_999_999_999_999_999, 1_250_000])
            return Row(
                id: random.chance(30) ? random.pick(Self.ids) : "T\(random.between(0...999_999_999))", at: at,
                kind: UInt8(random.between(0...4)), amount: Int64(amount),
                package: random.pick([0, 0, 1, 12, 2_147_483_647]))
        }
    }

    private func encoded(_ rows: [Row]) -> (text: [UInt8], firstAt: Int64) {
        var encoder = TransactionBlockEncoder()
        for row in rows {
            Array(row.id.utf8).withUnsafeBytes {
                encoder.append(id: $0, at: row.at, kind: row.kind, amount: row.amount, package: row.package)
            }
        }
        let firstAt = encoder.firstAt
        return ([UInt8](encoder.finish()), firstAt)
    }

    private func decoded(_ text: [UInt8], firstAt: Int64, count: Int) throws -> TransactionColumns {
        var columns = TransactionColumns()
        try (text + [0]).withUnsafeBytes { bytes in
            try TransactionBlock.decode(
                UnsafeRawBufferPointer(rebasing: bytes.dropLast()), firstAt: firstAt, count: count, into: &columns)
        }
        return columns
    }

    @Test(arguments: 0..<50) func whatWasEncodedIsDecoded(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        let rows = randomRows(&random)
        let (text, firstAt) = encoded(rows)
        #expect(firstAt == rows[0].at)
        let columns = try decoded(text, firstAt: firstAt, count: rows.count)
        #expect(columns.at == rows.map(\.at))
        #expect(columns.kind == rows.map(\.kind))
        #expect(columns.amount == rows.map(\.amount))
        #expect(columns.package == rows.map(\.package))
    }

    /// SQLite's own JSON functions read the same out of a block.
    @Test(arguments: 0..<20) func theTextIsJSON(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(1000 + seed))
        let rows = randomRows(&random)
        let (text, firstAt) = encoded(rows)
        let read = try DatabaseQueue().read { db in
            try GRDB.Row.fetchAll(
                db,
                sql: """
                    SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
                        json_extract(value, '$[3]'), coalesce(json_extract(value, '$[4]'), 0) FROM json_each(?)
                    """, arguments: [String(decoding: text, as: UTF8.self)]
            ).map { row in
                Row(
                    id: row[0], at: firstAt + (row[1] as Int64), kind: row[2], amount: row[3], package: row[4])
            }
        }
        #expect(read.map { Array($0.id.utf8) } == rows.map { Array($0.id.utf8) })
        #expect(
            read.map { [$0.at, Int64($0.kind), $0.amount, Int64($0.package)] }
                == rows.map { [$0.at, Int64($0.kind), $0.amount, Int64($0.package)] })
    }

    static let damaged = [
        "", "[", "[]", "[[]]", #"[["a",0,0,0]"#, #"[["a",0,0,0]]]"#, #"[["a",0,0,0]],"#, #"[["a",0,0,0],]"#,
        #"[["",0,0,0]]"#, #"[["a",00,0,0]]"#, #"[["a",-1,0,0]]"#, #"[["a",0,5,0]]"#, #"[["a",0,0,-0]]"#,
        #"[["a",0,0,01]]"#, #"[["a",0,0,0,0]]"#, #"[["a",0,0,0,1,2]]"#, #"[["a",0,0,1.5]]"#, #"[["a", 0,0,0]]"#,
        #"[["a\n",0,0,0]]"#, #"[["a\u000A",0,0,0]]"#, #"[["a\/",0,0,0]]"#, #"[["a\",0,0,0]]"#, #"[["a",0,0,]]"#,
        #"[["a",0,0,1234567890123456789]]"#, #"[["a",99999999999,0,0]]"#, "[[\"a\u{1}\",0,0,0]]", #"{"a":1,"b":23}"#,
        #"[["a",0,0,0]][["b",0,0,0]]"#, #"[["a",0,0,0,2147483648]]"#,
    ]

    @Test(arguments: damaged) func whatWasNotEncodedIsRefused(text: String) {
        #expect(throws: DamagedBlock.self) { try decoded(Array(text.utf8), firstAt: 0, count: 1) }
    }

    @Test func aCountThatIsWrongIsRefused() throws {
        let text = Array(#"[["a",0,0,0],["b",1,0,0]]"#.utf8)
        #expect(try decoded(text, firstAt: 0, count: 2).count == 2)
        for count in [-1, 0, 1, 3, 1 << 40] {
            #expect(throws: DamagedBlock.self) { try decoded(text, firstAt: 0, count: count) }
        }
    }

    @Test func everyPrefixIsRefused() {
        let (text, firstAt) = encoded([
            Row(id: "say \"hi\"\n", at: 700_000_000, kind: 3, amount: -12, package: 7),
            Row(id: "b", at: 700_000_009, kind: 1, amount: 0, package: 0),
        ])
        for length in 0..<text.count {
            #expect(throws: DamagedBlock.self) { try decoded(Array(text[..<length]), firstAt: firstAt, count: 2) }
        }
    }
}
