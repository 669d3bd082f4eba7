public import ArgumentParser
import DynamicsImport
import DynamicsModel
import Foundation

/// The command line's root. Each verb has a file of its own.
public struct CustomerDynamics: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "customer-dynamics",
        abstract: "How many customers are active, what they owe and own, and what they spend.",
        subcommands: [ImportCommand.self, ReportCommand.self, DemoCommand.self])

    public init() {}

    /// Runs the command line and exits with a status of `docs/interfaces.md`: 0, 64, 65, 69 or 70.
    public static func runAndExit() async -> Never {
        // A reader that goes away (`report | head`) is met as an error of writing.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            Foundation.exit(0)
        } catch let error as DynamicsError {
            fail(error.description, status: error.kind.exitStatus)
        } catch let failure as ImportFailure {
            fail(failure.description, status: DynamicsError.Kind.data.exitStatus)
        } catch is CancellationError {
            fail("cancelled", status: DynamicsError.Kind.unavailable.exitStatus)
        } catch {
            // ArgumentParser's own: help (0) and wrong usage (64).
            exit(withError: error)
        }
    }

    private static func fail(_ message: String, status: Int32) -> Never {
        FileHandle.standardError.write(Data("customer-dynamics: \(TerminalTable.visibleLines(message))\n".utf8))
        Foundation.exit(status)
    }
}

/// What every command takes.
struct DataFolder: ParsableArguments {
    @Option(name: .customLong("data"), help: "The folder with everything that this installation keeps; created when missing.")
    var path = "data"
}
