/// One figure of a row.
public enum MeasureValue: Sendable, Hashable {
    case quantity(Int64)
    case money(ExactAmount)
    /// An average over nothing.
    case empty
}

/// The 21 figures of a row, exact.
public struct Measures: Sendable, Hashable {
    /// One for each `Measure`, in its order.
    public var values: [MeasureValue]

    /// - Precondition: as many values as there are measures.
    public init(values: [MeasureValue]) {
        precondition(values.count == Measure.allCases.count)
        self.values = values
    }

    public subscript(_ measure: Measure) -> MeasureValue { values[measure.rawValue] }

    /// Exactly zero or empty in every figure, before any rounding.
    public var areAllZero: Bool {
        values.allSatisfy {
            switch $0 {
            case .quantity(let n): n == 0
            case .money(let amount): amount.units == 0
            case .empty: true
            }
        }
    }
}

/// What a row is about; only what the query groups by is there.
public struct RowKey: Sendable, Hashable {
    /// What stands in the package column.
    public enum PackageColumn: Sendable, Hashable {
        case package(id: ExactText, name: ExactText)
        /// Clients without any subscription.
        case none
    }

    /// `2024`, `2024-03`, `2024-03-15`; nil when the query does not group by it.
    public var year: String?
    public var month: String?
    public var date: String?
    /// nil when the query does not group by package.
    public var package: PackageColumn?

    public init(year: String? = nil, month: String? = nil, date: String? = nil, package: PackageColumn? = nil) {
        self.year = year
        self.month = month
        self.date = date
        self.package = package
    }
}

/// One line of the report.
public struct ReportRow: Sendable, Hashable {
    public var key: RowKey
    public var measures: Measures

    public init(key: RowKey, measures: Measures) {
        self.key = key
        self.measures = measures
    }
}

/// The interval that the figures speak of, with the zone's offsets at its ends (RFC 3339).
public struct ActualInterval: Sendable, Hashable {
    public var from: String
    public var to: String

    public init(from: String, to: String) {
        self.from = from
        self.to = to
    }
}

/// A finished report: exact figures, in their final order.
public struct ReportResult: Sendable, Hashable {
    /// With the currency filled in.
    public var query: ReportQuery
    public var currency: CurrencyCode
    public var rows: [ReportRow]
    public var total: Measures
    /// nil when it is empty.
    public var actualInterval: ActualInterval?
    public var warnings: [String]
    /// Of the system's timezone data, such as `2025b`.
    public var zoneVersion: String
    /// Of the ledger.
    public var revision: Int64
    /// Every row of the exchange rates that some conversion used, by currency and date, each once.
    public var ratesUsed: [ExchangeRate]

    public init(
        query: ReportQuery, currency: CurrencyCode, rows: [ReportRow], total: Measures, actualInterval: ActualInterval?,
        warnings: [String], zoneVersion: String, revision: Int64, ratesUsed: [ExchangeRate] = []
    ) {
        self.query = query
        self.currency = currency
        self.rows = rows
        self.total = total
        self.actualInterval = actualInterval
        self.warnings = warnings
        self.zoneVersion = zoneVersion
        self.revision = revision
        self.ratesUsed = ratesUsed
    }
}
