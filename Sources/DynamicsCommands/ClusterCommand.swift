import ArgumentParser
import DynamicsClickHouse
import DynamicsImport
import DynamicsLedger
import DynamicsModel
import Foundation

/// `cluster`: a ledger on ClickHouse.
struct ClusterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster",
        abstract: "Prepare ClickHouse servers for a ledger, and move ledgers there and back.",
        discussion: """
            User, password, database and the cluster's name are settings (docs/operators/configuration.md); docs/operators/cluster.md \
            tells how all of it works.
            """,
        subcommands: [Create.self, Clean.self, Push.self, Pull.self])

    /// All servers, for what must be said to each.
    struct Nodes: ParsableArguments {
        @Option(
            name: .customLong("node"),
            help: ArgumentHelp(
                "The address of a server of the cluster; once for each, that of --clickhouse too. (default: that one alone)",
                valueName: "url"))
        var urls: [String] = []
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract: "Make the tables that are missing, on each server.",
            discussion:
                "Example: customer-dynamics cluster create --clickhouse http://a:8123 --node http://a:8123 --node http://b:8123"
        )

        @OptionGroup var data: DataFolder
        @OptionGroup var clickHouse: ClickHouseOption
        @OptionGroup var nodes: Nodes
        @Flag(help: "Replicated tables; the servers need ZooKeeper and the macros {shard} and {replica}.")
        var replicated = false
        @Flag(help: "Print the SQL, and do nothing.")
        var print = false

        func run() async throws {
            let server = try await clickHouse.requiredServer(folder: data.path)
            let setup = try ClusterSetup(server, nodes: nodes.urls, replication: replicated ? .replicated : .none)
            if print {
                Swift.print(setup.statements.map { $0 + ";\n" }.joined(separator: "\n"), terminator: "")
                return
            }
            try await setup.create()
            Swift.print("The tables are there, in database \(server.database) on \(max(1, nodes.urls.count)) servers.")
        }
    }

    struct Clean: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "clean",
            abstract: "Delete what imports left that never ended. None may be running.")

        @OptionGroup var data: DataFolder
        @OptionGroup var clickHouse: ClickHouseOption
        @OptionGroup var nodes: Nodes
        @Flag(help: "Print the SQL, and do nothing.")
        var print = false

        func run() async throws {
            let server = try await clickHouse.requiredServer(folder: data.path)
            let setup = try ClusterSetup(server, nodes: nodes.urls)
            let statements = try await setup.cleaning()
            if print {
                Swift.print(statements.map { $0 + ";\n" }.joined(), terminator: "")
                return
            }
            try await setup.run(statements)
            Swift.print("What imports that never ended have left is deleted; that may take the servers some time.")
        }
    }

    struct Push: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "push",
            abstract: "Import the ledger of the data folder into the cluster.",
            discussion:
                "The ledger stays as it is. Run again, it replaces what differs. Needs room for its files in the temporary folder."
        )

        @OptionGroup var data: DataFolder
        @OptionGroup var clickHouse: ClickHouseOption

        func run() async throws {
            let server = try await clickHouse.requiredServer(folder: data.path)
            let ledger = try Ledger(folder: data.path)
            let status = try ledger.status()
            try await TemporaryFolder.with { folder in
                let sources = try ImportSource.find(at: try ledger.writeFiles(to: folder))
                let summary = try await ImportCommand.intoCluster(server, sources, status.baseCurrency)
                Swift.print(ImportTable(summary, isDryRun: false).text, terminator: "")
            }
        }
    }

    struct Pull: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "pull",
            abstract: "Import the cluster's ledger into that of the data folder.",
            discussion: "The cluster stays as it is. Needs room for its files in the temporary folder.")

        @OptionGroup var data: DataFolder
        @OptionGroup var clickHouse: ClickHouseOption

        func run() async throws {
            let server = try await clickHouse.requiredServer(folder: data.path)
            let ledger = try Ledger(folder: data.path)
            try await TemporaryFolder.with { folder in
                let (paths, base) = try await ClusterFiles(server).write(to: folder)
                let progress = ImportProgressLine()
                defer { progress.clear() }
                let summary = try await ledger.importSources(ImportSource.find(at: paths), baseCurrency: base) {
                    progress.show($0)
                }
                progress.clear()
                Swift.print(ImportTable(summary).text, terminator: "")
            }
        }
    }
}

/// A folder that is gone afterwards.
private enum TemporaryFolder {
    static func with(_ body: (String) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "customer-dynamics-\(UUID().uuidString)").path
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw DynamicsError(
                .unavailable, "cannot_write", "the folder \"\(path)\" cannot be created: \(error.localizedDescription)")
        }
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(path)
    }
}
