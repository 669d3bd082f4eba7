import DynamicsModel
import DynamicsTestSupport
import Testing

/// The contract against answers that are wrong on purpose: it must notice each of them.
@Suite("The backend contract")
struct BackendContractTests {
    private static let zones = TimeZoneDirectory()

    /// The reference's own answers, changed by `change`.
    private func violations(_ change: (inout ReportResult) -> Void) async throws -> [String] {
        var records = LedgerRecords(baseCurrency: CurrencyCode(number: 0))
        let findings = try await checkBackendContract(seeds: 0..<60, zones: Self.zones) { ledger in
            records = ledger
            return MemoryBackend(ledger)
        } run: { query, scope, _ in
            var result = try naiveReport(
                records, query, scope: scope, zone: try Self.zones.rules(named: query.timezone))
            change(&result)
            return result
        }
        return findings.violations
    }

    @Test("is kept by the reference")
    func acceptsTheReference() async throws {
        #expect(try await violations { _ in } == [])
    }

    @Test("notices a wrong figure in each place", arguments: Measure.allCases)
    func noticesFigures(measure: Measure) async throws {
        let inTotal = try await violations { $0.total.spoil(measure) }
        #expect(inTotal.contains { $0.contains("the total: \(measure.field)") })
        let inRow = try await violations { result in
            if !result.rows.isEmpty { result.rows[result.rows.count - 1].measures.spoil(measure) }
        }
        #expect(inRow.contains { $0.contains("row ") && $0.contains(measure.field) })
    }

    @Test("notices rows that are missing, left over, misplaced or misnamed")
    func noticesRows() async throws {
        #expect(try await violations { if !$0.rows.isEmpty { $0.rows.removeLast() } } != [])
        #expect(try await violations { $0.rows += $0.rows.prefix(1) } != [])
        #expect(try await violations { $0.rows.reverse() } != [])
        #expect(try await violations { if $0.rows.count > 1 { $0.rows[1].key = $0.rows[0].key } } != [])
    }

    @Test("notices everything around the rows")
    func noticesTheRest() async throws {
        #expect(try await violations { $0.warnings = [] } != [])
        #expect(try await violations { $0.warnings.append("UAH has no exchange rate before 2024-02-01") } != [])
        #expect(try await violations { $0.actualInterval = nil } != [])
        #expect(try await violations { $0.actualInterval?.to.removeLast() } != [])
        #expect(try await violations { $0.query.currency = nil } != [])
        #expect(try await violations { _ = $0.ratesUsed.popLast() } != [])
    }

    @Test("notices a suggestion that is left out or of another branch")
    func noticesSuggestions() async throws {
        func violations(_ scope: @escaping @Sendable (Scope) -> Scope, dropping count: Int = 0) async throws -> [String]
        {
            try await checkSuggestions(seeds: 0..<20) { records in
                ChangedSuggestions(backend: MemoryBackend(records), scope: scope, dropped: count)
            }.violations
        }
        #expect(try await violations { $0 } == [])
        #expect(try await violations({ $0 }, dropping: 1) != [])
        #expect(try await violations { _ in .everything } != [])
    }

    @Test("accepts other words in a warning, and a fraction that is written otherwise")
    func acceptsOtherForms() async throws {
        let found = try await violations { result in
            result.warnings = result.warnings.reversed().map { "Take care: \($0)!" }
            for index in result.total.values.indices {
                guard case .money(let amount) = result.total.values[index], amount.units.magnitude < 1 << 100 else {
                    continue
                }
                let same = ExactAmount(units: amount.units * 2, divisor: amount.divisor * 2)
                if amount.divisor > 1 { result.total.values[index] = .money(same) }
            }
        }
        #expect(found == [])
    }
}

extension Measures {
    /// Changes one figure by the least there is.
    fileprivate mutating func spoil(_ measure: Measure) {
        values[measure.rawValue] =
            switch self[measure] {
            case .quantity(let quantity): .quantity(quantity + 1)
            case .money(let amount): .money(ExactAmount(units: amount.units + 1, divisor: amount.divisor))
            case .empty: .money(.zero)
            }
    }
}

/// A backend that suggests what it should not.
private struct ChangedSuggestions: ReportBackend, LedgerSnapshot {
    let backend: MemoryBackend
    let scope: @Sendable (Scope) -> Scope
    let dropped: Int

    var catalog: LedgerCatalog { backend.catalog }

    func snapshot() -> any LedgerSnapshot { self }

    func sums(for plan: ReportPlan, progress: @escaping @Sendable (Double) -> Void) async throws -> ReportSums {
        try await backend.sums(for: plan, progress: progress)
    }

    func packagesInUse(byClientsOf directOwners: Set<ExactText>) -> Set<ExactText> {
        backend.packagesInUse(byClientsOf: directOwners)
    }

    func suggestions(_ kind: SuggestionKind, matching text: String, scope: Scope, limit: Int) -> [Suggestion] {
        backend.suggestions(kind, matching: text, scope: self.scope(scope), limit: limit).dropLast(dropped)
    }

    func names(of kind: SuggestionKind, ids: [ExactText], scope: Scope) -> [ExactText: ExactText] {
        backend.names(of: kind, ids: ids, scope: self.scope(scope))
    }
}
