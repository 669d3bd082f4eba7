public import DynamicsModel

/// What came of holding a backend against the law.
public struct ContractFindings: Sendable {
    /// How often there was a result, and how often each error.
    public var outcomes: [String: Int] = [:]
    /// What was wrong, with the seed that shows it. Not more than `limit`.
    public var violations: [String] = []

    static let limit = 10
}

/// Asks a backend random questions about random ledgers and compares whole reports with the naive reference's.
///
/// - Parameters:
///   - seeds: One ledger each. A violation names its seed, so that one can ask for just that one.
///   - questions: Per ledger.
///   - makeBackend: A backend that holds these records and nothing else.
///   - run: The use case that answers a query.
/// - Returns: Nothing in `violations` when the backend does what `docs/semantics.md` says.
public func checkBackendContract(
    seeds: Range<UInt64>, questions: Int = 6, zones: TimeZoneDirectory,
    makeBackend: (LedgerRecords) async throws -> any ReportBackend,
    run: (ReportQuery, Scope, any ReportBackend) async throws -> ReportResult
) async throws -> ContractFindings {
    var findings = ContractFindings()
    for seed in seeds where findings.violations.count < ContractFindings.limit {
        let ledger = RandomLedger(seed: seed)
        let backend = try await makeBackend(ledger.records)
        for (index, question) in ledger.questions(questions).enumerated() {
            let (query, scope) = (question.query, question.scope)
            let expected = try await Outcome {
                try naiveReport(ledger.records, query, scope: scope, zone: zones.rules(named: query.timezone))
            }
            let name =
                switch expected {
                case .result: "result"
                case .refusal(let error): error.code
                }
            findings.outcomes[name, default: 0] += 1
            func report(_ violation: String) {
                findings.violations.append("seed \(seed), question \(index): \(violation)\n\(describe(question))")
            }
            do {
                let actual = try await Outcome { try await run(query, scope, backend) }
                if let difference = expected.firstDifference(from: actual) { report(difference) }
                if case .result(let result) = actual, let broken = brokenInvariant(of: result) { report(broken) }
                if case .refusal(let error) = actual, let unnamed = whatIsUnnamed(by: error, query, ledger.records) {
                    report(unnamed)
                }
            } catch {
                report("threw \(error)")
            }
        }
    }
    return findings
}

/// Asks a backend for the sums of everybody, and of clients in two halves: the halves must add up.
///
/// - Parameter plan: Makes the plan that `run` of `checkBackendContract` would.
public func checkAdditivity(
    seeds: Range<UInt64>, questions: Int = 4, makeBackend: (LedgerRecords) async throws -> any ReportBackend,
    plan: (ReportQuery, Scope, LedgerCatalog) async throws -> ReportPlan
) async throws -> ContractFindings {
    var findings = ContractFindings()
    for seed in seeds where findings.violations.count < ContractFindings.limit {
        let ledger = RandomLedger(seed: seed)
        let snapshot = try await makeBackend(ledger.records).snapshot()
        for (index, question) in ledger.questions(questions).enumerated() {
            guard let whole = try? await plan(question.query, question.scope, snapshot.catalog) else {
                findings.outcomes["error", default: 0] += 1
                continue
            }
            findings.outcomes["result", default: 0] += 1
            let together = try await snapshot.sums(for: whole) { _ in }
            for (name, parts) in partitions(of: whole, ledger.records) {
                var added = ReportSums()
                for part in parts { added.add(try await snapshot.sums(for: part) { _ in }) }
                if added.normalised() != together.normalised() {
                    findings.violations.append("seed \(seed), question \(index): \(name) do not add up")
                }
            }
        }
    }
    return findings
}

/// Ways to cut a plan's clients into disjoint sets.
private func partitions(of plan: ReportPlan, _ ledger: LedgerRecords) -> [(String, [ReportPlan])] {
    var byType: [ReportPlan] = []
    for type in plan.clients.types ?? Set(ClientType.allCases) {
        byType.append(plan)
        byType[byType.count - 1].clients.types = [type]
    }
    var byOwner: [ReportPlan] = []
    for owner in plan.clients.directOwners ?? Set(ledger.clients.map { $0.ownerID ?? "" }) {
        byOwner.append(plan)
        byOwner[byOwner.count - 1].clients.directOwners = [owner]
    }
    return [("client types", byType), ("owners", byOwner)]
}

/// What the law wants an error to name, and this one does not.
private func whatIsUnnamed(by error: DynamicsError, _ query: ReportQuery, _ ledger: LedgerRecords) -> String? {
    let choices: [[String]] =
        switch error.code {
        case "empty_period": [[query.from.text], [query.to.text]]
        case "unknown_owner": [query.owners.map { "\"\($0)\"" }]
        case "unknown_package": [query.packages.map { "\"\($0)\"" }]
        case "missing_rate":
            [(ledger.clients.map(\.currency) + [query.currency ?? ledger.baseCurrency]).map(\.description)]
        default: []
        }
    let words = error.description
    for anyOf in choices where !anyOf.contains(where: { words.utf8.contains($0.utf8) }) {
        return "\(error.code): \"\(words)\" names none of \(anyOf)"
    }
    return nil
}

/// The question as one would write it down.
private func describe(_ question: RandomQuestion) -> String {
    let query = question.query
    return """
        from \(query.from.text) to \(query.to.text) in \(query.timezone) by \(query.groupBy.map(\.rawValue)), \
        active within \(query.activeMonths), in \(query.currency?.description ?? "the base currency"), \
        types \(query.clientTypes.map(\.rawValue)), tags \(query.tagMode.rawValue) of \(query.tags), \
        owners \(query.owners), packages \(query.packages), \(question.scope)
        """
}
