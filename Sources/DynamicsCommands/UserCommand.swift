public import ArgumentParser
import DynamicsClickHouse
import DynamicsLedger
import DynamicsModel
public import DynamicsWorkspace

/// `user`: people who sign in.
struct UserCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Add, list and change the people who sign in.",
        discussion: """
            Roles: administrator (everything), analyst (sees everything), reseller (sees the clients of its reseller).
            A password is asked for twice, or is the first line of standard input; it is never an argument.
            """,
        subcommands: [Add.self, List.self, Disable.self, Enable.self, SetPassword.self, SetRole.self, SetEmail.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add",
            abstract: "Add a person, with a password.",
            discussion: "Example: customer-dynamics user add maria --role reseller --reseller R-17")

        @OptionGroup var data: DataFolder
        @Argument(help: "The name to sign in with.")
        var name: String
        @OptionGroup var rights: RightsOptions
        @Option(help: ArgumentHelp("Where the person gets mail.", valueName: "address"))
        var email: String?

        func run() async throws {
            let workspace = try Workspace(folder: data.path)
            try await rights.checkReseller(in: data.path)
            if let email { _ = try MailAddress(email, field: "email") }
            let password = try PasswordInput.new(for: name)
            let account = try await workspace.addAccount(
                name: name, role: rights.role, reseller: rights.resellerID, password: password)
            if let email { try await workspace.setEmail(email, of: account) }
            print("\(TerminalTable.visible(account.name)) can sign in now, as \(account.role.title.lowercased()).")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List all people, with roles and last sign-ins.")

        @OptionGroup var data: DataFolder

        func run() async throws {
            let accounts = try await Workspace(folder: data.path).accounts()
            try FileOutput.print(Array(Self.table(accounts).text.utf8))
            if accounts.isEmpty {
                Terminal.note("Nobody can sign in yet; add somebody with: customer-dynamics user add")
            }
        }

        private static func table(_ accounts: [Account]) -> TextTable {
            TextTable(
                titles: ["Name", "Role", "Reseller", "State", "Mail", "Added", "Last sign-in"],
                rows: accounts.map { account in
                    [
                        account.name, account.role.rawValue, account.reseller?.string ?? "–",
                        account.isDisabled ? "disabled" : "enabled", account.email ?? "–",
                        TextTable.time(account.createdAt),
                        account.lastSignIn.map(TextTable.time) ?? "never",
                    ]
                })
        }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "disable",
            abstract: "Keep a person out: ends its sessions, and stops the tokens that it created.")

        @OptionGroup var data: DataFolder
        @Argument(help: "The person's name.")
        var name: String

        func run() async throws {
            let (workspace, account) = try await person(name, in: data)
            try await workspace.setDisabled(true, of: account)
            print("\(TerminalTable.visible(account.name)) cannot sign in any more.")
        }
    }

    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "enable",
            abstract: "Let a disabled person in again.")

        @OptionGroup var data: DataFolder
        @Argument(help: "The person's name.")
        var name: String

        func run() async throws {
            let (workspace, account) = try await person(name, in: data)
            try await workspace.setDisabled(false, of: account)
            print("\(TerminalTable.visible(account.name)) can sign in.")
        }
    }

    struct SetPassword: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set-password",
            abstract: "Give a person another password, and end its sessions.")

        @OptionGroup var data: DataFolder
        @Argument(help: "The person's name.")
        var name: String

        func run() async throws {
            let (workspace, account) = try await person(name, in: data)
            try await workspace.setPassword(try PasswordInput.new(for: account.name), of: account)
            print("\(TerminalTable.visible(account.name)) has another password; its sessions have ended.")
        }
    }

    struct SetEmail: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set-email",
            abstract: "Say where a person gets mail; without an address, nowhere.",
            discussion: "Users of resellers may send reports to addresses of the domain of their own.")

        @OptionGroup var data: DataFolder
        @Argument(help: "The person's name.")
        var name: String
        @Argument(help: "The mail address.")
        var address: String?

        func run() async throws {
            let (workspace, account) = try await person(name, in: data)
            let changed = try await workspace.setEmail(address, of: account)
            let name = TerminalTable.visible(changed.name)
            print(changed.email.map { "\(name) gets mail at \($0)." } ?? "\(name) gets no mail.")
        }
    }

    struct SetRole: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set-role",
            abstract: "Give a person another role, from its next click on.")

        @OptionGroup var data: DataFolder
        @Argument(help: "The person's name.")
        var name: String
        @OptionGroup var rights: RightsOptions

        func run() async throws {
            let (workspace, account) = try await person(name, in: data)
            try await rights.checkReseller(in: data.path)
            let changed = try await workspace.setRole(rights.role, reseller: rights.resellerID, of: account)
            print("\(TerminalTable.visible(changed.name)) is \(changed.role.title.lowercased()) now.")
        }
    }
}

/// The person of that name.
/// - Throws: `DynamicsError` (`.usage`) when there is none.
private func person(_ name: String, in data: DataFolder) async throws -> (Workspace, Account) {
    let workspace = try Workspace(folder: data.path)
    guard let account = try await workspace.account(named: name) else {
        throw DynamicsError(
            .usage, "unknown_user", field: "name",
            "there is no user \"\(name)\"; customer-dynamics user list shows who there is")
    }
    return (workspace, account)
}

/// What an account may do.
struct RightsOptions: ParsableArguments {
    @Option(help: "administrator, analyst or reseller; for tokens also ledger_writer.")
    var role: Role

    @Option(
        help: ArgumentHelp("With the role reseller: the id of the reseller whose clients it sees.", valueName: "id"))
    var reseller: String?

    var resellerID: ExactText? { reseller.map { ExactText($0) } }

    /// - Throws: `DynamicsError` (`.usage`) when the ledger has no such reseller. As long as nothing was imported, there can be none
    ///   yet, and a note says so.
    func checkReseller(in folder: String) async throws {
        guard role == .reseller, let id = resellerID, !id.isEmpty else { return }
        guard let isThere = try await Self.hasReseller(id, folder) else {
            return Terminal.note("Nothing has been imported yet; the reseller \"\(id)\" is taken on trust.")
        }
        if !isThere {
            throw DynamicsError(
                .usage, "unknown_reseller", field: "reseller",
                "the ledger has no reseller \"\(id)\"; give the id of a client of type reseller")
        }
    }
}

extension RightsOptions {
    /// Whether the ledger that is in use has such a reseller; nil: it has nothing yet.
    private static func hasReseller(_ id: ExactText, _ folder: String) async throws -> Bool? {
        if let server = try await Settings(folder: folder).clickHouse(url: nil) {
            let catalog = try await ClusterBackend(server).snapshot().catalog
            return catalog.revision > 0 ? catalog.resellers[id] != nil : nil
        }
        let ledger = try Ledger(folder: folder)
        guard try ledger.status().revision > 0 else { return nil }
        var isThere = false
        try ledger.read { reader in
            try reader.clients { client in
                if client.type == .reseller, client.id == id { isThere = true }
            }
        }
        return isThere
    }
}

extension Role: ExpressibleByArgument {}
