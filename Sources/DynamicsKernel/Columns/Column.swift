/// A read-only run of numbers in memory that somebody else may own: an allocation or a mapped file.
///
/// Subscripts are checked. The sweep's inner loops read `base` without checks, behind the proof in `Sweep.swift`.
package struct Column<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    package let base: UnsafePointer<Element>
    package let count: Int
    /// Keeps the memory alive. Never written through after the column is made, so sharing it between threads is safe.
    private let owner: AnyObject

    /// - Precondition: `count` elements can be read from `base` for as long as `owner` lives, and nobody changes them.
    package init(base: UnsafePointer<Element>, count: Int, owner: AnyObject) {
        self.base = base
        self.count = count
        self.owner = owner
    }

    package subscript(_ index: Int) -> Element {
        precondition(index >= 0 && index < count, "column index out of range")
        return base[index]
    }

    /// The memory as it is. Valid while the column lives.
    var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base, count: count * MemoryLayout<Element>.stride)
    }
}

/// A column that is still growing. Becomes a `Column` without a copy.
struct ColumnBuffer<Element: BitwiseCopyable & Sendable>: ~Copyable {
    private final class Allocation {
        let base: UnsafeMutableRawPointer
        init(base: UnsafeMutableRawPointer) { self.base = base }
        deinit { base.deallocate() }
    }

    private var memory: UnsafeMutableBufferPointer<Element>
    private(set) var count = 0

    init(capacity: Int = 1024) { memory = .allocate(capacity: max(capacity, 16)) }

    deinit { memory.deallocate() }

    mutating func append(_ element: Element) {
        if count == memory.count { grow() }
        memory[count] = element
        count += 1
    }

    subscript(_ index: Int) -> Element {
        precondition(index >= 0 && index < count, "column index out of range")
        return memory[index]
    }

    private mutating func grow() {
        let larger = UnsafeMutableBufferPointer<Element>.allocate(capacity: memory.count * 2)
        _ = larger.update(fromContentsOf: memory)
        memory.deallocate()
        memory = larger
    }

    /// The finished column; the buffer is empty afterwards.
    mutating func finish() -> Column<Element> {
        let column = Column(
            base: UnsafePointer(memory.baseAddress!), count: count,
            owner: Allocation(base: UnsafeMutableRawPointer(memory.baseAddress!)))
        memory = .allocate(capacity: 16)
        count = 0
        return column
    }
}
