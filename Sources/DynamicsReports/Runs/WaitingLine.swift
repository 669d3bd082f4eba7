/// Who is next: accounts take turns, and each account's requests come in the order of their arrival.
///
/// So an account with many requests does not make the others wait for all of them.
package struct WaitingLine<Item: Hashable> {
    private struct Request {
        var id: Int
        var item: Item
        var account: Int64
    }

    /// In the order of arrival.
    private var requests: [Request] = []
    /// The turn in which each account was served last.
    private var turns: [Int64: Int] = [:]
    private var turn = 0
    /// Accounts that are remembered at most while nobody waits.
    private static var mostTurns: Int { 1000 }

    package init() {}

    /// Whether nobody waits.
    package var isEmpty: Bool { requests.isEmpty }

    /// Adds a request of an account for an item; several requests may want the same one.
    package mutating func add(_ id: Int, for item: Item, account: Int64) {
        requests.append(Request(id: id, item: item, account: account))
    }

    /// Takes one request away.
    package mutating func remove(_ id: Int) {
        requests.removeAll { $0.id == id }
        forgetTurns()
    }

    /// Takes out the item that is next, with all requests for it. It was the turn of the account whose request was first.
    package mutating func takeNext() -> Item? {
        guard let next = inTurn().first else { return nil }
        turn += 1
        turns[next.account] = turn
        requests.removeAll { $0.item == next.item }
        forgetTurns()
        return next.item
    }

    /// All items in the order in which they will be served, each once.
    package func items() -> [Item] {
        var seen: Set<Item> = []
        return inTurn().map(\.item).filter { seen.insert($0).inserted }
    }

    private func inTurn() -> [Request] {
        var counts: [Int64: Int] = [:]
        let ranked = requests.enumerated().map { arrival, request in
            let round = counts[request.account, default: 0]
            counts[request.account] = round + 1
            return (rank: (round, turns[request.account] ?? 0, arrival), request)
        }
        return ranked.sorted { $0.rank < $1.rank }.map(\.1)
    }

    /// With nobody in the line, it matters little who was served long ago.
    private mutating func forgetTurns() {
        if requests.isEmpty, turns.count > Self.mostTurns { turns = [:] }
    }
}
