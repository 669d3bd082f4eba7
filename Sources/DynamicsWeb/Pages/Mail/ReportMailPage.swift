import DynamicsExport
import DynamicsModel
import DynamicsReports
import DynamicsWorkspace
import Hummingbird

/// *E-mail this report*: whom a stored report was sent to and how that went, and sending it to more people.
enum ReportMailPage {
    static var routes: [Route] {
        [
            Route(.get, "/reports/{id}/mail", for: .viewers, show),
            Route(.post, "/reports/{id}/mail", for: .viewers, send),
        ]
    }

    /// What the page shows.
    struct PageModel {
        let chrome: PageChrome
        let reportID: String
        let reportAddress: String
        let words: QueryWords
        let hasMail: Bool
        let isAdministrator: Bool
        var recipients = ""
        var formats: [Choice]
        let rows: [DeliveryRow]
        let hasRows: Bool
        /// Whether something is still on its way.
        let isUnderWay: Bool
        var problem = ""
    }

    @Sendable static func show(_ visit: Visit) async throws -> Response {
        visit.parts.pages.respond("report-mail", try await model(visit, format: "xlsx"))
    }

    private static func model(_ visit: Visit, format: String) async throws -> PageModel {
        let viewer = try visit.viewer()
        let id = visit.parameter("id")
        guard let facts = try await visit.parts.workspace.facts(id: id, for: viewer) else { throw WebError.notFound }
        let deliveries = try await visit.parts.workspace.deliveries(of: id, for: viewer)
        var chrome = PageChrome(title: "E-mail this report", section: "reports", visit.context)
        chrome.notice = visit.notice
        let names = try await visit.names(in: facts.name(for: viewer) == nil ? [] : [facts.draft])
        return PageModel(
            chrome: chrome, reportID: id, reportAddress: "/view?id=\(FormFields.encode(id))",
            words: QueryWords(facts, names: names, zones: visit.parts.zones),
            hasMail: visit.parts.deliveries != nil, isAdministrator: viewer.isAdministrator,
            formats: Delivery.Format.allCases.map {
                Choice(
                    value: $0.rawValue, label: TemplateEditing.outputTitles[$0.rawValue] ?? $0.rawValue,
                    isChosen: $0.rawValue == format)
            },
            rows: deliveries.map(DeliveryRow.init), hasRows: !deliveries.isEmpty,
            isUnderWay: deliveries.contains { $0.state == .queued || $0.state == .sending })
    }

    /// Fields: `recipients`, addresses separated by blanks, commas, semicolons or lines; `format`.
    @Sendable static func send(_ visit: Visit) async throws -> Response {
        let viewer = try visit.viewer()
        let typed = visit.form["recipients"] ?? ""
        let formatText = visit.form["format"] ?? ""
        do {
            guard let format = Delivery.Format(rawValue: formatText) else {
                throw DynamicsError(.usage, "bad_format", field: "format", "choose a format from the list")
            }
            let addresses = typed.split { $0.isWhitespace || $0 == "," || $0 == ";" }.map(String.init)
            guard !addresses.isEmpty else {
                throw DynamicsError(.usage, "no_recipients", field: "send_to", "give at least one address")
            }
            let recipients = try RecipientCheck(visit.parts.deliveries, viewer).checked(addresses)
            try await visit.parts.workspace.send(
                visit.parameter("id"), DeliveryRequest(recipients: recipients, format: format), by: viewer,
                address: visit.context.address)
            visit.parts.deliveries?.wake()
            return .redirect(
                to: "/reports/\(FormFields.encode(visit.parameter("id")))/mail", notice: .mailQueued)
        } catch let error as DynamicsError where error.code != "not_found" && error.field != nil {
            var model = try await model(visit, format: formatText)
            model.recipients = typed
            model.problem = error.sentence
            return visit.parts.pages.respond("report-mail", model, status: .unprocessableContent)
        }
    }
}

/// A delivery in a list.
struct DeliveryRow {
    let recipient: String
    let format: String
    let state: String
    let badge: String
    let changed: ShownTime
    /// When it is tried next.
    let next: ShownTime?
    let error: String?
    /// Of the report; nil: the message brings none.
    let report: String?

    init(_ delivery: Delivery) {
        recipient = delivery.recipient
        switch delivery.content {
        case .report(let id, let content):
            format = TemplateEditing.outputTitles[content.rawValue] ?? content.rawValue
            report = "/view?id=\(FormFields.encode(id))"
        case .failedRun:
            format = "Word of a failure"
            report = nil
        }
        (state, badge) = DeliveryWords.state(delivery)
        changed = ShownTime(delivery.changedAt)
        next = delivery.state == .queued && delivery.attempts > 0 ? delivery.dueAt.map(ShownTime.init) : nil
        error = delivery.lastError.map(FieldProblem.sentence)
    }
}

/// Deliveries in words.
enum DeliveryWords {
    static func state(_ delivery: Delivery) -> (text: String, badge: String) {
        switch delivery.state {
        case .queued: (delivery.attempts == 0 ? "Waiting" : "Will be tried again", "")
        case .sending: ("Being sent", "")
        case .sent: ("Sent", "open")
        case .failed: ("Failed", "closed")
        }
    }

    /// `2 sent, 1 failed`; empty: there are none.
    static func summary(_ counts: [Delivery.State: Int]) -> String {
        let words: [(Delivery.State, String)] = [
            (.sent, "sent"), (.sending, "being sent"), (.queued, "waiting"), (.failed, "failed"),
        ]
        return words.compactMap { state, word in counts[state].map { "\($0) \(word)" } }.joined(separator: ", ")
    }
}
