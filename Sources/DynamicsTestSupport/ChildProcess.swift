public import Foundation

/// A program that was run to its end.
public struct ChildProcess: Sendable {
    /// What it exited with; minus the signal's number when a signal ended it.
    public let status: Int32
    /// Of standard output.
    public let output: Data
    /// Of standard error.
    public let errors: String

    /// Standard output as text.
    public var text: String { String(decoding: output, as: UTF8.self) }

    /// Runs a program and waits for its end: suspended, not blocked, since other tests need the threads. Its input and output are
    /// files, so neither side ever waits for the other.
    ///
    /// - Parameters:
    ///   - arguments: the program's name or path, then what it is given.
    ///   - environment: what is different from ours.
    ///   - folder: where it runs; nil: where we do.
    public init(
        _ arguments: [String], input: Data = Data(), environment: [String: String] = [:], in folder: URL? = nil
    ) async throws {
        let files = FileManager.default.temporaryDirectory.appending(path: "child-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: files) }
        func file(_ name: String, _ content: Data) throws -> URL {
            let url = files.appending(path: name)
            try content.write(to: url)
            return url
        }
        let (output, errors) = (try file("output", Data()), try file("errors", Data()))

        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.currentDirectoryURL = folder
        process.standardInput = try FileHandle(forReadingFrom: file("input", input))
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do { try process.run() } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        let isSignal = process.terminationReason == .uncaughtSignal
        status = isSignal ? -process.terminationStatus : process.terminationStatus
        self.output = try Data(contentsOf: output)
        self.errors = String(decoding: try Data(contentsOf: errors), as: UTF8.self)
    }
}

/// A Python script that failed.
public struct PythonFailure: Error {
    /// Its traceback.
    public let traceback: String
}

/// What a Python script prints, given `input` on standard input.
///
/// - Throws: `PythonFailure` when the script does not exit with 0.
public func python(_ script: String, input: String = "") async throws -> String {
    let child = try await ChildProcess(["python3", "-c", script], input: Data(input.utf8))
    guard child.status == 0 else { throw PythonFailure(traceback: child.errors) }
    return child.text
}
