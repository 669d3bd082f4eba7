import DynamicsKernel
import DynamicsModel

extension LedgerReader {
    /// The columns of the clients whose numbers are in `range`, and the resellers among them.
    func columns(ofClientsIn range: Range<UInt32>) throws -> (LedgerColumns, [LedgerClient]) {
        var builder = ColumnsBuilder()
        var resellers: [LedgerClient] = []
        var next = range.lowerBound
        while let last = try lastClient(from: next, in: range) {
            let stretch = next..<last + 1
            try append(clientsIn: stretch, to: &builder, resellers: &resellers)
            next = last + 1
        }
        return (builder.finish(), resellers)
    }

    /// Some thousands of clients at a time, so that what is read beside the transactions stays small.
    private static let stretchLength = 4096

    private func lastClient(from next: UInt32, in range: Range<UInt32>) throws -> UInt32? {
        try numbers(from: next, below: range.upperBound, limit: Self.stretchLength).last
    }

    private func append(
        clientsIn stretch: Range<UInt32>, to builder: inout ColumnsBuilder, resellers: inout [LedgerClient]
    ) throws {
        var clients: [LedgerClient] = []
        try self.clients(in: stretch) { clients.append($0) }
        resellers += clients.filter { $0.type == .reseller }
        var subscriptions: [LedgerSubscription] = []
        try self.subscriptions(ofClientsIn: stretch) { subscriptions.append($0) }
        var appender = ClientAppender(clients: clients[...], subscriptions: subscriptions[...])
        try transactions(ofClientsIn: stretch) { number, transactions in
            try appender.append(through: number, transactions, to: &builder)
        }
        try appender.append(through: .max, TransactionColumns(), to: &builder)
    }
}

/// Puts together what three cursors deliver, each in the order of the clients' numbers.
private struct ClientAppender {
    var clients: ArraySlice<LedgerClient>
    var subscriptions: ArraySlice<LedgerSubscription>

    /// Appends all clients up to `number`; the transactions are those of the last one.
    mutating func append(
        through number: UInt32, _ transactions: borrowing TransactionColumns, to builder: inout ColumnsBuilder
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
