import DynamicsModel

/// How many clients a row has, and their balances, as *changes* from bucket to bucket.
///
/// Each client has a few moments at which something changes: its creation and closing, its transactions, the starts and ends of
/// being active and of being subscribed. In time order, with running sums over them, they give the client's state after each;
/// what goes out is the difference that each change makes. So the work follows the events, not clients times buckets.
struct PopulationSQL {
    let ledger: LedgerSQL
    let lookup: TimeLookup
    /// The last evaluation instant.
    let end: Tick
    let need: PackageView.Need
    let chosen: Set<ExactText>?

    /// The names of the numbers of one state, in the order of the answer.
    static let numbers = ["qty", "pos_high", "pos_low", "neg_high", "neg_low"]
    /// Bits of a client's state.
    private static let states = [("all", 1), ("ever", 2), ("active", 4)]

    /// unit (the package's id, else empty), currency, bucket, and the 15 numbers.
    func query(pass: Int) -> String {
        let names = Self.states.flatMap { state in Self.numbers.map { "\(state.0)_\($0)" } }
        return ledger.server.onEachShard(
            local(pass: pass), columns: ["unit", "currency", "bucket"] + names.map { "sum(\($0)) AS sum_\($0)" },
            keys: ["unit", "currency", "bucket"], isPlain: true)
    }

    private func local(pass: Int) -> String {
        let (isPositive, wasPositive) = (
            "(high > 0 OR (high = 0 AND low > 0))", "(old_high > 0 OR (old_high = 0 AND old_low > 0))"
        )
        let sums = Self.states.flatMap { name, bit in
            [
                sum("1", bit) + " AS \(name)_qty",
                sum("if(\(isPositive), high, 0)", bit, "if(\(wasPositive), old_high, 0)") + " AS \(name)_pos_high",
                sum("if(\(isPositive), low, 0)", bit, "if(\(wasPositive), old_low, 0)") + " AS \(name)_pos_low",
                sum("if(\(isPositive), 0, high)", bit, "if(\(wasPositive), 0, old_high)") + " AS \(name)_neg_high",
                sum("if(\(isPositive), 0, low)", bit, "if(\(wasPositive), 0, old_low)") + " AS \(name)_neg_low",
            ]
        }
        return """
            SELECT unit, currency, bucket, \(sums.joined(separator: ",\n    "))
            FROM (\(states(pass: pass)))
            ARRAY JOIN buckets AS bucket, highs AS high, lows AS low, states AS state,
                \(Self.shifted("highs")) AS old_high, \(Self.shifted("lows")) AS old_low,
                \(Self.shifted("states")) AS old_state
            WHERE state > 0 OR old_state > 0
            GROUP BY unit, currency, bucket
            """
    }

    private static func shifted(_ array: String) -> String {
        "arrayPushFront(arrayPopBack(\(array)), toInt64(0))"
    }

    private func sum(_ new: String, _ bit: Int, _ old: String? = nil) -> String {
        "sum(toInt64(if(bitAnd(state, \(bit)) > 0, toInt64(\(new)), toInt64(0))"
            + " - if(bitAnd(old_state, \(bit)) > 0, toInt64(\(old ?? new)), toInt64(0))))"
    }

    /// For each client and unit: the state after each of its events, which are in time order. Those of one bucket may stand in any order,
    /// as only the state after the last of them counts.
    private func states(pass: Int) -> String {
        let own = need == .eachPackage ? "arrayFilter(e -> e.8 = '' OR e.8 = unit, all_events)" : "all_events"
        func sums(_ member: Int) -> String { "arrayCumSum(arrayMap(e -> e.\(member), arraySort(e -> e.1, \(own))))" }
        let held = need == .everyone ? sums(4) : sums(5)
        return """
            SELECT \(need == .eachPackage ? "unit" : "'' AS unit"), own_currency AS currency,
                arrayMap(e -> e.1, arraySort(e -> e.1, \(own))) AS buckets,
                arrayMap((h, l) -> toInt64(h + \(SplitNumber.high("l"))), \(sums(2)), \(sums(3))) AS highs,
                arrayMap(l -> toInt64\(SplitNumber.low("l")), \(sums(3))) AS lows,
                arrayMap((here, held, ever, active) ->
                    toInt64(if(here > 0 AND held > 0, 1 + 2 * (ever > 0) + 4 * (active > 0), 0)),
                    \(sums(4)), \(held), \(sums(6)), \(sums(7))) AS states
            FROM (\(clients(pass: pass)))\(need == .eachPackage ? " ARRAY JOIN packages AS unit WHERE unit != ''" : "")
            """
    }

    /// For each client: its events.
    private func clients(pass: Int) -> String {
        """
        SELECT client_id, max(currency) AS own_currency,
            groupArray((bucket, high, low, here, held, ever, active, package)) AS all_events,
            groupUniqArray(package) AS packages
        FROM (\(events(pass: pass)))
        WHERE bucket < \(lookup.bucketCount)
        GROUP BY client_id HAVING own_currency != ''
        """
    }

    private func events(pass: Int) -> String {
        var sources = [transactions(pass: pass), creations]
        if need != .everyone { sources.append(subscriptions) }
        return sources.joined(separator: "\nUNION ALL\n")
    }

    private static func event(_ values: [String: String]) -> String {
        let numbers = ["bucket", "high", "low", "here", "held", "ever", "active"].map { name in
            "toInt64(\(values[name] ?? "0")) AS \(name)"
        }
        let texts = "\(values["currency"] ?? "''") AS currency, \(values["package"] ?? "''") AS package"
        return "client_id, \(texts), \(numbers.joined(separator: ", "))"
    }

    private var creations: String {
        let event = Self.event([
            "bucket": lookup.bucket(of: "time"), "here": "step", "currency": "code",
        ])
        return """
            SELECT \(event) FROM (SELECT client_id, currency AS code, created_at, closed_at FROM (\(ledger.passing)))
            ARRAY JOIN [created_at, closed_at] AS time, [1, -1] AS step
            """
    }

    private var subscriptions: String {
        let package = need == .eachPackage ? "package_id" : "''"
        let event = Self.event(["bucket": lookup.bucket(of: "time"), "held": "step", "package": package])
        return """
            SELECT \(event) FROM (\(ledger.subscriptions(to: chosen)))
            ARRAY JOIN [started_at, ended_at] AS time, [1, -1] AS step
            """
    }

    /// One row for a client's transactions of a segment, then two: one where they are, one where their activity ends.
    private func transactions(pass: Int) -> String {
        let effect = "if(kind IN ('refill', 'adjustment'), amount, -amount)"
        let isPaid = """
            ((kind = 'usage' AND (amount > 0 OR package_id != '')) OR (kind IN ('activation', 'renewal') AND amount > 0))
            """
        let (place, until) = (lookup.bucket, lookup.activeUntil(pass: pass))
        let event = Self.event([
            "bucket": "if(k = 0, \(place), \(until))", "high": "if(k = 0, sum_high, 0)", "low": "if(k = 0, sum_low, 0)",
            "ever": "if(k = 0, paid, 0)", "active": "if(\(until) > \(place), if(k = 0, paid, -paid), 0)",
        ])
        return """
            SELECT \(event) FROM (
                SELECT client_id, \(lookup.segment(of: "at")) AS segment,
                    sum(toInt64(sign * \(SplitNumber.high(effect)))) AS sum_high,
                    sum(toInt64(sign * \(SplitNumber.low(effect)))) AS sum_low, sum(toInt64(sign * \(isPaid))) AS paid
                FROM \(ledger.transactions(before: end)) GROUP BY client_id, segment
            ) ARRAY JOIN [0, 1] AS k
            WHERE k = 0 OR (paid != 0 AND \(until) > \(place))
            """
    }
}
