public import DynamicsModel

/// What holds in every report, by section 4 of `docs/semantics.md`: the first sentence that does not hold here, or nil.
public func brokenInvariant(of result: ReportResult) -> String? {
    let isByPackage = result.query.groupBy.contains(.package)
    for row in result.rows {
        if let broken = brokenInvariant(of: row.measures) { return "row \(text(row.key)): \(broken)" }
        if isByPackage, row.measures.areAllZero { return "row \(text(row.key)): is zero, and there" }
    }
    if let broken = brokenInvariant(of: result.total) { return "the total: \(broken)" }
    if isByPackage || result.actualInterval == nil { return nil }
    let flows: [Measure] = [
        .refillQty, .refillTotal, .paygTotal, .activationQty, .activationTotal, .renewQty, .renewTotal,
    ]
    for measure in flows {
        let sum = result.rows.reduce(Int128(0)) { $0 + $1.measures.units(measure) }
        if sum != result.total.units(measure) { return "\(measure.field): the rows do not add up to the total" }
    }
    return nil
}

private func brokenInvariant(of figures: Measures) -> String? {
    let groups: [(Measure, Measure, Measure, Measure)] = [
        (.activeQty, .activeBalancePos, .activeBalanceNeg, .activeBalance),
        (.overallActiveQty, .overallActiveBalancePos, .overallActiveBalanceNeg, .overallActiveBalance),
        (.allQty, .allBalancePos, .allBalanceNeg, .allBalance),
    ]
    for (quantity, positive, negative, balance) in groups {
        let (above, below) = (figures.units(positive), figures.units(negative))
        if figures.units(quantity) < 0 { return "\(quantity.field) is negative" }
        if above < 0 { return "\(positive.field) is negative" }
        if below > 0 { return "\(negative.field) is positive" }
        if figures.units(balance) != above + below { return "\(balance.field) is not the sum of both" }
    }
    if figures.units(.activeQty) > figures.units(.overallActiveQty) { return "more active than overall active clients" }
    if figures.units(.overallActiveQty) > figures.units(.allQty) { return "more overall active clients than there are" }

    let averages: [(Measure, Measure, Measure)] = [
        (.refillAvg, .refillTotal, .refillQty), (.paygActiveAvg, .paygTotal, .activeQty),
    ]
    for (average, total, quantity) in averages {
        let isOverNothing = figures.units(quantity) == 0
        if isOverNothing != (figures[average] == .empty) { return "\(average.field) is null at the wrong time" }
        guard case .money(let amount) = figures[average] else { continue }
        // units / divisor = total / quantity
        let a = amount.units.multipliedFullWidth(by: figures.units(quantity))
        let b = figures.units(total).multipliedFullWidth(by: Int128(amount.divisor))
        if a != b { return "\(average.field) is not \(total.field) / \(quantity.field)" }
    }
    return nil
}

extension Measures {
    /// A quantity or units of money; 0 for nothing.
    fileprivate func units(_ measure: Measure) -> Int128 {
        switch self[measure] {
        case .quantity(let quantity): Int128(quantity)
        case .money(let amount): amount.units
        case .empty: 0
        }
    }
}
