import Foundation
import Synchronization

/// A line on the terminal that says how far long work has come. Silent where standard error is no terminal, and for the first second.
final class ProgressLine: Sendable {
    private struct State {
        var lastShown: ContinuousClock.Instant
        var isShown = false
    }

    private let title: String
    private let state: Mutex<State>

    init(_ title: String) {
        self.title = title
        // As if it had been shown in the future: work that is done within a second needs no line.
        state = Mutex(State(lastShown: ContinuousClock.now + .milliseconds(800)))
    }

    /// - Parameter part: 0...1.
    func show(part: Double) { show("\(title): \(Int(part * 100))%") }

    /// Shows a text in place of the one before, at most five times a second.
    func show(_ text: @autoclosure () -> String) {
        guard Terminal.isError else { return }
        state.withLock { state in
            let now = ContinuousClock.now
            guard now - state.lastShown > .milliseconds(200) else { return }
            state.lastShown = now
            state.isShown = true
            // Carriage return, the text, and "erase to the end of the line" (ECMA-48, EL).
            Terminal.writeError("\r\(text())\u{1B}[K")
        }
    }

    /// Takes the line away.
    func clear() {
        state.withLock { state in
            if state.isShown { Terminal.writeError("\r\u{1B}[K") }
            state.isShown = false
        }
    }
}
