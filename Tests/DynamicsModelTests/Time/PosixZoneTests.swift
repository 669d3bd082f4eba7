import DynamicsModel
import Testing

/// Rules in footers (RFC 9636 section 3.3.1), in files that have nothing else.
@Suite struct PosixZoneTests {
    struct Year: Sendable {
        let rule: String
        let year: Int
        /// In UTC.
        let changes: [String]
    }

    @Test(arguments: [
        Year(rule: "UTC0", year: 2024, changes: []),
        Year(rule: "EET-2EEST,M3.5.0/3,M10.5.0/4", year: 2024, changes: ["2024-03-31 01:00", "2024-10-27 01:00"]),
        // 02:00 and one hour where nothing else is said.
        Year(rule: "EST5EDT,M3.2.0,M11.1.0", year: 2024, changes: ["2024-03-10 07:00", "2024-11-03 06:00"]),
        Year(
            rule: "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", year: 2024, changes: ["2024-04-06 15:00", "2024-10-05 15:30"]),
        // The first, second, third and fourth Sunday, and the fifth or else the fourth, in a month that begins with one.
        Year(rule: "AAA0BBB,M9.1.0/0,M9.2.0/0", year: 2024, changes: ["2024-09-01 00:00", "2024-09-07 23:00"]),
        Year(rule: "AAA0BBB,M9.3.0/0,M9.4.0/0", year: 2024, changes: ["2024-09-15 00:00", "2024-09-21 23:00"]),
        Year(rule: "AAA0BBB,M9.5.0/0,M9.5.1/0", year: 2024, changes: ["2024-09-29 00:00", "2024-09-29 23:00"]),
        Year(rule: "AAA0BBB,M2.5.0/0,M2.5.4/0", year: 2026, changes: ["2026-02-22 00:00", "2026-02-25 23:00"]),
        Year(rule: "AAA0BBB,M2.1.4/0,M2.5.4/0", year: 2024, changes: ["2024-02-01 00:00", "2024-02-28 23:00"]),
        // Jn never counts 29 February, n does.
        Year(rule: "AAA0BBB,J59/0,J60/0", year: 2024, changes: ["2024-02-28 00:00", "2024-02-29 23:00"]),
        Year(rule: "AAA0BBB,J59/0,J60/0", year: 2023, changes: ["2023-02-28 00:00", "2023-02-28 23:00"]),
        Year(rule: "AAA0BBB,58/0,60/0", year: 2024, changes: ["2024-02-28 00:00", "2024-02-29 23:00"]),
        Year(rule: "AAA0BBB,58/0,60/0", year: 2023, changes: ["2023-02-28 00:00", "2023-03-01 23:00"]),
        Year(rule: "AAA0BBB,J1/0,J365/0", year: 2100, changes: ["2100-01-01 00:00", "2100-12-30 23:00"]),
        // Times of other days, with minutes, seconds and signs.
        Year(
            rule: "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", year: 2024, changes: ["2024-03-31 01:00", "2024-10-27 01:00"]),
        Year(rule: "EET-2EEST,M3.4.4/50,M10.4.4/50", year: 2025, changes: ["2025-03-29 00:00", "2025-10-24 23:00"]),
        Year(rule: "AAA0BBB,M6.1.0/9,M6.1.0/+167:59", year: 2024, changes: ["2024-06-02 09:00", "2024-06-08 22:59"]),
        Year(rule: "AAA0BBB,M6.1.6/-167,M7.1.1/-00:30", year: 2024, changes: ["2024-05-25 01:00", "2024-06-30 22:30"]),
        Year(rule: "AAA-0:30:00BBB+0:30,J9/1:30,J20", year: 2024, changes: ["2024-01-09 01:00", "2024-01-20 02:30"]),
        // Negative daylight-saving time.
        Year(rule: "IST-1GMT0,M10.5.0,M3.5.0/1", year: 2024, changes: ["2024-03-31 01:00", "2024-10-27 01:00"]),
        // Daylight-saving time all year.
        Year(rule: "EST5EDT,0/0,J365/25", year: 2024, changes: []),
        Year(rule: "XXX3EDT4,0/0,J365/23", year: 2023, changes: []),
    ])
    func changes(_ example: Year) throws {
        let rules = try HandMadeTZif.ruledBy(example.rule)
        let range = try utc("\(example.year)-01-01 00:00")..<utc("\(example.year + 1)-01-01 00:00")
        #expect(try rules.changes(within: range) == example.changes.map(utc))
    }

    @Test(arguments: [
        ("EST5EDT,0/0,J365/25", -4), ("XXX3EDT4,0/0,J365/23", -4), ("AAA3", -3), ("AAA+3", -3), ("<+14>-14", 14),
    ])
    func offsetAllYear(_ rule: String, _ hours: Int) throws {
        let rules = try HandMadeTZif.ruledBy(rule)
        for instant in ["1980-01-01 05:00", "2024-12-31 23:59", "2199-12-31 23:59"] {
            #expect(try rules.offset(at: utc(instant)) == hours * 3600)
        }
    }

    @Test func theSouthHasSummerAtNewYear() throws {
        let rules = try HandMadeTZif.ruledBy("<-04>4<-03>,M9.1.6/24,M4.1.6/24")
        #expect(try rules.offset(at: utc("2024-01-01 00:00")) == -3 * 3600)
        #expect(try rules.offset(at: utc("2024-07-01 00:00")) == -4 * 3600)
        #expect(try rules.offset(at: utc("2201-12-31 00:00")) == -3 * 3600)
    }

    @Test(arguments: [
        "UT0", "UTC", "<UTC0", "<+>0", "<A B>0", "U2C0", ":UTC0", "UTC25", "UTC0:60", "UTC0:00:60", "UTC-", "UTC--1",
        "UTC0 ", "UTC1234", "EST5EDT", "EST5EDT4", "EST5EDT,", "EST5EDT,M3.2.0", "EST5EDT,M3.2.0,",
        "EST5EDT,M3.2.0,M11.1.0,", "EST5EDT,M0.2.0,M11.1.0", "EST5EDT,M13.2.0,M11.1.0", "EST5EDT,M3.0.0,M11.1.0",
        "EST5EDT,M3.6.0,M11.1.0", "EST5EDT,M3.2.7,M11.1.0", "EST5EDT,M3.2,M11.1.0", "EST5EDT,J0,J5", "EST5EDT,J366,J5",
        "EST5EDT,366,5", "EST5EDT,-1,5", "EST5EDT,M3.2.0/168,M11.1.0", "EST5EDT,M3.2.0/-168,M11.1.0",
        "EST5EDT,M3.2.0/,M11.1.0", "EST5EDT,M3.2.0/2:60,M11.1.0", "EST5EDT;M3.2.0;M11.1.0",
        "EST5EDT,0,1/99999999999999999999", "AAA-25BBB,0,1", "ÅÅÅ0", "\u{0}",
    ])
    func nonsense(_ rule: String) throws {
        #expect(throws: DynamicsError.self) { try HandMadeTZif.ruledBy(rule) }
    }
}
