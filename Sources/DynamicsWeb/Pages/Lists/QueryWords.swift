import DynamicsModel
import DynamicsWorkspace
import Hummingbird
import Logging

/// A query in two lines: what it is about at first sight, and the rest.
struct QueryWords {
    /// `Last month (2024-03-01 to 2024-03-31), Europe/Kyiv`.
    let period: String
    /// `by month; EUR; active within 3 months`.
    let rest: String

    /// A query as it is kept: a relative period stays relative.
    init(_ draft: QueryDraft, names: QueryNames) {
        self.init(line: draft.words(names: names))
    }

    /// The query of a stored report, with the dates that a relative period meant.
    ///
    /// The report's list does not hold these dates; they are worked out again, for the start and for the end of the run. Where
    /// midnight lay between the two, the dates are left out rather than guessed.
    init(_ facts: ReportFacts, names: QueryNames, zones: TimeZoneDirectory) {
        let end = facts.generatedAt
        let start = Instant(seconds: end.seconds - Int64(facts.duration_ms / 1000) - 1)
        if facts.draft.preset != nil, let text = try? facts.draft.resolved(at: start, zones: zones),
            let other = try? facts.draft.resolved(at: end, zones: zones), text == other,
            let query = try? text.parsed()
        {
            self.init(line: query.words(preset: facts.draft.preset, names: names))
        } else {
            self.init(facts.draft, names: names)
        }
    }

    private init(line: String) {
        let parts = line.split(separator: "; ", maxSplits: 1)
        period = parts.first.map(String.init) ?? line
        rest = parts.count > 1 ? String(parts[1]) : ""
    }
}

extension Visit {
    /// The names of the owners and packages in these queries, as far as the viewer may know them. When the ledger does not
    /// answer there are none, and pages show ids: a list of what people made needs no ledger.
    func names(in drafts: [QueryDraft]) async throws -> QueryNames {
        let owners = Set(drafts.flatMap(\.text.owners))
        let packages = Set(drafts.flatMap(\.text.packages))
        guard let scope = context.account?.scope, !owners.isEmpty || !packages.isEmpty else { return QueryNames() }
        do {
            let snapshot = try await parts.backend.recentSnapshot()
            return QueryNames(
                owners: try await snapshot.names(of: .owners, ids: owners.map { ExactText($0) }, scope: scope),
                packages: try await snapshot.names(of: .packages, ids: packages.map { ExactText($0) }, scope: scope))
        } catch let error as DynamicsError {
            context.logger.warning("no names for a list", metadata: ["error": "\(error)"])
            return QueryNames()
        }
    }
}
