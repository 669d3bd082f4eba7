import DynamicsModel
import DynamicsTestSupport
import Testing

/// TZif files by hand, whole and damaged (RFC 9636).
@Suite struct TZifFileTests {
    private func rules(_ file: HandMadeTZif) throws -> TimeZoneRules {
        try TimeZoneRules(name: "Made", tzif: file.bytes)
    }

    @Test(arguments: ["\0", "2", "3", "4"])
    func versions(_ version: String) throws {
        let file = HandMadeTZif(
            version: try #require(version.utf8.first), transitions: [(-86_400, 1), (0, 0), (1_000_000_000, 1)],
            offsets: [-2670, 3600])
        let rules = try rules(file)
        #expect(rules.offset(at: Instant(seconds: -86_401)) == -2670)
        #expect(rules.offset(at: Instant(seconds: -86_400)) == 3600)
        #expect(rules.offset(at: Instant(seconds: -1)) == 3600)
        #expect(rules.offset(at: Instant(seconds: 0)) == -2670)
        #expect(rules.offset(at: Instant(seconds: 999_999_999)) == -2670)
        #expect(rules.offset(at: Instant(seconds: 1_000_000_000)) == 3600)
        #expect(rules.offset(at: .end) == 3600)
    }

    @Test func timesBeyond32BitsAreRead() throws {
        let file = HandMadeTZif(
            transitions: [(-1 << 59, 0), (1 << 33, 1)], offsets: [0, 7200], footer: "\nEET-2\n")
        let rules = try rules(file)
        #expect(rules.offset(at: Instant(seconds: 1 << 33 - 1)) == 0)
        #expect(rules.offset(at: Instant(seconds: 1 << 33)) == 7200)
    }

    @Test func changesThatChangeNothingAreNone() throws {
        let rules = try rules(HandMadeTZif(transitions: [(0, 0), (100, 1), (200, 2)], offsets: [0, 3600, 3600]))
        #expect(rules.changes(within: Instant(seconds: -1000)..<Instant(seconds: 1000)) == [Instant(seconds: 100)])
    }

    /// Also where the file's last transition is to an offset that the footer has only later.
    @Test(arguments: ["2030-10-27 01:00", "2030-10-20 01:00"])
    func theFooterBeginsAfterTheLastTransition(_ last: String) throws {
        let file = HandMadeTZif(
            transitions: [(try utc(last).seconds, 1)], offsets: [0, 7200],
            footer: "\nEET-2EEST,M3.5.0/3,M10.5.0/4\n")
        let changes = try rules(file).changes(within: .earliest..<utc("2032-01-01 00:00"))
        #expect(try changes == [utc(last), utc("2031-03-30 01:00"), utc("2031-10-26 01:00")])
    }

    @Test(arguments: [
        (HandMadeTZif(magic: "TZiF"), "TZif"),
        (HandMadeTZif(version: UInt8(ascii: "5")), "version"),
        (HandMadeTZif(version: UInt8(ascii: "1")), "version"),
        (HandMadeTZif(leapSeconds: 1), "leap seconds"),
        (HandMadeTZif(version: 0, leapSeconds: 27), "leap seconds"),
        (HandMadeTZif(offsets: []), "no local time types"),
        (HandMadeTZif(offsets: [93_600]), "exceeds"),
        (HandMadeTZif(offsets: [.min]), "exceeds"),
        (HandMadeTZif(transitions: [(0, 1)]), "no local time type"),
        (HandMadeTZif(transitions: [(0, 0), (0, 0)]), "out of order"),
        (HandMadeTZif(transitions: [(5, 0), (-5, 0)]), "out of order"),
        (HandMadeTZif(claimedTransitions: .max), "too early"),
        (HandMadeTZif(transitions: [(0, 0)], claimedTransitions: 0), "no TZif"),
        (HandMadeTZif(footer: ""), "footer is missing"),
        (HandMadeTZif(footer: "\nUTC0"), "footer does not end"),
        (HandMadeTZif(footer: "\nnonsense\n"), "no rule"),
        (HandMadeTZif(transitions: [(0, 0)], footer: "\nEET-2\n"), "contradicts"),
    ])
    func damage(_ file: HandMadeTZif, _ reason: String) throws {
        let error = #expect(throws: DynamicsError.self) { try rules(file) }
        #expect(error?.kind == .unavailable)
        #expect(error?.field == "timezone")
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("Made") == true)
    }

    @Test(arguments: ["Europe/Kyiv", "America/St_Johns", "UTC"])
    func everyTruncationIsRefused(_ name: String) throws {
        let bytes = try fileBytes(name)
        for length in 0..<bytes.count {
            #expect(throws: DynamicsError.self, "\(name), \(length) bytes") {
                try TimeZoneRules(name: name, tzif: Array(bytes.prefix(length)))
            }
        }
    }

    /// A damaged file is refused or gives rules that can be asked anything; it never ends the program.
    @Test(arguments: ["Europe/Kyiv", "Africa/Casablanca", "Pacific/Apia", "UTC"])
    func damagedBytesDoNoHarm(_ name: String) throws {
        let bytes = try fileBytes(name)
        var random = SplitMix64(seed: 20_250_301)
        var refused = 0
        let rounds = 3000
        for round in 0..<rounds {
            var damaged = bytes
            // Every other time at the end, where the footer is.
            for _ in 0..<random.between(1...4) {
                let anywhere = random.between(0...bytes.count - 1)
                let nearTheEnd = bytes.count - 1 - anywhere % min(64, bytes.count)
                damaged[round % 2 == 0 ? anywhere : nearTheEnd] = UInt8(random.between(0...255))
            }
            guard let rules = try? TimeZoneRules(name: name, tzif: damaged) else {
                refused += 1
                continue
            }
            for year in stride(from: 1980, through: 2200, by: 20) {
                let date = try #require(CivilDate(year: year, month: 12, day: 31))
                #expect(rules.startOfDay(date) <= rules.startOfDay(CivilDate(dayNumber: date.dayNumber + 1)))
                let instant = rules.instant(of: CivilTime(date))
                let day = rules.day(containing: instant)
                #expect(rules.startOfDay(day) <= instant)
            }
        }
        #expect((1..<rounds).contains(refused))
    }
}
