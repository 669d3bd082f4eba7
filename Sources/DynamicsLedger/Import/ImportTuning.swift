import Foundation

/// How much of the machine an import uses. Tests make everything small, so that few rows go every way that many do.
package struct ImportTuning: Sendable {
    /// Threads that parse transactions.
    package var threads = min(8, max(1, ProcessInfo.processInfo.activeProcessorCount))
    /// Bytes in which transactions are sorted before they go to temporary files, all threads together.
    package var sortMemory = 96 << 20
    /// How many transactions a block has at most.
    package var blockCapacity = TransactionBlock.capacity
    /// Bytes of the database's pages that are kept in memory while writing.
    package var pageMemory = 48 << 20

    package init() {}
}
