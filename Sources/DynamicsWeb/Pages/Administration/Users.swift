import DynamicsModel
import DynamicsWorkspace
import Hummingbird

/// People's accounts, for administrators.
enum Users {
    static var routes: [Route] {
        [
            Route(.get, "/administration/users", for: .administrators, show),
            Route(.get, "/administration/users/new", for: .administrators, showNew),
            Route(.post, "/administration/users", for: .administrators, add),
            Route(.get, "/administration/users/{id}/role", for: .administrators, showRole),
            Route(.post, "/administration/users/{id}/role", for: .administrators, setRole),
            Route(.get, "/administration/users/{id}/password", for: .administrators, showPassword),
            Route(.post, "/administration/users/{id}/password", for: .administrators, setPassword),
            Route(.get, "/administration/users/{id}/email", for: .administrators, showEmail),
            Route(.post, "/administration/users/{id}/email", for: .administrators, setEmail),
            Route(.get, "/administration/users/{id}/disable", for: .administrators, confirmDisabling),
            Route(.post, "/administration/users/{id}/disable", for: .administrators, disable),
            Route(.post, "/administration/users/{id}/enable", for: .administrators, enable),
        ]
    }

    static let address = "/administration/users"

    /// What the list shows.
    struct ListModel {
        let chrome: PageChrome
        let place: Administration.Place
        let rows: [Row]
    }

    struct Row {
        let id: Int64
        let name: String
        let email: String?
        let role: String
        let reseller: String?
        let created: ShownTime
        let lastSignIn: ShownTime?
        let isDisabled: Bool
        let isSelf: Bool
    }

    @Sendable static func show(_ visit: Visit) async throws -> Response {
        let viewer = try visit.viewer()
        let accounts = try await visit.parts.workspace.accounts()
        let resellers = try await visit.resellerNames(accounts.compactMap(\.reseller))
        let rows = accounts.map { account in
            Row(
                id: account.id, name: account.name, email: account.email, role: account.role.title,
                reseller: account.reseller.map { resellers[$0] ?? $0.string }, created: ShownTime(account.createdAt),
                lastSignIn: account.lastSignIn.map(ShownTime.init), isDisabled: account.isDisabled,
                isSelf: account.id == viewer.id)
        }
        let model = ListModel(chrome: chrome("Users", visit), place: .init(.users), rows: rows)
        return visit.parts.pages.respond("users", model)
    }

    private static func chrome(_ title: String, _ visit: Visit) -> PageChrome {
        var chrome = PageChrome(title: title, section: "administration", visit.context)
        chrome.notice = visit.notice
        return chrome
    }

    /// The person that the address names.
    private static func person(_ visit: Visit) async throws -> Account {
        guard let id = Int64(visit.parameter("id")), let account = try await visit.parts.workspace.account(id: id),
            account.kind == .person
        else { throw WebError.notFound }
        return account
    }

    private static func listAddress(of account: Account) -> String { "\(address)#user-\(account.id)" }

    // MARK: - Adding

    /// What the page for a new user shows.
    struct NewModel {
        let chrome: PageChrome
        let place = Administration.Place(.users)
        var name = ""
        var role: RoleFields
        var password: PasswordFields
        var nameProblem: String?

        mutating func note(_ error: DynamicsError) throws {
            if error.field == "name" {
                nameProblem = error.sentence
            } else if !role.note(error), !password.note(error) {
                throw error
            }
        }
    }

    @Sendable static func showNew(_ visit: Visit) async throws -> Response {
        let model = NewModel(
            chrome: chrome("Add a user", visit), role: RoleFields(role: "", reseller: "", of: RoleFields.ofPeople),
            password: PasswordFields())
        return visit.parts.pages.respond("user-new", model)
    }

    @Sendable static func add(_ visit: Visit) async throws -> Response {
        var model = NewModel(
            chrome: chrome("Add a user", visit), name: visit.form["name"] ?? "",
            role: RoleFields(visit.form, of: RoleFields.ofPeople), password: PasswordFields(visit.form))
        do {
            let (role, reseller) = try await model.role.checked(visit)
            let password = try model.password.checked()
            let account = try await visit.parts.workspace.addAccount(
                name: model.name, role: role, reseller: reseller, password: password, by: try visit.viewer(),
                address: visit.context.address)
            guard model.password.isGenerated else {
                return .redirect(to: listAddress(of: account), notice: .userAdded)
            }
            return secretPage(password, of: account, heading: "\(account.name) is added", visit)
        } catch let error as DynamicsError where error.kind == .usage {
            try model.note(error)
            return visit.parts.pages.respond("user-new", model, status: .unprocessableContent)
        }
    }

    private static func secretPage(
        _ password: String, of account: Account, heading: String, _ visit: Visit
    ) -> Response {
        let model = SecretModel(
            chrome: chrome("Password of \(account.name)", visit), place: .init(.users), heading: heading,
            explanation:
                "This is the only time that the password is shown. Give it to \(account.name) by a way that others "
                + "cannot read; after signing in, it can be changed under My account.",
            label: "Password of \(account.name)", secret: password, next: listAddress(of: account))
        return visit.parts.pages.respond("secret", model)
    }

    // MARK: - Role

    /// What the page for a role shows.
    struct RoleModel {
        let chrome: PageChrome
        let place = Administration.Place(.users)
        let userID: Int64
        let userName: String
        var role: RoleFields
    }

    @Sendable static func showRole(_ visit: Visit) async throws -> Response {
        let account = try await person(visit)
        let model = RoleModel(
            chrome: chrome("Role of \(account.name)", visit), userID: account.id, userName: account.name,
            role: RoleFields(
                role: account.role.rawValue, reseller: account.reseller?.string ?? "", of: RoleFields.ofPeople))
        return visit.parts.pages.respond("user-role", model)
    }

    @Sendable static func setRole(_ visit: Visit) async throws -> Response {
        let account = try await person(visit)
        let viewer = try visit.viewer()
        var model = RoleModel(
            chrome: chrome("Role of \(account.name)", visit), userID: account.id, userName: account.name,
            role: RoleFields(visit.form, of: RoleFields.ofPeople))
        do {
            let (role, reseller) = try await model.role.checked(visit)
            try await visit.parts.workspace.setRole(
                role, reseller: reseller, of: account, by: viewer, address: visit.context.address)
            // Who is no administrator any more cannot see the list.
            let isLeaving = account.id == viewer.id && role != .administrator
            return .redirect(to: isLeaving ? "/" : listAddress(of: account), notice: .userChanged)
        } catch let error as DynamicsError where error.kind == .usage {
            guard model.role.note(error) else { throw error }
            return visit.parts.pages.respond("user-role", model, status: .unprocessableContent)
        }
    }

    // MARK: - Password

    /// What the page for another password shows.
    struct PasswordModel {
        let chrome: PageChrome
        let place = Administration.Place(.users)
        let userID: Int64
        let userName: String
        var password: PasswordFields
    }

    @Sendable static func showPassword(_ visit: Visit) async throws -> Response {
        let account = try await person(visit)
        let model = PasswordModel(
            chrome: chrome("Password of \(account.name)", visit), userID: account.id, userName: account.name,
            password: PasswordFields())
        return visit.parts.pages.respond("user-password", model)
    }

    @Sendable static func setPassword(_ visit: Visit) async throws -> Response {
        let account = try await person(visit)
        let viewer = try visit.viewer()
        var model = PasswordModel(
            chrome: chrome("Password of \(account.name)", visit), userID: account.id, userName: account.name,
            password: PasswordFields(visit.form))
        do {
            let password = try model.password.checked()
            try await visit.parts.workspace.setPassword(
                password, of: account, by: viewer, address: visit.context.address)
            guard model.password.isGenerated else {
                return .redirect(to: listAddress(of: account), notice: .passwordSet)
            }
            return secretPage(password, of: account, heading: "\(account.name) has a new password", visit)
        } catch let error as DynamicsError where error.kind == .usage {
            guard model.password.note(error) else { throw error }
            return visit.parts.pages.respond("user-password", model, status: .unprocessableContent)
        }
    }

    // MARK: - Mail address

    /// What the page for a mail address shows.
    struct EmailModel {
        let chrome: PageChrome
        let userID: Int64
        let userName: String
        var email: String
        let isReseller: Bool
        var problem: String?
    }

    private static func emailModel(_ account: Account, _ visit: Visit) -> EmailModel {
        EmailModel(
            chrome: chrome("Mail address of \(account.name)", visit), userID: account.id, userName: account.name,
            email: account.email ?? "", isReseller: account.role == .reseller)
    }

    @Sendable static func showEmail(_ visit: Visit) async throws -> Response {
        visit.parts.pages.respond("user-email", emailModel(try await person(visit), visit))
    }

    /// Field `email`; empty: none.
    @Sendable static func setEmail(_ visit: Visit) async throws -> Response {
        let account = try await person(visit)
        var model = emailModel(account, visit)
        model.email = QueryInput.trimmed(visit.form["email"] ?? "")
        do {
            try await visit.parts.workspace.setEmail(
                model.email.isEmpty ? nil : model.email, of: account, by: try visit.viewer(),
                address: visit.context.address)
            return .redirect(to: listAddress(of: account), notice: .emailSet)
        } catch let error as DynamicsError where error.field == "email" {
            model.problem = error.sentence
            return visit.parts.pages.respond("user-email", model, status: .unprocessableContent)
        }
    }

    // MARK: - Disabling

    private static func disabling(_ account: Account, problem: String?, _ visit: Visit) -> Response {
        Confirmation(
            chrome: chrome("Disable \(account.name)", visit), heading: "Disable \(account.name)?",
            consequences: [
                "\(account.name) is signed out everywhere and cannot sign in, and access tokens that \(account.name) created "
                    + "stop working.",
                "Reports, links and templates stay. The account can be enabled again.",
            ], action: "\(address)/\(account.id)/disable", button: "Disable user", back: listAddress(of: account),
            problem: problem
        ).respond(visit)
    }

    @Sendable static func confirmDisabling(_ visit: Visit) async throws -> Response {
        disabling(try await person(visit), problem: nil, visit)
    }

    @Sendable static func disable(_ visit: Visit) async throws -> Response {
        let account = try await person(visit)
        let viewer = try visit.viewer()
        if account.id == viewer.id {
            return disabling(
                account, problem: "You cannot disable your own account; another administrator can.", visit)
        }
        do {
            try await visit.parts.workspace.setDisabled(
                true, of: account, by: viewer, address: visit.context.address)
            return .redirect(to: listAddress(of: account), notice: .userDisabled)
        } catch let error as DynamicsError where error.code == "last_administrator" {
            return disabling(account, problem: error.sentence, visit)
        }
    }

    @Sendable static func enable(_ visit: Visit) async throws -> Response {
        let account = try await person(visit)
        try await visit.parts.workspace.setDisabled(
            false, of: account, by: try visit.viewer(), address: visit.context.address)
        return .redirect(to: listAddress(of: account), notice: .userEnabled)
    }
}

/// A password that is typed twice, or generated: the fields `how` (`generated` or `typed`), `password` and `repeated`. What was
/// typed is never sent back.
struct PasswordFields {
    var isGenerated = true
    private var password = ""
    private var repeated = ""
    var passwordProblem: String?
    var repeatedProblem: String?

    init() {}

    init(_ form: FormFields) {
        isGenerated = form["how"] != "typed"
        password = form["password"] ?? ""
        repeated = form["repeated"] ?? ""
    }

    /// The password to set.
    /// - Throws: `DynamicsError` (`.usage`) with the field `repeated` when the two differ.
    func checked() throws -> String {
        if isGenerated { return GeneratedPassword.make() }
        guard ExactText(password) == ExactText(repeated) else {
            throw DynamicsError(.usage, "not_repeated", field: "repeated", "the two do not match")
        }
        return password
    }

    /// Keeps the error if it is about one of these fields.
    mutating func note(_ error: DynamicsError) -> Bool {
        switch error.field {
        case "password": passwordProblem = error.sentence
        case "repeated": repeatedProblem = error.sentence
        default: return false
        }
        return true
    }
}
