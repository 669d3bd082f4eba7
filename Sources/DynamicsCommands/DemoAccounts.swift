import DynamicsLedger
import DynamicsModel
import DynamicsWorkspace

/// One user of each role for trying out, with passwords that are different on each installation.
struct DemoAccounts {
    /// Name, what it is for, and password.
    private let signIns: [(name: String, role: String, password: String)]

    /// Adds the users to an installation without any; gives those that an earlier `demo` made new passwords, as nobody can read the
    /// old ones. Other accounts stay as they are.
    ///
    /// - Returns: nil when the installation has accounts, and none of them is a demo's.
    static func prepare(_ workspace: Workspace, _ ledger: Ledger) async throws -> DemoAccounts? {
        let known = try await workspace.demoAccounts()
        let accounts = try await workspace.accounts()
        if known.isEmpty, !accounts.isEmpty { return nil }
        var signIns: [(name: String, role: String, password: String)] = []
        if known.isEmpty {
            var added: [Account] = []
            for (name, role) in [("admin", Role.administrator), ("analyst", .analyst), ("reseller", .reseller)] {
                let reseller = role == .reseller ? try largestReseller(ledger) : nil
                if role == .reseller, reseller == nil { continue }
                let password = Workspace.randomPassword()
                let account = try await workspace.addAccount(
                    name: name, role: role, reseller: reseller, password: password)
                added.append(account)
                // After each, so that a program that is stopped halfway can go on.
                try await workspace.setDemoAccounts(added)
                signIns.append((name, inWords(account), password))
            }
        } else {
            for account in accounts where known.contains(account.id) && !account.isDisabled {
                let password = Workspace.randomPassword()
                try await workspace.setPassword(password, of: account)
                signIns.append((account.name, inWords(account), password))
            }
        }
        return DemoAccounts(signIns: signIns)
    }

    /// For people: names and passwords in columns.
    var text: String {
        let rows = signIns.map { [$0.name, $0.password, $0.role] }
        return "Sign in as one of these; the passwords are new and not shown again:\n\n"
            + TextTable(titles: ["Name", "Password", "Sees"], rows: rows).text
    }

    private static func inWords(_ account: Account) -> String {
        switch account.role {
        case .administrator: "everything, and manages users"
        case .analyst: "everything"
        case .reseller, .ledgerWriter: account.reseller.map { "the clients of reseller \($0)" } ?? "nothing"
        }
    }

    /// The reseller with the most clients, its own and those of resellers below it; nil in a ledger without any.
    private static func largestReseller(_ ledger: Ledger) throws -> ExactText? {
        var owned: [UInt32: Int] = [:]
        var resellers: [UInt32: (id: ExactText, owner: UInt32?)] = [:]
        try ledger.read { reader in
            try reader.clients { client in
                if let owner = client.owner { owned[owner, default: 0] += 1 }
                if client.type == .reseller { resellers[client.number] = (client.id, client.owner) }
            }
        }
        var sizes: [UInt32: Int] = [:]
        for (number, count) in owned {
            // Owners form no circles: imports refuse them.
            var above: UInt32? = number
            while let current = above {
                sizes[current, default: 0] += count
                above = resellers[current]?.owner
            }
        }
        let largest = resellers.max {
            (sizes[$0.key, default: 0], $1.value.id) < (sizes[$1.key, default: 0], $0.value.id)
        }
        return largest?.value.id
    }
}
