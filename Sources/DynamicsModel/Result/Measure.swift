/// The 21 figures of a row, in the order and with the titles of the report.
public enum Measure: Int, Sendable, Hashable, CaseIterable {
    case activeQty, activeBalancePos, activeBalanceNeg, activeBalance
    case overallActiveQty, overallActiveBalancePos, overallActiveBalanceNeg, overallActiveBalance
    case allQty, allBalancePos, allBalanceNeg, allBalance
    case refillQty, refillTotal, refillAvg
    case paygTotal, paygActiveAvg
    case activationQty, activationTotal, renewQty, renewTotal

    /// The name in machine formats.
    public var field: String {
        switch self {
        case .activeQty: "active_qty"
        case .activeBalancePos: "active_balance_pos"
        case .activeBalanceNeg: "active_balance_neg"
        case .activeBalance: "active_balance"
        case .overallActiveQty: "overall_active_qty"
        case .overallActiveBalancePos: "overall_active_balance_pos"
        case .overallActiveBalanceNeg: "overall_active_balance_neg"
        case .overallActiveBalance: "overall_active_balance"
        case .allQty: "all_qty"
        case .allBalancePos: "all_balance_pos"
        case .allBalanceNeg: "all_balance_neg"
        case .allBalance: "all_balance"
        case .refillQty: "refill_qty"
        case .refillTotal: "refill_total"
        case .refillAvg: "refill_avg"
        case .paygTotal: "payg_total"
        case .paygActiveAvg: "payg_active_avg"
        case .activationQty: "activation_qty"
        case .activationTotal: "activation_total"
        case .renewQty: "renew_qty"
        case .renewTotal: "renew_total"
        }
    }

    /// The first level of the header.
    public var group: String {
        switch self {
        case .activeQty, .activeBalancePos, .activeBalanceNeg, .activeBalance: "Clients - Active"
        case .overallActiveQty, .overallActiveBalancePos, .overallActiveBalanceNeg, .overallActiveBalance:
            "Clients - Overall Active"
        case .allQty, .allBalancePos, .allBalanceNeg, .allBalance: "Clients - All"
        case .refillQty, .refillTotal, .refillAvg: "Balance Refill"
        case .paygTotal, .paygActiveAvg: "Pay As You Go"
        case .activationQty, .activationTotal, .renewQty, .renewTotal: "Packages"
        }
    }

    /// The second level of the header.
    public var title: String {
        switch self {
        case .activeQty, .overallActiveQty, .allQty, .refillQty: "Qty"
        case .activeBalancePos, .overallActiveBalancePos, .allBalancePos: "Balance Pos"
        case .activeBalanceNeg, .overallActiveBalanceNeg, .allBalanceNeg: "Balance Neg"
        case .activeBalance, .overallActiveBalance, .allBalance: "Balance"
        case .refillTotal, .paygTotal: "Total"
        case .refillAvg: "Avg"
        case .paygActiveAvg: "Active Avg"
        case .activationQty: "Activation Qty"
        case .activationTotal: "Activation Total"
        case .renewQty: "Renew Qty"
        case .renewTotal: "Renew Total"
        }
    }

    /// False for numbers of things.
    public var isMoney: Bool {
        switch self {
        case .activeQty, .overallActiveQty, .allQty, .refillQty, .activationQty, .renewQty: false
        default: true
        }
    }
}
