import DynamicsModel
import Foundation

/// What the commands know of the terminal that they run in.
enum Terminal {
    /// Whether somebody reads standard output as it comes.
    static var isOutput: Bool { isatty(STDOUT_FILENO) == 1 }
    static var isError: Bool { isatty(STDERR_FILENO) == 1 }

    /// Columns of the terminal; `COLUMNS` decides where there is none, else 120.
    static var width: Int {
        var size = winsize()
        if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) } ?? 120
    }

    /// Without standard error the next file that is opened would be taken for it.
    static func openClosedError() {
        guard fcntl(STDERR_FILENO, F_GETFD) < 0 else { return }
        let null = open("/dev/null", O_WRONLY)
        if null >= 0, null != STDERR_FILENO {
            dup2(null, STDERR_FILENO)
            close(null)
        }
    }

    /// Writes to standard error. That nobody can read it is no reason to fail.
    static func writeError(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }

    /// A line on standard error for whoever watches.
    static func note(_ text: String) {
        writeError(TerminalTable.visible(text) + "\n")
    }
}
