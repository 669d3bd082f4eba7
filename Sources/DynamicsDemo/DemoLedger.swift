public import DynamicsModel

/// A believable telecom ledger, made up from a seed: the files that an import takes.
///
/// An operator with resellers in a tree of three levels, private and business clients, calling cards and call shops in four
/// currencies. A fifth of the clients came with an old system on the first days; the others sign up, more each year and
/// fewer in summer. They top up when their balance runs low or pay their invoice (some never), take plans and leave
/// them, pause for months and come back, and leave. Calls follow the season, the weekday and the hour. Each client is
/// played from a random stream of its own, so memory does not grow with their number.
public struct DemoLedger: Sendable {
    /// How many clients there are in all, resellers included.
    public let clients: Int
    public let years: Int
    public let seed: UInt64
    /// The first and the day after the last day of the period: whole months.
    public let from: CivilDate
    public let to: CivilDate

    public static let clientLimits = 10...10_000_000
    public static let yearLimits = 1...20
    /// The base currency to import it with.
    public static var baseCurrency: String { DemoMarket.baseCurrency }

    private let world: DemoWorld

    /// - Parameter through: any day of the ledger's last month. The same seed and month give the same bytes.
    /// - Throws: a usage error when a number is outside its limits, or the period outside the years 1990 to 2199.
    public init(
        clients: Int = 5000, years: Int = 3, seed: UInt64 = 1, through: CivilDate
    ) throws(DynamicsError) {
        guard Self.clientLimits.contains(clients) else {
            throw DynamicsError(
                .usage, "bad_number", field: "clients",
                "\(clients) is not within \(Self.clientLimits.lowerBound) and \(Self.clientLimits.upperBound)")
        }
        guard Self.yearLimits.contains(years) else {
            throw DynamicsError(
                .usage, "bad_number", field: "years",
                "\(years) is not within \(Self.yearLimits.lowerBound) and \(Self.yearLimits.upperBound)")
        }
        guard through.year - years >= 1990, through.year < 2199 else {
            throw DynamicsError(.usage, "bad_period", "\(years) years up to \(through) are not within 1990 and 2199")
        }
        self.clients = clients
        self.years = years
        self.seed = seed
        let calendar = DemoCalendar(years: years, through: through)
        from = calendar.first
        to = calendar.after
        world = DemoWorld(calendar: calendar)
    }

    /// The last day of the last month that is over on `today`.
    public static func endOfLastFullMonth(before today: CivilDate) -> CivilDate {
        CivilDate(dayNumber: today.dayNumber - Int32(today.day))
    }

    /// Writes `clients.csv`, `packages.csv`, `subscriptions.csv`, `transactions.csv` and `rates.csv` into an existing
    /// folder; files of these names are replaced.
    ///
    /// - Parameter progress: is told now and then which part (0...1) is written.
    /// - Throws: an error of kind `unavailable` that names the file which cannot be written; `CancellationError` when the
    ///   task is cancelled. What was written stays.
    public func write(to folder: String, progress: (Double) -> Void = { _ in }) throws -> Counts {
        var files = try DemoFiles(folder: folder)
        try writePackages(into: &files)
        try writeRates(into: &files)
        let population = DemoPopulation(count: clients, seed: seed, calendar: world.calendar)
        for index in 0..<clients {
            let (client, random) = population.client(index)
            var life = ClientLife(client, in: world, random: random)
            let closedAt = try life.play(into: &files)
            try write(client, closedAt: closedAt, owner: client.owner.map { population.resellers[$0].id }, into: &files)
            if index % 256 == 0 {
                try Task.checkCancellation()
                progress(Double(index) / Double(clients))
            }
        }
        let counts = files.counts
        try files.close()
        progress(1)
        return counts
    }

    /// How many rows each file has.
    public struct Counts: Sendable, Hashable {
        public var clients: Int
        public var packages: Int
        public var subscriptions: Int
        public var transactions: Int
        public var rates: Int
    }

    private func write(
        _ client: DemoClient, closedAt: Int64?, owner: String?, into files: inout DemoFiles
    ) throws(DynamicsError) {
        files.clients.plain(client.id)
        files.clients.text(client.name)
        files.clients.plain(client.type.rawValue)
        if let owner { files.clients.plain(owner) } else { files.clients.empty() }
        files.clients.text(client.tags.joined(separator: ";"))
        files.clients.plain(DemoMarket.all[client.market].currency)
        files.clients.timestamp(client.createdAt)
        if let closedAt { files.clients.timestamp(closedAt) } else { files.clients.empty() }
        try files.clients.endRow()
    }

    private func writePackages(into files: inout DemoFiles) throws(DynamicsError) {
        for package in DemoPackage.all {
            files.packages.plain(package.id)
            files.packages.text(package.name)
            try files.packages.endRow()
        }
    }

    private func writeRates(into files: inout DemoFiles) throws(DynamicsError) {
        let days = from.dayNumber..<to.dayNumber
        for (index, market) in DemoMarket.all.enumerated() where market.currency != Self.baseCurrency {
            // Streams of clients are numbered from 0 up, those of rates from the end down.
            var walk = RateWalk(anchor: 1 / market.priceFactor, seed: seed, stream: .max - UInt64(index))
            for day in days {
                files.rates.plain(market.currency)
                files.rates.plain(CivilDate(dayNumber: day).description)
                files.rates.amount(walk.next())
                try files.rates.endRow()
            }
        }
    }
}

/// What all clients of a demo share.
struct DemoWorld: Sendable {
    let calendar: DemoCalendar
    /// Monthly prices in hundredths of a EUR: by index in `DemoPackage.all`, then by month.
    let prices: [[Int]]

    init(calendar: DemoCalendar) {
        self.calendar = calendar
        prices = DemoPackage.all.map { package in
            (0..<calendar.monthCount).map { package.monthly(month: $0, calendar: calendar) }
        }
    }
}

/// The five files of a demo while they are written.
struct DemoFiles {
    var clients: CSVFile
    var packages: CSVFile
    var subscriptions: CSVFile
    var transactions: CSVFile
    var rates: CSVFile

    init(folder: String) throws(DynamicsError) {
        clients = try CSVFile(
            path: "\(folder)/clients.csv",
            columns: ["id", "name", "type", "owner_id", "tags", "currency", "created_at", "closed_at"])
        packages = try CSVFile(path: "\(folder)/packages.csv", columns: ["id", "name"])
        subscriptions = try CSVFile(
            path: "\(folder)/subscriptions.csv",
            columns: ["id", "client_id", "package_id", "started_at", "ended_at"])
        transactions = try CSVFile(
            path: "\(folder)/transactions.csv",
            columns: ["id", "client_id", "at", "kind", "amount", "package_id"])
        rates = try CSVFile(path: "\(folder)/rates.csv", columns: ["currency", "effective_on", "rate"])
    }

    var counts: DemoLedger.Counts {
        DemoLedger.Counts(
            clients: clients.rows, packages: packages.rows, subscriptions: subscriptions.rows,
            transactions: transactions.rows, rates: rates.rows)
    }

    mutating func close() throws(DynamicsError) {
        try clients.close()
        try packages.close()
        try subscriptions.close()
        try transactions.close()
        try rates.close()
    }
}
