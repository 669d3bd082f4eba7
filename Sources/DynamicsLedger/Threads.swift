import Foundation

/// Threads of the system's own, for work that blocks: waiting in Swift's cooperative pool, which has no more threads than
/// there are processors, could wait for ever.
enum Threads {
    /// Runs `body(0)` ... `body(count - 1)` at the same time, and returns when all have.
    static func run(_ count: Int, _ body: @Sendable (Int) -> Void) {
        withoutActuallyEscaping(body) { body in
            let others = (1..<max(count, 1)).map { index in JoinedThread { body(index) } }
            if count > 0 { body(0) }
            for thread in others { thread.join() }
        }
    }

    /// Runs `body` on a thread of its own, which nobody waits for.
    static func detach(_ body: @escaping @Sendable () -> Void) { pthread_detach(start(body)) }

    fileprivate static func start(_ body: @escaping @Sendable () -> Void) -> pthread_t {
        var thread = pthread_t()
        let work = Unmanaged.passRetained(Work(body))
        let code = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, work.toOpaque())
        precondition(code == 0, "the system has no thread left")
        return thread
    }

    private final class Work {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}

/// A thread that is waited for: after `join` nothing of it is left, the closure included.
struct JoinedThread {
    private let thread: pthread_t

    init(_ body: @escaping @Sendable () -> Void) { thread = Threads.start(body) }

    /// Must be called once.
    func join() { pthread_join(thread, nil) }
}
