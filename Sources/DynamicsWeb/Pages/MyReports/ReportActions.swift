import DynamicsModel
import DynamicsWorkspace
import Hummingbird

/// What the owner of a stored report, or an administrator, does to its link. The workspace refuses everybody else as if the
/// report were not there.
enum ReportActions {
    @Sendable static func revoke(_ visit: Visit) async throws -> Response {
        try await visit.parts.workspace.revoke(
            visit.parameter("id"), by: try visit.viewer(), address: visit.context.address)
        return .redirect(to: visit.back(otherwise: "/reports"), notice: .linkRevoked)
    }

    @Sendable static func restore(_ visit: Visit) async throws -> Response {
        try await visit.parts.workspace.unrevoke(
            visit.parameter("id"), by: try visit.viewer(), address: visit.context.address)
        return .redirect(to: visit.back(otherwise: "/reports"), notice: .linkRestored)
    }

    /// The report, for who may change it.
    private static func changeable(_ visit: Visit) async throws -> ReportFacts {
        let viewer = try visit.viewer()
        guard let facts = try await visit.parts.workspace.facts(id: visit.parameter("id"), for: viewer),
            facts.mayChange(viewer)
        else { throw WebError.notFound }
        return facts
    }

    private static func words(_ facts: ReportFacts, _ visit: Visit) async throws -> QueryWords {
        QueryWords(facts, names: try await visit.names(in: [facts.draft]), zones: visit.parts.zones)
    }

    // MARK: - Expiry

    /// What the page that asks for an expiry shows.
    struct ExpiryModel {
        let chrome: PageChrome
        let reportID: String
        let words: QueryWords
        /// The last day, `2024-03-31`; empty: none.
        let date: String
        /// When it ends now.
        let current: ShownTime?
        let today: String
        let back: String
        let problem: String?
    }

    @Sendable static func showExpiry(_ visit: Visit) async throws -> Response {
        let facts = try await changeable(visit)
        let lastDay = facts.expiresAt.map { CivilDate(utc: Instant(seconds: $0.seconds - 1)).description }
        return try await expiryPage(facts, date: lastDay ?? "", problem: nil, visit)
    }

    private static func expiryPage(
        _ facts: ReportFacts, date: String, problem: String?, _ visit: Visit
    ) async throws -> Response {
        let model = ExpiryModel(
            chrome: PageChrome(title: "Expiry of the link", section: "reports", visit.context), reportID: facts.id,
            words: try await words(facts, visit), date: date, current: facts.expiresAt.map(ShownTime.init),
            today: CivilDate(utc: visit.parts.clock()).description, back: visit.back(otherwise: "/reports"),
            problem: problem)
        return visit.parts.pages.respond("report-expiry", model, status: problem == nil ? .ok : .unprocessableContent)
    }

    /// Fields: `date`, the last day on which the link opens, in `timezone` (default UTC); `clear`, or no date: no expiry.
    @Sendable static func setExpiry(_ visit: Visit) async throws -> Response {
        let facts = try await changeable(visit)
        let date = visit.form["date"] ?? ""
        let isCleared = visit.form.has("clear") || date.isEmpty
        do {
            try await visit.parts.workspace.setExpiry(
                isCleared ? nil : try Expiry.end(of: date, timezone: visit.form["timezone"], visit), facts.id,
                by: try visit.viewer(), address: visit.context.address)
        } catch let error as DynamicsError where error.kind == .usage && error.code != "not_found" {
            return try await expiryPage(facts, date: date, problem: error.sentence, visit)
        }
        return .redirect(
            to: visit.back(otherwise: "/reports"), notice: isCleared ? .expiryCleared : .expirySet)
    }

    // MARK: - Deleting

    @Sendable static func confirmDeletion(_ visit: Visit) async throws -> Response {
        let facts = try await changeable(visit)
        let viewer = try visit.viewer()
        let words = try await words(facts, visit)
        let generated = ShownTime(facts.generatedAt).utc
        var consequences = ["\(words.period). \(words.rest). Generated on \(generated)."]
        if facts.owner != viewer.id {
            consequences.append("It belongs to \(facts.ownerName), who loses it too.")
        }
        if facts.isShared(at: visit.parts.clock()) {
            consequences.append(
                "Its link stops working for everybody who has it, and nobody can open or export the report again, you included. "
                    + "To keep it for yourself, revoke its link instead.")
        } else {
            consequences.append(
                "Its link opens for nobody else already; after this, nobody can open or export the report again, you included."
            )
        }
        return Confirmation(
            chrome: PageChrome(title: "Delete the report", section: "reports", visit.context),
            heading: "Delete this report?", consequences: consequences, action: "/reports/\(facts.id)/delete",
            button: "Delete report", back: visit.back(otherwise: "/reports")
        ).respond(visit)
    }

    @Sendable static func delete(_ visit: Visit) async throws -> Response {
        let id = visit.parameter("id")
        try await visit.parts.workspace.deleteReport(id, by: try visit.viewer(), address: visit.context.address)
        let back = visit.back(otherwise: "/reports")
        // The report's own page is gone with it; a list is not, but its row is.
        let isOwnPage = back.hasPrefix("/view") && back.contains(id)
        return .redirect(to: isOwnPage ? "/reports" : String(back.prefix { $0 != "#" }), notice: .reportDeleted)
    }
}

/// Days until which links and tokens are good.
enum Expiry {
    /// The end of a day: the first instant after it.
    /// - Parameters:
    ///   - date: `2024-03-31`.
    ///   - timezone: whose day it is; nil or empty: UTC.
    /// - Throws: `DynamicsError` (`.usage`) when there is no such date or timezone.
    static func end(of date: String, timezone: String?, _ visit: Visit) throws -> Instant {
        guard case .day(let day)? = try? PeriodLimit(parsing: date, field: "date").meaning else {
            throw DynamicsError(
                .usage, "bad_date", field: "date", "\"\(date)\" is not a date; write it as 2024-03-31")
        }
        let zone = timezone.flatMap { $0.isEmpty ? nil : $0 } ?? "UTC"
        return try visit.parts.zones.rules(named: zone).startOfDay(CivilDate(dayNumber: day.dayNumber + 1))
    }
}
