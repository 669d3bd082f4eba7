import DynamicsKernel
import DynamicsModel

extension LedgerReader {
    /// Calls `body` with the columns of the clients whose numbers are in `range`, in parts that end with the client that brings
    /// them to `transactions` transactions; at least once, if only with an empty part.
    func forEachPart(
        ofClientsIn range: Range<UInt32>, transactions: Int, _ body: (LedgerColumns) throws -> Void
    ) throws {
        var builder = ColumnsBuilder(transactionCapacity: transactions)
        var next = range.lowerBound
        while let last = try numbers(from: next, below: range.upperBound, limit: Self.stretchLength).last {
            try append(clientsIn: next..<last + 1, to: &builder) { builder in
                guard builder.transactionCount >= transactions else { return }
                try body(builder.finish())
                builder = ColumnsBuilder(transactionCapacity: transactions)
            }
            next = last + 1
        }
        try body(builder.finish())
    }

    /// The columns of some clients.
    /// - Parameter numbers: ascending, of clients that are there.
    func columns(ofClients numbers: [UInt32]) throws -> LedgerColumns {
        var builder = ColumnsBuilder()
        var first = 0
        while first < numbers.count {
            var next = first + 1
            while next < numbers.count, numbers[next] == numbers[next - 1] + 1, next - first < Self.stretchLength {
                next += 1
            }
            try append(clientsIn: numbers[first]..<numbers[next - 1] + 1, to: &builder)
            first = next
        }
        return builder.finish()
    }

    /// Some hundreds of clients at a time, so that what is read beside the transactions stays small.
    private static let stretchLength = 512

    /// - Parameter afterEach: is called when a client is complete; may begin another builder.
    private func append(
        clientsIn stretch: Range<UInt32>, to builder: inout ColumnsBuilder,
        afterEach: (inout ColumnsBuilder) throws -> Void = { _ in }
    ) throws {
        var clients: [LedgerClient] = []
        try self.clients(in: stretch) { clients.append($0) }
        var subscriptions: [LedgerSubscription] = []
        try self.subscriptions(ofClientsIn: stretch) { subscriptions.append($0) }
        var appender = ClientAppender(clients: clients[...], subscriptions: subscriptions[...])
        try transactions(ofClientsIn: stretch) { number, transactions in
            try appender.append(through: number, transactions, to: &builder, afterEach)
        }
        try appender.append(through: .max, TransactionColumns(), to: &builder, afterEach)
    }
}

/// Puts together what three cursors deliver, each in the order of the clients' numbers.
private struct ClientAppender {
    var clients: ArraySlice<LedgerClient>
    var subscriptions: ArraySlice<LedgerSubscription>

    /// Appends all clients up to `number`; the transactions are those of the last one.
    mutating func append(
        through number: UInt32, _ transactions: borrowing TransactionColumns, to builder: inout ColumnsBuilder,
        _ afterEach: (inout ColumnsBuilder) throws -> Void
    ) throws {
        while let client = clients.first, client.number <= number {
            clients.removeFirst()
            builder.beginClient(
                number: client.number, type: client.type, owner: client.owner, tags: Set(client.tags),
                currency: client.currency, createdAt: client.createdAt, closedAt: client.closedAt)
            while let subscription = subscriptions.first, subscription.client == client.number {
                subscriptions.removeFirst()
                builder.subscription(
                    package: subscription.package, startedAt: subscription.startedAt, endedAt: subscription.endedAt)
            }
            if client.number == number { try append(transactions, to: &builder) }
            builder.endClient()
            try afterEach(&builder)
        }
    }

    private func append(_ transactions: borrowing TransactionColumns, to builder: inout ColumnsBuilder) throws {
        for i in 0..<transactions.count {
            let kind = TransactionKind.allCases[Int(transactions.kind[i])]
            let package = transactions.package[i]
            builder.transaction(
                at: Instant(seconds: transactions.at[i]), kind: kind, amount: transactions.amount[i],
                package: package == 0 ? nil : package)
        }
    }
}
