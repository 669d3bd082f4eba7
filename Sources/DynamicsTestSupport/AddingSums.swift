import DynamicsModel

extension ReportSums {
    /// Adds the sums of other clients, cell by cell.
    mutating func add(_ other: ReportSums) {
        currencies.formUnion(other.currencies)
        for (membership, group) in other.groups { groups[membership, default: .init()].add(group) }
    }

    /// Without groups that hold nothing, which may be there or not.
    func normalised() -> ReportSums {
        var copy = self
        copy.groups = groups.filter { !$0.value.populations.isEmpty || !$0.value.flows.isEmpty }
        return copy
    }
}

extension ReportSums.Group {
    fileprivate mutating func add(_ other: ReportSums.Group) {
        for population in other.populations {
            guard
                let index = populations.firstIndex(where: {
                    $0.bucket == population.bucket && $0.currency == population.currency
                })
            else {
                populations.append(population)
                continue
            }
            populations[index].active.add(population.active)
            populations[index].overallActive.add(population.overallActive)
            populations[index].all.add(population.all)
        }
        for flow in other.flows {
            guard
                let index = flows.firstIndex(where: {
                    $0.bucket == flow.bucket && $0.currency == flow.currency && $0.date == flow.date
                })
            else {
                flows.append(flow)
                continue
            }
            flows[index].refill.add(flow.refill)
            flows[index].payg.add(flow.payg)
            flows[index].activation.add(flow.activation)
            flows[index].renewal.add(flow.renewal)
        }
        populations.sort { ($0.bucket, $0.currency) < ($1.bucket, $1.currency) }
        flows.sort { ($0.bucket, $0.date, $0.currency) < ($1.bucket, $1.date, $1.currency) }
    }
}

extension ReportSums.StateSums {
    fileprivate mutating func add(_ other: Self) {
        qty += other.qty
        positive += other.positive
        negative += other.negative
    }
}

extension ReportSums.FlowSums {
    fileprivate mutating func add(_ other: Self) {
        qty += other.qty
        total += other.total
    }
}
