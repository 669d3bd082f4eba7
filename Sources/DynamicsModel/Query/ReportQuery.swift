/// What rows are grouped by.
public enum Grouping: String, Sendable, Hashable, CaseIterable {
    case year
    case month
    case date
    case package
}

/// Whether a client needs one of the chosen tags or all of them.
public enum TagMode: String, Sendable, Hashable, CaseIterable {
    case any
    case all
}

/// A limit of the period, as it was given and as it is meant.
public struct PeriodLimit: Sendable, Hashable {
    /// Whether a date or a time of day was given.
    public enum Meaning: Sendable, Hashable {
        /// `YYYY-MM-DD`: the start of that day as `from`, its end as `to`.
        case day(CivilDate)
        /// `YYYY-MM-DDTHH:MM[:00]`: that local time; exclusive as `to`.
        case time(CivilTime)
    }

    /// Echoed in results.
    public var text: String
    public var meaning: Meaning

    public init(text: String, meaning: Meaning) {
        self.text = text
        self.meaning = meaning
    }

    /// The first instant of a period that begins with it.
    public func start(in zone: TimeZoneRules) -> Instant {
        switch meaning {
        case .day(let date): zone.startOfDay(date)
        case .time(let time): zone.instant(of: time)
        }
    }

    /// The first instant after a period that ends with it.
    public func end(in zone: TimeZoneRules) -> Instant {
        switch meaning {
        case .day(let date): zone.startOfDay(CivilDate(dayNumber: date.dayNumber + 1))
        case .time(let time): zone.instant(of: time)
        }
    }
}

/// One question to the ledger: the `query` object of section 7 of `docs/semantics.md`, in types.
///
/// Nothing here depends on a ledger: whether owners and packages exist and what the base currency is comes with the plan.
public struct ReportQuery: Sendable, Hashable {
    public var from: PeriodLimit
    public var to: PeriodLimit
    /// An IANA name.
    public var timezone: String
    /// Without repetitions.
    public var groupBy: [Grouping]
    /// Empty: all.
    public var clientTypes: [ClientType]
    public var tags: [ExactText]
    public var tagMode: TagMode
    /// Ids of resellers; the empty one stands for what the operator owns directly. Empty list: all.
    public var owners: [ExactText]
    public var packages: [ExactText]
    /// nil: the ledger's base currency. A plan's query always has one.
    public var currency: CurrencyCode?
    /// 1...120.
    public var activeMonths: Int

    public init(
        from: PeriodLimit, to: PeriodLimit, timezone: String = "UTC", groupBy: [Grouping] = [],
        clientTypes: [ClientType] = [], tags: [ExactText] = [], tagMode: TagMode = .any, owners: [ExactText] = [],
        packages: [ExactText] = [], currency: CurrencyCode? = nil, activeMonths: Int = 3
    ) {
        self.from = from
        self.to = to
        self.timezone = timezone
        self.groupBy = groupBy
        self.clientTypes = clientTypes
        self.tags = tags
        self.tagMode = tagMode
        self.owners = owners
        self.packages = packages
        self.currency = currency
        self.activeMonths = activeMonths
    }
}

/// Whose clients a user may see. It comes from the account, never from the query.
public enum Scope: Sendable, Hashable {
    case everything
    /// What this reseller owns, directly or through others.
    case reseller(ExactText)
}
