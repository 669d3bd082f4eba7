import DynamicsModel
import Foundation

/// A password from whoever runs the command: typed twice without being shown, or the first line of standard input.
enum PasswordInput {
    /// Longer lines are no passwords.
    private static let longest_bytes = 8192

    /// - Throws: `DynamicsError` (`.usage`) when the two differ or there is none; `CancellationError` on Control-C.
    static func new(for name: String) throws -> String {
        guard isatty(STDIN_FILENO) == 1 else { return try decoded(lineOfInput()) }
        let first = try decoded(typed("Password for \(name): "))
        let second = try decoded(typed("Once more: "))
        guard ExactText(first) == ExactText(second) else {
            throw DynamicsError(.usage, "passwords_differ", field: "password", "the two are not the same; try again")
        }
        return first
    }

    private static func decoded(_ bytes: [UInt8]) throws -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw DynamicsError(.usage, "bad_password", field: "password", "must be UTF-8 text")
        }
        return text
    }

    private static func lineOfInput() throws -> [UInt8] {
        var line: [UInt8] = []
        while let byte = nextByte(), byte != UInt8(ascii: "\n") {
            line.append(byte)
            guard line.count <= longest_bytes else {
                throw DynamicsError(.usage, "too_long", field: "password", "the first line of the input is too long")
            }
        }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        guard !line.isEmpty else {
            throw DynamicsError(
                .usage, "missing_password", field: "password",
                "there is none; type it at a terminal, or give it as the first line of standard input")
        }
        return line
    }

    /// What is typed up to the end of the line. The terminal neither shows it nor acts on it, so that Control-C cannot end the
    /// program while the terminal is in that state.
    private static func typed(_ prompt: String) throws -> [UInt8] {
        var usual = termios()
        guard tcgetattr(STDIN_FILENO, &usual) == 0 else {
            throw DynamicsError(.unavailable, "terminal", "the terminal cannot be told not to show the password")
        }
        var silent = usual
        silent.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0 else {
            throw DynamicsError(.unavailable, "terminal", "the terminal cannot be told not to show the password")
        }
        // Only now: what is typed behind the prompt must not be thrown away by the change.
        Terminal.writeError(TerminalTable.visible(prompt))
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &usual)
            Terminal.writeError("\n")
        }
        var line: [UInt8] = []
        while true {
            switch nextByte() {
            // The end of input, Control-C, Control-D, Control-Z.
            case nil, 3, 4, 26: throw CancellationError()
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): return line
            // Backspace takes back a character with all its bytes.
            case 8, 127: while let byte = line.popLast(), byte & 0xC0 == 0x80 {}
            // Control-U.
            case 21: line = []
            case .some(let byte): if line.count < longest_bytes { line.append(byte) }
            }
        }
    }

    private static func nextByte() -> UInt8? {
        var byte: UInt8 = 0
        while true {
            let count = read(STDIN_FILENO, &byte, 1)
            if count == 1 { return byte }
            if count == 0 || errno != EINTR { return nil }
        }
    }
}
