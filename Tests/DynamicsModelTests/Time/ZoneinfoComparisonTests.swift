import DynamicsModel
import DynamicsTestSupport
import Foundation
import Testing

/// The same files read by others.
@Suite struct ZoneinfoComparisonTests {
    private let directory = TimeZoneDirectory()

    /// All zones against Python's `zoneinfo`, from ten years before the first date of a report until after the last;
    /// `Tests/Fixtures/zones/check_zones.py` says why that misses nothing.
    @Test func pythonSaysTheSame() async throws {
        let range = try utc("1980-01-01 00:00")..<utc("2200-01-02 00:00")
        var lines = ""
        var zones = 0
        var changeCount = 0
        var readingCount = 0
        for name in try directory.names() {
            let rules = try directory.rules(named: name)
            let changes = rules.changes(within: range)
            let readings = changes.flatMap { timesAround($0, rules) }
            lines += "\(name)\t\(rules.offset(at: range.lowerBound))\t"
            lines += changes.map { "\($0.seconds):\(rules.offset(at: $0))" }.joined(separator: " ") + "\t"
            lines += readings.map { "\($0.seconds):\(rules.instant(of: $0).seconds)" }.joined(separator: " ") + "\n"
            zones += 1
            changeCount += changes.count
            readingCount += readings.count
        }
        let file = FileManager.default.temporaryDirectory.appending(path: "zones-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(lines.utf8).write(to: file)

        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let script = tests.appending(path: "Fixtures/zones/check_zones.py")
        let output = try await run(
            "python3", script.path, file.path, String(range.lowerBound.seconds), String(range.upperBound.seconds))
        #expect(output == "\(zones) zones, \(changeCount) changes, \(readingCount) local times, 0 differences\n")
        #expect(zones > 300 && changeCount > 30_000)
    }

    /// Local times before, at, within and after what clocks skip or repeat.
    private func timesAround(_ change: Instant, _ rules: TimeZoneRules) -> [CivilTime] {
        let before = change.seconds + Int64(rules.offset(at: Instant(seconds: change.seconds - 1)))
        let after = change.seconds + Int64(rules.offset(at: change))
        let (low, high) = (min(before, after), max(before, after))
        let clocks = [low - 3600, low - 1, low, low + 1, (low + high) / 2, high - 1, high, high + 3600]
        return clocks.map { CivilTime(seconds: $0) }
    }

    /// The same data, compiled here with and without transitions that the footer implies: without, more hangs on footers.
    @Test func footersSayTheSameAsTransitions() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "zones-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        func compile(_ form: String) async throws -> TimeZoneDirectory {
            _ = try await run("zic", "-b", form, "-d", "\(folder.path)/\(form)", "\(directory.root)/tzdata.zi")
            return TimeZoneDirectory(root: "\(folder.path)/\(form)")
        }
        let (fat, slim) = (try await compile("fat"), try await compile("slim"))
        let names = try fat.names()
        #expect(try names.count > 300 && names == slim.names())
        // Some versions of zic leave out more than footers imply: Gaza's changes from 2073 to 2086 that depend on the moon.
        let range = try utc("1900-01-01 00:00")..<utc("2072-01-01 00:00")
        for name in names {
            let (fatRules, slimRules) = (try fat.rules(named: name), try slim.rules(named: name))
            let changes = fatRules.changes(within: range)
            #expect(changes == slimRules.changes(within: range), "\(name)")
            let instants = [range.lowerBound] + changes
            #expect(instants.map(fatRules.offset) == instants.map(slimRules.offset), "\(name)")
        }
    }

    /// Standard output of a program that must succeed.
    private func run(_ arguments: String...) async throws -> String {
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "") + ":/usr/sbin:/usr/bin"
        let child = try await ChildProcess(
            arguments, environment: ["PYTHONTZPATH": directory.root, "PATH": path])
        try #require(child.status == 0, "\(arguments[0]) failed: \(child.errors)")
        return child.text
    }
}
