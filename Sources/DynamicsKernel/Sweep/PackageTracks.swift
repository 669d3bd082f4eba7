import DynamicsModel

/// Which packages have sums of their own: *tracks*. Track 0 is for what is no part of any package that counts; the others are a
/// package each when rows are split, else all packages that count together.
struct PackageTracks: Sendable {
    /// By package number; 0 when the package does not count.
    private let tracks: [Int32]
    /// The packages by track, from track 1 on; empty when rows are not split.
    let packages: [ExactText]
    /// With track 0.
    let count: Int

    /// - Parameter numbers: the ledger's package numbers by id.
    init(_ view: PackageView, numbers: [ExactText: UInt32]) {
        let counting = numbers.filter { view.chosen?.contains($0.key) ?? true }.sorted { $0.key < $1.key }
        var tracks = [Int32](repeating: 0, count: Int(numbers.values.max() ?? 0) + 1)
        for (index, package) in counting.enumerated() {
            tracks[Int(package.value)] = view.isSplit ? Int32(index + 1) : 1
        }
        self.tracks = tracks
        packages = view.isSplit ? counting.map(\.key) : []
        count = view.isSplit ? counting.count + 1 : 2
    }

    /// 0 when the package does not count.
    @inline(__always)
    func track(of package: UInt32) -> Int { Int(package) < tracks.count ? Int(tracks[Int(package)]) : 0 }
}

/// When a client counts for a track: as of which buckets, and at which of its transactions.
struct Membership {
    var track: Int
    var buckets: Range<Int>
    var transactions: Range<Int>
}

extension SweepView {
    /// The client's memberships in tracks that count, by start, as far as they touch the period.
    func collectMemberships(
        of client: Int, _ transactions: (start: Int, period: Int, end: Int), _ tracks: PackageTracks,
        into memberships: inout [Membership]
    ) {
        memberships.removeAll(keepingCapacity: true)
        for i in subscriptions(of: client) {
            let track = tracks.track(of: subscriptions.packages[i])
            guard track > 0 else { continue }
            let from = firstBucket(after: subscriptions.started[i])
            let ended = subscriptions.ended[i]
            let to = ended == .max ? bucketCount : max(from, firstBucket(after: ended))
            let start = max(transactions.start + Int(subscriptions.firstTransactions[i]), transactions.period)
            let end = min(transactions.start + Int(subscriptions.lastTransactions[i]), transactions.end)
            guard from < to || start < end else { continue }
            memberships.append(Membership(track: track, buckets: from..<to, transactions: start..<max(start, end)))
        }
    }
}
