import DynamicsTestSupport
import Foundation
import Testing

/// The executable that was built together with these tests, run in a folder of its own that goes away with it.
final class CommandLineRun {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "commands-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// The path of `customer-dynamics`: it lies beside the tests' own executable.
    static var program: String {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "customer-dynamics").path
    }

    func callAsFunction(_ arguments: String..., environment: [String: String] = [:]) throws -> ChildProcess {
        try ChildProcess([Self.program] + arguments, environment: environment, in: folder)
    }

    /// A script of bash, in which `$program` is the executable.
    func bash(_ script: String) throws -> ChildProcess {
        try ChildProcess(["bash", "-c", script], environment: ["program": Self.program], in: folder)
    }

    /// What a terminal of so many columns shows, line ends being line feeds.
    func terminal(columns: Int, _ arguments: String...) throws -> (status: Int, text: String) {
        let script = """
            import fcntl, os, pty, struct, sys, termios
            columns, arguments = int(sys.argv[1]), sys.argv[2:]
            child, terminal = pty.fork()
            if child == 0:
                fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 50, columns, 0, 0))
                os.execv(arguments[0], arguments)
            shown = b''
            while True:
                try: part = os.read(terminal, 65536)
                except OSError: break
                if not part: break
                shown += part
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            sys.stdout.buffer.write(shown.replace(b'\\r\\n', b'\\n'))
            sys.exit(status)
            """
        let child = try ChildProcess(["python3", "-c", script, "\(columns)", Self.program] + arguments, in: folder)
        return (Int(child.status), child.text)
    }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: folder.appending(path: name))
    }

    func read(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: folder.appending(path: name)), as: UTF8.self)
    }

    var files: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
    }

    /// Imports the worked example into `data`.
    func importWorkedExample() throws {
        let child = try self("import", "--base-currency", "EUR", WorkedExample.folder.path)
        try #require(child.status == 0, "\(child.errorText)")
    }
}

/// Checks that a command ended with a status and one sentence on standard error, and nothing on standard output.
func expectRefusal(
    _ child: ChildProcess, _ status: Int32, saying parts: [String],
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let text = child.errorText
    #expect(child.status == status, "\(text)", sourceLocation: sourceLocation)
    #expect(child.text == "", sourceLocation: sourceLocation)
    #expect(text.hasPrefix("customer-dynamics: "), sourceLocation: sourceLocation)
    #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count == 2, sourceLocation: sourceLocation)
    for part in parts { #expect(text.contains(part), sourceLocation: sourceLocation) }
}
