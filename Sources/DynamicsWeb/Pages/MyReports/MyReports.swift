import DynamicsModel
import DynamicsWorkspace
import Hummingbird

/// *My reports*: what I generated, and what others shared with me by link.
enum MyReports {
    static var routes: [Route] {
        [
            Route(.get, "/reports", for: .viewers, show),
            Route(.post, "/reports/{id}/revoke", for: .viewers, ReportActions.revoke),
            Route(.post, "/reports/{id}/restore", for: .viewers, ReportActions.restore),
            Route(.get, "/reports/{id}/expiry", for: .viewers, ReportActions.showExpiry),
            Route(.post, "/reports/{id}/expiry", for: .viewers, ReportActions.setExpiry),
            Route(.get, "/reports/{id}/delete", for: .viewers, ReportActions.confirmDeletion),
            Route(.post, "/reports/{id}/delete", for: .viewers, ReportActions.delete),
        ]
    }

    /// How many reports a page lists.
    static let pageLength = 50

    /// What the page shows.
    struct PageModel {
        let chrome: PageChrome
        /// Or else those that others shared.
        let isMine: Bool
        let reports: [ListedReport]
        let isEmpty: Bool
        let paging: Paging
    }

    @Sendable static func show(_ visit: Visit) async throws -> Response {
        let viewer = try visit.viewer()
        let workspace = visit.parts.workspace
        let isMine = visit.query["list"] != "shared"
        let page = Paging.number(in: visit.query)
        let offset = (page - 1) * pageLength
        // One more than is shown tells whether there is another page.
        var reports =
            isMine
            ? try await workspace.reports(ownedBy: viewer, offset: offset, limit: pageLength + 1)
            : try await workspace.reports(openedBy: viewer, offset: offset, limit: pageLength + 1)
        let hasMore = reports.count > pageLength
        reports = Array(reports.prefix(pageLength))
        let names = try await visit.names(in: reports.map(\.draft))
        let rows = reports.map { ListedReport($0, names: names, viewer: viewer, visit) }
        var chrome = PageChrome(title: "My reports", section: "reports", visit.context)
        chrome.notice = visit.notice
        let model = PageModel(
            chrome: chrome, isMine: isMine, reports: rows, isEmpty: rows.isEmpty,
            paging: Paging(number: page, hasMore: hasMore) { address(isMine: isMine, page: $0) })
        return visit.parts.pages.respond("reports", model)
    }

    private static func address(isMine: Bool, page: Int) -> String {
        let fields = (isMine ? [] : [("list", "shared")]) + (page > 1 ? [("page", String(page))] : [])
        return fields.isEmpty ? "/reports" : "/reports?\(FormFields(fields).encoded)"
    }
}

/// A stored report in a list.
struct ListedReport {
    let id: String
    let words: QueryWords
    let generated: ShownTime
    /// Who generated it: the name for colleagues, the role for all others; nil in the list of one's own.
    let author: String?
    let rowCount: Int
    let duration: String
    let revision: Int64
    let link: LinkState
    let mayChange: Bool
    let isRevoked: Bool
    /// The list with this report in view, encoded for an address and as it is.
    let back: String
    let backEncoded: String

    init(_ facts: ReportFacts, names: QueryNames, viewer: Account, _ visit: Visit) {
        id = facts.id
        words = QueryWords(facts, names: names, zones: visit.parts.zones)
        generated = ShownTime(facts.generatedAt)
        author = facts.owner == viewer.id ? nil : facts.name(for: viewer) ?? facts.generatedBy.title
        rowCount = facts.rowCount
        duration = ShownDuration.text(milliseconds: facts.duration_ms)
        revision = facts.revision
        link = LinkState(facts, at: visit.parts.clock())
        mayChange = facts.mayChange(viewer)
        isRevoked = facts.revokedAt != nil
        back = "\(visit.ownAddress)#report-\(facts.id)"
        backEncoded = FormFields.encode(back)
    }
}

/// Whether a report's link opens for others.
struct LinkState {
    let title: String
    /// For the badge's look: `open` or `closed`.
    let look: String
    /// When it ends or has ended.
    let limit: ShownTime?

    init(_ facts: ReportFacts, at now: Instant) {
        look = facts.isShared(at: now) ? "open" : "closed"
        if facts.revokedAt != nil {
            title = "Revoked"
            limit = nil
        } else if let expiresAt = facts.expiresAt {
            title = now < expiresAt ? "Shared until" : "Expired"
            limit = ShownTime(expiresAt)
        } else {
            title = "Shared"
            limit = nil
        }
    }
}
