/// Numbers of clients or packages by the bytes of their ids: one look-up for each imported transaction, without a query.
///
/// Memory: 12 bytes and the id's own for each entry, at a load of at most one half.
public struct IdentifierTable: Sendable {
    private var arena: [UInt8] = []
    /// By number order of insertion: start in the arena (the end is the next one's start).
    private var starts: [UInt32] = [0]
    private var numbers: [UInt32] = []
    /// Indexes into `numbers`, plus one; 0 is empty.
    private var slots: [UInt32] = Array(repeating: 0, count: 16)

    public init() {}

    public var count: Int { numbers.count }

    /// Adds an id that is not there yet.
    /// - Precondition: all ids together take less than 4 GiB.
    public mutating func insert(_ id: UnsafeRawBufferPointer, number: UInt32) {
        if (numbers.count + 1) * 2 > slots.count { grow() }
        arena.append(contentsOf: id)
        starts.append(UInt32(arena.count))
        numbers.append(number)
        place(numbers.count - 1, hash: Self.hash(id))
    }

    public mutating func insert(_ id: String, number: UInt32) {
        var copy = id
        copy.withUTF8 { insert(UnsafeRawBufferPointer($0), number: number) }
    }

    /// The number of `id`; nil when it is unknown.
    public func number(of id: UnsafeRawBufferPointer) -> UInt32? {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: Self.hash(id)) & mask
        while slots[slot] != 0 {
            let index = Int(slots[slot]) - 1
            let start = Int(starts[index])
            let length = Int(starts[index + 1]) - start
            if length == id.count, arena.withUnsafeBytes({ Self.equal($0, start, id) }) { return numbers[index] }
            slot = (slot + 1) & mask
        }
        return nil
    }

    public func number(of id: String) -> UInt32? {
        var copy = id
        return copy.withUTF8 { number(of: UnsafeRawBufferPointer($0)) }
    }

    private static func equal(_ arena: UnsafeRawBufferPointer, _ start: Int, _ id: UnsafeRawBufferPointer) -> Bool {
        for i in 0..<id.count where arena[start + i] != id[i] { return false }
        return true
    }

    private mutating func place(_ index: Int, hash: UInt64) {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 { slot = (slot + 1) & mask }
        slots[slot] = UInt32(index + 1)
    }

    private mutating func grow() {
        slots = Array(repeating: 0, count: slots.count * 2)
        for index in numbers.indices {
            let hash = arena.withUnsafeBytes {
                Self.hash(UnsafeRawBufferPointer(rebasing: $0[Int(starts[index])..<Int(starts[index + 1])]))
            }
            place(index, hash: hash)
        }
    }

    /// FNV-1a, finished with a mix; seeded per process so that nobody can prepare ids that all collide.
    private static func hash(_ id: UnsafeRawBufferPointer) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ seed
        for byte in id { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash ^= hash >> 32
        return hash &* 0x9E37_79B9_7F4A_7C15 >> 7
    }

    private static let seed = UInt64.random(in: .min ... .max)
}
