import DynamicsModel
import DynamicsTestSupport
import Testing

@Suite("Random ledgers and questions")
struct RandomLedgerTests {
    @Test("keep the rules of the import")
    func areValid() {
        for seed in UInt64(0)..<2000 {
            let problems = validate(RandomLedger(seed: seed).records)
            #expect(problems == [], "seed \(seed)")
        }
    }

    @Test("are the same for the same seed")
    func areDeterministic() {
        for seed in UInt64(0)..<20 {
            let (first, second) = (RandomLedger(seed: seed), RandomLedger(seed: seed))
            #expect(first.records == second.records)
            #expect(first.questions(5) == second.questions(5))
            #expect(first.records != RandomLedger(seed: seed + 1000).records)
        }
    }

    @Test("end in results and in every error, with and without warnings")
    func coverTheLaw() throws {
        let zones = TimeZoneDirectory()
        var outcomes: [String: Int] = [:]
        for seed in UInt64(0)..<400 {
            let ledger = RandomLedger(seed: seed)
            for question in ledger.questions(6) {
                do {
                    let zone = try zones.rules(named: question.query.timezone)
                    let result = try naiveReport(ledger.records, question.query, scope: question.scope, zone: zone)
                    #expect(brokenInvariant(of: result) == nil, "seed \(seed)")
                    outcomes["result", default: 0] += 1
                    if result.actualInterval == nil { outcomes["nothing there", default: 0] += 1 }
                    if !result.warnings.isEmpty { outcomes["warnings", default: 0] += 1 }
                    if result.rows.contains(where: { $0.measures[.activeQty] != $0.measures[.overallActiveQty] }) {
                        outcomes["dormant clients", default: 0] += 1
                    }
                    if result.rows.contains(where: { $0.key.package == .some(.none) }) {
                        outcomes["rows without package", default: 0] += 1
                    }
                } catch let error as DynamicsError {
                    outcomes[error.code, default: 0] += 1
                }
            }
        }
        let wanted = [
            "result", "nothing there", "warnings", "dormant clients", "rows without package", "duplicate_grouping",
            "bad_active_months", "unknown_timezone", "off_tick", "empty_period", "too_many_buckets", "unknown_owner",
            "unknown_package", "missing_rate", "overflow",
        ]
        for outcome in wanted { #expect((outcomes[outcome] ?? 0) >= 3, "\(outcome): \(outcomes)") }
        #expect((outcomes["result"] ?? 0) > 1800, "\(outcomes)")
    }
}
