import DynamicsModel
import DynamicsWorkspace
import Hummingbird

/// *Templates*: the saved queries that somebody may load.
enum TemplateList {
    static var routes: [Route] {
        [
            Route(.get, "/templates", for: .viewers, show),
            Route(.get, "/templates/{id}/edit", for: .viewers, TemplateEditing.showEdit),
            Route(.post, "/templates/{id}", for: .viewers, TemplateEditing.change),
            Route(.post, "/templates/{id}/run", for: .viewers, TemplateActions.run),
            Route(.post, "/templates/{id}/duplicate", for: .viewers, TemplateActions.duplicate),
            Route(.post, "/templates/{id}/default", for: .viewers, TemplateActions.setDefault),
            Route(.get, "/templates/{id}/delete", for: .viewers, TemplateActions.confirmDeletion),
            Route(.post, "/templates/{id}/delete", for: .viewers, TemplateActions.delete),
        ]
    }

    /// What the page shows.
    struct PageModel {
        let chrome: PageChrome
        let groups: [Group]
        let isEmpty: Bool
        /// For administrators: the way to the page that also lists what others keep for themselves.
        let offersOthers: Bool
        let failedRun: FailedRun?
    }

    /// Templates that belong together.
    struct Group {
        let heading: String
        let anchor: String
        let rows: [TemplateRow]
    }

    /// A template that could not be run.
    struct FailedRun {
        let templateName: String
        let templateID: String
        let reason: String
    }

    @Sendable static func show(_ visit: Visit) async throws -> Response {
        try await page(visit, failedRun: nil)
    }

    /// - Parameter failedRun: what went wrong with the run that was just asked for.
    static func page(_ visit: Visit, failedRun: FailedRun?) async throws -> Response {
        let viewer = try visit.viewer()
        let withOthers = viewer.isAdministrator && visit.query.has("others")
        let templates = try await visit.parts.workspace.templates(for: viewer, ofOthers: withOthers)
        let names = try await visit.names(in: templates.map(\.draft))
        let schedules = try await visit.parts.workspace.schedules(for: viewer)
        let lastRuns = try await visit.parts.workspace.lastScheduledRuns(for: viewer)
        // After a failed run the address is that of the run, which is none to come back to.
        let address = failedRun == nil ? visit.ownAddress : "/templates"
        let groups = Dictionary(grouping: templates) { Kind($0, for: viewer) }
        let shown = try Kind.allCases.compactMap { kind in
            try groups[kind].map { templates in
                Group(
                    heading: kind.rawValue, anchor: kind.anchor,
                    rows: try templates.map { template in
                        var row = TemplateRow(template, names: names, viewer: viewer, address: address)
                        row.schedule = try schedules[template.id].map {
                            try TemplateRow.ScheduleModel($0, last: lastRuns[template.id], visit)
                        }
                        return row
                    })
            }
        }
        var chrome = PageChrome(title: "Templates", section: "templates", visit.context)
        chrome.notice = visit.notice
        let model = PageModel(
            chrome: chrome, groups: shown, isEmpty: templates.isEmpty,
            offersOthers: viewer.isAdministrator && !withOthers, failedRun: failedRun)
        return visit.parts.pages.respond("templates", model, status: failedRun == nil ? .ok : .unprocessableContent)
    }

    /// Which list a template stands in.
    private enum Kind: String, CaseIterable {
        case mine = "Mine"
        case company = "My company’s"
        case everyone = "Everyone’s"
        /// Only administrators see these.
        case others = "Of others, not shared with you"

        init(_ template: Template, for viewer: Account) {
            self =
                if template.owner == viewer.id {
                    .mine
                } else if template.visibility == .company && template.company == viewer.company {
                    .company
                } else if template.visibility == .everyone {
                    .everyone
                } else {
                    .others
                }
        }

        var anchor: String {
            switch self {
            case .mine: "mine"
            case .company: "company"
            case .everyone: "everyone"
            case .others: "others"
            }
        }
    }
}

/// A template in a list.
struct TemplateRow {
    let id: String
    let name: String
    let description: String?
    let words: QueryWords
    let visibility: String
    /// nil: the viewer's own, or of another company.
    let owner: String?
    let output: String
    let changed: ShownTime
    let isDefault: Bool
    let mayChange: Bool
    /// How many get it by mail, in words; nil: nobody does.
    let recipients: String?
    let addresses: String
    /// For who may change it; nil: it does not run by itself.
    var schedule: ScheduleModel?
    /// The list with this template in view, as it is and encoded for an address.
    let back: String
    let backEncoded: String

    /// How it stands with its schedule.
    struct ScheduleModel {
        let words: String
        /// `next Mon 2026-11-30 08:00`, or why there is none.
        let next: String
        let hasFailed: Bool

        init(_ schedule: TemplateSchedule, last: ScheduledRun?, _ visit: Visit) throws {
            words = schedule.schedule.words
            next =
                if schedule.isOwnerDisabled {
                    "stopped, as its owner is disabled"
                } else if schedule.pausedAt != nil {
                    "paused"
                } else {
                    "next " + (try ShownDue.next(schedule.schedule, visit, count: 1).joined())
                }
            hasFailed = last?.state == .failed || (last?.deliveries[.failed] ?? 0) > 0
        }
    }

    init(_ template: Template, names: QueryNames, viewer: Account, address: String) {
        id = template.id
        name = template.name
        description = template.description.isEmpty ? nil : template.description
        words = QueryWords(template.draft, names: names)
        visibility = TemplateEditing.title(of: template.visibility, owner: template.owner, viewer: viewer)
        owner = template.owner == viewer.id ? nil : template.name(for: viewer) ?? "Another company"
        output = TemplateEditing.outputTitles[template.output] ?? template.output
        changed = ShownTime(template.changedAt)
        isDefault = template.isDefault
        mayChange = template.mayChange(viewer)
        let sendTo = template.recipients(for: viewer)
        recipients = sendTo.isEmpty ? nil : "to \(sendTo.count) address\(sendTo.count == 1 ? "" : "es")"
        addresses = sendTo.joined(separator: ", ")
        back = "\(address)#template-\(template.id)"
        backEncoded = FormFields.encode(back)
    }
}
