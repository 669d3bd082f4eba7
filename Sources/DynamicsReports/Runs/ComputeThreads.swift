import Foundation

/// Threads for computations alone. In Swift's cooperative pool, which has one thread per processor, a long computation would keep
/// everything else waiting: pages, progress, cancelling.
final class ComputeThreads: TaskExecutor {
    private let jobs = JobLine()

    init(count: Int) {
        let jobs = jobs
        for _ in 0..<max(1, count) {
            Thread.detachNewThread {
                while let (job, executor) = jobs.next() { job.runSynchronously(on: executor.asUnownedTaskExecutor()) }
            }
        }
    }

    deinit { jobs.close() }

    /// A thread may run the job to its end before `add` has returned, and with it go the last of those who hold this executor: so it
    /// holds itself for as long.
    func enqueue(_ job: consuming ExecutorJob) {
        let own = Unmanaged.passRetained(self)
        defer { own.release() }
        jobs.add(UnownedJob(job), self)
    }
}

/// What the threads take their work from.
private final class JobLine: @unchecked Sendable {
    private let condition = NSCondition()
    // Guarded by the condition. A job keeps its executor: the last of those who hold it may let go while the job ends.
    private var jobs: [(UnownedJob, ComputeThreads)] = []
    private var isClosed = false

    func add(_ job: UnownedJob, _ executor: ComputeThreads) {
        condition.withLock {
            jobs.append((job, executor))
            condition.signal()
        }
    }

    /// Waits for a job; nil when the line is closed and empty.
    func next() -> (UnownedJob, ComputeThreads)? {
        condition.withLock {
            while jobs.isEmpty, !isClosed { condition.wait() }
            return jobs.isEmpty ? nil : jobs.removeFirst()
        }
    }

    /// No job comes any more.
    func close() {
        condition.withLock {
            isClosed = true
            condition.broadcast()
        }
    }
}
