extension ReportPlan {
    /// More buckets than this in a period are refused.
    public static let maximumBuckets = 20_000

    /// Works out what `query` means against a ledger.
    ///
    /// - Parameter packagesInScope: the packages that a reseller's user may choose; not looked at for `Scope.everything`.
    /// - Throws: `DynamicsError` that names the field: an empty period, a limit off the tick, too many buckets, an owner or
    ///   package that is unknown or not visible (the same error for both).
    public init(
        _ query: ReportQuery, scope: Scope, catalog: LedgerCatalog, zone: TimeZoneRules, zoneVersion: String,
        packagesInScope: Set<ExactText>
    ) throws {
        try Self.check(query)
        let calendar = try ReportCalendar(query, zone: zone, bounds: catalog.bounds)
        let windows = try calendar.buckets.map { try calendar.windowStart(of: $0, months: query.activeMonths) }
        let slices = calendar.slices()
        var resolved = query
        resolved.currency = query.currency ?? catalog.baseCurrency
        let segments = Self.segments(buckets: calendar.buckets, slices: slices, windows: windows)
        self.init(
            query: resolved,
            currency: query.currency ?? catalog.baseCurrency,
            zoneVersion: zoneVersion,
            revision: catalog.revision,
            actualInterval: calendar.actualInterval,
            buckets: calendar.buckets,
            slices: slices,
            segments: segments,
            passes: Self.passes(windows: windows, segments: segments),
            clients: try ClientPredicate(query, scope: scope, catalog: catalog),
            packages: try PackageView(query, scope: scope, catalog: catalog, packagesInScope: packagesInScope))
    }

    fileprivate static func check(_ query: ReportQuery) throws {
        for (index, grouping) in query.groupBy.enumerated() where query.groupBy[..<index].contains(grouping) {
            throw DynamicsError(
                .usage, "duplicate_grouping", field: "group_by",
                "\(grouping.rawValue) is there twice; name each grouping once")
        }
        guard (1...120).contains(query.activeMonths) else {
            throw DynamicsError(
                .usage, "bad_active_months", field: "active_months",
                "\(query.activeMonths) is out of range; give a number of months from 1 to 120")
        }
    }

    /// Cuts time wherever a bucket, a UTC date or an activity window begins or ends.
    private static func segments(buckets: [Bucket], slices: [Slice], windows: [Tick]) -> [Segment] {
        guard let first = buckets.first, let last = buckets.last else { return [] }
        var starts: Set<Tick> = [Tick(0), first.start]
        for bucket in buckets { starts.insert(bucket.start) }
        for slice in slices { starts.insert(max(Tick(containing: slice.date.startInUTC), buckets[slice.bucket].start)) }
        for window in windows { starts.insert(window) }
        var bucket = 0
        var slice = -1
        return starts.filter { $0.index >= 0 && $0 < last.evaluation }.sorted().map { start in
            while buckets[bucket].evaluation <= start { bucket += 1 }
            guard start >= first.start else { return Segment(start: start, bucket: 0, slice: nil) }
            // Slices without a segment lie before 1990, where a local day of 1990 may begin.
            let date = CivilDate(utc: start.start)
            while slice < 0 || slices[slice].bucket != bucket || slices[slice].date != date { slice += 1 }
            return Segment(start: start, bucket: bucket, slice: slice)
        }
    }

    /// Distributes the instants over as few passes as their windows' order allows, and finds how far a paid use reaches.
    private static func passes(windows: [Tick], segments: [Segment]) -> [Pass] {
        var chains: [[Int]] = []
        for (bucket, window) in windows.enumerated() {
            if let chain = chains.firstIndex(where: { windows[$0[$0.count - 1]] <= window }) {
                chains[chain].append(bucket)
            } else {
                chains.append([bucket])
            }
        }
        return chains.map { chain in
            var reached = 0
            let activeUntil = segments.map { segment in
                while reached < chain.count, windows[chain[reached]] <= segment.start { reached += 1 }
                return reached == 0 ? 0 : chain[reached - 1] + 1
            }
            return Pass(buckets: chain, activeUntil: activeUntil)
        }
    }
}

extension ReportQuery {
    /// Refuses what makes no sense whatever the ledger holds.
    ///
    /// - Parameter zone: the rules of the query's timezone.
    /// - Throws: `DynamicsError` that names the field: groupings, active months, the period and the number of its buckets.
    public func check(in zone: TimeZoneRules) throws {
        try ReportPlan.check(self)
        _ = try ReportCalendar(self, zone: zone, bounds: nil)
    }
}

extension ClientPredicate {
    /// Scope and filters of a query in one.
    /// - Throws: `DynamicsError` for an owner that is unknown or outside the scope.
    init(_ query: ReportQuery, scope: Scope, catalog: LedgerCatalog) throws {
        let tree = ResellerTree(catalog.resellers)
        var visible: Set<ExactText>?
        if case .reseller(let id) = scope { visible = tree.subtree(of: id) }
        var owners = visible
        if !query.owners.isEmpty {
            var chosen: Set<ExactText> = []
            for owner in query.owners {
                let isKnown = owner.isEmpty || catalog.resellers[owner] != nil
                guard isKnown, visible?.contains(owner) ?? true else {
                    throw DynamicsError(
                        .usage, "unknown_owner", field: "owners",
                        "there is no reseller \"\(owner)\"; give a reseller's id")
                }
                chosen.formUnion(owner.isEmpty ? [owner] : tree.subtree(of: owner))
            }
            owners = chosen
        }
        self.init(
            types: query.clientTypes.isEmpty ? nil : Set(query.clientTypes),
            directOwners: owners,
            tags: query.tags.isEmpty ? nil : Set(query.tags),
            tagMode: query.tagMode)
    }
}

extension PackageView {
    /// - Throws: `DynamicsError` for a package that is unknown or not visible.
    init(_ query: ReportQuery, scope: Scope, catalog: LedgerCatalog, packagesInScope: Set<ExactText>) throws {
        for package in query.packages {
            let isVisible = scope == .everything || packagesInScope.contains(package)
            guard catalog.packages[package] != nil, isVisible else {
                throw DynamicsError(
                    .usage, "unknown_package", field: "packages",
                    "there is no package \"\(package)\"; give a package's id")
            }
        }
        self.init(
            chosen: query.packages.isEmpty ? nil : Set(query.packages), isSplit: query.groupBy.contains(.package))
    }
}

/// Who owns whom among resellers.
public struct ResellerTree: Sendable {
    private let children: [ExactText: [ExactText]]

    /// - Parameter resellers: by id; owners without cycles.
    public init(_ resellers: [ExactText: LedgerCatalog.Reseller]) {
        var children: [ExactText: [ExactText]] = [:]
        for (id, reseller) in resellers {
            if let owner = reseller.owner { children[owner, default: []].append(id) }
        }
        self.children = children
    }

    /// The reseller itself and all that it owns, directly or through others.
    public func subtree(of id: ExactText) -> Set<ExactText> {
        var found: Set<ExactText> = [id]
        var open = [id]
        while let next = open.popLast() {
            for child in children[next] ?? [] where found.insert(child).inserted { open.append(child) }
        }
        return found
    }
}
