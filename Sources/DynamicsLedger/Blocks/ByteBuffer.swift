/// Bytes that grow, at an address that only `reserve` moves: for loops that write tens of millions of small pieces.
///
/// Not for more than one thread at a time.
final class ByteBuffer {
    private(set) var start: UnsafeMutablePointer<UInt8>
    private(set) var count = 0
    private(set) var capacity: Int

    init(capacity: Int = 64) {
        self.capacity = max(capacity, 16)
        start = .allocate(capacity: self.capacity)
    }

    deinit { start.deallocate() }

    /// Valid until the buffer grows.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    func removeAll() { count = 0 }

    /// - Precondition: there are as many.
    func removeFirst(_ number: Int) {
        start.update(from: start + number, count: count - number)
        count -= number
    }

    /// Makes room for `extra` bytes more.
    @inline(__always)
    func reserve(_ extra: Int) {
        if count + extra > capacity { grow(to: count + extra) }
    }

    private func grow(to needed: Int) {
        capacity = max(needed, capacity * 2)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.update(from: start, count: count)
        start.deallocate()
        start = larger
    }

    /// Takes in `extra` bytes that were written behind the last one.
    /// - Precondition: there is room for them.
    @inline(__always)
    func advance(_ extra: Int) { count &+= extra }

    /// - Precondition: there is room for it.
    @inline(__always)
    func append(_ byte: UInt8) {
        start[count] = byte
        count &+= 1
    }

    /// - Precondition: there is room for them.
    @inline(__always)
    func append(_ bytes: UnsafeRawBufferPointer) {
        if let base = bytes.baseAddress {
            UnsafeMutableRawPointer(start + count).copyMemory(from: base, byteCount: bytes.count)
            count &+= bytes.count
        }
    }

    /// The number in decimal digits.
    /// - Precondition: there is room for 20 bytes; `number` >= 0.
    @inline(__always)
    func append(decimal number: Int64) {
        let value = UInt64(bitPattern: number)
        var limit: UInt64 = 10
        var length = 1
        while value >= limit, length < 19 {
            limit &*= 10
            length &+= 1
        }
        var rest = value
        var i = count &+ length
        count = i
        while length > 0 {
            let next = rest / 10
            i &-= 1
            start[i] = UInt8(truncatingIfNeeded: rest &- next &* 10) &+ UInt8(ascii: "0")
            rest = next
            length &-= 1
        }
    }
}
