/// What takes bytes from strangers, each with what must hold for all bytes: a broken promise stops the process, as fuzzers expect.
///
/// `fuzz/` has a program for each that libFuzzer drives for as long as one likes; the tests run all of them for some seconds, on the
/// corpus in `fuzz/corpus` and on what random damage makes of it.
public enum FuzzTarget: String, CaseIterable, Sendable {
    /// Files of records: CSV and NDJSON.
    case imports
    /// A query as JSON, as programs send it and templates keep it.
    case query
    /// A query as a browser's form.
    case form
    /// Periods in timezones.
    case period
    /// Tokens of a billing system.
    case token

    /// Runs it once.
    public func run(_ input: [UInt8]) {
        switch self {
        case .imports: fuzzImports(input)
        case .query: fuzzQuery(input)
        case .form: fuzzForm(input)
        case .period: fuzzPeriod(input)
        case .token: fuzzToken(input)
        }
    }
}
