import DynamicsModel
import Foundation
import Testing

/// The rules of a zone of this machine.
func zone(_ name: String) throws -> TimeZoneRules { try TimeZoneDirectory().rules(named: name) }

/// `YYYY-MM-DD HH:MM` on a local clock.
func local(_ text: String) throws -> CivilTime {
    let numbers = text.split { !$0.isNumber }.compactMap { Int($0) }
    try #require(numbers.count == 5)
    return CivilTime(try date(String(text.prefix(10))), secondOfDay: numbers[3] * 3600 + numbers[4] * 60)
}

/// `YYYY-MM-DD HH:MM` in UTC.
func utc(_ text: String) throws -> Instant { Instant(seconds: try local(text).seconds) }

/// `YYYY-MM-DD`.
func date(_ text: String) throws -> CivilDate {
    let numbers = text.split(separator: "-").compactMap { Int($0) }
    try #require(numbers.count == 3)
    return try #require(CivilDate(year: numbers[0], month: numbers[1], day: numbers[2]))
}

func fileBytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: TimeZoneDirectory().root).appending(path: name)))
}

/// The zones of this machine without those that are copies of another, each with its rules.
func distinctZones() throws -> [TimeZoneRules] {
    var seen: Set<[UInt8]> = []
    let directory = TimeZoneDirectory()
    let names = try directory.names().filter { seen.insert(try fileBytes($0)).inserted }
    return try names.map { try directory.rules(named: $0) }
}

/// A TZif file made by hand (RFC 9636 section 3), right or wrong.
struct HandMadeTZif {
    var magic = "TZif"
    var version: UInt8 = UInt8(ascii: "3")
    /// Instant and index of the type from then on.
    var transitions: [(instant: Int64, type: UInt8)] = []
    var offsets: [Int32] = [0]
    var leapSeconds = 0
    /// What the header says instead of the number of transitions.
    var claimedTransitions: UInt32?
    var footer = "\n\n"

    var bytes: [UInt8] {
        guard version != 0 else { return block(timeSize: 4) }
        return block(timeSize: 4) + block(timeSize: 8) + Array(footer.utf8)
    }

    private func block(timeSize: Int) -> [UInt8] {
        var bytes = Array(magic.utf8) + [version] + [UInt8](repeating: 0, count: 15)
        let transitionCount = claimedTransitions.map { Int($0) } ?? transitions.count
        for count in [0, 0, leapSeconds, transitionCount, offsets.count, 4] { bytes += bigEndian(Int64(count), 4) }
        for transition in transitions { bytes += bigEndian(transition.instant, timeSize) }
        bytes += transitions.map(\.type)
        for offset in offsets { bytes += bigEndian(Int64(offset), 4) + [0, 0] }
        bytes += Array("LMT\0".utf8)
        return bytes + [UInt8](repeating: 0, count: leapSeconds * (timeSize + 4))
    }

    private func bigEndian(_ value: Int64, _ size: Int) -> [UInt8] {
        (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * Int64(size - 1 - $0))) }
    }

    /// A file whose footer alone says everything.
    static func ruledBy(_ rule: String) throws -> TimeZoneRules {
        try TimeZoneRules(name: rule, tzif: HandMadeTZif(footer: "\n\(rule)\n").bytes)
    }
}
