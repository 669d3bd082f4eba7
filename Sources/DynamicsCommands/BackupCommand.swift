import ArgumentParser
import DynamicsLedger
import DynamicsModel
import DynamicsWorkspace
import Foundation

/// `backup`: a copy of everything that an installation keeps.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy everything that an installation keeps into a new folder, while it is running.",
        discussion: """
            The ledger, what people made, and the settings, each as of one moment, and checked. The columns are left out: they are
            built anew. The folder appears when the backup is complete.
            Example: customer-dynamics backup /backups/2024-06-01 --data /srv/customer-dynamics
            """)

    @OptionGroup var data: DataFolder

    @Argument(help: "The folder to make.")
    var folder: String

    func run() async throws {
        try InstallationFolder.mustHold(data.path, "ledger.sqlite")
        let progress = ProgressLine("Copying the ledger")
        defer { progress.clear() }
        try await InstallationFolder.make(folder) { partial in
            // First what refers to the ledger's revisions, then the ledger, which only grows.
            try await Workspace(folder: data.path).backUp(to: "\(partial)/workspace.sqlite")
            try Ledger(folder: data.path).backUp(to: "\(partial)/ledger.sqlite") { progress.show(part: $0) }
            try InstallationFolder.copyIfThere("config.json", from: data.path, to: partial)
        }
        progress.clear()
        print("\(TerminalTable.visible(folder)) has a backup of \(TerminalTable.visible(data.path)).")
    }
}

/// `restore`: an installation from a backup.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Make an installation from a backup, in a folder that is new or empty.",
        discussion: "Example: customer-dynamics restore /backups/2024-06-01 --data /srv/customer-dynamics")

    @OptionGroup var data: DataFolder

    @Argument(help: "The folder that backup has made.")
    var folder: String

    func run() async throws {
        try InstallationFolder.mustHold(folder, "ledger.sqlite")
        try InstallationFolder.mustHold(folder, "workspace.sqlite")
        try await InstallationFolder.make(data.path) { partial in
            for name in ["ledger.sqlite", "workspace.sqlite", "config.json"] {
                try InstallationFolder.copyIfThere(name, from: folder, to: partial)
            }
            // Both are opened, which refuses what is damaged or of a newer version, and brings older ones up to date.
            try await Workspace(folder: partial).check()
            _ = try Ledger(folder: partial).status()
        }
        print(
            "\(TerminalTable.visible(data.path)) is what it was; customer-dynamics serve --data \(TerminalTable.visible(data.path)) serves it."
        )
    }
}

/// Folders that are made as a whole, and what is in them.
enum InstallationFolder {
    /// - Throws: `DynamicsError` (`.unavailable`) when the folder has no such file.
    static func mustHold(_ folder: String, _ name: String) throws {
        guard FileManager.default.fileExists(atPath: "\(folder)/\(name)") else {
            throw DynamicsError(
                .unavailable, "no_installation",
                "\"\(folder)\" has no \(name); give the folder of an installation, or of a backup")
        }
    }

    /// Fills a folder beside `folder`, for this user only, and gives it its name when it is complete. Whatever fails leaves nothing.
    /// - Throws: `DynamicsError` (`.unavailable`) when `folder` is there and not empty.
    static func make(_ folder: String, fill: (String) async throws -> Void) async throws {
        let files = FileManager.default
        let isThere = files.fileExists(atPath: folder)
        guard !isThere || (try? files.contentsOfDirectory(atPath: folder))?.isEmpty == true else {
            throw DynamicsError(
                .unavailable, "folder_in_use",
                "\"\(folder)\" is not empty; give a folder that is new or empty, so that nothing is lost")
        }
        let partial = "\(folder).\(UUID().uuidString).partial"
        do {
            try files.createDirectory(
                atPath: partial, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try await fill(partial)
            if isThere { try files.removeItem(atPath: folder) }
            try files.moveItem(atPath: partial, toPath: folder)
        } catch {
            try? files.removeItem(atPath: partial)
            throw error as? DynamicsError
                ?? DynamicsError(
                    .unavailable, "folder", "\"\(folder)\" cannot be written: \(error.localizedDescription)")
        }
    }

    static func copyIfThere(_ name: String, from: String, to: String) throws {
        guard FileManager.default.fileExists(atPath: "\(from)/\(name)") else { return }
        try FileManager.default.copyItem(atPath: "\(from)/\(name)", toPath: "\(to)/\(name)")
    }
}
