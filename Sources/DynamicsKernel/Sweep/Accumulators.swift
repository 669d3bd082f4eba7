import DynamicsModel
import Glibc

/// What a client is as of an evaluation instant. The states exclude each other, so that a transaction adds to one only.
enum ClientState: Int {
    case active = 0
    case everActive = 1
    case neverActive = 2
}

/// How the sums of one group of clients and one currency lie in memory, in numbers from the start of their unit.
struct SumsLayout: Sendable, Hashable {
    let segmentCount: Int
    let bucketCount: Int

    /// [segment][slot]: sums of effects (slots 0...3, as in `Stamp.Slot`) and numbers (4...7) of flows.
    var flows: Int { 0 }
    /// [state][bucket, one more][3]: clients that enter (+) or leave (-) a state from this bucket on, their positive balances and
    /// their balances, and what the bucket's transactions do to these.
    var moves: Int { segmentCount * 8 }
    var size: Int { moves + 3 * (bucketCount + 1) * 3 }
}

/// The sums of one worker, while they grow: a unit for each group of clients and currency that occurs. `W` is the width: `Int64`
/// where the ledger's magnitude proves that it suffices, else `Int128`.
///
/// Balances and numbers of clients are kept as differences from bucket to bucket: prefix sums at the end give every row.
/// Belongs to one worker while it grows, and is only read afterwards; hence the unchecked `Sendable`.
final class Accumulators<W: FixedWidthInteger & SignedInteger & BitwiseCopyable & Sendable>: @unchecked Sendable {
    let layout: SumsLayout
    let groupCount: Int
    let currencyCount: Int
    private let units: UnsafeMutableBufferPointer<UnsafeMutablePointer<W>?>

    init(groups: Int, currencies: Int, layout: SumsLayout) {
        self.layout = layout
        groupCount = groups
        currencyCount = currencies
        units = .allocate(capacity: groups * currencies)
        units.initialize(repeating: nil)
    }

    deinit {
        for unit in units { free(unit) }
        units.deallocate()
    }

    /// The unit's sums, to be added to; all zero when it is new.
    @inline(__always)
    func unit(group: Int, currency: Int) -> UnsafeMutablePointer<W> {
        precondition(group >= 0 && group < groupCount && currency >= 0 && currency < currencyCount)
        let index = group &* currencyCount &+ currency
        return units[index] ?? makeUnit(index)
    }

    /// Zero pages from the system take no time until they are touched.
    @inline(never)
    private func makeUnit(_ index: Int) -> UnsafeMutablePointer<W> {
        guard let memory = calloc(layout.size, MemoryLayout<W>.stride) else { preconditionFailure("out of memory") }
        let unit = memory.bindMemory(to: W.self, capacity: layout.size)
        units[index] = unit
        return unit
    }

    /// Adds all sums of `other`, and takes its memory where there is nothing to add to.
    func add(_ other: Accumulators) {
        precondition(layout == other.layout && units.count == other.units.count)
        for index in units.indices {
            guard let source = other.units[index] else { continue }
            guard let target = units[index] else {
                units[index] = source
                other.units[index] = nil
                continue
            }
            for i in 0..<layout.size { target[i] &+= source[i] }
        }
    }

    /// Adds the sums of one group of `other` to those of one group here.
    func add(group: Int, of other: Accumulators, to target: Int) {
        precondition(layout == other.layout && currencyCount == other.currencyCount)
        for currency in 0..<currencyCount {
            guard let source = other.units[group * currencyCount + currency] else { continue }
            let sums = unit(group: target, currency: currency)
            for i in 0..<layout.size { sums[i] &+= source[i] }
        }
    }

    /// The sums of a group by currency; nil where nothing was ever added.
    func touchedUnits(ofGroup group: Int) -> [UnsafeMutablePointer<W>?] {
        Array(units[(group * currencyCount)..<((group + 1) * currencyCount)])
    }
}
