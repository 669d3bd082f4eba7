import DynamicsMail
import DynamicsModel
import DynamicsReports
import DynamicsWeb
import DynamicsWorkspace
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

/// *Send to*, schedules and mail on the pages and in the HTTP interface. Nobody takes the messages here: that is in
/// `DynamicsMailTests` and in the stories.
@Suite struct MailPageTests {
    /// A site with a mail server that is never reached.
    private func site(allowed: Set<String>? = nil) async throws -> ListSite {
        var settings = DeliverySettings(
            server: MailServer(
                host: "localhost", port: 1, security: .none, user: "post", password: "a secret, really",
                sender: try MailAddress("reports@operator.example")))
        settings.policy.allowedDomains = allowed
        return try await ListSite(mail: settings)
    }

    private static let query = [
        ("preset", "last_month"), ("timezone", "UTC"), ("active_months", "3"), ("group_by", "month"),
    ]

    // MARK: - The form

    @Test func withoutAServerSendToIsDisabledAndSaysSo() async throws {
        let site = try await ListSite()
        let text = try await site.get("/?new", as: site.ann).text
        #expect(text.contains(#"id="send-to-field" aria-label="Send to" disabled"#))
        #expect(text.contains("Sending by mail is not set up"))
        let refused = try await site.post(
            "/query", as: site.ann, Self.query + [("output", "csv"), ("send_to", "a@a.example"), ("do", "query")])
        #expect(refused.status == .unprocessableContent && refused.text.contains("No mail server is set up"))
        #expect(
            try await site.get("/administration/mail", as: site.administrator).text.contains("No mail server is set up")
        )
    }

    @Test func addressesAreAddedAndDroppedWithoutScripts() async throws {
        let site = try await site()
        var answer = try await site.post(
            "/query", as: site.ann,
            Self.query + [
                ("output", "csv"), ("send_to_text", "a@a.example, b@a.example;\nA@A.example"), ("do", "add-recipients"),
            ])
        for address in ["a@a.example", "b@a.example", "A@A.example"] {
            #expect(answer.text.contains(#"name="send_to" value="\#(address)""#))
        }
        answer = try await site.post(
            "/query", as: site.ann,
            Self.query + [
                ("output", "csv"), ("send_to", "a@a.example"), ("send_to", "b@a.example"),
                ("do", "drop-recipient:a@a.example"),
            ])
        #expect(!answer.text.contains(#"value="a@a.example""#) && answer.text.contains(#"value="b@a.example""#))
    }

    @Test(arguments: [
        ("web", "a@a.example", "Only files are sent"), ("csv", "nobody", "no mail address"),
        ("csv", "a@b@c", "more than one @"), ("xlsx", "a@-x.example", "no domain"),
    ]) func whatCannotBeSentIsSaidBesideTheField(output: String, address: String, sign: String) async throws {
        let site = try await site()
        for field in ["send_to", "send_to_text"] {
            let answer = try await site.post(
                "/query", as: site.ann, Self.query + [("output", output), (field, address), ("do", "query")])
            #expect(answer.status == .unprocessableContent)
            #expect(answer.text.contains(#"id="send_to-error""#) && answer.text.contains(sign))
            #expect(answer.text.contains(#"name="send_to" value="\#(address)""#), "what was typed stays")
        }
    }

    @Test func aQueryIsSentToEachOnce() async throws {
        let site = try await site()
        let answer = try await site.post(
            "/query", as: site.ann,
            Self.query + [
                ("output", "xlsx"), ("send_to", "a@a.example"), ("send_to_text", "b@A.example a@a.example"),
                ("do", "query"),
            ])
        #expect(answer.status == .seeOther)
        let run = try await finished(try #require(answer.location), site)
        #expect(run.contains("It goes to 2 addresses by mail."))
        let report = try #require(try await site.workspace.reports(ownedBy: site.ann.account).first)
        let deliveries = try await site.workspace.deliveries(of: report.id, for: site.ann.account)
        #expect(deliveries.map(\.recipient) == ["a@a.example", "b@a.example"])
        #expect(deliveries.allSatisfy { $0.content == .report(id: report.id, format: .xlsx) && $0.state == .queued })
        let page = try await site.get("/reports/\(report.id)/mail", as: site.ann).text
        #expect(page.contains("a@a.example") && page.contains("b@a.example") && page.contains("Waiting"))
        // Others see the report, but not whom it went to.
        let others = try await site.get("/reports/\(report.id)/mail", as: site.south).text
        #expect(!others.contains("a@a.example") && others.contains("was not sent to anybody yet"))
    }

    private func finished(_ address: String, _ site: ListSite) async throws -> String {
        for _ in 0..<200 {
            let text = try await site.get(address, as: site.ann).text
            if text.contains("Finished") { return text }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw ListSite.Failure(description: "the run does not end")
    }

    @Test func whoMaySendWhere() async throws {
        let site = try await site(allowed: ["operator.example"])
        func status(_ visitor: ListSite.Visitor, _ address: String) async throws -> Int {
            let answer = try await site.post(
                "/query", as: visitor, Self.query + [("output", "csv"), ("send_to", address), ("do", "query")])
            return answer.status.code
        }
        #expect(try await status(site.ann, "x@operator.example") == 303)
        #expect(try await status(site.ann, "x@elsewhere.example") == 422)
        #expect(try await status(site.north, "x@operator.example") == 303)
        #expect(try await status(site.north, "x@north.example") == 422)
        // Resellers' users cannot give themselves an address; administrators can.
        #expect(
            try await site.post("/account/email", as: site.north, [("email", "nora@north.example")]).status
                == .forbidden)
        let address = "/administration/users/\(site.north.account.id)/email"
        #expect(
            try await site.post(address, as: site.administrator, [("email", "nora@north")]).status
                == .unprocessableContent)
        #expect(
            try await site.post(address, as: site.administrator, [("email", "nora@North.example")]).status == .seeOther)
        #expect(try await status(site.north, "x@north.example") == 303)
        #expect(try await status(site.north, "x@sub.north.example") == 422)
        #expect(try await status(site.south, "x@north.example") == 422)
    }

    @Test func ownMailAddress() async throws {
        let site = try await site()
        let bad = try await site.post("/account/email", as: site.ann, [("email", "ann@")])
        #expect(bad.status == .unprocessableContent && bad.text.contains(#"value="ann@""#))
        #expect(
            try await site.post("/account/email", as: site.ann, [("email", " ann@operator.example ")]).status
                == .seeOther)
        #expect(try await site.workspace.account(id: site.ann.account.id)?.email == "ann@operator.example")
        #expect(try await site.post("/account/email", as: site.ann, [("email", "")]).status == .seeOther)
        #expect(try await site.workspace.account(id: site.ann.account.id)?.email == nil)
    }

    // MARK: - Saving and schedules

    @Test func aQueryIsSavedWithItsRecipientsAndSchedule() async throws {
        let site = try await site()
        let saved = try await site.post(
            "/query/save", as: site.ann,
            Self.query + [
                ("output", "csv"), ("send_to", "a@a.example"), ("name", "Mondays"), ("visibility", "company"),
                ("frequency", "weekly"), ("weekday", "1"), ("weekday", "4"), ("at", "07:30"),
                ("schedule_timezone", "Europe/Kyiv"),
            ])
        #expect(saved.status == .seeOther)
        let template = try #require(try await site.workspace.templates(for: site.ann.account).first)
        #expect(template.sendTo == ["a@a.example"] && template.output == "csv")
        let schedule = try #require(try await site.workspace.schedule(of: template.id, for: site.ann.account))
        #expect(schedule.schedule.words == "Every Monday and Thursday at 07:30, Europe/Kyiv")
        // The form is filled with all of it again.
        let form = try await site.get("/?template=\(template.id)", as: site.otto).text
        #expect(form.contains(#"name="send_to" value="a@a.example""#))
        let list = try await site.get("/templates", as: site.ann).text
        #expect(list.contains("Every Monday and Thursday at 07:30") && list.contains("next Thu 2025-01-02 07:30"))
        #expect(!(try await site.get("/templates", as: site.otto).text.contains("Every Monday")))
        #expect(try await site.get("/templates/\(template.id)/schedule", as: site.otto).status == .notFound)
        // Saved again without these fields, as the list's own pages do, it keeps them.
        let changed = try await site.post("/templates/\(template.id)", as: site.ann, [("name", "Mondays, early")])
        #expect(changed.status == .seeOther)
        let kept = try #require(try await site.workspace.template(id: template.id, for: site.ann.account))
        #expect(kept.sendTo == ["a@a.example"] && kept.name == "Mondays, early")
        let refused = try await site.post("/templates/\(template.id)", as: site.ann, [("output", "web")])
        #expect(
            refused.status == .unprocessableContent
                && refused.text.contains("only files are sent by mail".capitalizedFirst))
    }

    @Test(arguments: [
        ([("frequency", "weekly"), ("at", "08:00")], "Choose at least one day of the week."),
        (
            [("frequency", "monthly"), ("month_day", "32"), ("at", "08:00")],
            "The day of the month is a number from 1 to 31."
        ),
        (
            [("frequency", "monthly"), ("month_day", ""), ("at", "08:00")],
            "The day of the month is a number from 1 to 31."
        ),
        ([("frequency", "daily"), ("at", "24:00")], "Give a time such as 08:00."),
        ([("frequency", "daily"), ("at", "8 o'clock")], "Give a time such as 08:00."),
        ([("frequency", "hourly"), ("at", "08:00")], "Choose how often from the list."),
        ([("frequency", "daily"), ("at", "08:00"), ("schedule_timezone", "Mars/Olympus")], "Mars/Olympus"),
    ]) func aScheduleThatMakesNoSenseSavesNothing(fields: [(String, String)], sign: String) async throws {
        let site = try await site()
        let zone = fields.contains { $0.0 == "schedule_timezone" } ? [] : [("schedule_timezone", "UTC")]
        let template = try await site.addTemplate("Old", .me, by: site.ann)
        let answer = try await site.post("/templates/\(template.id)/schedule", as: site.ann, fields + zone)
        #expect(answer.status == .unprocessableContent && answer.text.contains(sign))
        #expect(try await site.workspace.schedules(for: site.ann.account).isEmpty)
        let saved = try await site.post(
            "/query/save", as: site.ann,
            Self.query + [("output", "web"), ("name", "New"), ("visibility", "me")] + fields + zone)
        #expect(saved.status == .unprocessableContent && saved.text.contains(sign))
        #expect(try await site.workspace.templates(for: site.ann.account).map(\.name) == ["Old"])
    }

    @Test func schedulesArePausedResumedRunAndRemoved() async throws {
        let site = try await site()
        let id = try await site.addTemplate("Old", .me, by: site.ann).id
        let address = "/templates/\(id)/schedule"
        #expect(try await site.get(address, as: site.ann).text.contains("It has not run yet"))
        let fields = [("frequency", "last_day"), ("at", "23:45"), ("schedule_timezone", "Asia/Kathmandu")]
        let preview = try await site.post(address, as: site.ann, fields + [("do", "preview")])
        #expect(preview.text.contains("Fri 2025-01-31 23:45") && preview.text.contains("Fri 2025-02-28 23:45"))
        #expect(try await site.workspace.schedules(for: site.ann.account).isEmpty)
        #expect(try await site.post(address, as: site.ann, fields).status == .seeOther)
        #expect(try await site.post("\(address)/pause", as: site.ann).status == .seeOther)
        #expect(try await site.get(address, as: site.ann).text.contains("Paused"))
        #expect(try await site.post("\(address)/resume", as: site.ann).status == .seeOther)
        #expect(try await site.post("/templates/\(id)/send", as: site.ann).status == .seeOther)
        let runs = try await site.get(address, as: site.ann).text
        #expect(runs.contains("By hand") && runs.contains("Waiting"))
        for _ in 0..<9 { #expect(try await site.post("/templates/\(id)/send", as: site.ann).status == .seeOther) }
        #expect(try await site.post("/templates/\(id)/send", as: site.ann).status == .tooManyRequests)
        #expect(try await site.post(address, as: site.ann, [("frequency", "none")]).status == .seeOther)
        #expect(try await site.workspace.schedules(for: site.ann.account).isEmpty)
        let script = try await site.get(
            "/schedules/preview?frequency=daily&at=08:00&schedule_timezone=UTC", as: site.ann
        ).text
        #expect(script.contains("Every day at 08:00, UTC") && script.contains("Wed 2025-01-01 08:00"))
        for path in [address, "\(address)/pause", "\(address)/resume", "/templates/\(id)/send"] {
            #expect(try await site.post(path, as: site.otto, fields).status == .notFound)
        }
    }

    // MARK: - Administration

    @Test func administratorsTryTheServerAndSeeNoPassword() async throws {
        let site = try await site()
        let page = try await site.get("/administration/mail", as: site.administrator).text
        #expect(page.contains("localhost:1") && page.contains("reports@operator.example") && !page.contains("a secret"))
        let failed = try await site.post(
            "/administration/mail/test", as: site.administrator, [("email", "a@a.example")])
        #expect(failed.status == .badGateway && failed.text.contains("The mail server localhost:1 is not reachable"))
        #expect(!failed.text.contains("a secret") && failed.text.contains(#"value="a@a.example""#))
        let wrong = try await site.post("/administration/mail/test", as: site.administrator, [("email", "a")])
        #expect(wrong.status == .unprocessableContent && wrong.text.contains("no mail address"))
    }

    // MARK: - The HTTP interface

    /// What a program gets: status and JSON.
    private func call(
        _ method: HTTPRequest.Method, _ path: String, _ body: String = "", as visitor: ListSite.Visitor,
        on site: ListSite
    ) async throws -> (status: Int, json: [String: Any]) {
        let headers: HTTPFields = [
            .cookie: "session=\(visitor.session.token)", .accept: "application/json", .contentType: "application/json",
            HTTPField.Name("X-CSRF-Token")!: visitor.session.csrfToken,
        ]
        return try await site.server.application().test(.router) { client in
            let answer = try await client.executeRequest(
                uri: path, method: method, headers: headers, body: ByteBuffer(string: body))
            let json = try? JSONSerialization.jsonObject(with: Data(answer.body.readableBytesView)) as? [String: Any]
            return (answer.status.code, json ?? [:])
        }
    }

    @Test(arguments: [
        (#""send_to":["a@a.example"]"#, "send_to"), (#""send_to":["a@a.example"],"output":"web""#, "send_to"),
        (#""send_to":["nobody"],"output":"csv""#, "send_to"), (#""send_to":[],"output":"pdf""#, "output"),
        (#""send_to":"a@a.example","output":"csv""#, "send_to"), (#""sendto":[]"#, "sendto"),
    ]) func theInterfaceNamesTheField(fields: String, field: String) async throws {
        let site = try await site()
        let answer = try await call(
            .post, "/api/v1/reports", #"{"from":"2024-01-01","to":"2024-03-31",\#(fields)}"#, as: site.ann, on: site)
        #expect(answer.status == 422 && answer.json["field"] as? String == field)
        #expect(try await site.workspace.reports(ownedBy: site.ann.account).isEmpty)
    }

    @Test func theInterfaceSendsAndTells() async throws {
        let site = try await site()
        let made = try await call(
            .post, "/api/v1/reports",
            #"{"from":"2024-01-01","to":"2024-03-31","output":"xls","send_to":["a@a.example"]}"#, as: site.ann, on: site
        )
        let id = try #require(made.json["id"] as? String)
        let path = "/api/v1/reports/\(id)/deliveries"
        let more = try await call(
            .post, path, #"{"output":"csv","send_to":["b@a.example","c@a.example"]}"#, as: site.ann, on: site)
        #expect(made.status == 201 && more.status == 202)
        let listed = try await call(.get, path, as: site.ann, on: site)
        let deliveries = try #require(listed.json["deliveries"] as? [[String: Any]])
        #expect(deliveries.map { $0["recipient"] as? String } == ["a@a.example", "b@a.example", "c@a.example"])
        #expect(deliveries.map { $0["format"] as? String } == ["xls", "csv", "csv"])
        #expect(deliveries.allSatisfy { $0["state"] as? String == "queued" && $0["attempts"] as? Int == 0 })
        let empty = try await call(.get, path, as: site.south, on: site)
        #expect(empty.status == 200 && (empty.json["deliveries"] as? [Any])?.isEmpty == true)
        #expect(try await call(.get, "/api/v1/reports/nothing/deliveries", as: site.ann, on: site).status == 404)
        #expect(try await call(.post, path, #"{"output":"csv","send_to":[]}"#, as: site.ann, on: site).status == 422)
        let foreign = try await call(
            .post, path, #"{"output":"csv","send_to":["b@a.example"]}"#, as: site.south, on: site)
        #expect(foreign.status == 422 && foreign.json["field"] as? String == "send_to")
    }

    @Test func templatesAndSchedulesOfTheInterface() async throws {
        let site = try await site()
        let added = try await call(
            .post, "/api/v1/templates",
            #"{"name":"T","query":{"preset":"last_month","group_by":["month"]},"output":"csv","send_to":["a@a.example"]}"#,
            as: site.ann, on: site)
        let id = try #require(added.json["id"] as? String)
        #expect(added.status == 201 && added.json["send_to"] as? [String] == ["a@a.example"])
        let path = "/api/v1/templates/\(id)"
        #expect(try await call(.get, "\(path)/schedule", as: site.ann, on: site).status == 404)
        let set = try await call(
            .put, "\(path)/schedule",
            #"{"frequency":"weekly","weekdays":[5],"time":"06:00","timezone":"Asia/Tokyo","paused":true}"#,
            as: site.ann, on: site)
        #expect(set.status == 200 && set.json["paused"] as? Bool == true && set.json["next"] as? [String] == [])
        let resumed = try await call(
            .put, "\(path)/schedule",
            #"{"frequency":"weekly","weekdays":[5],"time":"06:00","timezone":"Asia/Tokyo","paused":false}"#,
            as: site.ann, on: site)
        #expect((resumed.json["next"] as? [String])?.first == "2025-01-02T21:00:00Z")
        let run = try await call(.post, "\(path)/runs", as: site.ann, on: site)
        #expect(run.status == 202 && run.json["state"] as? String == "waiting" && run.json["by_hand"] as? Bool == true)
        let runs = try await call(.get, "\(path)/runs", as: site.ann, on: site)
        #expect((runs.json["runs"] as? [Any])?.count == 1)
        for (body, field) in [
            (#"{"frequency":"weekly","weekdays":[8],"time":"06:00"}"#, "weekdays"),
            (#"{"frequency":"none","time":"06:00"}"#, "frequency"),
            (#"{"frequency":"daily"}"#, "time"), (#"{"frequency":"daily","time":"06:00","timezone":"X"}"#, "timezone"),
        ] {
            let answer = try await call(.put, "\(path)/schedule", body, as: site.ann, on: site)
            #expect(answer.status == 422 && answer.json["field"] as? String == field, "\(body)")
        }
        let changed = try await call(
            .put, path, #"{"name":"U","query":{"from":"2024-01-01","to":"2024-01-31"},"visibility":"everyone"}"#,
            as: site.ann, on: site)
        #expect(changed.status == 200 && changed.json["send_to"] as? [String] == [] && changed.json["schedule"] != nil)
        #expect(try await call(.get, path, as: site.south, on: site).json["schedule"] == nil)
        for visitor in [site.otto, site.south] {
            #expect(
                try await call(.put, path, #"{"name":"U","query":{"preset":"today"}}"#, as: visitor, on: site).status
                    == 404)
            #expect(try await call(.delete, path, as: visitor, on: site).status == 404)
            #expect(try await call(.post, "\(path)/runs", as: visitor, on: site).status == 404)
        }
        #expect(try await call(.delete, "\(path)/schedule", as: site.ann, on: site).status == 204)
        #expect(try await call(.delete, path, as: site.ann, on: site).status == 204)
        #expect(try await call(.get, path, as: site.ann, on: site).status == 404)
    }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
