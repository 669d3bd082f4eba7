import DynamicsModel
import Foundation
import Testing

@Suite struct TimeZoneDirectoryTests {
    let directory = TimeZoneDirectory()

    @Test func namesAreThoseOfZones() throws {
        let names = try directory.names()
        #expect(names.count > 300)
        #expect(names == names.sorted())
        #expect(Set(names).count == names.count)
        for name in ["UTC", "Europe/Kyiv", "America/Argentina/Buenos_Aires", "Etc/GMT+12", "Asia/Kolkata"] {
            #expect(names.contains(name))
        }
        // A link.
        #expect(names.contains("Asia/Calcutta"))
        for name in ["posixrules", "localtime", "tzdata.zi", "zone.tab", "leapseconds", "Europe"] {
            #expect(!names.contains(name))
        }
        #expect(!names.contains { $0.hasPrefix("posix/") || $0.hasPrefix("right/") })
    }

    @Test func everyNameHasRules() throws {
        for name in try directory.names() { #expect(try directory.rules(named: name).name == name) }
    }

    @Test(arguments: [
        "", "/", "/Europe/Kyiv", "Europe/Kyiv/", "Europe//Kyiv", "./Europe/Kyiv", "../zoneinfo/Europe/Kyiv",
        "Europe/../UTC", "Europe", "Europe/Kyiv\0", "Europe/Kyiv ", "right/Europe/Kyiv", "posix/Europe/Kyiv", "right",
        "posix", "posixrules", "localtime", "tzdata.zi", "zone.tab", "europe/kyiv", "EUROPE/KYIV", "PST", "GMT+3",
        "UTC+3", "+03:00", "Europe/Київ", "Europe/Atlantis", String(repeating: "x", count: 10_000), "UTC/Kyiv",
        "Etc/UTC\n",
    ])
    func otherNamesAreRefused(_ name: String) throws {
        let error = try #require(throws: DynamicsError.self) { try directory.rules(named: name) }
        #expect(error.kind == .usage)
        #expect(error.code == "unknown_timezone")
        #expect(error.field == "timezone")
        #expect(error.message.utf8.count < 1000)
        #expect(!error.message.unicodeScalars.contains { $0.value < 32 })
    }

    @Test(arguments: [
        ("europe/kyiv", "there is no timezone \"europe/kyiv\"; did you mean Europe/Kyiv?"),
        ("utc", "there is no timezone \"utc\"; did you mean UTC?"),
        ("America/new york", "there is no timezone \"America/new york\"; did you mean America/New_York?"),
        ("kathmandu", "there is no timezone \"kathmandu\"; did you mean Asia/Kathmandu?"),
        ("GMT+3", "there is no timezone \"GMT+3\"; give an IANA name such as Europe/Kyiv, or UTC"),
        ("Europe/Kyiv\0", "there is no timezone \"Europe/Kyiv\\0\"; give an IANA name such as Europe/Kyiv, or UTC"),
    ])
    func theMessageSaysHowToMendIt(_ name: String, _ message: String) throws {
        let error = #expect(throws: DynamicsError.self) { try directory.rules(named: name) }
        #expect(error?.message == message)
    }

    @Test func versionIsThatOfTheData() throws {
        let version = directory.version
        #expect(version.wholeMatch(of: /20\d\d[a-z]*/) != nil, "\(version)")
    }

    @Test func aFolderOfItsOwn() throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "zones-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        func put(_ path: String, _ bytes: [UInt8]) throws {
            let file = root.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: file)
        }
        let made = TimeZoneDirectory(root: root.path)
        #expect(made.version == "unknown")
        for read in [{ _ = try made.names() }, { _ = try made.rules(named: "UTC") }] {
            let error = #expect(throws: DynamicsError.self) { try read() }
            #expect(error?.kind == .unavailable)
        }

        try put("A/B/C", HandMadeTZif().bytes)
        try put("A/Empty", [])
        try put("A/Short", Array("TZi".utf8))
        try put("A/Damaged", Array("TZif".utf8))
        try put("A/.hidden", HandMadeTZif().bytes)
        try put("A/with space", HandMadeTZif().bytes)
        try put("posix/A/B/C", HandMadeTZif().bytes)
        try put("localtime", HandMadeTZif().bytes)
        try put("+VERSION", Array("2031z\n".utf8))
        try FileManager.default.createSymbolicLink(atPath: root.path + "/Link", withDestinationPath: "A/B/C")
        try FileManager.default.createSymbolicLink(atPath: root.path + "/A/Loop", withDestinationPath: "../A")
        try FileManager.default.createSymbolicLink(atPath: root.path + "/Nowhere", withDestinationPath: "nothing")
        #expect(try made.names() == ["A/B/C", "A/Damaged", "Link"])
        #expect(try made.rules(named: "Link").name == "Link")
        #expect(made.version == "2031z")
        let error = #expect(throws: DynamicsError.self) { try made.rules(named: "A/Damaged") }
        #expect(error?.code == "damaged_timezone")
        #expect(throws: DynamicsError.self) { try made.rules(named: "A/Empty") }

        try put("tzdata.zi", Array("# version 2030a\n# This zic input file is in the public domain.\n".utf8))
        #expect(made.version == "2030a")
    }
}
