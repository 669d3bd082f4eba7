import DynamicsModel
import Testing

/// The names that stay: section 7 of `docs/semantics.md`, and the titles of the page.
@Suite struct MeasureTests {
    @Test func fieldsAreInTheOrderOfTheLaw() {
        let fields = """
            active_qty active_balance_pos active_balance_neg active_balance
            overall_active_qty overall_active_balance_pos overall_active_balance_neg overall_active_balance
            all_qty all_balance_pos all_balance_neg all_balance
            refill_qty refill_total refill_avg payg_total payg_active_avg
            activation_qty activation_total renew_qty renew_total
            """
        #expect(Measure.allCases.map(\.field) == fields.split(whereSeparator: \.isWhitespace).map(String.init))
        #expect(Measure.allCases.map(\.rawValue) == Array(0..<21))
    }

    @Test func titlesStandInTheirGroups() {
        let titles = Measure.allCases.map { "\($0.group): \($0.title)" }
        #expect(
            titles == [
                "Clients - Active: Qty", "Clients - Active: Balance Pos", "Clients - Active: Balance Neg",
                "Clients - Active: Balance", "Clients - Overall Active: Qty", "Clients - Overall Active: Balance Pos",
                "Clients - Overall Active: Balance Neg", "Clients - Overall Active: Balance", "Clients - All: Qty",
                "Clients - All: Balance Pos", "Clients - All: Balance Neg", "Clients - All: Balance",
                "Balance Refill: Qty",
                "Balance Refill: Total", "Balance Refill: Avg", "Pay As You Go: Total", "Pay As You Go: Active Avg",
                "Packages: Activation Qty", "Packages: Activation Total", "Packages: Renew Qty",
                "Packages: Renew Total",
            ])
    }

    @Test func quantitiesAreNoMoney() {
        let quantities = Measure.allCases.filter { !$0.isMoney }
        #expect(quantities == [.activeQty, .overallActiveQty, .allQty, .refillQty, .activationQty, .renewQty])
        #expect(quantities.allSatisfy { $0.field.hasSuffix("_qty") })
    }

    @Test func zeroIsExact() {
        func measures(_ changed: Measure, _ value: MeasureValue) -> Measures {
            var measures = Measures(values: Measure.allCases.map { $0.isMoney ? .money(.zero) : .quantity(0) })
            measures.values[changed.rawValue] = value
            return measures
        }
        for measure in Measure.allCases {
            #expect(measures(measure, .empty).areAllZero)
            #expect(measures(measure, .money(ExactAmount(units: 0, divisor: 3))).areAllZero)
            #expect(!measures(measure, .quantity(1)).areAllZero)
            #expect(!measures(measure, .money(ExactAmount(units: -1, divisor: .max))).areAllZero)
            #expect(measures(measure, .quantity(-2))[measure] == .quantity(-2))
        }
    }

    @Test func everyTitleExplainsItself() {
        let explanations = Measure.allCases.map(\.explanation)
        #expect(Set(explanations).count == 21)
        let groups = Measure.firstOfGroups.map(\.groupExplanation)
        #expect(Set(groups).count == 6)
        for measure in Measure.allCases {
            #expect(
                measure.groupExplanation == groups[Measure.firstOfGroups.firstIndex { $0.group == measure.group } ?? 0])
        }
        #expect((explanations + groups).allSatisfy { $0.hasSuffix(".") && $0.count > 15 })
    }
}
