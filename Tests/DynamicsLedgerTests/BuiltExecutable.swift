import Foundation

/// The executable that was built beside these tests.
struct BuiltExecutable {
    /// How a run ended.
    struct Outcome {
        /// nil: a signal ended it.
        var status: Int32?
        /// The most memory that it had at a time.
        var peakBytes: Int
        var seconds: Double
    }

    struct Missing: Error {
        var path: String
    }

    private let path: String

    init() throws {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        path = (tests as NSString).deletingLastPathComponent + "/customer-dynamics"
        guard FileManager.default.isExecutableFile(atPath: path) else { throw Missing(path: path) }
    }

    /// Runs it without output, and waits for its end.
    /// - Parameter killAfter: seconds until it is killed.
    func run(_ arguments: [String], killAfter: Double? = nil) throws -> Outcome {
        let start = ContinuousClock.now
        let pid = try spawn(arguments)
        if let killAfter {
            usleep(UInt32(killAfter * 1_000_000))
            // Until it is waited for, its number is nobody else's.
            kill(pid, SIGKILL)
        }
        var status: Int32 = 0
        var peak = 0
        var ended: pid_t = 0
        while ended == 0 {
            ended = waitpid(pid, &status, WNOHANG)
            peak = max(peak, peakBytes(of: pid))
            if ended == 0 { usleep(2000) }
        }
        guard ended == pid else { throw POSIXError(.ECHILD) }
        let hasExited = status & 0x7F == 0
        return Outcome(
            status: hasExited ? status >> 8 & 0xFF : nil, peakBytes: peak,
            seconds: (ContinuousClock.now - start) / .seconds(1))
    }

    /// As the kernel tells while it runs; `ru_maxrss` would count what these tests had in memory when they forked.
    private func peakBytes(of pid: pid_t) -> Int {
        let lines = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8))?.split(separator: "\n") ?? []
        let words = lines.first { $0.hasPrefix("VmHWM:") }?.split(whereSeparator: { " \t".contains($0) }) ?? []
        return words.count > 1 ? (Int(words[1]) ?? 0) << 10 : 0
    }

    private func spawn(_ arguments: [String]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
        }
        let words = ([path] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid = pid_t()
        let code = posix_spawn(&pid, path, &actions, nil, words, environ)
        guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .ENOEXEC) }
        return pid
    }
}
