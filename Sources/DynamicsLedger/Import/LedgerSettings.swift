import DynamicsModel
import Foundation
import GRDB

/// What the first import settles for good.
struct LedgerSettings {
    let baseCurrency: CurrencyCode
    /// Makes the keys of the index of ids.
    let hash: SipHash
    /// Whether this import is the first.
    let isNew: Bool

    /// Reads the settings, or makes them.
    /// - Throws: `DynamicsError` (`base_currency`) when the ledger has another base currency.
    static func take(_ db: Database, baseCurrency: CurrencyCode?) throws -> LedgerSettings {
        let stored = try String.fetchOne(db, sql: "SELECT value FROM setting WHERE name = 'base_currency'")
        guard let stored else { return try make(db, baseCurrency: baseCurrency) }
        if let baseCurrency, baseCurrency.description != stored {
            throw DynamicsError(
                .usage, "base_currency", field: "base_currency",
                "the ledger's base currency is \(stored) since its first import, and cannot become \(baseCurrency)")
        }
        let key = try Data.fetchOne(db, sql: "SELECT value FROM setting WHERE name = 'key'").map { [UInt8]($0) }
        guard let currency = CurrencyCode(stored), let key, key.count == 16 else { throw DamagedBlock() }
        return LedgerSettings(baseCurrency: currency, hash: SipHash(key: key), isNew: false)
    }

    private static func make(_ db: Database, baseCurrency: CurrencyCode?) throws -> LedgerSettings {
        var random = SystemRandomNumberGenerator()
        let key = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        // USD is always a code.
        guard let currency = baseCurrency ?? CurrencyCode("USD") else { throw DamagedBlock() }
        let insert = try BulkStatement(db, "INSERT INTO setting (name, value) VALUES (?, ?)")
        insert.bind(1, "base_currency")
        insert.bind(2, currency.description)
        try insert.run()
        try key.withUnsafeBytes { bytes in
            insert.bind(1, "key")
            insert.bind(2, bytesInPlace: bytes)
            defer { insert.clearBindings() }
            try insert.run()
        }
        return LedgerSettings(baseCurrency: currency, hash: SipHash(key: key), isNew: true)
    }
}
