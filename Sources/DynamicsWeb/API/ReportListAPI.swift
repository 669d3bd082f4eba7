import DynamicsModel
import DynamicsWorkspace
import Foundation
import HTTPTypes
import Hummingbird

/// Stored reports for programs: which there are, and what becomes of their links.
enum ReportListAPI {
    static var routes: [Route] {
        [
            Route(.get, "/api/v1/reports", for: .viewers, list),
            Route(.patch, "/api/v1/reports/{id}", for: .viewers, change),
            Route(.delete, "/api/v1/reports/{id}", for: .viewers) { visit in
                try await visit.parts.workspace.deleteReport(
                    visit.parameter("id"), by: try visit.viewer(), address: visit.context.address)
                return Response(status: .noContent)
            },
        ]
    }

    /// A report as a list shows it.
    private struct Document: Encodable {
        let id: String
        let view: String
        let generatedAt: String
        /// A raw value of `Role`.
        let generatedBy: String
        /// nil: of another company.
        let owner: String?
        let durationMilliseconds: Int
        let revision: Int64
        let rowCount: Int
        /// As it was asked; of another company's report nothing.
        let query: QueryDraft?
        let expiresAt: String?
        let isRevoked: Bool

        enum CodingKeys: String, CodingKey {
            case id, view, owner, revision, query
            case generatedAt = "generated_at"
            case generatedBy = "generated_by"
            case durationMilliseconds = "duration_ms"
            case rowCount = "rows"
            case expiresAt = "expires_at"
            case isRevoked = "revoked"
        }

        init(_ facts: ReportFacts, for viewer: Account) {
            id = facts.id
            view = "/view?id=\(facts.id)"
            generatedAt = facts.generatedAt.utcText
            generatedBy = facts.generatedBy.rawValue
            owner = facts.name(for: viewer)
            durationMilliseconds = facts.duration_ms
            revision = facts.revision
            rowCount = facts.rowCount
            query = facts.name(for: viewer) == nil ? nil : facts.draft
            expiresAt = facts.expiresAt?.utcText
            isRevoked = facts.revokedAt != nil
        }
    }

    private struct List: Encodable {
        let reports: [Document]
        /// The address of the next page; nil: this is the last one.
        let next: String?
    }

    /// `list`: `mine` (the default) or `shared`, what was opened by link; `offset` and `limit`.
    @Sendable private static func list(_ visit: Visit) async throws -> Response {
        let viewer = try visit.viewer()
        let name = visit.query["list"] ?? "mine"
        guard ["mine", "shared"].contains(name) else {
            throw DynamicsError(.usage, "bad_list", field: "list", "must be mine or shared")
        }
        let page = try Page(visit.query)
        let workspace = visit.parts.workspace
        let found =
            name == "mine"
            ? try await workspace.reports(ownedBy: viewer, offset: page.offset, limit: page.limit + 1)
            : try await workspace.reports(openedBy: viewer, offset: page.offset, limit: page.limit + 1)
        return try .document(
            List(
                reports: found.prefix(page.limit).map { Document($0, for: viewer) },
                next: page.next(
                    after: found.count, at: "/api/v1/reports", name == "mine" ? [] : [("list", name)])))
    }

    // MARK: - Links

    private struct Body: Decodable {
        let revoked: Bool?
        let expires_at: String?

        static let fields: Set = ["revoked", "expires_at"]
        static let example = "{\"revoked\": true}"
    }

    /// What the body does not name stays; `"expires_at": null` takes the expiry away.
    @Sendable private static func change(_ visit: Visit) async throws -> Response {
        let data = try await visit.body()
        let body = try RequestBody.read(Body.self, data, fields: Body.fields, example: Body.example)
        let (workspace, viewer, id) = (visit.parts.workspace, try visit.viewer(), visit.parameter("id"))
        guard let facts = try await workspace.facts(id: id, for: viewer), facts.mayChange(viewer) else {
            throw WebError.notFound
        }
        let names = (try JSONSerialization.jsonObject(with: data) as? [String: Any]).map { Set($0.keys) } ?? []
        let expiry = try body.expires_at.map { try Timestamp.read($0, field: "expires_at") }
        if names.contains("expires_at") {
            try await workspace.setExpiry(expiry, id, by: viewer, address: visit.context.address)
        }
        switch body.revoked {
        case true?: try await workspace.revoke(id, by: viewer, address: visit.context.address)
        case false?: try await workspace.unrevoke(id, by: viewer, address: visit.context.address)
        case nil: break
        }
        guard let changed = try await workspace.facts(id: id, for: viewer) else { throw WebError.notFound }
        return try .document(Document(changed, for: viewer))
    }
}

/// A part of a list that is asked for in parts: `offset` (from 0) and `limit` (1...1000, default 100).
struct Page {
    let offset: Int
    let limit: Int

    /// - Throws: `DynamicsError` (`.usage`) for the field `offset` or `limit`.
    init(_ query: FormFields) throws {
        offset = try Self.number(query, "offset", 0...1_000_000_000, otherwise: 0)
        limit = try Self.number(query, "limit", 1...999, otherwise: 100)
    }

    private static func number(
        _ query: FormFields, _ name: String, _ range: ClosedRange<Int>, otherwise: Int
    ) throws -> Int {
        guard let text = query[name] else { return otherwise }
        guard !text.isEmpty, text.utf8.count <= 10, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int(text), range.contains(number)
        else {
            throw DynamicsError(
                .usage, "bad_\(name)", field: name,
                "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// The address of the page behind this one; nil: there is none.
    /// - Parameter found: how many there were, one more than `limit` having been asked for.
    func next(after found: Int, at path: String, _ fields: [(name: String, value: String)] = []) -> String? {
        guard found > limit else { return nil }
        let page = [("offset", String(offset + limit)), ("limit", String(limit))]
        return "\(path)?\(FormFields(fields + page).encoded)"
    }
}

/// Points in time as programs write them.
enum Timestamp {
    /// RFC 3339 in UTC with whole seconds: `2026-03-15T09:30:00Z`.
    /// - Throws: `DynamicsError` (`.usage`) for the field.
    static func read(_ text: String, field: String) throws -> Instant {
        let wrong = DynamicsError(
            .usage, "bad_time", field: field, "\"\(text.prefix(40))\" is no time such as 2026-03-15T09:30:00Z")
        guard text.utf8.count == 20, text.hasSuffix("Z"),
            let limit = try? PeriodLimit(parsing: String(text.dropLast()), field: field),
            case .time(let time) = limit.meaning
        else { throw wrong }
        return Instant(seconds: Int64(time.date.dayNumber) * 86_400 + Int64(time.secondOfDay))
    }
}
