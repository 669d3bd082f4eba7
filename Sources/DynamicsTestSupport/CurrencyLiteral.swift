public import DynamicsModel

extension CurrencyCode: ExpressibleByStringLiteral {
    /// For tests, whose literals are right: `let base: CurrencyCode = "EUR"`.
    public init(stringLiteral text: String) {
        guard let code = CurrencyCode(text) else { preconditionFailure("\(text) is no currency code") }
        self = code
    }
}
