import DynamicsTestSupport
import Foundation

/// The executable as it was built beside these tests, and the Python of `.venv` that `scripts/install` made.
enum Executable {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    /// The test bundle lies in the folder that everything else was built into.
    static let product = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appending(path: "customer-dynamics").path
    static let python = root.appending(path: ".venv/bin/python").path

    /// Runs a program to its end, in `folder`, with `input` as its standard input.
    static func run(
        _ arguments: [String], program: String = product, in folder: URL = root, input: Data = Data(),
        environment: [String: String] = [:]
    ) async throws -> ChildProcess {
        // Tables have their usual width, however wide the terminal is that runs the tests.
        let environment = ["COLUMNS": ""].merging(environment) { $1 }
        return try await ChildProcess([program] + arguments, input: input, environment: environment, in: folder)
    }
}

/// A folder of its own that is removed with the object.
final class ScratchFolder {
    let url: URL
    var path: String { url.path }

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "customer-dynamics-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }
}
