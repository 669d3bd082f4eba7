import DynamicsModel
import DynamicsReports
import DynamicsWorkspace
import Hummingbird

/// When a template runs by itself, and how its runs went: for its owner and administrators. For everybody else these pages are not
/// there.
enum SchedulePages {
    static var routes: [Route] {
        [
            Route(.get, "/schedules/preview", for: .viewers, preview),
            Route(.get, "/templates/{id}/schedule", for: .viewers, show),
            Route(.post, "/templates/{id}/schedule", for: .viewers, save),
            Route(.post, "/templates/{id}/schedule/pause", for: .viewers) { try await setPaused(true, $0) },
            Route(.post, "/templates/{id}/schedule/resume", for: .viewers) { try await setPaused(false, $0) },
            Route(.post, "/templates/{id}/send", for: .viewers, sendNow),
        ]
    }

    /// What the page shows.
    struct PageModel {
        let chrome: PageChrome
        let templateID: String
        let templateName: String
        let words: QueryWords
        /// nil: none.
        let state: StateModel?
        var fields: ScheduleFields
        let zones: String
        let recipients: [String]
        let hasRecipients: Bool
        let output: String
        let isFile: Bool
        /// Whether mail would go out, and there is no server for it.
        let lacksServer: Bool
        /// Whether every run reports the same dates.
        let isFixed: Bool
        let ownerName: String?
        /// Where the owner is told of failures; nil: nowhere.
        let ownerEmail: String?
        let runs: [RunRow]
        let hasRuns: Bool
        /// Whether something is still on its way.
        let isUnderWay: Bool
        let paging: Paging
        var problem: String?
    }

    /// How it stands with a schedule.
    struct StateModel {
        let words: String
        let next: [String]
        let isPaused: Bool
        let isStopped: Bool
        let isActive: Bool
    }

    private static func address(_ id: String) -> String { "/templates/\(FormFields.encode(id))/schedule" }

    private static func changeable(_ visit: Visit) async throws -> Template {
        let viewer = try visit.viewer()
        guard let template = try await visit.parts.workspace.template(id: visit.parameter("id"), for: viewer),
            template.mayChange(viewer)
        else { throw WebError.notFound }
        return template
    }

    // MARK: - Showing

    @Sendable static func show(_ visit: Visit) async throws -> Response {
        let template = try await changeable(visit)
        return visit.parts.pages.respond("schedule", try await model(template, visit))
    }

    private static let pageLength = 50

    private static func model(_ template: Template, _ visit: Visit) async throws -> PageModel {
        let viewer = try visit.viewer()
        let workspace = visit.parts.workspace
        let schedule = try await workspace.schedule(of: template.id, for: viewer)
        let number = Paging.number(in: visit.query)
        let runs = try await workspace.scheduledRuns(
            of: template.id, for: viewer, offset: (number - 1) * pageLength, limit: pageLength + 1)
        let owner = try await workspace.account(id: template.owner)
        let zone = schedule?.schedule.timezone ?? template.draft.text.timezone
        var chrome = PageChrome(title: "Schedule of \(template.name)", section: "templates", visit.context)
        chrome.notice = visit.notice
        return PageModel(
            chrome: chrome, templateID: template.id, templateName: template.name,
            words: QueryWords(template.draft, names: try await visit.names(in: [template.draft])),
            state: try schedule.map { schedule in
                StateModel(
                    words: schedule.schedule.words, next: try ShownDue.next(schedule.schedule, visit),
                    isPaused: schedule.pausedAt != nil, isStopped: schedule.isOwnerDisabled,
                    isActive: schedule.pausedAt == nil && !schedule.isOwnerDisabled)
            },
            fields: ScheduleFields(schedule?.schedule, timezone: zone), zones: try visit.parts.zoneChoices.options(),
            recipients: template.sendTo, hasRecipients: !template.sendTo.isEmpty,
            output: TemplateEditing.outputTitles[template.output] ?? template.output,
            isFile: template.output != OutputType.web.rawValue,
            lacksServer: !template.sendTo.isEmpty && visit.parts.deliveries == nil,
            isFixed: template.draft.preset == nil, ownerName: template.owner == viewer.id ? nil : template.ownerName,
            ownerEmail: owner?.email,
            runs: try runs.prefix(pageLength).map { RunRow($0, rules: try visit.parts.zones.rules(named: zone)) },
            hasRuns: !runs.isEmpty, isUnderWay: runs.contains(where: isUnderWay),
            paging: Paging(number: number, hasMore: runs.count > pageLength) { "\(address(template.id))?page=\($0)" })
    }

    private static func isUnderWay(_ run: ScheduledRun) -> Bool {
        switch run.state {
        case .waiting, .running: true
        case .finished, .failed: (run.deliveries[.queued] ?? 0) + (run.deliveries[.sending] ?? 0) > 0
        }
    }

    /// `/schedules/preview?frequency=...`: the next runs, or what is wrong with the fields; for scripts.
    @Sendable static func preview(_ visit: Visit) async throws -> Response {
        do {
            let schedule = try ScheduleFields(visit.query).schedule(zones: visit.parts.zones)
            return try .json(
                Preview(
                    words: schedule?.words ?? "", next: try schedule.map { try ShownDue.next($0, visit) } ?? []))
        } catch let error as DynamicsError where error.kind == .usage {
            return try .json(Preview(words: "", next: [], field: error.field, message: error.sentence))
        }
    }

    private struct Preview: Encodable {
        var words: String
        var next: [String]
        var field: String?
        var message: String?
    }

    // MARK: - Changing

    @Sendable static func save(_ visit: Visit) async throws -> Response {
        let template = try await changeable(visit)
        let fields = ScheduleFields(visit.form)
        do {
            let schedule = try fields.schedule(zones: visit.parts.zones)
            if visit.form["do"] == "preview" {
                var model = try await model(template, visit)
                model.fields = fields
                model.fields.next = try schedule.map { try ShownDue.next($0, visit) } ?? []
                return visit.parts.pages.respond("schedule", model)
            }
            try await set(schedule, of: template.id, visit)
            return .redirect(to: address(template.id), notice: schedule == nil ? .scheduleRemoved : .scheduleSet)
        } catch let error as DynamicsError where error.kind == .usage && error.code != "not_found" {
            var model = try await model(template, visit)
            model.fields = fields
            if !model.fields.note(error) { model.problem = error.sentence }
            return visit.parts.pages.respond("schedule", model, status: .unprocessableContent)
        }
    }

    /// - Parameter schedule: nil: none any more.
    static func set(_ schedule: Schedule?, of templateID: String, _ visit: Visit) async throws {
        let (workspace, viewer, address) = (visit.parts.workspace, try visit.viewer(), visit.context.address)
        if let schedule {
            // What is the same already is not begun anew.
            if try await workspace.schedule(of: templateID, for: viewer)?.schedule == schedule { return }
            try await workspace.setSchedule(schedule, of: templateID, by: viewer, address: address)
        } else {
            try await workspace.removeSchedule(of: templateID, by: viewer, address: address)
        }
        visit.parts.schedules.wake()
    }

    private static func setPaused(_ isPaused: Bool, _ visit: Visit) async throws -> Response {
        let template = try await changeable(visit)
        try await visit.parts.workspace.setPaused(
            isPaused, scheduleOf: template.id, by: try visit.viewer(), address: visit.context.address)
        if !isPaused { visit.parts.schedules.wake() }
        return .redirect(
            to: visit.back(otherwise: address(template.id)), notice: isPaused ? .schedulePaused : .scheduleResumed)
    }

    @Sendable static func sendNow(_ visit: Visit) async throws -> Response {
        let template = try await changeable(visit)
        _ = try await visit.parts.workspace.runNow(
            template.id, by: try visit.viewer(), address: visit.context.address)
        visit.parts.schedules.wake()
        return .redirect(to: address(template.id), notice: .runAsked)
    }
}

/// A run in a template's history.
struct RunRow {
    /// By the schedule's clocks.
    let due: String
    let time: ShownTime
    /// `On schedule`, `By hand`, with word of lateness.
    let cause: String
    let state: String
    let badge: String
    /// The report's page; nil: there is none, or none any more.
    let report: String?
    /// Of the page that tells of its mail; nil: nothing was sent.
    let mail: String?
    let mailWords: String?
    let note: String?

    init(_ run: ScheduledRun, rules: TimeZoneRules) {
        due = ShownDue.text(run.dueAt, rules)
        time = ShownTime(run.dueAt)
        cause = Self.cause(run)
        (state, badge) =
            switch run.state {
            case .waiting: (run.attempts == 0 ? "Waiting" : "Will be tried again", "")
            case .running: ("Running", "")
            case .finished: ("Finished", "open")
            case .failed: ("Failed", "closed")
            }
        report = run.reportID.map { "/view?id=\(FormFields.encode($0))" }
        let words = DeliveryWords.summary(run.deliveries)
        mailWords = words.isEmpty ? nil : words
        mail = words.isEmpty ? nil : run.reportID.map { "/reports/\(FormFields.encode($0))/mail" }
        note =
            run.error.map(FieldProblem.sentence)
            ?? (run.state == .finished && run.reportID == nil ? "The report was deleted." : nil)
    }

    private static func cause(_ run: ScheduledRun) -> String {
        if run.isByHand { return "By hand" }
        var words = "On schedule"
        let late = run.changedAt.seconds - run.dueAt.seconds
        if run.state != .waiting, late >= ScheduledRun.late_seconds { words += ", late by \(time(seconds: late))" }
        if run.missed > 0 { words += "; \(run.missed) earlier \(run.missed == 1 ? "one was" : "ones were") left out" }
        return words
    }

    private static func time(seconds: Int64) -> String {
        switch seconds {
        case ..<7200: "\(seconds / 60) minutes"
        case ..<172_800: "\(seconds / 3600) hours"
        default: "\(seconds / 86_400) days"
        }
    }
}
