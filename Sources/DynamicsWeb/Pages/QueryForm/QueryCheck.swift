import DynamicsModel
import DynamicsReports

/// Finds as much as can be found wrong with a query before it runs, all of it at once.
struct QueryCheck: Sendable {
    let snapshot: any LedgerSnapshot
    let scope: Scope
    let zones: TimeZoneDirectory
    let now: Instant
    let recipients: RecipientCheck

    /// What came out of it.
    struct Outcome: Sendable {
        /// What the form means; to be run only without problems.
        var draft: QueryDraft
        /// In the order of the page; for each field the first one.
        var problems: [FieldProblem]
    }

    /// Chooses what was typed into a search field and names exactly one choice; then checks everything.
    func check(_ input: inout QueryInput) async throws -> Outcome {
        var problems = try await settleSearches(&input)
        let (draft, ownProblems) = input.draft()
        problems += ownProblems
        if let problem = recipients.problem(in: &input.sendTo) { problems.append(problem) }
        let unknown = try await unknownChoices(draft)
        problems += unknown.problems
        // What is wrong in a field that is named already must not hide what is wrong elsewhere.
        var plannable = draft
        plannable.text.owners.removeAll(where: unknown.ids.contains)
        plannable.text.packages.removeAll(where: unknown.ids.contains)
        problems += await planProblems(plannable, besides: problems)
        return Outcome(draft: draft, problems: Self.sorted(problems))
    }

    // MARK: - Searches

    private func settleSearches(_ input: inout QueryInput) async throws -> [FieldProblem] {
        var problems: [FieldProblem] = []
        for (kind, text) in input.searches {
            let search = QueryInput.trimmed(text)
            guard !search.isEmpty else {
                input.searches[kind] = nil
                continue
            }
            let found = try await snapshot.suggestions(
                kind, matching: search, scope: scope, limit: Suggestions.limit)
            if let choice = Self.only(search, in: found) {
                input.choose(kind, id: choice.id.string)
            } else {
                problems.append(
                    FieldProblem(
                        QueryFilter(kind).field,
                        found.isEmpty
                            ? "Nothing is called \"\(search)\"; search for something else."
                            : "Choose what \"\(search)\" shall be from the list, or empty the field."))
            }
        }
        return problems
    }

    /// The one suggestion whose name or id is exactly that text; failing that, the one where only the case differs.
    private static func only(_ text: String, in found: [Suggestion]) -> Suggestion? {
        let exact = found.filter { $0.name == ExactText(text) || $0.id == ExactText(text) }
        if !exact.isEmpty { return exact.count == 1 ? exact[0] : nil }
        let folded = ExactText(text.lowercased())
        let same = found.filter {
            ExactText($0.name.string.lowercased()) == folded || ExactText($0.id.string.lowercased()) == folded
        }
        return same.count == 1 ? same[0] : nil
    }

    // MARK: - Owners and packages

    /// Those that are not there or not visible: which of the two is nobody's business.
    private func unknownChoices(_ draft: QueryDraft) async throws -> (ids: Set<String>, problems: [FieldProblem]) {
        var unknown: Set<String> = []
        var problems: [FieldProblem] = []
        for (kind, ids) in [(SuggestionKind.owners, draft.text.owners), (.packages, draft.text.packages)] {
            guard !ids.isEmpty else { continue }
            let names = try await snapshot.names(of: kind, ids: ids.map { ExactText($0) }, scope: scope)
            let missing = ids.filter { names[ExactText($0)] == nil }
            guard !missing.isEmpty else { continue }
            unknown.formUnion(missing)
            let shown = missing.prefix(3).map { "\"\($0)\"" }.joined(separator: ", ")
            let others = missing.count > 3 ? " and \(missing.count - 3) more" : ""
            problems.append(
                FieldProblem(
                    QueryFilter(kind).field,
                    "There is no \(kind == .owners ? "reseller" : "package") \(shown)\(others); take it out."))
        }
        return (unknown, problems)
    }

    // MARK: - All the rest

    /// Plans the query, which takes milliseconds and finds what is wrong with period, timezone and groupings.
    private func planProblems(_ draft: QueryDraft, besides known: [FieldProblem]) async -> [FieldProblem] {
        let badFields = Set(known.compactMap(\.field))
        let hasDates = draft.preset == nil && !badFields.contains(.preset)
        var problems: [FieldProblem] = []
        func note(_ check: () throws -> Void) {
            do { try check() } catch { problems.append(Self.problem(error, hasDates: hasDates)) }
        }
        if !badFields.contains(.timezone) { note { _ = try zones.rules(named: draft.text.timezone) } }
        if hasDates {
            for (field, text) in [(QueryField.from, draft.text.from), (.to, draft.text.to)]
            where !badFields.contains(field) {
                note { _ = try PeriodLimit(parsing: text, field: field.rawValue) }
            }
        }
        var timeless = draft.text
        (timeless.from, timeless.to) = ("2000-01-01", "2000-01-01")
        note { _ = try timeless.parsed() }
        guard problems.isEmpty, badFields.isDisjoint(with: [.preset, .from, .to, .timezone]) else { return problems }
        do {
            let query = try draft.resolved(at: now, zones: zones).parsed()
            _ = try await makePlan(query, scope: scope, on: snapshot, zones: zones)
            return []
        } catch {
            return [Self.problem(error, hasDates: hasDates)]
        }
    }

    private static func problem(_ error: any Error, hasDates: Bool) -> FieldProblem {
        (error as? DynamicsError).map { FieldProblem($0, hasDates: hasDates) }
            ?? FieldProblem(nil, "The query cannot be checked just now; try again.")
    }

    private static func sorted(_ problems: [FieldProblem]) -> [FieldProblem] {
        var seen: Set<QueryField> = []
        let first = problems.filter { problem in problem.field.map { seen.insert($0).inserted } ?? true }
        func place(_ problem: FieldProblem) -> Int {
            problem.field.flatMap(QueryField.allCases.firstIndex(of:)) ?? -1
        }
        return first.enumerated().sorted { (place($0.element), $0.offset) < (place($1.element), $1.offset) }
            .map(\.element)
    }
}
