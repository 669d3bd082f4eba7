import DynamicsTestSupport
import Foundation
import Testing

/// The executable, run in a folder of its own that goes away with it.
struct CommandLineRun {
    private let scratch: ScratchFolder
    var folder: URL { scratch.url }

    init() throws { scratch = try ScratchFolder() }

    func callAsFunction(_ arguments: String..., environment: [String: String] = [:]) async throws -> ChildProcess {
        try await ChildProcess([Executable.product] + arguments, environment: environment, in: folder)
    }

    /// A script of bash, in which `$program` is the executable.
    func bash(_ script: String) async throws -> ChildProcess {
        try await ChildProcess(["bash", "-c", script], environment: ["program": Executable.product], in: folder)
    }

    /// What a terminal of so many columns shows, line ends being line feeds.
    func terminal(columns: Int, _ arguments: String...) async throws -> (status: Int, text: String) {
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
        let child = try await ChildProcess(
            ["python3", "-c", script, "\(columns)", Executable.product] + arguments, in: folder)
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
    func importWorkedExample() async throws {
        let child = try await self("import", "--base-currency", "EUR", WorkedExample.folder.path)
        try #require(child.status == 0, "\(child.errors)")
    }
}

/// Checks that a command ended with a status and one sentence on standard error, and nothing on standard output.
func expectRefusal(
    _ child: ChildProcess, _ status: Int32, saying parts: [String],
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let text = child.errors
    #expect(child.status == status, "\(text)", sourceLocation: sourceLocation)
    #expect(child.text == "", sourceLocation: sourceLocation)
    #expect(text.hasPrefix("customer-dynamics: "), sourceLocation: sourceLocation)
    #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count == 2, sourceLocation: sourceLocation)
    for part in parts { #expect(text.contains(part), sourceLocation: sourceLocation) }
}
