/// How the year, the week and the day weigh on what people do. The tables of calls have a mean of about 1.
enum Season {
    /// Calls by month, January first: a dip in summer, a peak in December.
    static let calls = [0.98, 0.96, 1.0, 1.0, 0.99, 0.95, 0.84, 0.82, 1.0, 1.04, 1.08, 1.34]
    /// New clients by month.
    static let signUps = [1.1, 1.0, 1.05, 1.0, 0.95, 0.85, 0.7, 0.75, 1.25, 1.15, 1.15, 1.05]
    static let mostSignUps = 1.25

    /// By weekday, Monday first.
    static let privateWeek = [0.95, 0.93, 0.95, 0.97, 1.0, 1.08, 1.12]
    static let officeWeek = [1.25, 1.28, 1.26, 1.24, 1.12, 0.5, 0.35]

    /// By hour of the local day.
    static let privateDay = [
        0.25, 0.12, 0.06, 0.04, 0.05, 0.12, 0.3, 0.6, 0.85, 0.95, 1.0, 1.05, 1.15, 1.1, 1.05, 1.1, 1.25, 1.6, 2.05, 2.4,
        2.4, 2.1, 1.4, 0.75,
    ]
    static let officeDay = [
        0.05, 0.03, 0.03, 0.03, 0.04, 0.08, 0.25, 0.7, 1.7, 2.5, 2.7, 2.6, 1.9, 1.9, 2.5, 2.5, 2.2, 1.5, 0.7, 0.35, 0.2,
        0.12, 0.08, 0.06,
    ]

    /// No product of a month, a weekday and an hour is larger.
    static let peak = 4.7
}
