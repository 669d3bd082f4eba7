/// What stands for a transaction's id in the index of ids: 96 bits of its keyed hash.
///
/// With 96 bits, two different ids among 100 million collide with a probability of 6 in 10^14, and as the hash is keyed with
/// random bytes of the ledger's own, nobody can prepare such ids. 32 bits more travel along while an import runs, so
/// that a collision would be noticed rather than replace the wrong transaction.
struct TransactionKey: Sendable, Equatable, Comparable {
    var prefix: UInt64
    var rest: UInt32
    var check: UInt32

    init(prefix: UInt64, rest: UInt32, check: UInt32) {
        self.prefix = prefix
        self.rest = rest
        self.check = check
    }

    @inline(__always)
    init(id: UnsafeRawBufferPointer, hash: SipHash) {
        let (first, second) = hash(id)
        prefix = first
        rest = UInt32(truncatingIfNeeded: second)
        check = UInt32(truncatingIfNeeded: second &>> 32)
    }

    /// Whether the 96 bits are the same.
    @inline(__always)
    func matches(_ other: TransactionKey) -> Bool { prefix == other.prefix && rest == other.rest }

    static func < (a: TransactionKey, b: TransactionKey) -> Bool {
        a.prefix != b.prefix ? a.prefix < b.prefix : a.rest < b.rest
    }
}
