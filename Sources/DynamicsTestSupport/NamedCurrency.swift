public import DynamicsModel

extension CurrencyCode {
    public static let eur = named("EUR")
    public static let usd = named("USD")
    public static let uah = named("UAH")
    public static let jpy = named("JPY")

    /// For tests, whose codes are right.
    /// - Precondition: `text` is a currency code.
    public static func named(_ text: String) -> CurrencyCode {
        guard let code = CurrencyCode(text) else { preconditionFailure("\(text) is no currency code") }
        return code
    }
}
