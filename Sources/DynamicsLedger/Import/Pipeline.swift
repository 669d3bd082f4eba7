import Foundation
import Synchronization

/// Two threads, of which one makes what the other uses.
enum Pipeline {
    /// Runs `produce` on a thread of its own, and `consume` on the calling thread for everything that is sent, in order.
    ///
    /// - Parameter capacity: how many elements may wait; a producer that is ahead of that waits as well.
    /// - Throws: what either threw; then the other has been stopped too. Returns and throws only after both are done.
    static func run<Element: Sendable, Value: Sendable>(
        capacity: Int, produce: @Sendable (_ send: (Element) throws -> Void) throws -> Value,
        consume: (Element) throws -> Void
    ) throws -> Value {
        let queue = BoundedQueue<Element>(capacity: capacity)
        let outcome = Mutex<Result<Value, any Error>?>(nil)
        return try withoutActuallyEscaping(produce) { produce in
            let thread = JoinedThread {
                let result = Result { try produce { try queue.send($0) } }
                outcome.withLock { $0 = result }
                queue.close()
            }
            let consumed = Result {
                while let element = queue.receive() { try consume(element) }
            }
            queue.close()
            thread.join()
            try consumed.get()
            guard let value = try outcome.withLock({ $0 })?.get() else { preconditionFailure("the producer is done") }
            return value
        }
    }
}

/// A queue between two threads.
private final class BoundedQueue<Element: Sendable>: @unchecked Sendable {
    private let condition = NSCondition()
    private let capacity: Int
    // Guarded by the condition.
    private var elements: [Element] = []
    private var isClosed = false

    init(capacity: Int) { self.capacity = capacity }

    /// Waits for room.
    /// - Throws: `CancellationError` when the queue is closed, as nobody receives any more.
    func send(_ element: Element) throws {
        condition.lock()
        defer { condition.unlock() }
        while elements.count >= capacity && !isClosed { condition.wait() }
        if isClosed { throw CancellationError() }
        elements.append(element)
        condition.signal()
    }

    /// Waits for an element; nil when the queue is closed and empty.
    func receive() -> Element? {
        condition.lock()
        defer { condition.unlock() }
        while elements.isEmpty && !isClosed { condition.wait() }
        guard !elements.isEmpty else { return nil }
        condition.signal()
        return elements.removeFirst()
    }

    func close() {
        condition.lock()
        defer { condition.unlock() }
        isClosed = true
        condition.broadcast()
    }
}
