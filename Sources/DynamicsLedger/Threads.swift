import Foundation

/// Threads of the system's own, for work that blocks: waiting in Swift's cooperative pool, which has no more threads than
/// there are processors, could wait for ever.
enum Threads {
    /// Runs `body(0)` ... `body(count - 1)` at the same time, and returns when all have.
    static func run(_ count: Int, _ body: @Sendable (Int) -> Void) {
        withoutActuallyEscaping(body) { body in
            let group = DispatchGroup()
            for index in 1..<max(count, 1) {
                group.enter()
                let thread = Thread {
                    body(index)
                    group.leave()
                }
                thread.start()
            }
            if count > 0 { body(0) }
            group.wait()
        }
    }
}
