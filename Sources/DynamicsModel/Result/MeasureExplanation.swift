/// What the titles of the report mean, for who reads it: on the page, and wherever else a title can explain itself.
extension Measure {
    /// What the figure says, in one or two sentences without jargon.
    public var explanation: String {
        switch self {
        case .activeQty, .overallActiveQty, .allQty: "Number of \(clients) at the end of the row's time."
        case .activeBalancePos, .overallActiveBalancePos, .allBalancePos:
            "Sum of the balances above zero of \(clients), at the end of the row's time."
        case .activeBalanceNeg, .overallActiveBalanceNeg, .allBalanceNeg:
            "Sum of the balances below zero of \(clients), at the end of the row's time. Never above zero."
        case .activeBalance, .overallActiveBalance, .allBalance:
            "Sum of all balances, above and below zero, of \(clients), at the end of the row's time."
        case .refillQty: "Number of balance refills in the row's time."
        case .refillTotal: "Money refilled in the row's time."
        case .refillAvg: "Average amount of one refill: Total divided by Qty. Empty when there was none."
        case .paygTotal: "Money charged in the row's time for services that no package covered."
        case .paygActiveAvg:
            "Pay As You Go Total divided by the number of active clients (Clients - Active, Qty). Empty when there are none."
        case .activationQty: "Number of package activations in the row's time, free ones included."
        case .activationTotal: "Money charged for activating packages in the row's time."
        case .renewQty:
            "Number of package renewals in the row's time, including the first one, which comes with the activation."
        case .renewTotal:
            "Money charged for renewing packages in the row's time, including the first renewal, which comes with the activation."
        }
    }

    /// What the first level of the header says of all figures below it.
    public var groupExplanation: String {
        switch self {
        case .activeQty, .activeBalancePos, .activeBalanceNeg, .activeBalance:
            "Clients that used a paid service within the active duration, a number of months that the query chooses."
        case .overallActiveQty, .overallActiveBalancePos, .overallActiveBalanceNeg, .overallActiveBalance:
            "Clients that used a paid service at any time before."
        case .allQty, .allBalancePos, .allBalanceNeg, .allBalance: "All clients that the query's filters let through."
        case .refillQty, .refillTotal, .refillAvg: "What clients paid in."
        case .paygTotal, .paygActiveAvg: "What clients used outside packages."
        case .activationQty, .activationTotal, .renewQty, .renewTotal: "What clients paid for packages."
        }
    }

    /// The first measure of each group: those of the first level of the header.
    public static let firstOfGroups: [Measure] = allCases.filter { measure in
        Measure(rawValue: measure.rawValue - 1)?.group != measure.group
    }

    /// Whose figure it is, for the three groups about clients.
    private var clients: String {
        switch self {
        case .activeQty, .activeBalancePos, .activeBalanceNeg, .activeBalance:
            "clients that used a paid service within the active duration"
        case .overallActiveQty, .overallActiveBalancePos, .overallActiveBalanceNeg, .overallActiveBalance:
            "clients that ever used a paid service"
        default: "all clients that pass the filters"
        }
    }
}
