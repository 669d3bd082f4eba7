import DynamicsModel
import DynamicsReports
import DynamicsTestSupport
import DynamicsWorkspace
import Foundation
import Synchronization
import Testing

/// Templates that run by themselves, with a clock that the tests move.
@Suite struct ScheduledReportsTests {
    /// A workspace with an owner of templates, and all that runs them.
    final class Desk: Sendable {
        let folder = FileManager.default.temporaryDirectory.path + "/schedules-test-" + UUID().uuidString
        let workspace: Workspace
        let runs: ReportRuns
        /// Only to look for what is due.
        var scheduled: ScheduledReports { service() }
        let owner: Account
        private let shared: SharedTime
        private let faultBox = FaultBox()

        /// - Parameter now: what the clock shows at first.
        init(now: Instant = Instant(seconds: 1_717_243_200), backend: (any ReportBackend)? = nil) async throws {
            let zones = TimeZoneDirectory()
            let shared = SharedTime(now)
            self.shared = shared
            var settings = WorkspaceSettings()
            settings.passwordCost = PasswordCost(log2Rounds: 4, blockSize: 1)
            let workspace = try Workspace(folder: folder, settings: settings) { shared.now }
            self.workspace = workspace
            runs = ReportRuns(
                backend: try backend ?? MemoryBackend(try WorkedExample.ledger()), zones: zones, clock: { shared.now },
                store: { report, account in
                    try await workspace.store(
                        report.result, draft: report.draft, duration_ms: report.duration_ms,
                        generatedAt: report.generatedAt, by: account, deliveries: report.purpose.deliveries,
                        scheduledRun: report.purpose.scheduledRun
                    ).id
                })
            owner = try await workspace.addAccount(name: "Ann", role: .analyst, password: "correct horse battery")
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        var errors: [String] { faultBox.all }

        var now: Instant {
            get { shared.now }
            set { shared.now = newValue }
        }

        func template(_ sendTo: [String] = [], owners: [String] = []) async throws -> Template {
            var text = QueryText()
            text.groupBy = ["month"]
            text.owners = owners
            return try await workspace.addTemplate(
                name: "Figures", visibility: .me, draft: QueryDraft(preset: .last12Months, text: text),
                output: sendTo.isEmpty ? "web" : "csv", sendTo: sendTo, by: owner)
        }

        func history(_ template: Template) async throws -> [ScheduledRun] {
            try await workspace.scheduledRuns(of: template.id, for: owner, limit: 1000)
        }

        /// As a server that was just started.
        func service() -> ScheduledReports {
            var quick = ScheduledReports.Settings()
            quick.look_seconds = 0.02
            return ScheduledReports(
                workspace: workspace, runs: runs, zones: TimeZoneDirectory(), settings: quick,
                clock: { [shared] in shared.now }, log: { [faultBox] in faultBox.add("\($0)") })
        }

        /// Runs what is due until `isDone`.
        func run(until isDone: () async throws -> Bool) async throws {
            let service = service()
            let task = Task { await service.run() }
            for _ in 0..<1500 {
                if try await isDone() { break }
                try await Task.sleep(for: .milliseconds(10))
            }
            task.cancel()
            await task.value
            #expect(try await isDone())
        }
    }

    final class SharedTime: Sendable {
        private let time: Mutex<Instant>
        init(_ now: Instant) { time = Mutex(now) }
        var now: Instant {
            get { time.withLock { $0 } }
            set { time.withLock { $0 = newValue } }
        }
    }

    final class FaultBox: Sendable {
        private let faults = Mutex<[String]>([])
        func add(_ text: String) { faults.withLock { $0.append(text) } }
        var all: [String] { faults.withLock { $0 } }
    }

    private static let daily = try? Schedule(days: .daily, minuteOfDay: 480, timezone: "UTC")

    private func daily() throws -> Schedule { try #require(Self.daily) }

    // MARK: - Every due instant once

    /// Five years in a zone, the clock moved by steps of any length: minutes, as while the server runs, or weeks, as while it was
    /// down. What becomes due within a step is run once, at its latest instant, and the others are counted.
    @Test(arguments: [
        "Europe/Kyiv", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca",
        "America/New_York",
    ]) func eachDueInstantOnce(timezone: String) async throws {
        let zones = TimeZoneDirectory()
        let rules = try zones.rules(named: timezone)
        let start = Instant(seconds: 1_546_300_800)
        let end = Instant(seconds: start.seconds + 5 * 366 * 86_400)
        let desk = try await Desk(now: start)
        var random = SplitMix64(seed: UInt64(timezone.utf8.count))
        let schedules = [
            try Schedule(days: .daily, minuteOfDay: 150, timezone: timezone),
            try Schedule(days: .weekly([.sunday, .monday]), minuteOfDay: 15, timezone: timezone),
            try Schedule(days: .monthly(31), minuteOfDay: 1439, timezone: timezone),
            try Schedule(days: .lastDayOfMonth, minuteOfDay: 0, timezone: timezone),
        ]
        var templates: [(Template, [Instant])] = []
        for schedule in schedules {
            let template = try await desk.template()
            try await desk.workspace.setSchedule(schedule, of: template.id, by: desk.owner)
            templates.append((template, Self.due(schedule, rules, from: start, through: end)))
        }
        var expected = templates.map { _ in [(due: Instant, missed: Int)]() }
        var before = start
        while before < end {
            let step: Int64 =
                switch random.between(0...9) {
                case 0: Int64(random.between(0...30)) * 86_400
                case 1...4: Int64(random.between(1...3)) * 43_200
                default: Int64(random.between(60...40_000))
                }
            let now = Instant(seconds: min(end.seconds, before.seconds + step))
            desk.now = now
            // Twice, as two servers would: the second finds nothing to do.
            await desk.scheduled.beginWhatIsDue()
            await desk.scheduled.beginWhatIsDue()
            for (index, template) in templates.enumerated() {
                let passed = template.1.filter { $0 > before && $0 <= now }
                if let last = passed.last { expected[index].append((last, passed.count - 1)) }
            }
            before = now
        }
        for (index, template) in templates.enumerated() {
            var found: [ScheduledRun] = []
            while true {
                let page = try await desk.workspace.scheduledRuns(
                    of: template.0.id, for: desk.owner, offset: found.count, limit: 1000)
                found += page
                if page.count < 1000 { break }
            }
            #expect(found.reversed().map(\.dueAt) == expected[index].map(\.due), "\(schedules[index].words)")
            #expect(found.reversed().map(\.missed) == expected[index].map(\.missed), "\(schedules[index].words)")
            // With what was left out, it is all that there was.
            #expect(found.reduce(0) { $0 + 1 + $1.missed } == template.1.count)
        }
        #expect(desk.errors == [])
    }

    /// All due instants, found by looking at the clocks every quarter of an hour and a minute before midnight.
    private static func due(
        _ schedule: Schedule, _ rules: TimeZoneRules, from start: Instant, through end: Instant
    ) -> [Instant] {
        var due: [Instant] = []
        var date = rules.civilTime(at: start).date.adding(-2)
        let last = rules.civilTime(at: end).date.adding(2)
        while date <= last {
            let (year, month, day) = date.components
            let length = CivilDate.length(ofMonth: month, year: year)
            let isDay =
                switch schedule.days {
                case .daily: true
                case .weekly(let days): days.contains { ($0.rawValue - 1 + 4) % 7 == Int(date.dayNumber) % 7 }
                case .monthly(let number): day == min(number, length)
                case .lastDayOfMonth: day == length
                }
            if isDay {
                let target = CivilTime(date, secondOfDay: schedule.minuteOfDay * 60)
                // From well before; the first minute at which the clocks show it, or a later time.
                var minute = (Int64(date.dayNumber) * 86_400 + Int64(schedule.minuteOfDay) * 60) / 60 - 26 * 60
                while rules.civilTime(at: Instant(seconds: (minute + 60) * 60)) < target { minute += 60 }
                while rules.civilTime(at: Instant(seconds: minute * 60)) < target { minute += 1 }
                let instant = Instant(seconds: minute * 60)
                if instant > start, instant <= end, due.last.map({ $0 < instant }) ?? true { due.append(instant) }
            }
            date = date.adding(1)
        }
        return due
    }

    // MARK: - Runs

    @Test func whatIsDueIsRunAndKeptForItsOwner() async throws {
        let desk = try await Desk()
        let template = try await desk.template(["a@a.example", "b@a.example"])
        try await desk.workspace.setSchedule(try daily(), of: template.id, by: desk.owner)
        try await desk.run { try await desk.history(template).isEmpty }
        desk.now = Instant(seconds: desk.now.seconds + 3 * 86_400)
        try await desk.run { try await desk.history(template).first?.state == .finished }
        let run = try #require(try await desk.history(template).first)
        #expect(run.missed == 2 && !run.isByHand && run.attempts == 1 && run.error == nil)
        let id = try #require(run.reportID)
        let facts = try #require(try await desk.workspace.facts(id: id, for: desk.owner))
        #expect(facts.owner == desk.owner.id && facts.draft == template.draft)
        let deliveries = try await desk.workspace.deliveries(of: id, for: desk.owner)
        #expect(deliveries.map(\.recipient) == ["a@a.example", "b@a.example"])
        #expect(deliveries.allSatisfy { $0.content == .report(id: id, format: .csv) && $0.title == "Figures" })
        #expect(run.deliveries == [.queued: 2])
        #expect(try await desk.history(template).count == 1)
    }

    @Test func byHandAndWhilePaused() async throws {
        let desk = try await Desk()
        let template = try await desk.template()
        try await desk.workspace.setSchedule(try daily(), of: template.id, by: desk.owner)
        try await desk.workspace.setPaused(true, scheduleOf: template.id, by: desk.owner)
        desk.now = Instant(seconds: desk.now.seconds + 3 * 86_400)
        _ = try await desk.workspace.runNow(template.id, by: desk.owner)
        try await desk.run { try await desk.history(template).first?.state == .finished }
        #expect(try await desk.history(template).map(\.isByHand) == [true])
        // What was due during the pause is not caught up with.
        try await desk.workspace.setPaused(false, scheduleOf: template.id, by: desk.owner)
        await desk.scheduled.beginWhatIsDue()
        #expect(try await desk.history(template).count == 1)
        desk.now = Instant(seconds: desk.now.seconds + 86_400)
        await desk.scheduled.beginWhatIsDue()
        #expect(try await desk.history(template).map(\.missed) == [0, 0])
    }

    @Test func theRightsAreThoseOfThatMoment() async throws {
        let desk = try await Desk()
        let template = try await desk.template()
        try await desk.workspace.setSchedule(try daily(), of: template.id, by: desk.owner)
        try await desk.workspace.addAccount(name: "Ada", role: .administrator, password: "correct horse battery")
        try await desk.workspace.setRole(.reseller, reseller: "north", of: desk.owner)
        desk.now = Instant(seconds: desk.now.seconds + 86_400)
        try await desk.run { try await desk.history(template).first?.state == .finished }
        let run = try #require(try await desk.history(template).first)
        let id = try #require(run.reportID)
        let facts = try #require(try await desk.workspace.facts(id: id, for: desk.owner))
        #expect(facts.scope == .reseller("north"))
        // A user of a reseller without a mail address may send nowhere.
        try await desk.workspace.changeTemplate(
            template.id, name: "Figures", description: "", visibility: .me, draft: template.draft, output: "csv",
            sendTo: ["x@elsewhere.example"], by: desk.owner)
        desk.now = Instant(seconds: desk.now.seconds + 86_400)
        try await desk.run { try await desk.history(template).first?.state == .failed }
        #expect(try await desk.history(template).first?.error?.contains("x@elsewhere.example is not allowed") == true)
    }

    @Test func itStopsWhenTheOwnerIsDisabledOrTheTemplateDeleted() async throws {
        let desk = try await Desk()
        let template = try await desk.template()
        let other = try await desk.template()
        for template in [template, other] {
            try await desk.workspace.setSchedule(try daily(), of: template.id, by: desk.owner)
        }
        let ada = try await desk.workspace.addAccount(
            name: "Ada", role: .administrator, password: "correct horse battery")
        // Begun, and not run yet.
        desk.now = Instant(seconds: desk.now.seconds + 86_400)
        await desk.scheduled.beginWhatIsDue()
        try await desk.workspace.deleteTemplate(other.id, by: desk.owner)
        try await desk.workspace.setDisabled(true, of: desk.owner)
        #expect(try await desk.workspace.activeSchedules() == [])
        func runs() async throws -> [ScheduledRun] {
            try await desk.workspace.scheduledRuns(of: template.id, for: ada)
        }
        try await desk.run { try await runs().first?.state == .failed }
        #expect(try await runs().first?.error == "the template's owner is disabled")
        desk.now = Instant(seconds: desk.now.seconds + 5 * 86_400)
        await desk.scheduled.beginWhatIsDue()
        #expect(try await runs().count == 1)
        #expect(try await desk.workspace.schedules(for: ada).count == 1)
    }

    @Test func whatFailsForGoodIsToldOnce() async throws {
        let desk = try await Desk()
        let template = try await desk.template(owners: ["nobody-there"])
        try await desk.workspace.setEmail("ann@operator.example", of: desk.owner)
        try await desk.workspace.setSchedule(try daily(), of: template.id, by: desk.owner)
        for day in 1...3 {
            desk.now = Instant(seconds: desk.now.seconds + 86_400)
            try await desk.run {
                let runs = try await desk.history(template)
                return runs.count == day && runs[0].state == .failed
            }
        }
        #expect(try await desk.history(template)[0].error?.contains("nobody-there") == true)
        let told = try await messages(desk)
        #expect(told.map(\.recipient) == ["ann@operator.example"])
        let first = try #require(try await desk.history(template).last)
        #expect(told.first?.content == .failedRun(id: first.id))
        // It works again, and then fails once more: that is news.
        try await desk.workspace.changeTemplate(
            template.id, name: "Figures", description: "", visibility: .me,
            draft: QueryDraft(preset: .last12Months, text: QueryText()), output: "web", by: desk.owner)
        desk.now = Instant(seconds: desk.now.seconds + 86_400)
        try await desk.run { try await desk.history(template).first?.state == .finished }
        try await desk.workspace.changeTemplate(
            template.id, name: "Figures", description: "", visibility: .me, draft: template.draft, output: "web",
            by: desk.owner)
        desk.now = Instant(seconds: desk.now.seconds + 86_400)
        try await desk.run { try await desk.history(template).first?.state == .failed }
        #expect(try await messages(desk).count == 1)
    }

    /// Takes all messages from the queue.
    private func messages(_ desk: Desk) async throws -> [Delivery] {
        var found: [Delivery] = []
        while let claim = try await desk.workspace.claimDelivery(lease_seconds: 60) {
            found.append(claim.delivery)
            try await desk.workspace.noteSent(claim)
        }
        return found
    }

    @Test func mailThatFailsIsToldOnce() async throws {
        let desk = try await Desk()
        try await desk.workspace.setEmail("ann@operator.example", of: desk.owner)
        let template = try await desk.template(["a@a.example", "b@a.example", "c@a.example"])
        try await desk.workspace.setSchedule(try daily(), of: template.id, by: desk.owner)
        desk.now = Instant(seconds: desk.now.seconds + 86_400)
        try await desk.run { try await desk.history(template).first?.state == .finished }
        for _ in 0..<3 {
            let claim = try #require(try await desk.workspace.claimDelivery(lease_seconds: 60))
            if claim.delivery.recipient == "a@a.example" {
                try await desk.workspace.noteSent(claim)
            } else {
                try await desk.workspace.noteFailure(claim, "550 no such mailbox", isTemporary: false)
            }
        }
        let told = try await messages(desk)
        let run = try #require(try await desk.history(template).first)
        #expect(told.map(\.content) == [.failedRun(id: run.id)] && run.deliveries == [.sent: 1, .failed: 2])
    }

    @Test func whoDiesLosesNothing() async throws {
        let desk = try await Desk()
        let template = try await desk.template()
        try await desk.workspace.setSchedule(try daily(), of: template.id, by: desk.owner)
        desk.now = Instant(seconds: desk.now.seconds + 86_400)
        await desk.scheduled.beginWhatIsDue()
        // Somebody has taken it, and is never heard of again.
        let dead = try #require(try await desk.workspace.claimScheduledRun(lease_seconds: 60))
        #expect(try await desk.workspace.claimScheduledRun(lease_seconds: 60) == nil)
        desk.now = Instant(seconds: desk.now.seconds + 61)
        try await desk.run { try await desk.history(template).first?.state == .finished }
        #expect(try await desk.history(template).map(\.attempts) == [2])
        // It was not dead after all: its report is not stored a second time.
        let id = try #require(try await desk.history(template)[0].reportID)
        let result = try #require(try await desk.workspace.report(id: id))
        await #expect(throws: DynamicsError.self) {
            try await desk.workspace.store(
                result.result, draft: template.draft, duration_ms: 1, generatedAt: desk.now, by: desk.owner,
                scheduledRun: dead)
        }
        #expect(try await desk.workspace.reports(ownedBy: desk.owner).count == 1)
        #expect(try await desk.workspace.noteFailure(dead, "no", retryAfter_seconds: nil) == false)
        #expect(try await desk.workspace.renew(dead, lease_seconds: 60) == false)
    }

    @Test func twoServersRunEachOnce() async throws {
        let desk = try await Desk()
        var templates: [Template] = []
        for _ in 0..<6 {
            let template = try await desk.template()
            try await desk.workspace.setSchedule(try daily(), of: template.id, by: desk.owner)
            templates.append(template)
        }
        desk.now = Instant(seconds: desk.now.seconds + 86_400)
        let service = desk.service()
        let other = Task { await service.run() }
        try await desk.run {
            for template in templates where try await desk.history(template).first?.state != .finished { return false }
            return true
        }
        other.cancel()
        await other.value
        for template in templates {
            #expect(try await desk.history(template).map(\.state) == [.finished])
        }
        #expect(try await desk.workspace.reports(ownedBy: desk.owner).count == 6)
    }

    @Test func whatIsUnavailableIsTriedAgain() async throws {
        let desk = try await Desk(backend: FlakyBackend(failures: 2))
        let template = try await desk.template()
        try await desk.workspace.setSchedule(try daily(), of: template.id, by: desk.owner)
        desk.now = Instant(seconds: desk.now.seconds + 86_400)
        for attempt in 1...2 {
            try await desk.run {
                let run = try await desk.history(template).first
                return run?.state == .waiting && run?.attempts == attempt
            }
            #expect(try await desk.history(template).first?.error?.contains("the ledger is away") == true)
            desk.now = Instant(seconds: desk.now.seconds + 61)
        }
        try await desk.run { try await desk.history(template).first?.state == .finished }
        #expect(try await desk.history(template).first?.error == nil)
    }

    /// Is away for the first questions.
    private final class FlakyBackend: ReportBackend {
        private let left: Mutex<Int>
        private let real: MemoryBackend

        init(failures: Int) throws {
            left = Mutex(failures)
            real = MemoryBackend(try WorkedExample.ledger())
        }

        func snapshot() async throws -> any LedgerSnapshot {
            let isAway = left.withLock { left in
                defer { left -= 1 }
                return left > 0
            }
            if isAway { throw DynamicsError(.unavailable, "away", "the ledger is away") }
            return real.snapshot()
        }
    }

    // MARK: - Who may

    @Test func othersSeeNoSchedules() async throws {
        let desk = try await Desk()
        let template = try await desk.workspace.addTemplate(
            name: "Shared", visibility: .company, draft: QueryDraft(preset: .lastMonth, text: QueryText()),
            output: "csv", sendTo: ["a@a.example"], by: desk.owner)
        try await desk.workspace.setSchedule(try daily(), of: template.id, by: desk.owner)
        let bob = try await desk.workspace.addAccount(name: "Bob", role: .analyst, password: "correct horse battery")
        let rita = try await desk.workspace.addAccount(
            name: "Rita", role: .reseller, reseller: "north", password: "correct horse battery")
        for viewer in [bob, rita] {
            #expect(try await desk.workspace.schedule(of: template.id, for: viewer) == nil)
            #expect(try await desk.workspace.schedules(for: viewer).isEmpty)
            for attempt: () async throws -> Void in [
                { _ = try await desk.workspace.scheduledRuns(of: template.id, for: viewer) },
                { _ = try await desk.workspace.runNow(template.id, by: viewer) },
                { try await desk.workspace.setPaused(true, scheduleOf: template.id, by: viewer) },
                { try await desk.workspace.removeSchedule(of: template.id, by: viewer) },
                { try await desk.workspace.setSchedule(try self.daily(), of: template.id, by: viewer) },
            ] {
                let error = await #expect(throws: DynamicsError.self) { try await attempt() }
                #expect(error?.code == "not_found")
            }
        }
        let seen = try #require(try await desk.workspace.template(id: template.id, for: bob))
        #expect(seen.recipients(for: bob) == ["a@a.example"] && seen.recipients(for: rita) == [])
    }
}
