import Foundation

/// The executable as it was built beside these tests, and the Python of `.venv` that `scripts/install` made.
enum Executable {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    /// The test bundle lies in the folder that everything else was built into.
    static let product = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appending(path: "customer-dynamics").path
    static let python = root.appending(path: ".venv/bin/python").path

    struct Outcome {
        var status: Int32
        var output: Data
        var errors: String

        var text: String { String(decoding: output, as: UTF8.self) }
    }

    /// Runs a program to its end, in `folder`, with `input` as its standard input.
    static func run(
        _ arguments: [String], program: String = product, in folder: URL = root, input: Data = Data()
    ) async throws -> Outcome {
        let scratch = try ScratchFolder()
        let files = ["input", "output", "errors"].map { scratch.url.appending(path: $0) }
        try input.write(to: files[0])
        for file in files[1...] { try Data().write(to: file) }
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.currentDirectoryURL = folder
        // Files rather than pipes: nobody has to read one while waiting for another.
        process.standardInput = try FileHandle(forReadingFrom: files[0])
        process.standardOutput = try FileHandle(forWritingTo: files[1])
        process.standardError = try FileHandle(forWritingTo: files[2])
        // Suspended, not blocked: other tests need the threads.
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do { try process.run() } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        return Outcome(
            status: process.terminationStatus, output: try Data(contentsOf: files[1]),
            errors: String(decoding: try Data(contentsOf: files[2]), as: UTF8.self))
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
