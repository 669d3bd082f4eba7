import ArgumentParser
import DynamicsExport
import DynamicsLedger
import DynamicsModel
import DynamicsReports
import Foundation

/// `bench-files`: times the writing of files from a finished report, for `make bench-spreadsheets`.
struct BenchFilesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-files",
        abstract: "Time how a report is made into each kind of file, and print the figures as JSON.",
        shouldDisplay: false)

    @OptionGroup var data: DataFolder
    @OptionGroup var query: QueryOptions

    @Option(help: "How many times.")
    var runs = 5

    @Option(help: "The report is cut to so many rows.")
    var rows = 20_000

    @Option(help: "Where to put the files.")
    var folder = "."

    /// One writing: seconds of wall and processor, the process's peak memory in bytes before and after it, and the file's length.
    private struct Figures: Encodable {
        var seconds: Double
        var cpuSeconds: Double
        var before: Int
        var memory: Int
        var size: Int

        enum CodingKeys: String, CodingKey {
            case seconds
            case cpuSeconds = "cpu_seconds"
            case before, memory, size
        }
    }

    func run() async throws {
        let query = try query.text.parsed()
        var result = try await runReport(
            query, scope: .everything, on: LedgerBackend(try Ledger(folder: data.path)), zones: TimeZoneDirectory())
        result.rows.removeLast(max(0, result.rows.count - rows))
        let info = ReportInfo(
            facts: result.query.facts(), generatedBy: "bench", generatedAt: .earliest, duration_ms: 0)
        var figures: [String: [Figures]] = [:]
        for file in ReportFile.allCases {
            for _ in 0..<max(1, runs) {
                let (measured, bytes) = try measure { try file.bytes(result, info: info) }
                figures[file.rawValue, default: []].append(measured)
                try FileOutput.replace("\(folder)/report.\(file.rawValue)", with: bytes)
            }
        }
        try FileOutput.print([UInt8](JSONEncoder().encode(figures)) + [UInt8(ascii: "\n")])
    }

    private func measure(_ write: () throws -> [UInt8]) throws -> (Figures, [UInt8]) {
        // proc(5): sets the peak of the resident memory back to what is used now.
        try "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .ascii)
        let before = peakMemory
        let (start, cpuStart) = (ContinuousClock.now, cpuSeconds)
        let bytes = try write()
        let figures = Figures(
            seconds: (.now - start) / .seconds(1), cpuSeconds: cpuSeconds - cpuStart, before: before,
            memory: peakMemory, size: bytes.count)
        return (figures, bytes)
    }

    private var cpuSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private var peakMemory: Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
        return (Int(line.split(whereSeparator: \.isWhitespace).dropFirst().first ?? "") ?? 0) * 1024
    }
}
