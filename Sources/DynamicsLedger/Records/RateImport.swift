import DynamicsImport
import DynamicsModel
import GRDB

/// Writes the exchange rates of an import.
final class RateImport {
    private let state: ImportState
    private let base: CurrencyCode
    private let see: BulkStatement
    private let findSeen: BulkStatement
    private let find: BulkStatement
    private let put: BulkStatement
    private let remove: BulkStatement

    private static let lineBits: Int64 = 40

    init(_ state: ImportState, base: CurrencyCode) throws {
        self.state = state
        self.base = base
        let db = state.db
        try db.execute(
            sql: """
                CREATE TEMP TABLE seen_rates (
                    currency TEXT, effective_on TEXT, place INTEGER NOT NULL, PRIMARY KEY (currency, effective_on)
                ) WITHOUT ROWID
                """)
        see = try BulkStatement(db, "INSERT INTO temp.seen_rates VALUES (?, ?, ?)")
        findSeen = try BulkStatement(db, "SELECT place FROM temp.seen_rates WHERE currency = ? AND effective_on = ?")
        find = try BulkStatement(db, "SELECT rate FROM rate WHERE currency = ? AND effective_on = ?")
        put = try BulkStatement(
            db,
            """
            INSERT INTO rate (currency, effective_on, rate) VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET rate = excluded.rate
            """)
        remove = try BulkStatement(db, "DELETE FROM rate WHERE currency = ? AND effective_on = ?")
    }

    func take(_ row: RateRow, file: ImportFile) throws {
        switch row {
        case .put(let line, let rate):
            let place = ImportPlace(file: file, line: line)
            guard try isFirst(rate.currency, rate.effectiveOn, at: place) else { return }
            try enter(rate, at: place)
        case .remove(let line, let currency, let effectiveOn):
            let place = ImportPlace(file: file, line: line)
            guard try isFirst(currency, effectiveOn, at: place) else { return }
            if try stored(currency, effectiveOn) == nil {
                state.counts[file.index].unchanged += 1
            } else {
                bind(remove, currency, effectiveOn)
                try remove.run()
                state.counts[file.index].removed += 1
            }
        }
    }

    private func enter(_ rate: ExchangeRate, at place: ImportPlace) throws {
        if rate.currency == base {
            state.problems.add(
                place.problem("currency", "\(base) is the base currency, whose rate is always 1"), at: place)
            return
        }
        let old = try stored(rate.currency, rate.effectiveOn)
        if old == rate.rate {
            state.counts[place.file.index].unchanged += 1
            return
        }
        bind(put, rate.currency, rate.effectiveOn)
        put.bind(3, rate.rate)
        try put.run()
        if old == nil {
            state.counts[place.file.index].added += 1
        } else {
            state.counts[place.file.index].replaced += 1
        }
    }

    private func bind(_ statement: BulkStatement, _ currency: CurrencyCode, _ date: CivilDate) {
        statement.bind(1, currency.description)
        statement.bind(2, date.description)
    }

    private func stored(_ currency: CurrencyCode, _ date: CivilDate) throws -> Int64? {
        bind(find, currency, date)
        defer { find.reset() }
        return try find.step() ? find.int(0) : nil
    }

    /// Whether no row before has the same currency and date; else that is a problem.
    private func isFirst(_ currency: CurrencyCode, _ date: CivilDate, at place: ImportPlace) throws -> Bool {
        bind(findSeen, currency, date)
        let earlier = try findSeen.step() ? findSeen.int(0) : nil
        findSeen.reset()
        if let earlier {
            let first = ImportPlace(
                file: state.files[Int(earlier >> Self.lineBits)], line: Int(earlier & (1 << Self.lineBits - 1)))
            state.problems.add(place.duplicate(of: first, column: "effective_on"), at: place)
            return false
        }
        bind(see, currency, date)
        see.bind(3, Int64(place.file.index) << Self.lineBits | Int64(place.line))
        try see.run()
        return true
    }
}
