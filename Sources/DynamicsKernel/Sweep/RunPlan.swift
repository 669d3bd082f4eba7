package import DynamicsModel

/// A ledger as the kernel sees it: parts with different clients, and the numbers that stand for ids in them.
package struct KernelLedger: Sendable {
    package var parts: [LedgerColumns]
    /// Client numbers of resellers.
    package var resellers: [ExactText: UInt32]
    /// Package numbers.
    package var packages: [ExactText: UInt32]

    package init(parts: [LedgerColumns], resellers: [ExactText: UInt32], packages: [ExactText: UInt32]) {
        self.parts = parts
        self.resellers = resellers
        self.packages = packages
    }

    /// The sums that a plan asks for, worked out by `workers` threads at once.
    ///
    /// - Parameter progress: is told which part (0...1) of the work is done.
    /// - Throws: `CancellationError` soon after the task is cancelled (a chunk takes about a tenth of a millisecond).
    @concurrent
    package func sums(
        for plan: ReportPlan, workers: Int = 2, progress: @escaping @Sendable (Double) -> Void = { _ in }
    ) async throws -> ReportSums {
        let selections = parts.map { ClientSelection(plan.clients, in: $0, resellers: resellers) }
        let numbers = selections.reduce(into: Set<UInt16>()) { $0.formUnion($1.currencies) }
        let currencies = numbers.sorted().map { CurrencyCode(number: $0) }
        var sums = ReportSums(currencies: Set(currencies))
        guard !plan.buckets.isEmpty, !currencies.isEmpty else { return sums }
        for (index, pass) in plan.passes.enumerated() {
            let job = SweepJob(ledger: self, plan: plan, pass: pass, selections: selections, currencies: currencies)
            let base = Double(index) / Double(plan.passes.count)
            let groups = try await job.run(workers: workers) { progress(base + $0 / Double(plan.passes.count)) }
            sums.merge(groups, isFirst: index == 0)
        }
        progress(1)
        return sums
    }

    /// The packages that some client with one of these direct owners has or had: a subscription or a transaction.
    package func packagesInUse(byClientsOf directOwners: Set<ExactText>) -> Set<ExactText> {
        var numbers: Set<UInt32> = []
        for part in parts {
            let predicate = ClientPredicate(directOwners: directOwners)
            let selection = ClientSelection(predicate, in: part, resellers: resellers)
            for place in 0..<selection.count(in: part) {
                let client = selection.clients.map { Int($0[place]) } ?? place
                for i in part.clients.usedPackageStarts[client]..<part.clients.usedPackageStarts[client + 1] {
                    numbers.insert(part.usedPackages[Int(i)])
                }
            }
        }
        return Set(packages.filter { numbers.contains($0.value) }.keys)
    }

    /// An upper bound for the magnitude of any sum.
    var magnitude: UInt128 { parts.reduce(0) { $0 + $1.magnitude } }

    /// From the first to the last tick with transactions.
    var span: Range<Tick>? {
        let spans = parts.compactMap(\.span)
        guard let lower = spans.map(\.lowerBound).min(), let upper = spans.map(\.upperBound).max() else { return nil }
        return lower..<upper
    }
}

extension ReportSums {
    /// Takes the populations of one more pass; the flows are the same in all of them.
    fileprivate mutating func merge(_ other: [Membership: Group], isFirst: Bool) {
        if isFirst {
            groups = other
            return
        }
        for (membership, group) in other {
            let populations = groups[membership, default: Group()].populations + group.populations
            groups[membership, default: Group()].populations = populations.sorted {
                ($0.bucket, $0.currency) < ($1.bucket, $1.currency)
            }
        }
    }
}
