package import DynamicsModel

/// Clients with all that they have, as columns: what the sweep reads. One part of a ledger, or all of it; sums of
/// parts with different clients add up.
///
/// About 13 bytes a transaction: 12 in `stamps` and `effects`, 4 more for each activation and renewal.
package struct LedgerColumns: Sendable {
    /// By client, in any order.
    package let clients: Clients
    /// By client, then by time.
    package let transactions: Transactions
    /// By client.
    package let subscriptions: Subscriptions
    /// Numbers of the packages that each client has or had, by a subscription or a transaction; by client.
    package let usedPackages: Column<UInt32>
    /// The owners that occur: client numbers of resellers; `operatorNumber` for the operator itself.
    package let owners: [UInt32]
    /// The sets of tags that occur.
    package let tagSets: [Set<ExactText>]
    /// An upper bound for the magnitude of any sum over these transactions, in micro-units.
    package let magnitude: UInt128
    /// Whether each client has been replaced by a newer part, or is gone; nil: none. The sweep passes over them.
    package var isSuperseded: [Bool]?
    /// From the tick of the earliest to the end of that of the latest transaction; nil without transactions.
    package let span: Range<Tick>?

    package static let operatorNumber = UInt32.max

    /// One element for each client.
    package struct Clients: Sendable {
        /// The client's number in the ledger.
        package let numbers: Column<UInt32>
        /// Indexes into `ClientType.allCases`.
        package let types: Column<UInt8>
        /// Indexes into `owners`.
        package let owners: Column<UInt32>
        /// Indexes into `tagSets`.
        package let tagSets: Column<UInt32>
        /// `CurrencyCode.number`.
        package let currencies: Column<UInt16>
        /// Tick indexes.
        package let created: Column<Int32>
        /// Tick indexes; `Int32.max`: open.
        package let closed: Column<Int32>
        /// 1 when the client never had two packages at once, and each activation and renewal is of the package that it had at that
        /// very second, so that each transaction belongs to one package or none; else 0.
        package let isExclusive: Column<UInt8>
        /// Where each client's transactions, subscriptions and purchases start; one more entry than clients.
        package let transactionStarts: Column<UInt32>
        package let subscriptionStarts: Column<UInt32>
        package let purchaseStarts: Column<UInt32>
        /// Where each client's packages in use start.
        package let usedPackageStarts: Column<UInt32>

        package var count: Int { numbers.count }
    }

    /// One element for each transaction, grouped by client, in time order.
    package struct Transactions: Sendable {
        /// `Stamp.bits`.
        package let stamps: Column<UInt32>
        /// Signed effects on the balance in micro-units, |effect| < 10^18.
        package let effects: Column<Int64>
        /// Package numbers of activations and renewals alone, in the order of the transactions.
        package let purchases: Column<UInt32>

        package var count: Int { stamps.count }
    }

    /// One element for each subscription, grouped by client.
    package struct Subscriptions: Sendable {
        /// Package numbers.
        package let packages: Column<UInt32>
        /// Tick indexes.
        package let started: Column<Int32>
        /// Tick indexes; `Int32.max`: running.
        package let ended: Column<Int32>
        /// The client's transactions within the subscription, to the exact second: from the first to before the second,
        /// counted from the client's first transaction.
        package let firstTransactions: Column<UInt32>
        package let lastTransactions: Column<UInt32>
    }
}

/// When a transaction was, what it is and whether it is a paid use, in 32 bits that order by time.
package struct Stamp {
    /// Kinds of transaction as the sweep tells them apart. The first four are flows.
    package enum Slot: UInt32 {
        case payg = 0
        case refill = 1
        case activation = 2
        case renewal = 3
        case adjustment = 4
        case packageUsage = 5
    }

    /// Bits 4 and up: the tick's index (23 bits). Bit 3: paid use. Bits 0 to 2: the slot.
    package let bits: UInt32

    package static let tickShift: UInt32 = 4
    package static let paidBit: UInt32 = 8
    package static let slotMask: UInt32 = 7

    package init(tick: Tick, slot: Slot, isPaidUse: Bool) {
        precondition(tick.index >= 0 && tick.index < Tick.count, "a tick outside 1990 to 2199")
        bits = UInt32(tick.index) << Self.tickShift | (isPaidUse ? Self.paidBit : 0) | slot.rawValue
    }

    /// Whether a stamp's slot is that of an activation or a renewal.
    static func isPurchase(_ bits: UInt32) -> Bool { bits & (slotMask - 1) == Slot.activation.rawValue }

    /// Section 1 of `docs/semantics.md`: slot, paid use and effect of a transaction.
    package static func make(at: Instant, kind: TransactionKind, amount: Int64, hasPackage: Bool) -> (
        Stamp, effect: Int64
    ) {
        let slot: Slot =
            switch kind {
            case .usage: hasPackage ? .packageUsage : .payg
            case .refill: .refill
            case .activation: .activation
            case .renewal: .renewal
            case .adjustment: .adjustment
            }
        let isPaidUse =
            switch slot {
            case .payg, .activation, .renewal: amount > 0
            case .packageUsage: true
            case .refill, .adjustment: false
            }
        let effect = slot == .refill || slot == .adjustment ? amount : -amount
        return (Stamp(tick: Tick(containing: at), slot: slot, isPaidUse: isPaidUse), effect)
    }
}
