import DynamicsExport
import DynamicsModel
import DynamicsWorkspace
import Hummingbird
import Logging

/// The report below the form: what is above the table, and the table.
struct ReportPanelModel {
    let id: String
    let csrf: String
    /// `2024-01-01 to 2024-12-31`.
    let period: String
    /// The rest of the query in one line.
    let words: String
    /// Where it is as a file, up to the format.
    let exportAddress: String
    /// What is added to have the chart in the file as well; empty: there is none.
    let exportedChart: String
    let chartLinks: [ChartLink]
    /// HTML, shown as it is; empty: there is no chart.
    let chart: String
    /// What one sends to others.
    let link: String
    /// Where buttons lead back to.
    let here: String
    let info: ReportInfo
    let warnings: [String]
    let emptiness: Emptiness?
    let sharing: SharingModel?
    let pages: PageLinksModel?
    let rowCount: Int
    /// The number of rows as the viewer writes it, with the word.
    let rowsInWords: String
    let table: String

    init(_ facts: ReportFacts, _ report: PreparedReport, view: ReportView, visit: Visit) async throws {
        let viewer = try visit.viewer()
        let style = visit.numberStyle
        let query = report.result.query
        let names = await visit.names(for: query, viewer)
        id = facts.id
        csrf = visit.context.session?.csrfToken ?? ""
        period = query.from.text == query.to.text ? query.from.text : "\(query.from.text) to \(query.to.text)"
        words = Self.wordsWithoutPeriod(query, names)
        exportAddress = "/reports/\(FormFields.encode(facts.id))/export?format="
        exportedChart = view.chart.map { "&" + FormFields($0.fields).encoded } ?? ""
        chartLinks = ChartLink.all(view)
        link = visit.absoluteAddress(view.onPage(1).withRows(ReportView.largestPage).address)
        here = view.address
        info = ReportInfo(facts, report, viewer: viewer, zones: visit.parts.zones, names: names)
        chart =
            ChartPanelModel(report, view: view, info: info, visit: visit)
            .map { visit.parts.pages.render("chart-panel", $0) } ?? ""
        warnings = report.result.warnings
        emptiness = try await Emptiness(report.result, names: names, visit: visit)
        sharing = SharingModel(facts, viewer: viewer, at: visit.parts.clock(), zones: visit.parts.zones)
        pages = PageLinksModel(view, report, style)
        rowCount = report.rowCount
        rowsInWords = "\(style.text(String(report.rowCount))) \(report.rowCount == 1 ? "row" : "rows")"
        table = String(
            decoding: TableHTML(report: report, view: view, style: style).rendered().bytes, as: UTF8.self)
    }

    /// The period is the heading already.
    private static func wordsWithoutPeriod(_ query: ReportQuery, _ names: QueryNames) -> String {
        let words = query.words(names: names)
        let period = query.from.text == query.to.text ? query.from.text : "\(query.from.text) to \(query.to.text)"
        let prefix = period + ", "
        return words.hasPrefix(prefix) ? String(words.dropFirst(prefix.count)) : words
    }
}

extension Visit {
    /// Names of the owners and packages of a query, as far as the viewer may know them; others stay ids. A report must be readable
    /// while the ledger is not, so that errors mean: no names.
    fileprivate func names(for query: ReportQuery, _ viewer: Account) async -> QueryNames {
        guard let scope = viewer.scope, !(query.owners.isEmpty && query.packages.isEmpty) else { return QueryNames() }
        do {
            let snapshot = try await parts.backend.recentSnapshot()
            async let owners = snapshot.names(of: .owners, ids: query.owners, scope: scope)
            async let packages = snapshot.names(of: .packages, ids: query.packages, scope: scope)
            return QueryNames(owners: try await owners, packages: try await packages)
        } catch {
            context.logger.warning("no names for a report's query", metadata: ["error": "\(error)"])
            return QueryNames()
        }
    }
}

// MARK: - Nothing to show

/// Why a report shows nothing, and what to do about it.
struct Emptiness: Hashable {
    let reason: String
    let advice: String

    /// nil: there is something to show.
    init?(_ result: ReportResult, names: QueryNames, visit: Visit) async throws {
        if result.actualInterval == nil {
            let ledger = try await visit.parts.ledger.status()
            self.init(
                result, dataNow: ledger.bounds, revisionNow: ledger.revision,
                zone: try? visit.parts.zones.rules(named: result.query.timezone))
        } else if result.total.areAllZero {
            self.init(filtersOf: result.query, names)
        } else {
            return nil
        }
    }

    /// The period holds no data.
    init(_ result: ReportResult, dataNow: ClosedRange<Instant>?, revisionNow: Int64, zone: TimeZoneRules?) {
        guard let dataNow else {
            reason = "There is no data in the ledger yet."
            advice = "Import clients and transactions, then run the query again."
            return
        }
        func day(_ instant: Instant) -> String {
            (zone?.day(containing: instant) ?? CivilDate(utc: instant)).description
        }
        let (first, last) = (day(dataNow.lowerBound), day(dataNow.upperBound))
        if let zone, result.query.to.end(in: zone) <= dataNow.lowerBound {
            reason = "There is no data before \(first)."
            advice = "Choose a period that ends on that day or later."
        } else if let zone, result.query.from.start(in: zone) > dataNow.upperBound {
            reason = "There is no data after \(last)."
            advice = "Choose a period that begins on that day or earlier."
        } else {
            reason = "There was no data in this period when the report was made."
            advice =
                revisionNow == result.revision
                ? "The ledger has data from \(first) to \(last); choose a period that overlaps it."
                : "The ledger has changed since, and now has data from \(first) to \(last). Run the query again."
        }
    }

    /// The period holds data, but none of clients that the report is about.
    init(filtersOf query: ReportQuery, _ names: QueryNames) {
        let filters = query.facts(names: names).filter {
            ["Client types", "Tags", "Owners", "Packages"].contains($0.label) && $0.value != "all"
        }
        if filters.isEmpty {
            reason = "There is no client in this period that you may see."
            advice = "Choose a later period, or ask an administrator what your account may see."
        } else {
            let list = filters.map { "\($0.label): \($0.value)" }.joined(separator: "; ")
            reason = "The filters match no client in this period (\(list))."
            advice = "Remove a filter or choose more in it, or choose a later period."
        }
    }
}

// MARK: - Sharing

/// The state of a report's link, for those who may change it.
struct SharingModel {
    let id: String
    let state: String
    let explanation: String
    let isShared: Bool
    let isRevoked: Bool
    /// `2024-03-15`, for the date field; empty: no expiry.
    let expiryDate: String

    /// nil: the viewer may not change it.
    init?(_ facts: ReportFacts, viewer: Account, at now: Instant, zones: TimeZoneDirectory) {
        guard facts.mayChange(viewer) else { return nil }
        id = facts.id
        let zone = try? zones.rules(named: facts.draft.text.timezone)
        isRevoked = facts.revokedAt != nil
        isShared = facts.isShared(at: now)
        expiryDate = facts.expiresAt.map { CivilDate(utc: Instant(seconds: $0.seconds - 1)).description } ?? ""
        let expiry = facts.expiresAt.map { ReportInfo.time($0, zone) }
        if let revokedAt = facts.revokedAt {
            state = "revoked"
            explanation =
                "Revoked at \(ReportInfo.time(revokedAt, zone)): only its owner and administrators can open the link."
        } else if let expiry, !isShared {
            state = "expired"
            explanation = "Expired at \(expiry): only its owner and administrators can open the link."
        } else if let expiry {
            state = "shared"
            explanation = "Everybody who signs in can open the link until \(expiry)."
        } else {
            state = "shared"
            explanation = "Everybody who signs in can open the link."
        }
    }
}

// MARK: - Pages

/// Links between the pages of a long table; scripts scroll instead.
struct PageLinksModel {
    struct Link {
        let title: String
        let address: String
        let isCurrent: Bool
    }

    /// `Rows 1,001 to 2,000 of 20,000`.
    let position: String
    let first: String?
    let previous: String?
    let next: String?
    let last: String?
    let sizes: [Link]

    /// nil: all rows are on one page, and were never more than fit on the largest one.
    init?(_ view: ReportView, _ report: PreparedReport, _ style: NumberStyle) {
        guard report.rowCount > ReportView.largestPage || view.pageCount(of: report) > 1 else { return nil }
        let places = view.places(in: report)
        let count = view.pageCount(of: report)
        func number(_ number: Int) -> String { style.text(String(number)) }
        position = "Rows \(number(places.lowerBound + 1)) to \(number(places.upperBound)) of \(number(report.rowCount))"
        first = view.page > 1 ? view.onPage(1).address : nil
        previous = view.page > 1 ? view.onPage(view.page - 1).address : nil
        next = view.page < count ? view.onPage(view.page + 1).address : nil
        last = view.page < count ? view.onPage(count).address : nil
        sizes = ReportView.pageSizes.map { size in
            Link(title: number(size), address: view.withRows(size).address, isCurrent: size == view.rowsPerPage)
        }
    }
}
