/// A query with all its meaning worked out against one revision of a ledger: what a backend needs to add up integers, and
/// nothing that it would have to interpret.
///
/// Time is cut into *segments*, within which nothing changes that a report could tell apart. Each transaction lies in one.
public struct ReportPlan: Sendable {
    /// One row's stretch of time.
    public struct Bucket: Sendable, Hashable {
        public var start: Tick
        /// T, the evaluation instant: min(end of the bucket, `to`, `through`). Increases from bucket to bucket.
        public var evaluation: Tick
        /// The local date of the bucket's calendar unit (its first day); names the row.
        public var date: CivilDate

        public init(start: Tick, evaluation: Tick, date: CivilDate) {
            self.start = start
            self.evaluation = evaluation
            self.date = date
        }
    }

    /// One UTC date within one bucket: what flows are summed by, because they are converted by the date.
    public struct Slice: Sendable, Hashable {
        /// An index into `buckets`.
        public var bucket: Int
        public var date: CivilDate

        public init(bucket: Int, date: CivilDate) {
            self.bucket = bucket
            self.date = date
        }
    }

    /// A run of ticks, up to the start of the next segment (for the last one, up to the last evaluation instant).
    public struct Segment: Sendable, Hashable {
        public var start: Tick
        /// The first bucket whose evaluation instant lies after these ticks.
        public var bucket: Int
        /// An index into `slices`; nil before the period, where transactions are no flows.
        public var slice: Int?

        public init(start: Tick, bucket: Int, slice: Int?) {
            self.start = start
            self.bucket = bucket
            self.slice = slice
        }
    }

    /// Evaluation instants whose activity windows begin in the same order as they end, so that a paid use keeps a client
    /// active for an unbroken run of them.
    ///
    /// Where a local day starts at 01:00, a later window may begin an hour earlier than the one before it (a month before
    /// 31 March 00:00 is 28 February 00:00; before 30 March 01:00 it is 28 February 01:00). Such instants get a pass of their own.
    public struct Pass: Sendable, Hashable {
        /// The buckets that this pass answers for, ascending. Each bucket is in exactly one pass.
        public var buckets: [Int]
        /// For each segment: one behind the last of `buckets` for which a paid use in the segment lies in the activity
        /// window, given that no bucket before the segment's own counts; 0 when there is none.
        public var activeUntil: [Int]

        public init(buckets: [Int], activeUntil: [Int]) {
            self.buckets = buckets
            self.activeUntil = activeUntil
        }
    }

    /// With its currency filled in.
    public var query: ReportQuery
    public var currency: CurrencyCode
    public var zoneVersion: String
    public var revision: Int64
    /// nil when it is empty; then there are no buckets.
    public var actualInterval: ActualInterval?
    /// Those that are shown, in time order.
    public var buckets: [Bucket]
    public var slices: [Slice]
    /// The first one starts before everything in the ledger.
    public var segments: [Segment]
    public var passes: [Pass]
    public var clients: ClientPredicate
    public var packages: PackageView

    public init(
        query: ReportQuery, currency: CurrencyCode, zoneVersion: String, revision: Int64,
        actualInterval: ActualInterval?, buckets: [Bucket], slices: [Slice], segments: [Segment], passes: [Pass],
        clients: ClientPredicate, packages: PackageView
    ) {
        self.query = query
        self.currency = currency
        self.zoneVersion = zoneVersion
        self.revision = revision
        self.actualInterval = actualInterval
        self.buckets = buckets
        self.slices = slices
        self.segments = segments
        self.passes = passes
        self.clients = clients
        self.packages = packages
    }
}

/// Which clients a report is about: scope and filters in one.
public struct ClientPredicate: Sendable, Hashable {
    /// nil: all types.
    public var types: Set<ClientType>?
    /// Ids of direct owners, the whole subtrees listed; the empty id is the operator. nil: all.
    public var directOwners: Set<ExactText>?
    /// nil: all.
    public var tags: Set<ExactText>?
    public var tagMode: TagMode

    public init(
        types: Set<ClientType>? = nil, directOwners: Set<ExactText>? = nil, tags: Set<ExactText>? = nil,
        tagMode: TagMode = .any
    ) {
        self.types = types
        self.directOwners = directOwners
        self.tags = tags
        self.tagMode = tagMode
    }
}

/// What packages have to do with a report.
public struct PackageView: Sendable, Hashable {
    /// The package filter; nil: none.
    public var chosen: Set<ExactText>?
    /// Whether there is a row for each package.
    public var isSplit: Bool

    public init(chosen: Set<ExactText>? = nil, isSplit: Bool = false) {
        self.chosen = chosen
        self.isSplit = isSplit
    }

    /// Which sums a backend has to deliver.
    public enum Need: Sendable { case everyone, subscribers, eachPackage }

    /// Everyone unless packages are filtered; subscribers for a filter, and to find *no package* as the difference; each
    /// package when rows are split.
    public var needs: Set<Need> {
        var needs: Set<Need> = []
        if chosen == nil { needs.insert(.everyone) }
        if chosen != nil || isSplit { needs.insert(.subscribers) }
        if isSplit { needs.insert(.eachPackage) }
        return needs
    }
}
