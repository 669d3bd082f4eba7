public import DynamicsModel
import Foundation
import GRDB

/// Saved queries.
extension Workspace {
    /// How many scalars a template's name may have.
    public static let templateNameLengths = 1...255
    /// How many scalars a template's description may have.
    public static let templateDescriptionLengths = 0...2000
    /// How many scalars the settings of a template's chart may have.
    public static let templateChartLengths = 0...4000
    /// How many templates an account may have.
    public static let mostTemplates = 1000

    /// The templates that `viewer` may load: their own, those of their company that are meant for it, and those for everyone; by
    /// name. Those of owners who were disabled stay.
    ///
    /// - Parameter ofOthers: for administrators, also what others keep for themselves.
    public func templates(for viewer: Account, ofOthers: Bool = false) async throws -> [Template] {
        try await file.read { db in
            try db.templates(
                for: viewer,
                where: """
                    template.owner = ? OR template.visibility = 'everyone'
                        OR template.visibility = 'company' AND template.company IS ? OR ?
                    """, [viewer.id, viewer.company?.string, ofOthers && viewer.isAdministrator]
            ).filter { $0.isVisible(to: viewer) }
        }
    }

    /// A template; nil: there is none, or `viewer` may not see it.
    public func template(id: String, for viewer: Account) async throws -> Template? {
        try await file.read { db in
            try db.templates(for: viewer, where: "template.id = ?", [id]).first.flatMap {
                $0.isVisible(to: viewer) ? $0 : nil
            }
        }
    }

    /// Saves a query. Several templates may have the same name.
    ///
    /// - Parameters:
    ///   - name: 1 to 255 scalars without control characters; blanks around it are left out.
    ///   - description: 0 to 2000 scalars, with line breaks.
    ///   - output: one of `Template.outputs`.
    ///   - chart: as `Template.chart`.
    ///   - sendTo: addresses that have been checked, at most `DeliveryRequest.most`; only with an output that is a file.
    /// - Throws: `DynamicsError` (`.usage`) that names the field; `not_allowed` for a ledger writer.
    public func addTemplate(
        name: String, description: String = "", visibility: Template.Visibility, draft: QueryDraft,
        output: String = "web", chart: String = "", sendTo: [String] = [], by account: Account, address: String? = nil
    ) async throws -> Template {
        guard account.seesReports else {
            throw DynamicsError(.usage, "not_allowed", "ledger writers may not save queries")
        }
        let content = try TemplateContent(name, description, visibility, draft, output, chart, sendTo)
        let id = Secret.text(bits: 144)
        let now = clock()
        return try await file.write { db in
            try db.insert(content, id: id, owner: account, at: now)
            try db.note(
                .templateAdded, by: Origin(account: account, address: address), subject: id, detail: content.name,
                at: now)
            return try db.template(id, changeableBy: account)
        }
    }

    /// Replaces what a template holds; owner and company stay.
    /// - Parameters:
    ///   - chart: nil: the one that it has.
    ///   - sendTo: as `addTemplate`; nil: those that it has.
    /// - Throws: `DynamicsError` (`.usage`): as `addTemplate`; `not_found` for all but its owner and administrators.
    @discardableResult
    public func changeTemplate(
        _ id: String, name: String, description: String, visibility: Template.Visibility, draft: QueryDraft,
        output: String, chart: String? = nil, sendTo: [String]? = nil, by account: Account, address: String? = nil
    ) async throws -> Template {
        let now = clock()
        return try await file.write { db in
            let old = try db.template(id, changeableBy: account)
            let content = try TemplateContent(
                name, description, visibility, draft, output, chart ?? old.chart, sendTo ?? old.sendTo)
            try db.execute(
                sql: """
                    UPDATE template SET name = ?, description = ?, visibility = ?, draft = ?, output = ?, chart = ?,
                        send_to = ?, changed_at = ?
                    WHERE id = ?
                    """,
                arguments: [
                    content.name, content.description, content.visibility.rawValue, content.draft, content.output,
                    content.chart, content.sendTo, now.seconds, id,
                ])
            try db.note(
                .templateChanged, by: Origin(account: account, address: address), subject: id, detail: content.name,
                at: now)
            return try db.template(id, changeableBy: account)
        }
    }

    /// Makes a copy that belongs to `account` and that only they see, named `NAME (copy)`.
    /// - Throws: `DynamicsError` (`.usage`, `not_found`) for a template that they may not see.
    public func duplicateTemplate(_ id: String, by account: Account, address: String? = nil) async throws -> Template {
        let copyID = Secret.text(bits: 144)
        let now = clock()
        return try await file.write { db in
            guard let template = try db.templates(for: account, where: "template.id = ?", [id]).first,
                template.isVisible(to: account)
            else {
                throw DynamicsError.notFound("template")
            }
            let suffix = " (copy)"
            let room = Self.templateNameLengths.upperBound - suffix.unicodeScalars.count
            let stem = String(String.UnicodeScalarView(template.name.unicodeScalars.prefix(room)))
            let content = try TemplateContent(
                stem + suffix, template.description, .me, template.draft, template.output, template.chart,
                template.recipients(for: account))
            try db.insert(content, id: copyID, owner: account, at: now)
            try db.note(
                .templateAdded, by: Origin(account: account, address: address), subject: copyID, detail: content.name,
                at: now)
            return try db.template(copyID, changeableBy: account)
        }
    }

    /// Deletes a template; nobody's default it is any more.
    /// - Throws: `DynamicsError` (`.usage`, `not_found`) for all but its owner and administrators.
    public func deleteTemplate(_ id: String, by account: Account, address: String? = nil) async throws {
        let now = clock()
        try await file.write { db in
            let template = try db.template(id, changeableBy: account)
            try db.execute(sql: "DELETE FROM template WHERE id = ?", arguments: [id])
            try db.note(
                .templateDeleted, by: Origin(account: account, address: address), subject: id, detail: template.name,
                at: now)
        }
    }

    /// Which template opens with the page of `account`; nil: none.
    /// - Throws: `DynamicsError` (`.usage`, `not_found`) for a template that they may not see.
    public func setDefaultTemplate(_ id: String?, for account: Account) async throws {
        try await file.write { db in
            if let id {
                guard let template = try db.templates(for: account, where: "template.id = ?", [id]).first,
                    template.isVisible(to: account)
                else {
                    throw DynamicsError.notFound("template")
                }
            }
            try db.execute(
                sql: """
                    UPDATE account SET default_template = (SELECT number FROM template WHERE template.id = ?) WHERE id = ?
                    """, arguments: [id, account.id])
        }
    }

    /// The template that opens with the page of `account`; nil: none, or they may no longer see it.
    public func defaultTemplate(for account: Account) async throws -> Template? {
        try await file.read { db in
            try db.templates(for: account, where: "template.number = viewer.default_template")
                .first { $0.isVisible(to: account) }
        }
    }
}

/// What a template holds, checked.
private struct TemplateContent: Sendable {
    let name: String
    let description: String
    let visibility: Template.Visibility
    /// JSON.
    let draft: String
    let output: String
    let chart: String
    /// JSON.
    let sendTo: String

    init(
        _ name: String, _ description: String, _ visibility: Template.Visibility, _ draft: QueryDraft,
        _ output: String, _ chart: String, _ sendTo: [String]
    ) throws {
        self.name = try Bounds.checked(name, Workspace.templateNameLengths, field: "name")
        self.description = try Bounds.checked(
            description, Workspace.templateDescriptionLengths, field: "description", lineBreaks: true)
        self.visibility = visibility
        self.draft = try DraftText.encoded(draft)
        guard Template.outputs.contains(output) else {
            throw DynamicsError(
                .usage, "bad_output", field: "output",
                "\"\(Bounds.line(output, 40))\" is not a choice; the choices are \(Template.outputs.joined(separator: ", "))"
            )
        }
        self.output = output
        self.chart = try Bounds.checked(chart, Workspace.templateChartLengths, field: "chart")
        self.sendTo = try Self.encoded(sendTo, output: output)
    }

    private static func encoded(_ recipients: [String], output: String) throws -> String {
        guard !recipients.isEmpty else { return "[]" }
        guard let format = Delivery.Format(rawValue: output) else { throw DynamicsError.nothingToSend }
        let checked = try DeliveryRequest(recipients: recipients, format: format).checkedRecipients()
        return String(decoding: try JSONEncoder().encode(checked), as: UTF8.self)
    }
}

extension DynamicsError {
    /// A web page is no file that could be sent.
    public static let nothingToSend = DynamicsError(
        .usage, "no_file", field: "send_to",
        "only files are sent by mail; choose the type csv, xls or xlsx, or leave the recipients out")
}

extension Database {
    /// The templates that `condition` holds for, whoever may see them; by name.
    fileprivate func templates(
        for viewer: Account, where condition: String, _ arguments: StatementArguments = []
    ) throws -> [Template] {
        try Row.fetchAll(
            self,
            sql: """
                SELECT template.id, template.owner, owner.name, owner.kind, template.company, template.name,
                    template.description, template.visibility, template.draft, template.output, template.created_at,
                    template.changed_at, template.number IS viewer.default_template,
                    template.chart, template.send_to
                FROM template JOIN account AS owner ON owner.id = template.owner
                LEFT JOIN account AS viewer ON viewer.id = ?
                WHERE \(condition)
                """, arguments: [viewer.id] + arguments
        ).map { row in
            guard let visibility = Template.Visibility(rawValue: row[7]) else {
                throw DynamicsError.damagedWorkspace("template")
            }
            let name: String = row[2]
            return Template(
                id: row[0], owner: row[1], ownerName: row[3] == Account.Kind.token.rawValue ? "token \(name)" : name,
                company: (row[4] as String?).map { ExactText($0) }, name: row[5], description: row[6],
                visibility: visibility, draft: try DraftText.decoded(row[8]), output: row[9], chart: row[13],
                sendTo: try Self.recipients(row[14]),
                createdAt: Instant(seconds: row[10]), changedAt: Instant(seconds: row[11]), isDefault: row[12])
        }.sorted { ($0.name.lowercased(), $0.id) < ($1.name.lowercased(), $1.id) }
    }

    private static func recipients(_ json: String) throws -> [String] {
        guard let recipients = try? JSONDecoder().decode([String].self, from: Data(json.utf8)) else {
            throw DynamicsError.damagedWorkspace("template")
        }
        return recipients
    }

    /// The template, if `viewer` may see it.
    func template(_ id: String, for viewer: Account) throws -> Template? {
        try templates(for: viewer, where: "template.id = ?", [id]).first { $0.isVisible(to: viewer) }
    }

    /// - Throws: `not_found` unless it is there and `account` may change it.
    @discardableResult
    func template(_ id: String, changeableBy account: Account) throws -> Template {
        guard let template = try templates(for: account, where: "template.id = ?", [id]).first,
            template.mayChange(account)
        else {
            throw DynamicsError.notFound("template")
        }
        return template
    }

    fileprivate func insert(_ content: TemplateContent, id: String, owner: Account, at now: Instant) throws {
        let count = try Int.fetchOne(
            self, sql: "SELECT count(*) FROM template WHERE owner = ?", arguments: [owner.id])
        guard count ?? 0 < Workspace.mostTemplates else {
            throw DynamicsError(
                .usage, "too_many_templates", field: "name",
                "you have \(Workspace.mostTemplates) templates, the most that there may be; delete one first")
        }
        try execute(
            sql: """
                INSERT INTO template (id, owner, company, name, description, visibility, draft, output, chart, send_to,
                    created_at, changed_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                id, owner.id, owner.company?.string, content.name, content.description, content.visibility.rawValue,
                content.draft, content.output, content.chart, content.sendTo, now.seconds, now.seconds,
            ])
    }
}
