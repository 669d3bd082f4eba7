public import Foundation
import Subprocess
import SystemPackage

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

        let result = try await Subprocess.run(
            .name("env"), arguments: Arguments(arguments),
            environment: .inherit.updating(
                Dictionary(uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0), $1) })),
            workingDirectory: folder.map { FilePath($0.path) },
            input: .fileDescriptor(
                .open(FilePath(file("input", input).path), .readOnly), closeAfterSpawningProcess: true),
            output: .fileDescriptor(.open(FilePath(output.path), .writeOnly), closeAfterSpawningProcess: true),
            error: .fileDescriptor(.open(FilePath(errors.path), .writeOnly), closeAfterSpawningProcess: true))
        switch result.terminationStatus {
        case .exited(let code): status = code
        case .signaled(let signal): status = -signal
        }
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
