import DynamicsModel
import DynamicsWorkspace

/// What the owner of a schedule is told when a run, or its mail, has failed.
struct FailureMail {
    /// The template's name.
    let title: String
    let run: ScheduledRun
    /// Of the page with the template's runs; nil: the public address is not known.
    let link: String?

    var subject: String { "Did not work: \(title)" }

    private var sentences: [String] {
        let due = "\(CivilTime(seconds: run.dueAt.seconds))Z"
        let what: String
        if run.state == .failed {
            what =
                "The scheduled report “\(title)”, due at \(due), could not be made: \(run.error ?? "no reason is known")."
        } else {
            let failed = run.deliveries[.failed] ?? 0
            let count = run.deliveries.values.reduce(0, +)
            what =
                "The scheduled report “\(title)”, due at \(due), was made, but \(failed) of its \(count) messages could not be sent."
        }
        return [
            what, "The schedule goes on. You are not told again until everything has worked once more.",
        ]
    }

    var text: String {
        (sentences + (link.map { ["All runs, and what went wrong: \($0)"] } ?? [])).joined(separator: "\n\n") + "\n"
    }

    var html: String {
        let anchor = link.map { "<p><a href=\"\(MailHTML.escaped($0))\">All runs, and what went wrong</a></p>\n" } ?? ""
        return MailHTML.page(
            title: subject, body: sentences.map { "<p>\(MailHTML.escaped($0))</p>\n" }.joined() + anchor)
    }
}
