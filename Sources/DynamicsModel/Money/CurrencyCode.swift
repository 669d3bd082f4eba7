/// Three capital letters, packed into a number so that a column of them takes two bytes a client.
public struct CurrencyCode: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// 0 ..< `CurrencyCode.count`: the letters as digits to the base 26, so that codes order alphabetically.
    public let number: UInt16

    /// How many codes there can be: 26^3.
    public static let count = 17_576

    public init?(_ text: some StringProtocol) {
        self.init(utf8: Array(text.utf8))
    }

    /// nil unless the bytes are exactly three of A-Z.
    public init?(utf8 bytes: some RandomAccessCollection<UInt8>) {
        guard bytes.count == 3 else { return nil }
        var number: UInt16 = 0
        for byte in bytes {
            guard byte >= 0x41, byte <= 0x5A else { return nil }
            number = number * 26 + UInt16(byte - 0x41)
        }
        self.number = number
    }

    /// - Precondition: `number < CurrencyCode.count`.
    public init(number: UInt16) {
        precondition(number < Self.count)
        self.number = number
    }

    public var description: String {
        let letters = [number / 676, number / 26 % 26, number % 26]
        return String(decoding: letters.map { UInt8($0) + 0x41 }, as: UTF8.self)
    }

    public static func < (a: CurrencyCode, b: CurrencyCode) -> Bool { a.number < b.number }

    /// ISO 4217's number of decimal places, as listed in section 5 of `docs/semantics.md`.
    public var minorUnits: Int {
        let code = description
        if Self.withoutMinorUnit.contains(code) { return 0 }
        if Self.withThreeDigits.contains(code) { return 3 }
        return Self.withFourDigits.contains(code) ? 4 : 2
    }

    private static let withoutMinorUnit: Set<String> = [
        "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
        "XPF",
    ]
    private static let withThreeDigits: Set<String> = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]
    private static let withFourDigits: Set<String> = ["CLF", "UYW"]
}
