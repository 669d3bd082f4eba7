public import ArgumentParser
import DynamicsImport
import DynamicsModel
import Foundation

/// The command line's root. Each verb has a file of its own.
public struct CustomerDynamics: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "customer-dynamics",
        abstract: "How many customers are active, what they owe and own, and what they spend.",
        subcommands: [
            ImportCommand.self, ReportCommand.self, ExportCommand.self, ServeCommand.self, UserCommand.self,
            TokenCommand.self, BackupCommand.self, RestoreCommand.self, ClusterCommand.self,
            DemoCommand.self, BenchCommand.self, BenchFilesCommand.self,
        ])

    public init() {}

    /// Runs the command line and exits with a status of `docs/interfaces.md`: 0, 64, 65, 69 or 70.
    public static func runAndExit() async -> Never {
        // A reader that goes away (`report | head`) is met as an error of writing.
        signal(SIGPIPE, SIG_IGN)
        Terminal.openClosedError()
        do {
            try await parseAndRun()
            Foundation.exit(0)
        } catch {
            end(with: error)
        }
    }

    private static func parseAndRun() async throws {
        var command = try parseAsRoot()
        if var asynchronous = command as? any AsyncParsableCommand {
            try await asynchronous.run()
        } else {
            try command.run()
        }
    }

    private static func end(with error: any Error) -> Never {
        switch error {
        case let error as DynamicsError: fail([error.description], error.kind)
        // A line for each bad row, as editors and scripts know them: file, line, message.
        case let failure as ImportFailure: fail(failure.problems.map(\.description), .data, prefix: "")
        case is CancellationError: fail(["cancelled"], .unavailable)
        default: break
        }
        switch exitCode(for: error) {
        // Help is an error to ArgumentParser.
        case .success: exit(withError: error)
        case .validationFailure: fail(["\(message(for: error)) (see \(commandInUse) --help)"], .usage)
        default: fail(["something went wrong that should not: \(error)"], .fault)
        }
    }

    /// - Parameter lines: what went wrong; not even a line break within one of them gets through to the terminal.
    private static func fail(
        _ lines: [String], _ kind: DynamicsError.Kind, prefix: String = "customer-dynamics: "
    ) -> Never {
        let text = lines.map { prefix + TerminalTable.visible($0) + "\n" }.joined()
        Terminal.writeError(text)
        Foundation.exit(kind.exitStatus)
    }

    /// `customer-dynamics report` or `customer-dynamics user add`, for who wants to know more of it.
    private static var commandInUse: String {
        var names = ["customer-dynamics"]
        var choices = configuration.subcommands
        for argument in CommandLine.arguments.dropFirst() {
            guard let command = choices.first(where: { $0.configuration.commandName == argument }) else { continue }
            names.append(argument)
            choices = command.configuration.subcommands
        }
        return names.joined(separator: " ")
    }
}

/// What every command takes.
struct DataFolder: ParsableArguments {
    @Option(
        name: .customLong("data"),
        help: "The folder with everything that this installation keeps; created when missing.")
    var path = "data"
}
