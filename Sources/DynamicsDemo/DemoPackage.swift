/// A plan of the demo's operator, with prices that change over the years.
struct DemoPackage {
    enum Audience {
        case residential, mobile, business, card, shop, addOn
    }

    var id: String
    var name: String
    var audience: Audience
    /// Monthly price at the start, in hundredths of a EUR.
    var monthly: Int
    /// In hundredths of a EUR; 0: no fee.
    var activation: Int
    /// Parts of the period in which it is offered to new subscribers.
    var offered: ClosedRange<Double> = 0...1
    /// Each year in this month (0: January) the monthly price changes by so many percent.
    var change: (month: Int, percent: Int)

    static let all = [
        DemoPackage(
            id: "start-100", name: "Start 100", audience: .residential, monthly: 490, activation: 0,
            offered: 0...0.6, change: (3, 6)),
        DemoPackage(
            id: "family-500", name: "Family 500", audience: .residential, monthly: 1190, activation: 500,
            change: (3, 5)),
        DemoPackage(
            id: "europe-unlimited", name: "Europe Unlimited", audience: .residential, monthly: 1690, activation: 500,
            change: (3, 4)),
        DemoPackage(
            id: "world-1000", name: "World 1000", audience: .residential, monthly: 2490, activation: 990,
            offered: 0.25...1, change: (0, 3)),
        DemoPackage(
            id: "mobile-s", name: "Mobile S", audience: .mobile, monthly: 690, activation: 0, change: (8, -5)),
        DemoPackage(
            id: "mobile-m", name: "Mobile M", audience: .mobile, monthly: 1290, activation: 300, change: (8, -3)),
        DemoPackage(
            id: "mobile-l", name: "Mobile L", audience: .mobile, monthly: 1990, activation: 300, offered: 0.4...1,
            change: (8, -3)),
        DemoPackage(
            id: "business-line", name: "Business Line", audience: .business, monthly: 2990, activation: 1900,
            change: (0, 4)),
        DemoPackage(
            id: "sip-10", name: "SIP Trunk, 10 channels", audience: .business, monthly: 4900, activation: 2900,
            change: (0, 4)),
        DemoPackage(
            id: "sip-30", name: "SIP Trunk, 30 channels", audience: .business, monthly: 11900, activation: 4900,
            change: (0, 3)),
        DemoPackage(
            id: "card-plus", name: "Calling Card \"Plus\"", audience: .card, monthly: 290, activation: 0,
            offered: 0.3...1, change: (5, 8)),
        DemoPackage(
            id: "shop-flat", name: "Call Shop Flat", audience: .shop, monthly: 5900, activation: 0, change: (6, 2)),
        DemoPackage(
            id: "weekend-free", name: "Weekend Free", audience: .addOn, monthly: 290, activation: 0, change: (3, 10)),
    ]

    /// Indexes in `all` of what `audience` is offered at this part (0...1) of the period.
    static func offers(to audience: Audience, at part: Double) -> [Int] {
        all.indices.filter { all[$0].audience == audience && all[$0].offered.contains(part) }
    }

    /// The monthly price in hundredths of a EUR, `month` months after the calendar's first.
    func monthly(month: Int, calendar: DemoCalendar) -> Int {
        let changes = (0...month).dropFirst().count { calendar.monthOfYear($0) == change.month }
        var price = Double(monthly)
        for _ in 0..<changes { price *= 1 + Double(change.percent) / 100 }
        return Int((price / 10).rounded()) * 10
    }
}
