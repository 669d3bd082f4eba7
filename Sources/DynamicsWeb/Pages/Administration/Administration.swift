import DynamicsModel
import DynamicsWorkspace
import Foundation
import Hummingbird

/// *Administration*: what the installation holds, who may use it, and what happened.
enum Administration {
    static var routes: [Route] {
        [
            Route(.get, "/administration", for: .administrators, show),
            Route(.get, "/administration/audit", for: .administrators, AuditPage.show),
        ] + Users.routes + Tokens.routes + MailPage.routes
    }

    /// Where one is within the administration.
    struct Place {
        let isOverview: Bool
        let isUsers: Bool
        let isTokens: Bool
        let isMail: Bool
        let isAudit: Bool

        init(_ page: Page) {
            isOverview = page == .overview
            isUsers = page == .users
            isTokens = page == .tokens
            isMail = page == .mail
            isAudit = page == .audit
        }

        enum Page { case overview, users, tokens, mail, audit }
    }

    /// What the overview shows.
    struct PageModel {
        let chrome: PageChrome
        let place: Place
        let ledger: LedgerModel?
        /// Why the ledger does not answer.
        let ledgerProblem: String?
        let workspace: WorkspaceModel
    }

    struct LedgerModel {
        let revision: Int64
        let imported: ShownTime?
        let currency: String
        let first: ShownTime?
        let last: ShownTime?
        let kinds: [Kind]
        let isEmpty: Bool

        struct Kind {
            let name: String
            let rowCount: Int
        }
    }

    struct WorkspaceModel {
        let users: Int
        /// nil: none.
        let disabledUsers: Int?
        let administrators: Int
        let tokens: Int
        /// For how long stored reports are kept.
        let retention: String
        let idle: String
        let longest: String
        let folder: String
    }

    @Sendable static func show(_ visit: Visit) async throws -> Response {
        var ledger: LedgerModel?
        var problem: String?
        do {
            ledger = LedgerModel(try await visit.parts.ledger.status())
        } catch let error as DynamicsError {
            problem = error.sentence
        }
        let model = PageModel(
            chrome: PageChrome(title: "Administration", section: "administration", visit.context),
            place: Place(.overview), ledger: ledger, ledgerProblem: problem, workspace: try await workspace(visit))
        return visit.parts.pages.respond("administration", model)
    }

    private static func workspace(_ visit: Visit) async throws -> WorkspaceModel {
        let workspace = visit.parts.workspace
        let accounts = try await workspace.accounts()
        let now = visit.parts.clock()
        let tokens = try await workspace.tokens().filter { TokenRow.State($0, at: now) == .active }
        let settings = workspace.settings
        let disabled = accounts.count(where: \.isDisabled)
        return WorkspaceModel(
            users: accounts.count { !$0.isDisabled }, disabledUsers: disabled > 0 ? disabled : nil,
            administrators: accounts.count { $0.isAdministrator && !$0.isDisabled }, tokens: tokens.count,
            retention: settings.retention_days.map { $0 == 1 ? "1 day" : "\($0) days" } ?? "for ever",
            idle: time(seconds: settings.sessionIdle_seconds), longest: time(seconds: settings.session_seconds),
            folder: URL(filePath: workspace.folder).standardizedFileURL.path)
    }

    /// `12 hours`.
    private static func time(seconds: Int64) -> String {
        let (number, unit) =
            if seconds % 86_400 == 0 {
                (seconds / 86_400, "day")
            } else if seconds % 3600 == 0 {
                (seconds / 3600, "hour")
            } else {
                (seconds / 60, "minute")
            }
        return "\(number) \(unit)\(number == 1 ? "" : "s")"
    }
}

extension Administration.LedgerModel {
    init(_ facts: LedgerFacts) {
        revision = facts.revision
        imported = facts.committedAt.map(ShownTime.init)
        currency = facts.baseCurrency.description
        first = facts.bounds.map { ShownTime($0.lowerBound) }
        last = facts.bounds.map { ShownTime($0.upperBound) }
        isEmpty = facts.bounds == nil
        kinds = [
            Kind(name: "Clients", rowCount: facts.clients), Kind(name: "Packages", rowCount: facts.packages),
            Kind(name: "Subscriptions", rowCount: facts.subscriptions),
            Kind(name: "Transactions", rowCount: facts.transactions), Kind(name: "Rates", rowCount: facts.rates),
        ]
    }
}

/// A role to choose, and the reseller that goes with it.
struct RoleFields {
    let role: String
    let reseller: String
    let roles: [Choice]
    var roleProblem: String?
    var resellerProblem: String?

    /// - Parameter all: which roles there are to choose from.
    init(role: String, reseller: String, of all: [Role]) {
        self.role = role
        self.reseller = reseller
        roles = all.map { Choice(value: $0.rawValue, label: $0.title, isChosen: $0.rawValue == role) }
    }

    /// What the fields `role` and `reseller` of a form hold.
    init(_ form: FormFields, of all: [Role]) {
        self.init(role: form["role"] ?? "", reseller: form["reseller"] ?? "", of: all)
    }

    /// The roles of people.
    static let ofPeople: [Role] = [.administrator, .analyst, .reseller]

    /// The role and its reseller, which the ledger must have. What is typed for another role is passed over: the field is
    /// hidden then.
    /// - Throws: `DynamicsError` (`.usage`) with the field `role` or `reseller`.
    func checked(_ visit: Visit) async throws -> (role: Role, reseller: ExactText?) {
        guard let role = Role(rawValue: role), roles.contains(where: { $0.value == role.rawValue }) else {
            let known = roles.map(\.label).joined(separator: ", ")
            throw DynamicsError(.usage, "bad_role", field: "role", "choose one of \(known)")
        }
        guard role == .reseller else { return (role, nil) }
        let id = ExactText(reseller)
        if id.isEmpty {
            throw DynamicsError(
                .usage, "missing_reseller", field: "reseller",
                "give the id of the reseller whose clients are to be seen")
        }
        guard try await visit.parts.backend.recentSnapshot().catalog.resellers[id] != nil else {
            throw DynamicsError(
                .usage, "unknown_reseller", field: "reseller",
                "the ledger has no reseller with the id \"\(id)\"; type a part of its name and choose from the list")
        }
        return (role, id)
    }

    /// Keeps the error if it is about one of these fields.
    mutating func note(_ error: DynamicsError) -> Bool {
        switch error.field {
        case "role": roleProblem = error.sentence
        case "reseller": resellerProblem = error.sentence
        default: return false
        }
        return true
    }
}

extension Visit {
    /// Resellers as people read them: `Name (id)`, with word of those that the ledger does not have.
    func resellerNames(_ ids: [ExactText]) async throws -> [ExactText: String] {
        if ids.isEmpty { return [:] }
        do {
            let resellers = try await parts.backend.recentSnapshot().catalog.resellers
            let pairs = Set(ids).map { id in
                (id, resellers[id].map { "\($0.name) (\(id))" } ?? "\(id), which the ledger does not have")
            }
            return Dictionary(uniqueKeysWithValues: pairs)
        } catch is DynamicsError {
            return [:]
        }
    }
}
