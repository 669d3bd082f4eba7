package import DynamicsModel

/// What a report ends in: a result, or an error that says why there is none.
package enum Outcome {
    case result(ReportResult)
    case refusal(DynamicsError)

    /// - Throws: Errors other than `DynamicsError`.
    package init(_ report: () async throws -> ReportResult) async throws {
        do {
            self = .result(try await report())
        } catch let error as DynamicsError {
            self = .refusal(error)
        }
    }

    /// The first thing in which `actual` is not what is expected; nil when all that the law fixes is the same.
    package func firstDifference(from actual: Outcome) -> String? {
        switch (self, actual) {
        case (.result(let expected), .result(let actual)): difference(expected, actual)
        case (.refusal(let expected), .refusal(let actual)): difference(expected, actual)
        case (.result, .refusal(let error)): "expected a result, got the error \(error.code): \(error)"
        case (.refusal(let error), .result): "expected the error \(error.code): \(error), got a result"
        }
    }
}

private func difference(_ expected: DynamicsError, _ actual: DynamicsError) -> String? {
    if expected.kind != actual.kind || expected.code != actual.code {
        return "expected the error \(expected.code) (\(expected)), got \(actual.code) (\(actual))"
    }
    // An empty period is about two fields, too many buckets about three, a missing rate about the ledger.
    let isAboutField = !["empty_period", "too_many_buckets", "missing_rate"].contains(expected.code)
    if isAboutField, expected.field != actual.field {
        return "\(expected.code): expected the field \(expected.field ?? "none"), got \(actual.field ?? "none")"
    }
    return nil
}

private func difference(_ expected: ReportResult, _ actual: ReportResult) -> String? {
    if expected.query != actual.query { return "the query: expected \(expected.query), got \(actual.query)" }
    if expected.currency != actual.currency { return "expected \(expected.currency), got \(actual.currency)" }
    if expected.actualInterval != actual.actualInterval {
        return "the actual interval: expected \(text(expected.actualInterval)), got \(text(actual.actualInterval))"
    }
    for (index, (wanted, row)) in zip(expected.rows, actual.rows).enumerated() {
        if wanted.key != row.key { return "row \(index): expected \(text(wanted.key)), got \(text(row.key))" }
        if let difference = difference(wanted.measures, row.measures) { return "row \(text(row.key)): \(difference)" }
    }
    if expected.rows.count != actual.rows.count {
        let surplus = (expected.rows + actual.rows)[min(expected.rows.count, actual.rows.count)...].first
        let key = surplus.map { text($0.key) } ?? ""
        return "expected \(expected.rows.count) rows, got \(actual.rows.count); the first to differ is \(key)"
    }
    if let difference = difference(expected.total, actual.total) { return "the total: \(difference)" }
    if expected.ratesUsed != actual.ratesUsed {
        return "the rates used: expected \(expected.ratesUsed), got \(actual.ratesUsed)"
    }
    return difference(warnings: expected.warnings, actual.warnings)
}

private func difference(_ expected: Measures, _ actual: Measures) -> String? {
    for measure in Measure.allCases where !isSame(expected[measure], actual[measure]) {
        return "\(measure.field): expected \(text(expected[measure])), got \(text(actual[measure]))"
    }
    return nil
}

/// The wording is free; the currency and the date of its first rate must be there.
private func difference(warnings expected: [String], _ actual: [String]) -> String? {
    func facts(_ warning: String) -> Set<Substring> {
        let words = warning.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-")) }
        return Set(words.filter { CurrencyCode($0) != nil || ($0.count == 10 && $0.contains("-")) })
    }
    let isSame =
        expected.count == actual.count
        && expected.allSatisfy { warning in actual.count { facts($0).isSuperset(of: facts(warning)) } == 1 }
    return isSame ? nil : "expected the warnings \(expected), got \(actual)"
}

/// Whether two values are the same number, whatever fraction it is written as.
private func isSame(_ a: MeasureValue, _ b: MeasureValue) -> Bool {
    guard case .money(let x) = a, case .money(let y) = b else { return a == b }
    return reduced(x) == reduced(y)
}

private func reduced(_ amount: ExactAmount) -> ExactAmount {
    var (a, b) = (amount.units.magnitude, UInt128(amount.divisor))
    while b != 0 { (a, b) = (b, a % b) }
    return ExactAmount(units: amount.units / Int128(a), divisor: amount.divisor / Int64(a))
}

// MARK: - Words

private func text(_ interval: ActualInterval?) -> String { interval.map { "\($0.from) to \($0.to)" } ?? "none" }

func text(_ key: RowKey) -> String {
    let package: String? =
        switch key.package {
        case .package(let id, let name): "package \(id) (\(name))"
        case .some(.none): "no package"
        case nil: nil
        }
    let columns = [key.year, key.month, key.date, package].compactMap { $0 }
    return columns.isEmpty ? "of the period" : columns.joined(separator: " ")
}

func text(_ value: MeasureValue) -> String {
    switch value {
    case .quantity(let quantity): "\(quantity)"
    case .money(let amount): "\(amount.units)/\(amount.divisor) (\(amount.rounded(toDigits: 6)))"
    case .empty: "nothing"
    }
}
