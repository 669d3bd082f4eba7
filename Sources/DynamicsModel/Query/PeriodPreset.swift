/// A period that is relative to the day on which the query runs.
public enum PeriodPreset: String, Sendable, Hashable, CaseIterable, Codable {
    case today
    case yesterday
    case thisWeek = "this_week"
    case lastWeek = "last_week"
    case thisMonth = "this_month"
    case lastMonth = "last_month"
    case thisQuarter = "this_quarter"
    case lastQuarter = "last_quarter"
    case thisYear = "this_year"
    case lastYear = "last_year"
    case last30Days = "last_30_days"
    case last12Months = "last_12_months"

    /// As people read it: "This week".
    public var title: String {
        switch self {
        case .today: "Today"
        case .yesterday: "Yesterday"
        case .thisWeek: "This week"
        case .lastWeek: "Last week"
        case .thisMonth: "This month"
        case .lastMonth: "Last month"
        case .thisQuarter: "This quarter"
        case .lastQuarter: "Last quarter"
        case .thisYear: "This year"
        case .lastYear: "Last year"
        case .last30Days: "Last 30 days"
        case .last12Months: "Last 12 months"
        }
    }

    /// The dates that it means on a given day, both included.
    ///
    /// *This X* begins with the first day of the X and ends today; *last X* is the whole X before it. The last 30 days end
    /// yesterday; the last 12 months are the whole months before this one. Weeks start on Monday.
    public func dates(on today: CivilDate) -> ClosedRange<CivilDate> {
        switch self {
        case .today: today...today
        case .yesterday: today.adding(-1)...today.adding(-1)
        case .thisWeek: today.firstOfWeek...today
        case .lastWeek: today.firstOfWeek.adding(-7)...today.firstOfWeek.adding(-1)
        case .thisMonth: today.firstOfMonths(1)...today
        case .lastMonth: Self.whole(1, before: today.firstOfMonths(1))
        case .thisQuarter: today.firstOfMonths(3)...today
        case .lastQuarter: Self.whole(3, before: today.firstOfMonths(3))
        case .thisYear: today.firstOfMonths(12)...today
        case .lastYear: Self.whole(12, before: today.firstOfMonths(12))
        case .last30Days: today.adding(-30)...today.adding(-1)
        case .last12Months: Self.whole(12, before: today.firstOfMonths(1))
        }
    }

    /// The months before the month that starts at `first`.
    private static func whole(_ months: Int, before first: CivilDate) -> ClosedRange<CivilDate> {
        CivilTime(first).minus(months: months).date...first.adding(-1)
    }
}

extension CivilDate {
    /// The Monday of the date's week; day 0, 1970-01-01, was a Thursday.
    fileprivate var firstOfWeek: CivilDate {
        let sinceMonday = (dayNumber + 3) % 7
        return adding(sinceMonday < 0 ? -sinceMonday - 7 : -sinceMonday)
    }

    /// The first day of the date's year, quarter or month: of the run of `length` months that it lies in, counted from January.
    fileprivate func firstOfMonths(_ length: Int) -> CivilDate {
        CivilTime(adding(1 - Int32(day))).minus(months: (month - 1) % length).date
    }
}
