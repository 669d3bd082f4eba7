package import DynamicsModel

/// Makes columns from records, client by client.
///
/// For each client: `beginClient`, its `subscription`s by start, its transactions by time, `endClient`.
package struct ColumnsBuilder: ~Copyable {
    private var numbers = ColumnBuffer<UInt32>()
    private var types = ColumnBuffer<UInt8>()
    private var owners = ColumnBuffer<UInt32>()
    private var tagSets = ColumnBuffer<UInt32>()
    private var currencies = ColumnBuffer<UInt16>()
    private var created = ColumnBuffer<Int32>()
    private var closed = ColumnBuffer<Int32>()
    private var isExclusive = ColumnBuffer<UInt8>()
    private var transactionStarts = ColumnBuffer<UInt32>()
    private var subscriptionStarts = ColumnBuffer<UInt32>()
    private var purchaseStarts = ColumnBuffer<UInt32>()
    private var stamps: ColumnBuffer<UInt32>
    private var effects: ColumnBuffer<Int64>
    private var purchases = ColumnBuffer<UInt32>()
    private var packages = ColumnBuffer<UInt32>()
    private var started = ColumnBuffer<Int32>()
    private var ended = ColumnBuffer<Int32>()
    private var firstTransactions = ColumnBuffer<UInt32>()
    private var lastTransactions = ColumnBuffer<UInt32>()
    private var usedPackageStarts = ColumnBuffer<UInt32>()
    private var usedPackages = ColumnBuffer<UInt32>()

    private var ownerList: [UInt32] = []
    private var ownerIndexes: [UInt32: UInt32] = [:]
    private var tagSetList: [Set<ExactText>] = []
    private var tagSetIndexes: [Set<ExactText>: UInt32] = [:]
    private var magnitude: UInt128 = 0
    private var firstTick = Int32.max
    private var lastTick = Int32.min

    /// The exact limits of the present client's subscriptions, and whether they have been passed.
    private var pending: [Pending] = []
    private var nextChange = Int64.max
    private var lastTime = Int64.min
    /// The packages that the present client has or had, the latest last.
    private var used: [UInt32] = []
    /// Whether the present client had an activation or renewal of a package that it was not subscribed to.
    private var hasForeignPurchase = false

    private struct Pending {
        var package: UInt32
        var started: Int64
        var ended: Int64
        var first: UInt32?
        var last: UInt32?
    }

    /// - Parameter transactionCapacity: how many transactions to expect, if known; avoids growing.
    package init(transactionCapacity: Int = 1024) {
        stamps = ColumnBuffer(capacity: transactionCapacity)
        effects = ColumnBuffer(capacity: transactionCapacity)
    }

    /// How many transactions there are so far.
    package var transactionCount: Int { stamps.count }

    /// - Parameters:
    ///   - number: the client's number in the ledger; ascending from client to client.
    ///   - owner: the number of the reseller that owns it; nil: the operator.
    package mutating func beginClient(
        number: UInt32, type: ClientType, owner: UInt32?, tags: Set<ExactText>, currency: CurrencyCode,
        createdAt: Instant, closedAt: Instant?
    ) {
        numbers.append(number)
        types.append(UInt8(ClientType.allCases.firstIndex(of: type)!))
        owners.append(index(ofOwner: owner ?? LedgerColumns.operatorNumber))
        tagSets.append(index(ofTags: tags))
        currencies.append(currency.number)
        created.append(Tick(containing: createdAt).index)
        closed.append(closedAt.map { Tick(containing: $0).index } ?? Int32.max)
        beginRows()
        used.removeAll(keepingCapacity: true)
        pending.removeAll(keepingCapacity: true)
        hasForeignPurchase = false
        nextChange = .max
        lastTime = .min
    }

    /// Adds a subscription of the client that was begun last.
    /// - Precondition: it does not start before the client's subscription before.
    package mutating func subscription(package: UInt32, startedAt: Instant, endedAt: Instant?) {
        precondition(startedAt.seconds >= pending.last?.started ?? .min, "subscriptions must come in the order of time")
        use(package)
        pending.append(Pending(package: package, started: startedAt.seconds, ended: endedAt?.seconds ?? .max))
        nextChange = min(nextChange, startedAt.seconds, endedAt?.seconds ?? .max)
    }

    /// - Precondition: `at` is not before the client's transaction before; `package` is there for activations and renewals.
    package mutating func transaction(at: Instant, kind: TransactionKind, amount: Int64, package: UInt32?) {
        precondition(at.seconds >= lastTime, "transactions must come in the order of time")
        lastTime = at.seconds
        if at.seconds >= nextChange { passChanges(through: at.seconds) }
        let (stamp, effect) = Stamp.make(at: at, kind: kind, amount: amount, hasPackage: package != nil)
        let tick = Int32(stamp.bits >> Stamp.tickShift)
        firstTick = min(firstTick, tick)
        lastTick = max(lastTick, tick)
        stamps.append(stamp.bits)
        effects.append(effect)
        magnitude += UInt128(effect.magnitude)
        if let package, package != used.last { use(package) }
        if kind == .activation || kind == .renewal {
            guard let package else { preconditionFailure("an activation or renewal without a package") }
            purchases.append(package)
            hasForeignPurchase = hasForeignPurchase || !isSubscribed(to: package, at: at.seconds)
        }
    }

    /// Closes the client that was begun last; nothing can be added to it any more.
    package mutating func endClient() {
        let count = UInt32(stamps.count) - transactionStarts[transactionStarts.count - 1]
        isExclusive.append(!hasForeignPurchase && !Self.overlap(pending) ? 1 : 0)
        for subscription in pending {
            packages.append(subscription.package)
            started.append(Tick(containing: Instant(seconds: subscription.started)).index)
            ended.append(
                subscription.ended == .max ? .max : Tick(containing: Instant(seconds: subscription.ended)).index)
            firstTransactions.append(subscription.first ?? count)
            lastTransactions.append(subscription.last ?? count)
        }
        for package in used { usedPackages.append(package) }
    }

    /// Appends a client as it is in finished columns, in place of `beginClient` ... `endClient`.
    mutating func copy(client: Int, of columns: LedgerColumns) {
        let (clients, transactions, subscriptions) = (columns.clients, columns.transactions, columns.subscriptions)
        numbers.append(clients.numbers[client])
        types.append(clients.types[client])
        owners.append(index(ofOwner: columns.owners[Int(clients.owners[client])]))
        tagSets.append(index(ofTags: columns.tagSets[Int(clients.tagSets[client])]))
        currencies.append(clients.currencies[client])
        created.append(clients.created[client])
        closed.append(clients.closed[client])
        isExclusive.append(clients.isExclusive[client])
        beginRows()
        let rows = clients.transactionStarts.range(client)
        for row in rows {
            let (stamp, effect) = (transactions.stamps[row], transactions.effects[row])
            stamps.append(stamp)
            effects.append(effect)
            magnitude += UInt128(effect.magnitude)
        }
        if let first = rows.first, let last = rows.last {
            firstTick = min(firstTick, Int32(transactions.stamps[first] >> Stamp.tickShift))
            lastTick = max(lastTick, Int32(transactions.stamps[last] >> Stamp.tickShift))
        }
        for row in clients.purchaseStarts.range(client) { purchases.append(transactions.purchases[row]) }
        for row in clients.subscriptionStarts.range(client) {
            packages.append(subscriptions.packages[row])
            started.append(subscriptions.started[row])
            ended.append(subscriptions.ended[row])
            firstTransactions.append(subscriptions.firstTransactions[row])
            lastTransactions.append(subscriptions.lastTransactions[row])
        }
        for row in clients.usedPackageStarts.range(client) { usedPackages.append(columns.usedPackages[row]) }
    }

    /// Whether two subscriptions to different packages hold at the same time. They are ordered by start.
    private static func overlap(_ subscriptions: [Pending]) -> Bool {
        var latest: (package: UInt32, ended: Int64)?
        for next in subscriptions where next.started < next.ended {
            if let present = latest, present.ended > next.started, present.package != next.package { return true }
            // Of one package, the one that lasts longer covers the other.
            if (latest?.ended ?? .min) < next.ended { latest = (next.package, next.ended) }
        }
        return false
    }

    /// What comes next belongs to the next client; at the end, to none.
    private mutating func beginRows() {
        transactionStarts.append(UInt32(stamps.count))
        subscriptionStarts.append(UInt32(packages.count))
        purchaseStarts.append(UInt32(purchases.count))
        usedPackageStarts.append(UInt32(usedPackages.count))
    }

    private mutating func use(_ package: UInt32) {
        if let index = used.firstIndex(of: package) { used.remove(at: index) }
        used.append(package)
    }

    /// The columns of all that was appended. The builder is used up.
    package mutating func finish() -> LedgerColumns {
        beginRows()
        return LedgerColumns(
            clients: .init(
                numbers: numbers.finish(), types: types.finish(), owners: owners.finish(), tagSets: tagSets.finish(),
                currencies: currencies.finish(), created: created.finish(), closed: closed.finish(),
                isExclusive: isExclusive.finish(),
                transactionStarts: transactionStarts.finish(), subscriptionStarts: subscriptionStarts.finish(),
                purchaseStarts: purchaseStarts.finish(), usedPackageStarts: usedPackageStarts.finish()),
            transactions: .init(stamps: stamps.finish(), effects: effects.finish(), purchases: purchases.finish()),
            subscriptions: .init(
                packages: packages.finish(), started: started.finish(), ended: ended.finish(),
                firstTransactions: firstTransactions.finish(), lastTransactions: lastTransactions.finish()),
            usedPackages: usedPackages.finish(), owners: ownerList, tagSets: tagSetList, magnitude: magnitude,
            span: firstTick > lastTick ? nil : Tick(firstTick)..<Tick(lastTick + 1))
    }

    private func isSubscribed(to package: UInt32, at time: Int64) -> Bool {
        pending.contains { $0.package == package && $0.started <= time && time < $0.ended }
    }

    /// Notes for each limit of a subscription that lies at or before `time` that the next transaction is the first behind it.
    private mutating func passChanges(through time: Int64) {
        let index = UInt32(stamps.count) - transactionStarts[transactionStarts.count - 1]
        nextChange = .max
        for i in pending.indices {
            if pending[i].first == nil {
                if pending[i].started <= time {
                    pending[i].first = index
                } else {
                    nextChange = min(nextChange, pending[i].started)
                }
            }
            if pending[i].last == nil {
                if pending[i].ended <= time {
                    pending[i].last = index
                } else {
                    nextChange = min(nextChange, pending[i].ended)
                }
            }
        }
    }

    private mutating func index(ofOwner owner: UInt32) -> UInt32 {
        if let index = ownerIndexes[owner] { return index }
        let index = UInt32(ownerList.count)
        ownerList.append(owner)
        ownerIndexes[owner] = index
        return index
    }

    private mutating func index(ofTags tags: Set<ExactText>) -> UInt32 {
        if let index = tagSetIndexes[tags] { return index }
        let index = UInt32(tagSetList.count)
        tagSetList.append(tags)
        tagSetIndexes[tags] = index
        return index
    }
}

extension Column<UInt32> {
    /// The rows that the entry at `index` and the next one enclose.
    fileprivate func range(_ index: Int) -> Range<Int> { Int(self[index])..<Int(self[index + 1]) }
}
