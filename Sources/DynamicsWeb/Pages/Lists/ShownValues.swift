import DynamicsModel

/// A point in time for a page: in UTC, until a script shows it as the viewer's own clock does.
struct ShownTime {
    /// For the attribute `datetime`.
    let iso: String
    /// `2024-03-01 10:00 UTC`.
    let utc: String
    /// `2024-03-01 10:00:00`.
    let utcWithSeconds: String

    init(_ instant: Instant) {
        let time = CivilTime(seconds: instant.seconds).description
        iso = time + "Z"
        utcWithSeconds = "\(time.prefix(10)) \(time.dropFirst(11))"
        utc = "\(time.prefix(10)) \(time.dropFirst(11).prefix(5)) UTC"
    }
}

/// How long something took, for a page.
enum ShownDuration {
    /// `under 1 ms`, `420 ms`, `2.5 s`, `1 min 5 s`.
    static func text(milliseconds: Int) -> String {
        if milliseconds < 1 { return "under 1 ms" }
        if milliseconds < 1000 { return "\(milliseconds) ms" }
        if milliseconds < 60_000 { return "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s" }
        return "\(milliseconds / 60_000) min \(milliseconds / 1000 % 60) s"
    }
}

/// One of several values to choose, in a form.
struct Choice {
    let value: String
    let label: String
    let isChosen: Bool
}

/// The way from one page of a list to its neighbours.
struct Paging {
    let number: Int
    let newer: String?
    let older: String?
    let isShown: Bool

    /// - Parameters:
    ///   - number: from 1.
    ///   - hasMore: whether there is a page behind this one.
    ///   - address: of the page with that number.
    init(number: Int, hasMore: Bool, address: (Int) -> String) {
        self.number = number
        newer = number > 1 ? address(number - 1) : nil
        older = hasMore ? address(number + 1) : nil
        isShown = number > 1 || hasMore
    }

    /// The page that the address asks for; the first when that makes no sense.
    static func number(in query: FormFields) -> Int {
        guard let number = query["page"].flatMap({ Int($0) }), (1...1_000_000).contains(number) else { return 1 }
        return number
    }
}
