public import DynamicsModel
public import Foundation

/// Writes records as the import files of section 7 of `docs/semantics.md`, so that real imports can be given random ledgers.
public enum LedgerFiles {
    /// Writes all five files into `folder`, which must be there.
    public static func write(_ ledger: LedgerRecords, to folder: URL) throws {
        try write(
            folder, "clients", ["id", "name", "type", "owner_id", "tags", "currency", "created_at", "closed_at"],
            ledger.clients.map { client in
                [
                    client.id.string, client.name.string, client.type.rawValue, client.ownerID?.string ?? "",
                    client.tags.sorted().map(\.string).joined(separator: ";"), "\(client.currency)",
                    text(client.createdAt), client.closedAt.map(text) ?? "",
                ]
            })
        try write(folder, "packages", ["id", "name"], ledger.packages.map { [$0.id.string, $0.name.string] })
        try write(
            folder, "subscriptions", ["id", "client_id", "package_id", "started_at", "ended_at"],
            ledger.subscriptions.map {
                [
                    $0.id.string, $0.clientID.string, $0.packageID.string, text($0.startedAt),
                    $0.endedAt.map(text) ?? "",
                ]
            })
        try write(
            folder, "transactions", ["id", "client_id", "at", "kind", "amount", "package_id"],
            ledger.transactions.map {
                [
                    $0.id.string, $0.clientID.string, text($0.at), $0.kind.rawValue, decimal($0.amount, digits: 6),
                    $0.packageID?.string ?? "",
                ]
            })
        try write(
            folder, "rates", ["currency", "effective_on", "rate"],
            ledger.rates.map { ["\($0.currency)", "\($0.effectiveOn)", decimal($0.rate, digits: 12)] })
    }

    private static func write(_ folder: URL, _ name: String, _ columns: [String], _ rows: [[String]]) throws {
        let lines = ([columns] + rows).map { $0.map(quoted).joined(separator: ",") + "\n" }
        try Data(lines.joined().utf8).write(to: folder.appending(path: "\(name).csv"))
    }

    private static func quoted(_ cell: String) -> String {
        let isPlain = cell.utf8.allSatisfy { byte in byte > 0x20 && byte != 0x22 && byte != 0x2C }
        if isPlain { return cell }
        var quoted = "\""
        for scalar in cell.unicodeScalars {
            if scalar == "\"" { quoted += "\"" }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }

    private static func text(_ instant: Instant) -> String { "\(CivilTime(seconds: instant.seconds))Z" }

    private static func decimal(_ value: Int64, digits: Int) -> String {
        let text = String(value.magnitude)
        let padded = String(repeating: "0", count: max(0, digits + 1 - text.utf8.count)) + text
        let split = padded.index(padded.endIndex, offsetBy: -digits)
        return "\(value < 0 ? "-" : "")\(padded[..<split]).\(padded[split...])"
    }
}
