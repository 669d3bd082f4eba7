import ArgumentParser
import DynamicsModel
import DynamicsWorkspace
import Foundation

/// `token`: what programs identify themselves with over HTTP.
struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Create, list and revoke access tokens for programs.",
        discussion: "Roles are those of people, and ledger_writer, which may import and sees nothing.",
        subcommands: [Create.self, List.self, Revoke.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract: "Create a token, and print its secret, which is shown this once only.",
            discussion:
                "Example: customer-dynamics token create nightly-import --role ledger_writer --expires 2027-12-31")

        @OptionGroup var data: DataFolder
        @Argument(help: "What the token is for.")
        var name: String
        @OptionGroup var rights: RightsOptions
        @Option(
            help: ArgumentHelp("The last day (UTC) on which it works. (default: it never expires)", valueName: "date"))
        var expires: String?

        func run() async throws {
            let end = try expires.map(Self.end)
            let workspace = try Workspace(folder: data.path)
            try await rights.checkReseller(in: data.path)
            let (token, secret) = try await workspace.createToken(
                name: name, role: rights.role, reseller: rights.resellerID, expiresAt: end)
            // Alone on standard output, so that a script can take it as it is.
            try FileOutput.print(Array("\(secret)\n".utf8))
            Terminal.note("Token \(token.id) (\(token.name)). Keep the secret: it is not shown again.")
        }

        /// The instant at which that day ends.
        private static func end(_ text: String) throws -> Instant {
            guard case .day(let date) = try PeriodLimit(parsing: text, field: "expires").meaning else {
                throw DynamicsError(.usage, "bad_date", field: "expires", "\"\(text)\" has a time; give a date")
            }
            return CivilDate(dayNumber: date.dayNumber + 1).startInUTC
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List all tokens, newest first, without their secrets.")

        @OptionGroup var data: DataFolder

        func run() async throws {
            let now = Workspace.systemClock()
            let tokens = try await Workspace(folder: data.path).tokens()
            let table = TextTable(
                titles: ["Id", "Name", "Role", "Reseller", "State", "Created", "By", "Last used", "Expires"],
                rows: tokens.map { token in
                    [
                        String(token.id), token.name, token.role.rawValue, token.reseller?.string ?? "–",
                        Self.state(token, at: now), TextTable.time(token.createdAt), token.ownerName ?? "command line",
                        token.lastUsedAt.map(TextTable.time) ?? "never", token.expiresAt.map(TextTable.time) ?? "never",
                    ]
                })
            try FileOutput.print(Array(table.text.utf8))
            if tokens.isEmpty {
                Terminal.note("There are no tokens yet; create one with: customer-dynamics token create")
            }
        }

        private static func state(_ token: AccessToken, at now: Instant) -> String {
            if token.revokedAt != nil { return "revoked" }
            return token.expiresAt.map { $0 <= now } ?? false ? "expired" : "valid"
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke",
            abstract: "Revoke a token for good.")

        @OptionGroup var data: DataFolder
        @Argument(help: "The token's id, as the list shows it.")
        var id: Int64

        func run() async throws {
            let workspace = try Workspace(folder: data.path)
            do {
                try await workspace.revokeToken(id: id)
            } catch let error as DynamicsError where error.code == "not_found" {
                throw DynamicsError(
                    .usage, "unknown_token", field: "id",
                    "there is no token \(id); customer-dynamics token list shows which there are")
            }
            print("Token \(id) is revoked.")
        }
    }
}
