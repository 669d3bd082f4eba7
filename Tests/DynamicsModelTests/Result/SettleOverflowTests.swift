import DynamicsModel
import DynamicsTestSupport
import Testing

/// Values out of range are errors that name the measure; nothing wraps: section 5 of `docs/semantics.md`.
@Suite struct SettleOverflowTests {
    /// 2^63 micro-units.
    private static let limit: Int128 = 1 << 63

    private func overflow(_ measure: Measure, _ groups: ReportSums.Group..., of catalog: LedgerCatalog = makeCatalog())
        throws
    {
        let error = try refusal { try settled([.everyone: groups.reduce(.init(), +)], of: catalog) }
        #expect(error.kind == .data && error.code == "overflow" && error.field == measure.field)
        #expect(error.description.contains(measure.field))
    }

    @Test func balancesJustWithinTheRange() throws {
        let total = try settled([.everyone: .clients(2, positive: Self.limit - 1, negative: 1 - Self.limit)]).total
        #expect(total[.allBalancePos] == money(Self.limit - 1) && total[.allBalanceNeg] == money(1 - Self.limit))
        #expect(total[.allBalance] == money(0))
    }

    @Test func balancesOutOfRange() throws {
        try overflow(.allBalancePos, .clients(positive: Self.limit))
        try overflow(.allBalanceNeg, .clients(negative: -Self.limit))
        func state(_ positive: Int128, _ negative: Int128) -> ReportSums.StateSums {
            .init(qty: 1, positive: positive, negative: negative)
        }
        let small = state(1, -1)
        for (large, of) in [(state(Self.limit, 0), 0), (state(0, -Self.limit), 1)] {
            let active = Population(bucket: 0, currency: .eur, active: large, overallActive: small, all: small)
            try overflow([.activeBalancePos, .activeBalanceNeg][of], .init(populations: [active]))
            let overall = Population(bucket: 0, currency: .eur, active: small, overallActive: large, all: small)
            try overflow([.overallActiveBalancePos, .overallActiveBalanceNeg][of], .init(populations: [overall]))
        }
    }

    /// A sum of one currency is limited, that of two is not.
    @Test func eachCurrencyHasItsOwnSum() throws {
        let ledger = makeCatalog(rates: [try rate(.usd, "2024-01-01", 1_000_000_000_000)])
        let groups = [
            ReportSums.Group.clients(positive: Self.limit - 1), .clients(positive: Self.limit - 1, of: .usd),
        ]
        let total = try settled([.everyone: groups.reduce(.init(), +)], of: ledger).total
        #expect(total[.allBalance] == money(2 * Self.limit - 2))
    }

    @Test func flowsOutOfRange() throws {
        let day = try date("2024-01-01")
        for (sum, isOut) in [(Self.limit - 1, false), (Self.limit, true)] {
            let large = ReportSums.FlowSums(qty: 1, total: sum)
            let flows: [(Measure, Flow)] = [
                (.refillTotal, Flow(bucket: 0, currency: .eur, date: day, refill: large)),
                (.paygTotal, Flow(bucket: 0, currency: .eur, date: day, payg: large)),
                (.activationTotal, Flow(bucket: 0, currency: .eur, date: day, activation: large)),
                (.renewTotal, Flow(bucket: 0, currency: .eur, date: day, renewal: large)),
            ]
            for (measure, flow) in flows {
                if isOut {
                    try overflow(measure, .init(flows: [flow]))
                } else {
                    let total = try settled([.everyone: .init(flows: [flow])]).total
                    #expect(total[measure] == money(sum))
                }
            }
        }
    }

    @Test func flowsOfSeveralDatesAreOneSum() throws {
        let half = Self.limit / 2
        try overflow(.refillTotal, .refills(half, on: "2024-01-01"), .refills(half, on: "2024-01-02"))
        let within = [try ReportSums.Group.refills(half, on: "2024-01-01"), try .refills(half - 1, on: "2024-01-02")]
        #expect(try settled([.everyone: within.reduce(.init(), +)]).total[.refillTotal] == money(Self.limit - 1))
        // Each day has a value, their sum has none.
        let days = [
            try ReportSums.Group.refills(half, on: "2024-01-01"), try .refills(half, on: "2024-01-02", bucket: 1),
        ]
        let error = try refusal { try settled([.everyone: days.reduce(.init(), +)], by: [.date]) }
        #expect(error.field == "refill_total")
    }

    /// 10^20 of the report's currency.
    @Test func convertedValuesOutOfRange() throws {
        // One millionth of USD is a million; one of JPY a millionth of a millionth. 1 USD = 10^12 JPY.
        let ledger = makeCatalog(rates: [
            try rate(.usd, "2024-01-01", 1_000_000_000_000_000_000), try rate(.jpy, "2024-01-01", 1_000_000),
        ])
        func total(_ groups: ReportSums.Group...) throws -> Measures {
            try settled([.everyone: groups.reduce(.init(), +)], in: .jpy, of: ledger).total
        }
        // 10^8 USD, in micro-units.
        let limit: Int128 = 100_000_000_000_000
        let units = (limit - 1) * 1_000_000_000_000_000_000_000_000
        #expect(try total(.clients(positive: limit - 1, of: .usd))[.allBalance] == .money(ExactAmount(units: units)))
        #expect(
            try total(.refills(limit - 1, of: .usd, on: "2024-01-01"))[.refillTotal]
                == .money(ExactAmount(units: units)))
        #expect(
            try refusal { try settled([.everyone: .clients(positive: limit, of: .usd)], in: .jpy, of: ledger) }.field
                == "all_balance_pos")
        #expect(
            try refusal { try settled([.everyone: .clients(negative: -limit, of: .usd)], in: .jpy, of: ledger) }.field
                == "all_balance_neg")
        let refills = try ReportSums.Group.refills(limit, of: .usd, on: "2024-01-01")
        #expect(try refusal { try settled([.everyone: refills], in: .jpy, of: ledger) }.field == "refill_total")
        // Two halves, of two currencies and of two days.
        let euros: ReportSums.Group = .clients(positive: 1_000_000_000_000_000, of: .eur)
        #expect(try total(.clients(positive: limit - 1_000_000_001, of: .usd) + euros)[.allQty] == .quantity(2))
        let both: ReportSums.Group = euros + .clients(positive: limit - 1_000_000_000, of: .usd)
        #expect(try refusal { try settled([.everyone: both], in: .jpy, of: ledger) }.code == "overflow")
    }

    /// What would not fit in 128 bits either.
    @Test func farOutOfRange() throws {
        let ledger = makeCatalog(rates: [
            try rate(.usd, "2024-01-01", 1_000_000_000_000_000_000), try rate(.jpy, "2024-01-01", 1_000_000),
        ])
        for sum in [Self.limit - 1, Self.limit, Int128.max] {
            let error = try refusal {
                try settled([.everyone: .clients(positive: sum, of: .usd)], in: .jpy, of: ledger)
            }
            #expect(error.code == "overflow" && error.field == "all_balance_pos")
            let flow = try ReportSums.Group.refills(sum, of: .usd, on: "2024-01-01")
            #expect(try refusal { try settled([.everyone: flow], in: .jpy, of: ledger) }.field == "refill_total")
        }
    }
}
