public import DynamicsModel

/// Everything about a ledger that an import would refuse: section 1 of `docs/semantics.md`. Empty when it is valid.
public func validate(_ ledger: LedgerRecords) -> [String] {
    var problems = LedgerRules(ledger: ledger)
    problems.checkClients()
    problems.checkPackages()
    problems.checkSubscriptions()
    problems.checkTransactions()
    problems.checkRates()
    return problems.found
}

private struct LedgerRules {
    let ledger: LedgerRecords
    let clients: [ExactText: Client]
    let packages: Set<ExactText>
    var found: [String] = []

    init(ledger: LedgerRecords) {
        self.ledger = ledger
        clients = Dictionary(ledger.clients.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        packages = Set(ledger.packages.map(\.id))
    }

    private mutating func require(_ holds: Bool, _ problem: @autoclosure () -> String) {
        if !holds { found.append(problem()) }
    }

    private mutating func checkIDs(_ ids: [ExactText], _ kind: String) {
        require(Set(ids).count == ids.count, "two \(kind) have the same id")
        for id in ids {
            require((1...64).contains(id.string.unicodeScalars.count), "\(kind): the id \(id) has a wrong length")
            require(!id.string.utf8.contains(0), "\(kind): the id \(id) has a U+0000")
        }
    }

    private mutating func checkName(_ name: ExactText, of owner: String) {
        require((1...255).contains(name.string.unicodeScalars.count), "\(owner): a name or tag has a wrong length")
        require(!name.string.utf8.contains(0), "\(owner): a name or tag has a U+0000")
    }

    private mutating func checkTime(_ instant: Instant?, of owner: String) {
        guard let instant else { return }
        require(instant >= .earliest && instant < .end, "\(owner): a time is not within 1990 to 2199")
    }

    mutating func checkClients() {
        checkIDs(ledger.clients.map(\.id), "clients")
        for client in ledger.clients {
            let owner = "client \(client.id)"
            checkName(client.name, of: owner)
            for tag in client.tags {
                checkName(tag, of: owner)
                let ends = [tag.string.unicodeScalars.first, tag.string.unicodeScalars.last]
                require(!ends.contains { $0?.properties.isWhitespace ?? false }, "\(owner): a tag is not trimmed")
            }
            checkTime(client.createdAt, of: owner)
            checkTime(client.closedAt, of: owner)
            require(client.closedAt.map { $0 >= client.createdAt } ?? true, "\(owner) is closed before it is created")
            if let ownerID = client.ownerID {
                require(clients[ownerID]?.type == .reseller, "\(owner) is owned by \(ownerID), which is no reseller")
            }
            require(!isInCycle(client), "\(owner) owns itself")
        }
    }

    private func isInCycle(_ client: Client) -> Bool {
        var current = client
        for _ in ledger.clients {
            guard let id = current.ownerID, let next = clients[id] else { return false }
            if next.id == client.id { return true }
            current = next
        }
        return true
    }

    mutating func checkPackages() {
        checkIDs(ledger.packages.map(\.id), "packages")
        for package in ledger.packages { checkName(package.name, of: "package \(package.id)") }
    }

    mutating func checkSubscriptions() {
        checkIDs(ledger.subscriptions.map(\.id), "subscriptions")
        for subscription in ledger.subscriptions {
            let owner = "subscription \(subscription.id)"
            require(clients[subscription.clientID] != nil, "\(owner) is of no client")
            require(packages.contains(subscription.packageID), "\(owner) is to no package")
            checkTime(subscription.startedAt, of: owner)
            checkTime(subscription.endedAt, of: owner)
            require(subscription.endedAt.map { $0 >= subscription.startedAt } ?? true, "\(owner) ends before it starts")
        }
    }

    mutating func checkTransactions() {
        checkIDs(ledger.transactions.map(\.id), "transactions")
        for transaction in ledger.transactions {
            let owner = "transaction \(transaction.id)"
            require(clients[transaction.clientID] != nil, "\(owner) is of no client")
            require(transaction.packageID.map(packages.contains) ?? true, "\(owner) is of no package")
            checkTime(transaction.at, of: owner)
            require(transaction.amount.magnitude < 1_000_000_000_000_000_000, "\(owner): the amount is too large")
            let isRight =
                switch (transaction.kind, transaction.packageID != nil) {
                case (.refill, false): transaction.amount > 0
                case (.usage, false): transaction.amount >= 0
                case (.usage, true): transaction.amount == 0
                case (.activation, true), (.renewal, true): transaction.amount >= 0
                case (.adjustment, false): true
                case (.refill, true), (.adjustment, true), (.activation, false), (.renewal, false): false
                }
            require(isRight, "\(owner): kind, amount and package do not go together")
        }
    }

    mutating func checkRates() {
        let keys = ledger.rates.map { [$0.currency.description, $0.effectiveOn.description] }
        require(Set(keys).count == keys.count, "two rates of a currency have the same date")
        for rate in ledger.rates {
            let owner = "a rate of \(rate.currency)"
            require(rate.currency != ledger.baseCurrency, "the base currency has a rate")
            require((1_000_000...1_000_000_000_000_000_000).contains(rate.rate), "\(owner) is out of range")
            checkTime(rate.effectiveOn.startInUTC, of: owner)
        }
    }
}
