import DynamicsModel

/// Numbers and sums of refills, usage, activations and renewals.
struct FlowSQL {
    let ledger: LedgerSQL
    let lookup: TimeLookup
    let start: Tick
    let end: Tick
    let need: PackageView.Need
    let chosen: Set<ExactText>?

    /// unit (the package's id, else empty), currency, slice, kind, number, and the two parts of the sum.
    var query: String {
        ledger.server.onEachShard(
            local,
            columns: [
                "unit", "currency", "slice", "flow", "sum(n) AS sum_n", "sum(high) AS sum_high", "sum(low) AS sum_low",
            ],
            keys: ["unit", "currency", "slice", "flow"], isPlain: true)
    }

    private var local: String {
        """
        SELECT unit, currency, slice, flow, sum(toInt64(sign)) AS n,
            sum(toInt64(sign * \(SplitNumber.high("amount")))) AS high,
            sum(toInt64(sign * \(SplitNumber.low("amount")))) AS low
        FROM (\(members)) AS flows ANY INNER JOIN (SELECT client_id, currency FROM (\(ledger.passing))) AS clients
        USING client_id
        GROUP BY unit, currency, slice, flow
        """
    }

    /// Flows with the unit that each counts for.
    private var members: String {
        switch need {
        case .everyone: return "SELECT client_id, '' AS unit, slice, flow, amount, sign FROM (\(flows))"
        case .subscribers:
            return """
                SELECT client_id, '' AS unit, slice, flow, amount, sign FROM (\(held))
                WHERE if(flow IN (0, 1), notEmpty(packages), \(isOfChosen("package_id")))
                """
        case .eachPackage:
            return """
                SELECT client_id, unit, slice, flow, amount, sign FROM (\(held))
                ARRAY JOIN arrayDistinct(if(flow IN (0, 1), packages, [package_id])) AS unit
                WHERE \(isOfChosen("unit"))
                """
        }
    }

    private func isOfChosen(_ column: String) -> String {
        chosen.map { LedgerSQL.isIn(column, $0) } ?? "1"
    }

    /// Flows with the packages that count to which the client is subscribed at that very second.
    ///
    /// 18.16 forgets a column that only a lambda uses; the condition that always holds reminds it.
    private var held: String {
        """
        SELECT client_id, package_id, slice, flow, amount, sign,
            arrayFilter((p, s, e) -> s <= at AND at < e, sub_packages, sub_starts, sub_ends) AS packages
        FROM (\(flows)) AS flows ANY LEFT JOIN (
            SELECT client_id, groupArray(package_id) AS sub_packages, groupArray(started_at) AS sub_starts,
                groupArray(ended_at) AS sub_ends
            FROM (\(ledger.subscriptions(to: chosen))) GROUP BY client_id
        ) AS held USING client_id
        WHERE at > 0
        """
    }

    private var flows: String {
        let rows = ledger.transactions(
            before: end,
            where:
                "at >= \(start.start.seconds) AND kind != 'adjustment' AND (kind != 'usage' OR package_id = '')")
        return """
            SELECT client_id, at, amount, package_id, sign, toInt64(kind) AS flow, \(lookup.slice(of: "at")) AS slice
            FROM \(rows)
            """
    }
}
