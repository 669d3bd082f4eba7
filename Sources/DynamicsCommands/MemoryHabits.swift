import CMalloc
import Foundation

/// How the process deals with memory that it no longer needs (mallopt(3)).
enum MemoryHabits {
    /// For a process that runs for months: gives back what was freed. As it comes, glibc has up to eight heaps for each processor, and
    /// keeps what was freed in each: under a load of imports and reports they grew past a gigabyte (`bench/load.py`).
    ///
    /// Must be called before other threads begin.
    static func keepLittle() {
        let processors = Int32(clamping: ProcessInfo.processInfo.activeProcessorCount)
        mallopt(M_ARENA_MAX, max(2, processors))
        // Larger pieces are mapped by themselves and go back when they are freed; as it comes, this limit grows up to 32 MiB.
        mallopt(M_MMAP_THRESHOLD, 256 << 10)
        mallopt(M_TRIM_THRESHOLD, 1 << 20)
    }
}
