import DynamicsModel

/// A figure as a cell has it: a 64-bit number of IEEE 754.
struct SheetNumber {
    /// The figure in units of the last digit that is shown.
    let scaled: Int128
    /// Decimal places.
    let digits: Int

    /// nil where there is no figure.
    init?(_ value: MeasureValue, moneyDigits: Int) {
        switch value {
        case .quantity(let n): self.init(scaled: Int128(n), digits: 0)
        case .money(let amount): self.init(scaled: amount.scaled(toDigits: moneyDigits), digits: moneyDigits)
        case .empty: return nil
        }
    }

    init(scaled: Int128, digits: Int) {
        self.scaled = scaled
        self.digits = digits
    }

    /// The number nearest to the decimal one, which is what reading its text gives.
    var nearest: Double {
        // Both are exact, so the division rounds once.
        if scaled.magnitude <= 1 << 53 { return Double(Int64(scaled)) / Self.powers[digits] }
        let text = String(scaled)
        return Double("\(text)e-\(digits)") ?? Double(scaled) / Self.powers[digits]
    }

    /// Whether it has more digits than the 15 that spreadsheets show and calculate with.
    var isLong: Bool {
        var rest = scaled.magnitude
        if rest < 1_000_000_000_000_000 { return false }
        while rest > 0, rest % 10 == 0 { rest /= 10 }
        return rest >= 1_000_000_000_000_000
    }

    /// 10^0 ... 10^12, all exact.
    private static let powers: [Double] = (0...12).map { (0..<$0).reduce(1) { power, _ in power * 10 } }
}
