import DynamicsExport
import DynamicsModel
import DynamicsReports
import DynamicsTestSupport
import DynamicsWorkspace
import Foundation
import GRDB
import Testing

/// The stored bytes of a report.
@Suite struct ReportBodyTests {
    let office: Office
    var workspace: Workspace { office.workspace }

    init() throws { office = try Office() }

    private func expectTheSame(_ result: ReportResult, _ account: Account) async throws {
        let id = try await office.store(by: account, result).id
        let stored = try #require(try await workspace.report(id: id, for: account)).result
        #expect(stored == result)
        #expect(ReportJSON.bytes(stored) == ReportJSON.bytes(result))
    }

    @Test(arguments: [0, 1, 3, 1000]) func everythingComesBack(rows: Int) async throws {
        try await expectTheSame(try .sample(rows: rows), try await office.add("Ann"))
    }

    @Test func absentPartsComeBack() async throws {
        var result = try ReportResult.sample()
        result.actualInterval = nil
        result.query.currency = nil
        result.ratesUsed = []
        result.warnings = []
        result.query.tags = []
        result.rows = [ReportRow(key: RowKey(), measures: result.total)]
        try await expectTheSame(result, try await office.add("Ann"))
    }

    /// Figures at the limits of what there can be, each in every column.
    @Test func extremeFiguresComeBack() async throws {
        let powers: [Int128] = (0...38).map { (0..<$0).reduce(1) { power, _ in power * 10 } }
        var units: [Int128] = [.max, .min, .max - 1, .min + 1, 0]
        for power in powers { units += [power, -power, power - 1, 1 - power] }
        let amounts = units.flatMap { units in
            [1, 3, Int64.max].map { MeasureValue.money(ExactAmount(units: units, divisor: $0)) }
        }
        let quantities = [Int64.max, .min, 0, -1, 127, 128, -129].map(MeasureValue.quantity)
        var result = try ReportResult.sample()
        result.rows = (amounts + quantities + [.empty]).map { value in
            let values = [MeasureValue](repeating: value, count: Measure.allCases.count)
            return ReportRow(key: RowKey(date: "2024-01-01"), measures: Measures(values: values))
        }
        let ann = try await office.add("Ann")
        let id = try await office.store(by: ann, result).id
        #expect(try await workspace.report(id: id, for: ann)?.result == result)
    }

    /// Reports of random ledgers, with all their rates, warnings and averages.
    @Test(arguments: 1...20) func randomReportsComeBack(seed: UInt64) async throws {
        let ledger = RandomLedger(seed: seed)
        let ann = try await office.add("Ann")
        var stored = 0
        for question in ledger.questions(10) {
            let backend = MemoryBackend(ledger.records)
            guard
                let result = try? await runReport(
                    question.query, scope: question.scope, on: backend, zones: TimeZoneDirectory())
            else { continue }
            try await expectTheSame(result, ann)
            stored += 1
        }
        #expect(stored > 0)
    }

    /// Whatever byte is damaged or missing, the answer is an error, never another figure.
    @Test func damageIsFound() async throws {
        let ann = try await office.add("Ann")
        let id = try await office.store(by: ann, try .sample(rows: 1)).id
        let body = try await storedBody()
        try await office.tamper("DROP TRIGGER report_body_is_immutable")
        var damages = (0..<body.count).map { at in
            var damaged = body
            damaged[at] ^= 1 << UInt8(at % 8)
            return damaged
        }
        damages += [0, 1, 36, 37, 38, body.count - 1].map { body.prefix($0) }
        damages.append(body + Data([0]))
        for damaged in damages {
            try await office.tamper("UPDATE report_body SET body = ?", [damaged])
            #expect(await code { _ = try await workspace.report(id: id, for: ann) } == "damaged_report")
        }
        #expect(try await workspace.facts(id: id, for: ann)?.id == id)
        try await office.tamper("DELETE FROM report_body")
        #expect(await code { _ = try await workspace.report(id: id, for: ann) } == "damaged_report")
    }

    private func storedBody() async throws -> Data {
        let database = try DatabaseQueue(path: office.folder + "/workspace.sqlite")
        return try await database.read { db in
            try Data.fetchOne(db, sql: "SELECT body FROM report_body") ?? Data()
        }
    }

    /// 366 rows are read in under 10 ms, 20,000 in under 300 ms, where nothing else runs; here with room for a busy machine.
    @Test(arguments: [(366, 100, 40_000), (20_000, 1500, 2_000_000)])
    func sizeAndTime(rows: Int, limit_ms: Int, limit_bytes: Int) async throws {
        let ann = try await office.add("Ann")
        var result = try ReportResult.sample(rows: rows)
        var generator = SplitMix64(seed: 1)
        for row in result.rows.indices {
            result.rows[row].measures = Measures(
                values: Measure.allCases.map { measure in
                    let number = Int64(generator.next() % 100_000_000)
                    return measure.isMoney
                        ? .money(ExactAmount(units: Int128(number) * 10_000_000_000_000_000))
                        : .quantity(number % 10_000)
                })
        }
        let id = try await office.store(by: ann, result).id
        #expect(try await storedBody().count < limit_bytes)
        // Other tests run beside this one: the best of many tries is the program's own time.
        var best = Duration.seconds(1000)
        for _ in 0..<60 where best > .milliseconds(limit_ms) {
            best = min(best, try await ContinuousClock().measure { _ = try await workspace.report(id: id, for: ann) })
        }
        #expect(best < .milliseconds(limit_ms))
    }
}
