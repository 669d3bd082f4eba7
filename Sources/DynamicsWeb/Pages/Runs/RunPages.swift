import DynamicsExport
import DynamicsModel
import DynamicsReports
import DynamicsWorkspace
import Foundation
import HTTPTypes
import Hummingbird

/// A run while it is on its way, until there is a report to go to.
enum RunPages {
    static var routes: [Route] {
        [
            Route(.get, "/runs/{id}", for: .viewers, show),
            Route(.get, "/runs/{id}/events", for: .viewers, RunEvents.stream),
            Route(.post, "/runs/{id}/cancel", for: .viewers, cancel),
        ]
    }

    /// How long an answer waits for the end: a fast report then comes at once, without a page in between.
    private static let patience = Duration.milliseconds(400)

    /// Where a run is seen.
    /// - Parameter chart: as `QueryInput.chart`.
    static func address(of run: Run, output: String, chart: String) -> String {
        var fields = [("output", output)]
        if !chart.isEmpty { fields.append((ChartSettings.field, chart)) }
        return "/runs/\(FormFields.encode(run.id))?\(FormFields(fields).encoded)"
    }

    /// `/runs/ID?output=csv`: goes to the report or the file when there is one, and until then shows how far it is.
    @Sendable static func show(_ visit: Visit) async throws -> Response {
        let run = try visit.ownRun()
        let output = try visit.output()
        let state = await settled(run)
        if case .finished(let reportID) = state, output == .web {
            return .redirect(to: RunPageModel.reportAddress(reportID, visit.chart))
        }
        let model = RunPageModel(run, state, output: output, visit)
        return visit.parts.pages.respond("run", model)
    }

    /// Stops the run, and with it the work, when nobody else waits for the same.
    @Sendable static func cancel(_ visit: Visit) async throws -> Response {
        let run = try visit.ownRun()
        let output = try visit.output()
        _ = visit.parts.runs.cancel(id: run.id, for: try visit.viewer())
        return .redirect(to: address(of: run, output: output.rawValue, chart: visit.chart?.encoded ?? ""))
    }

    /// The run's state once it is over, or after a moment.
    private static func settled(_ run: Run) async -> RunState {
        await withTaskGroup(of: RunState?.self) { group in
            group.addTask {
                for await state in run.states() where state.isOver { return state }
                return nil
            }
            group.addTask {
                try? await Task.sleep(for: patience)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first ?? run.state()
        }
    }
}

extension Visit {
    /// The run that the path names.
    /// - Throws: `WebError.notFound` for runs of others, and for those that ended some minutes ago.
    func ownRun() throws -> Run {
        guard let run = parts.runs.run(id: parameter("id"), for: try viewer()) else { throw WebError.notFound }
        return run
    }

    /// The chart that the report opens with.
    fileprivate var chart: ChartSettings? {
        (ChartSettings.encoded(in: query) ?? ChartSettings.encoded(in: form)).flatMap(ChartSettings.init(encoded:))
    }

    /// What the report is wanted as.
    fileprivate func output() throws -> OutputType {
        let text = query["output"] ?? form["output"] ?? OutputType.web.rawValue
        guard let output = OutputType(rawValue: text) else {
            let known = OutputType.allCases.map(\.rawValue).joined(separator: ", ")
            throw WebError.badRequest("output: must be one of \(known).")
        }
        return output
    }
}

/// What the page of a run shows.
struct RunPageModel {
    let chrome: PageChrome
    let id: String
    let output: String
    /// As `QueryInput.chart`.
    let chart: String
    /// Of the query.
    let words: String
    /// `Waiting`, `Running`, ...
    let heading: String
    /// More of it in a sentence.
    let detail: String
    let isUnderWay: Bool
    let hasFailed: Bool
    /// 0...100; nil: not known yet.
    let percent: Int?
    /// The form with the query as it was asked.
    let formAddress: String
    /// Of a finished run: the file, and the page that shows the report.
    let fileAddress: String?
    let reportAddress: String?
    /// What the file is, such as `CSV`.
    let fileTitle: String
    /// Whom it goes to by mail, in a sentence; nil: nobody.
    let mail: String?
    /// Of the page that tells how that goes.
    let mailAddress: String?

    init(_ run: Run, _ state: RunState, output: OutputType, _ visit: Visit) {
        let wording = RunWording(state)
        id = run.id
        self.output = output.rawValue
        let settings = visit.chart
        chart = settings?.encoded ?? ""
        words = run.draft.words
        heading = wording.heading
        detail = wording.detail
        percent = wording.percent
        isUnderWay = !state.isOver
        hasFailed = if case .failed = state { true } else { false }
        formAddress = Self.formAddress(
            run.draft, output: output, chart: chart, sendTo: run.purpose.deliveries?.recipients ?? [])
        fileTitle = output.title
        let count = run.purpose.deliveries?.recipients.count ?? 0
        mail =
            count == 0
            ? nil
            : count == 1
                ? "It goes to \(run.purpose.deliveries?.recipients[0] ?? "") by mail."
                : "It goes to \(count) addresses by mail."
        if case .finished(let reportID) = state {
            let id = FormFields.encode(reportID)
            fileAddress = "/reports/\(id)/export?format=\(output.rawValue)" + (chart.isEmpty ? "" : "&\(chart)")
            reportAddress = Self.reportAddress(reportID, settings)
            mailAddress = count > 0 ? "/reports/\(id)/mail" : nil
        } else {
            mailAddress = nil
            fileAddress = nil
            reportAddress = nil
        }
        chrome = PageChrome(title: wording.heading, section: "customer-dynamics", visit.context)
    }

    /// The form, filled with a query: `/?draft=JSON`.
    private static func formAddress(
        _ draft: QueryDraft, output: OutputType, chart: String, sendTo: [String]
    ) -> String {
        guard let json = try? JSONEncoder().encode(draft) else { return "/" }
        var fields = [("draft", String(decoding: json, as: UTF8.self)), ("output", output.rawValue)]
        if !chart.isEmpty { fields.append((ChartSettings.field, chart)) }
        fields += sendTo.map { ("send_to", $0) }
        return "/?" + FormFields(fields).encoded
    }

    static func reportAddress(_ id: String, _ chart: ChartSettings?) -> String {
        "/view?" + FormFields([("id", id)] + (chart?.fields ?? [])).encoded
    }
}

/// A run's state as people read it: the same on the page and in its events.
struct RunWording: Hashable {
    let heading: String
    let detail: String
    var percent: Int?

    init(_ state: RunState) {
        switch state {
        case .waiting(let position):
            heading = "Waiting"
            detail =
                switch position {
                case ...1: "The report is next in line."
                case 2: "There is one report before this one."
                default: "There are \(position - 1) reports before this one."
                }
        case .running(let part):
            // Done is what has been stored.
            let percent = min(99, Int(part * 100))
            heading = "Running"
            detail = "\(percent) % done."
            self.percent = percent
        case .finished:
            heading = "Finished"
            detail = "The report is there."
            percent = 100
        case .failed(let error):
            heading = "The report failed"
            detail = error.description.prefix(1).uppercased() + error.description.dropFirst() + "."
        case .cancelled:
            heading = "Cancelled"
            detail = "The run was stopped. Nothing was stored."
        }
    }
}
