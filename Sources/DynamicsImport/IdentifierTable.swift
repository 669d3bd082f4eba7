import Glibc

/// Numbers of clients or packages by the bytes of their ids: one look-up for each imported transaction, without a query.
///
/// A look-up of an id of at most 12 bytes touches one place in memory, of a longer one two. Memory: 21 to 43 bytes for each
/// entry, and a longer id's own.
public struct IdentifierTable: Sendable {
    /// An id's bytes and number, or where the bytes are; all zeros when empty.
    private struct Slot {
        /// The first 8 bytes, filled up with zeros, which no id holds. Of a longer id: its hash, with a byte on top that is
        /// not found in UTF-8.
        var low: UInt64
        /// The next 4 bytes likewise. Of a longer id: where it starts in `longIDs`.
        var high: UInt32
        var number: UInt32

        static let empty = Slot(low: 0, high: 0, number: 0)
        var isEmpty: Bool { low == 0 }
        var isLong: Bool { low >> 56 == 0xFF }
    }

    /// Open addressing with linear probing; a power of two, at most three quarters in use.
    private var slots: [Slot] = Array(repeating: .empty, count: 16)
    /// The lengths, in two bytes, and the bytes of ids longer than 12 bytes, one after the other.
    private var longIDs: [UInt8] = []
    public private(set) var count = 0
    /// Random, so that nobody can prepare ids that all collide.
    private let seed = UInt64.random(in: .min ... .max)

    public init() {}

    /// Adds an id that is not there yet.
    /// - Precondition: `id` is valid UTF-8 of 1 to 65,535 bytes without U+0000; all ids together take less than 4 GiB.
    public mutating func insert(_ id: UnsafeRawBufferPointer, number: UInt32) {
        precondition((1...Int(UInt16.max)).contains(id.count))
        if (count + 1) * 4 > slots.count * 3 { grow() }
        var slot = key(id)
        slot.number = number
        if slot.isLong {
            slot.high = UInt32(longIDs.count)
            withUnsafeBytes(of: UInt16(id.count)) { longIDs.append(contentsOf: $0) }
            longIDs.append(contentsOf: id)
        }
        place(slot)
        count += 1
    }

    public mutating func insert(_ id: String, number: UInt32) {
        var copy = id
        copy.withUTF8 { insert(UnsafeRawBufferPointer($0), number: number) }
    }

    /// The number of `id`, which is UTF-8 without U+0000; nil when it is unknown.
    public func number(of id: UnsafeRawBufferPointer) -> UInt32? {
        if id.isEmpty { return nil }
        let key = key(id)
        let mask = slots.count - 1
        var index = home(of: key) & mask
        while !slots[index].isEmpty {
            let slot = slots[index]
            if slot.low == key.low, key.isLong ? isLong(id, at: slot.high) : slot.high == key.high {
                return slot.number
            }
            index = (index + 1) & mask
        }
        return nil
    }

    public func number(of id: String) -> UInt32? {
        var copy = id
        return copy.withUTF8 { number(of: UnsafeRawBufferPointer($0)) }
    }

    private func isLong(_ id: UnsafeRawBufferPointer, at start: UInt32) -> Bool {
        longIDs.withUnsafeBytes { longIDs in
            let length = Int(longIDs.loadUnaligned(fromByteOffset: Int(start), as: UInt16.self))
            guard length == id.count, let stored = longIDs.baseAddress, let wanted = id.baseAddress else {
                return false
            }
            return memcmp(stored + Int(start) + 2, wanted, length) == 0
        }
    }

    private mutating func place(_ slot: Slot) {
        let mask = slots.count - 1
        var index = home(of: slot) & mask
        while !slots[index].isEmpty { index = (index + 1) & mask }
        slots[index] = slot
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: .empty, count: old.count * 2)
        for slot in old where !slot.isEmpty { place(slot) }
    }

    // MARK: - Hashing

    /// The slot of `id` without its number, and without its place when it is long.
    @inline(__always)
    private func key(_ id: UnsafeRawBufferPointer) -> Slot {
        if id.count > 12 { return Slot(low: hash(id) | 0xFF << 56, high: 0, number: 0) }
        if id.count >= 8 {
            let low = id.loadUnaligned(fromByteOffset: 0, as: UInt64.self)
            return Slot(low: low, high: UInt32(truncatingIfNeeded: Self.word(id, from: 8)), number: 0)
        }
        return Slot(low: Self.word(id, from: 0), high: 0, number: 0)
    }

    /// Where to look first: the bytes of a short id, the hash of a long one, once more folded.
    @inline(__always)
    private func home(of slot: Slot) -> Int {
        let high = slot.isLong ? 0 : UInt64(slot.high)
        return Int(truncatingIfNeeded: Self.fold(slot.low ^ seed, 0x9E37_79B9_7F4A_7C15 ^ high) >> 1)
    }

    /// Folds eight bytes at a time into the product of two words, as wyhash does.
    private func hash(_ id: UnsafeRawBufferPointer) -> UInt64 {
        var hash = seed ^ UInt64(truncatingIfNeeded: id.count)
        var index = 0
        while index + 8 <= id.count {
            let word = id.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            hash = Self.fold(hash ^ word, 0xD6E8_FEB8_6659_FD93)
            index += 8
        }
        return Self.fold(hash ^ Self.word(id, from: index), 0xE703_7ED1_A0B4_28DB)
    }

    private static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }

    /// The bytes from `start` on, at most 8, in the order of memory, filled up with zeros.
    @inline(__always)
    private static func word(_ id: UnsafeRawBufferPointer, from start: Int) -> UInt64 {
        var word: UInt64 = 0
        var index = id.count
        while index > start {
            index -= 1
            word = word << 8 | UInt64(id[index])
        }
        return word
    }
}
