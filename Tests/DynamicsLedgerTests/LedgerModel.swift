import DynamicsImport
import DynamicsLedger
import DynamicsModel

/// The ledger as plain dictionaries, and what an import does to them: too simple to be wrong.
struct LedgerModel: Equatable {
    var base = "EUR"
    var packages: [ExactText: Package] = [:]
    var clients: [ExactText: Client] = [:]
    var subscriptions: [ExactText: Subscription] = [:]
    /// By currency and date.
    var rates: [ExactText: ExchangeRate] = [:]
    var transactions: [ExactText: Transaction] = [:]

    /// The rows of one import: nil removes.
    struct Rows {
        var packages: [(String, Package?)] = []
        var clients: [(String, Client?)] = []
        var subscriptions: [(String, Subscription?)] = []
        var rates: [(String, ExchangeRate?)] = []
        var transactions: [(String, Transaction?)] = []
    }

    /// The ledger afterwards and the counts by kind; nil when the import must be refused.
    func importing(_ rows: Rows) -> (LedgerModel, [RecordKind: RowCounts])? {
        var new = self
        var counts: [RecordKind: RowCounts] = [:]
        counts[.packages] = Self.apply(rows.packages, to: &new.packages)
        counts[.clients] = Self.apply(rows.clients, to: &new.clients)
        counts[.subscriptions] = Self.apply(rows.subscriptions, to: &new.subscriptions)
        counts[.rates] = Self.apply(rows.rates, to: &new.rates)
        counts[.transactions] = Self.apply(rows.transactions, to: &new.transactions)
        return new.isValid ? (new, counts) : nil
    }

    private static func apply<Record: Equatable>(
        _ rows: [(String, Record?)], to records: inout [ExactText: Record]
    ) -> RowCounts {
        var counts = RowCounts()
        for (id, record) in rows {
            switch (records[ExactText(id)], record) {
            case (nil, nil): counts.unchanged += 1
            case (nil, _): counts.added += 1
            case (_, nil): counts.removed += 1
            case (let old, let new): if old == new { counts.unchanged += 1 } else { counts.replaced += 1 }
            }
            records[ExactText(id)] = record
        }
        return counts
    }

    private var isValid: Bool {
        for client in clients.values {
            var seen: Set<ExactText> = [client.id]
            var owner = client.ownerID
            while let id = owner {
                guard let next = clients[id], next.type == .reseller, seen.insert(id).inserted else {
                    return false
                }
                owner = next.ownerID
            }
        }
        let references =
            subscriptions.values.map { ($0.clientID, Optional($0.packageID)) }
            + transactions.values.map { ($0.clientID, $0.packageID) }
        return references.allSatisfy { client, package in
            clients[client] != nil && (package.map { packages[$0] != nil } ?? true)
        }
    }

    // MARK: As the views show it

    func lines(_ kind: RecordKind) -> [ExactText] {
        let rows: [[String]] =
            switch kind {
            case .packages: packages.values.map { [$0.id.string, $0.name.string] }
            case .clients: clients.values.map(Self.fields)
            case .subscriptions: subscriptions.values.map(Self.fields)
            case .rates:
                rates.values.map {
                    [$0.currency.description, $0.effectiveOn.description, Self.decimal($0.rate, digits: 12)]
                }
            case .transactions: transactions.values.map(Self.fields)
            }
        return rows.map { ExactText($0.joined(separator: "|")) }.sorted()
    }

    static func fields(_ client: Client) -> [String] {
        [
            client.id.string, client.name.string, client.type.rawValue, client.ownerID?.string ?? "",
            client.tags.sorted().map(\.string).joined(separator: ";"), client.currency.description,
            time(client.createdAt), client.closedAt.map(time) ?? "",
        ]
    }

    static func fields(_ subscription: Subscription) -> [String] {
        [
            subscription.id.string, subscription.clientID.string, subscription.packageID.string,
            time(subscription.startedAt), subscription.endedAt.map(time) ?? "",
        ]
    }

    static func fields(_ transaction: Transaction) -> [String] {
        [
            transaction.id.string, transaction.clientID.string, time(transaction.at), transaction.kind.rawValue,
            decimal(transaction.amount, digits: 6), transaction.packageID?.string ?? "",
        ]
    }

    static func time(_ instant: Instant) -> String { CivilTime(seconds: instant.seconds).description + "Z" }

    static func decimal(_ number: Int64, digits: Int) -> String {
        let text = String(number.magnitude)
        let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
        return (number < 0 ? "-" : "") + padded.dropLast(digits) + "." + padded.suffix(digits)
    }
}

extension LedgerModel.Rows {
    /// The import files of these rows, by kind; a kind without rows has none.
    var files: [(kind: RecordKind, text: String)] {
        [
            (.packages, csv("id,name,deleted", packages) { [$0.id.string, $0.name.string] }),
            (
                .clients,
                csv("id,name,type,owner_id,tags,currency,created_at,closed_at,deleted", clients, LedgerModel.fields)
            ),
            (
                .subscriptions,
                csv("id,client_id,package_id,started_at,ended_at,deleted", subscriptions, LedgerModel.fields)
            ),
            (.rates, ratesCSV),
            (.transactions, csv("id,client_id,at,kind,amount,package_id,deleted", transactions, LedgerModel.fields)),
        ].filter { !$0.text.isEmpty }
    }

    private func csv<Record>(
        _ header: String, _ rows: [(String, Record?)], _ fields: (Record) -> [String]
    ) -> String {
        if rows.isEmpty { return "" }
        let width = header.split(separator: ",").count - 1
        return rows.reduce(into: header + "\n") { text, row in
            let cells =
                row.1.map { fields($0) + [""] }
                ?? [row.0] + Array(repeating: "", count: width - 1) + ["true"]
            text += cells.map(quoted).joined(separator: ",") + "\n"
        }
    }

    private var ratesCSV: String {
        if rates.isEmpty { return "" }
        return rates.reduce(into: "currency,effective_on,rate,deleted\n") { text, row in
            if let rate = row.1 {
                text += "\(rate.currency),\(rate.effectiveOn),\(LedgerModel.decimal(rate.rate, digits: 12)),\n"
            } else {
                let key = row.0.split(separator: " ")
                text += "\(key[0]),\(key[1]),,true\n"
            }
        }
    }

    private func quoted(_ cell: String) -> String {
        let needsQuotes = cell.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
        return needsQuotes ? "\"" + cell.replacing("\"", with: "\"\"") + "\"" : cell
    }
}
