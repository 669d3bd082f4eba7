public import DynamicsModel

/// A day on which clocks did something that reports can trip over.
public struct RandomScenario: Sendable {
    public let zone: String
    public let day: CivilDate
    /// Seconds that clocks are ahead of UTC around that day, to aim with. What holds when is for the zone's rules to say.
    public let offsets: [Int]

    private init(_ zone: String, _ year: Int, _ month: Int, _ day: Int, _ hours: [Double]) {
        guard let date = CivilDate(year: year, month: month, day: day) else {
            preconditionFailure("\(year)-\(month)-\(day) is no date")
        }
        self.zone = zone
        self.day = date
        offsets = hours.map { Int($0 * 3600) }
    }

    public static let all: [RandomScenario] = [
        RandomScenario("UTC", 2024, 2, 29, [0]),
        RandomScenario("UTC", 1999, 12, 31, [0]),
        RandomScenario("Europe/Kyiv", 2024, 3, 31, [2, 3]),
        RandomScenario("Europe/Kyiv", 2024, 10, 27, [2, 3]),
        RandomScenario("Asia/Kathmandu", 2024, 12, 31, [5.75]),
        RandomScenario("Asia/Kathmandu", 2024, 2, 29, [5.75]),
        // Days that begin at 01:00.
        RandomScenario("America/Santiago", 2023, 9, 3, [-4, -3]),
        RandomScenario("America/Havana", 2024, 3, 10, [-5, -4]),
        RandomScenario("Africa/Cairo", 2023, 4, 28, [2, 3]),
        RandomScenario("America/Sao_Paulo", 2018, 11, 4, [-3, -2]),
        RandomScenario("Asia/Tehran", 2022, 3, 22, [3.5, 4.5]),
        RandomScenario("America/Asuncion", 2023, 10, 1, [-4, -3]),
        // The same on 30 or 31 March, where windows of whole months begin in another order than they end.
        RandomScenario("Asia/Beirut", 2014, 3, 30, [2, 3]),
        RandomScenario("Asia/Beirut", 2025, 3, 30, [2, 3]),
        RandomScenario("Asia/Beirut", 2024, 3, 31, [2, 3]),
        RandomScenario("Asia/Damascus", 2018, 3, 30, [2, 3]),
        RandomScenario("Atlantic/Azores", 2025, 3, 30, [-1, 0]),
        // Midnights that come twice, and hours before midnight that do.
        RandomScenario("America/Havana", 2024, 11, 3, [-5, -4]),
        RandomScenario("Atlantic/Azores", 2024, 10, 27, [-1, 0]),
        RandomScenario("America/Santiago", 2024, 4, 7, [-4, -3]),
        RandomScenario("Africa/Cairo", 2023, 10, 27, [2, 3]),
        RandomScenario("America/Sao_Paulo", 2018, 2, 18, [-3, -2]),
        RandomScenario("Asia/Beirut", 2024, 10, 27, [2, 3]),
        // Changes at 00:01: the date that has just begun is left again for an hour.
        RandomScenario("America/St_Johns", 2006, 10, 29, [-3.5, -2.5]),
        RandomScenario("America/St_Johns", 2010, 11, 7, [-3.5, -2.5]),
        RandomScenario("America/St_Johns", 2007, 3, 11, [-3.5, -2.5]),
        // Half an hour, two hours, a month of winter time in between, standard time as daylight time.
        RandomScenario("Australia/Lord_Howe", 2024, 4, 7, [10.5, 11]),
        RandomScenario("Australia/Lord_Howe", 2024, 10, 6, [10.5, 11]),
        RandomScenario("Antarctica/Troll", 2024, 3, 31, [0, 2]),
        RandomScenario("Antarctica/Troll", 2024, 10, 27, [0, 2]),
        RandomScenario("Africa/Casablanca", 2024, 3, 10, [0, 1]),
        RandomScenario("Africa/Casablanca", 2024, 4, 14, [0, 1]),
        RandomScenario("Europe/Dublin", 2024, 3, 31, [0, 1]),
        // Dates that never were.
        RandomScenario("Pacific/Apia", 2011, 12, 30, [-10, 14]),
        RandomScenario("Pacific/Apia", 2012, 1, 31, [-10, 14]),
        RandomScenario("Pacific/Kwajalein", 1993, 8, 21, [-12, 12]),
        RandomScenario("Pacific/Kiritimati", 1994, 12, 31, [-10, 14]),
    ]
}
