import DynamicsModel
import Glibc

/// What a client is as of an evaluation instant. The states exclude each other, so that a transaction adds to one only.
enum ClientState: Int {
    case active = 0
    case everActive = 1
    case neverActive = 2

    static var count: Int { 3 }
}

/// How the sums of one group of clients and one currency lie in memory, in numbers from the start of their unit.
///
/// - `flows`: [slot][copy][segment][2], the sum of effects and the number of transactions. Each slot lies by itself, because most
///   transactions have the same one: what they touch stays together in the cache.
/// - `gains`: [copy][segment], what the positive parts of active clients' balances gain.
/// - `moves`: [state][bucket, one more][3], clients that enter (+) or leave (-) a state from this bucket on, with their positive balances and
///   their balances; and what the transactions of clients that are not active do to these.
///
/// What transactions do to the balances of *active* clients is not added up: it is the sum of all slots, if those that are not
/// of active clients are taken off in `moves`.
struct SumsLayout: Sendable, Hashable {
    let segmentCount: Int
    let bucketCount: Int
    /// With few segments, transactions in a row are mostly of the same one, and an addition to memory would have to wait for the one
    /// before it: so they take turns between two copies.
    let copies: Int
    /// Numbers from one slot to the next.
    let slotStride: Int
    let gains: Int
    let moves: Int
    let size: Int

    static var slotCount: Int { 6 }

    init(segmentCount: Int, bucketCount: Int) {
        self.segmentCount = segmentCount
        self.bucketCount = bucketCount
        copies = segmentCount < 256 ? 2 : 1
        slotStride = copies * segmentCount * 2
        gains = slotStride * Self.slotCount
        moves = gains + copies * segmentCount
        size = moves + ClientState.count * (bucketCount + 1) * 3
    }
}

/// The sums of one worker, while they grow: a unit for each group of clients and currency that occurs. `W` is the width: `Int64`
/// where the ledger's magnitude proves that it suffices, else `Int128`.
///
/// Balances and numbers of clients are kept as differences from bucket to bucket: prefix sums at the end give every row.
/// Belongs to one worker while it grows, and is only read afterwards; hence the unchecked `Sendable`.
final class Accumulators<W: FixedWidthInteger & SignedInteger & BitwiseCopyable & Sendable>: @unchecked Sendable {
    /// By currency.
    let layouts: [SumsLayout]
    let groupCount: Int
    private let units: UnsafeMutableBufferPointer<UnsafeMutablePointer<W>?>

    init(groups: Int, layouts: [SumsLayout]) {
        self.layouts = layouts
        groupCount = groups
        units = .allocate(capacity: groups * layouts.count)
        units.initialize(repeating: nil)
    }

    deinit {
        for unit in units { free(unit) }
        units.deallocate()
    }

    /// The unit's sums, to be added to; all zero when it is new.
    @inline(__always)
    func unit(group: Int, currency: Int) -> UnsafeMutablePointer<W> {
        precondition(group >= 0 && group < groupCount && currency >= 0 && currency < layouts.count)
        return units[group &* layouts.count &+ currency] ?? makeUnit(group, currency)
    }

    /// Zero pages from the system take no time until they are touched.
    @inline(never)
    private func makeUnit(_ group: Int, _ currency: Int) -> UnsafeMutablePointer<W> {
        let size = layouts[currency].size
        guard let memory = calloc(size, MemoryLayout<W>.stride) else { preconditionFailure("out of memory") }
        let unit = memory.bindMemory(to: W.self, capacity: size)
        units[group * layouts.count + currency] = unit
        return unit
    }

    /// Adds all sums of `other`, and takes its memory where there is nothing to add to.
    func add(_ other: Accumulators) {
        precondition(layouts == other.layouts && units.count == other.units.count)
        for index in units.indices {
            guard let source = other.units[index] else { continue }
            guard let target = units[index] else {
                units[index] = source
                other.units[index] = nil
                continue
            }
            Self.add(source, to: target, count: layouts[index % layouts.count].size)
        }
    }

    /// Adds the sums of one group of `other` to those of one group here.
    func add(group: Int, of other: Accumulators, to target: Int) {
        precondition(layouts == other.layouts)
        for (currency, layout) in layouts.enumerated() {
            guard let source = other.units[group * layouts.count + currency] else { continue }
            Self.add(source, to: unit(group: target, currency: currency), count: layout.size)
        }
    }

    private static func add(_ source: UnsafeMutablePointer<W>, to target: UnsafeMutablePointer<W>, count: Int) {
        var i = 0
        while i < count {
            target[i] &+= source[i]
            i &+= 1
        }
    }

    /// Calls `body` with the sums of a group by currency, nil where nothing was ever added. They are there until it returns.
    func withTouchedUnits<Result>(
        ofGroup group: Int, _ body: ([UnsafeMutablePointer<W>?]) throws -> Result
    ) rethrows -> Result {
        try withExtendedLifetime(self) {
            try body(Array(units[(group * layouts.count)..<((group + 1) * layouts.count)]))
        }
    }
}
