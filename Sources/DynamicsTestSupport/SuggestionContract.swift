public import DynamicsModel

/// Asks a backend for suggestions and names in every scope of random ledgers with hostile names, and compares with the naive answers.
///
/// - Parameters:
///   - seeds: One ledger each. A violation names its seed.
///   - makeBackend: A backend that holds these records and nothing else.
/// - Returns: Nothing in `violations` when each answer is the same.
public func checkSuggestions(
    seeds: Range<UInt64>, makeBackend: (LedgerRecords) async throws -> any ReportBackend
) async throws -> ContractFindings {
    var findings = ContractFindings()
    for seed in seeds where findings.violations.count < ContractFindings.limit {
        let records = LedgerRecords.withHostileNames(seed: seed)
        let snapshot = try await makeBackend(records).snapshot()
        var random = SplitMix64(seed: seed)
        let resellers = records.clients.filter { $0.type == .reseller }.map(\.id)
        for scope in [.everything, .reseller("nobody")] + resellers.map(Scope.reseller) {
            let naive = NaiveSuggestions(ledger: records, scope: scope)
            for kind in SuggestionKind.allCases {
                let violations = try await differences(snapshot, naive, kind, &random) { name in
                    findings.outcomes[name, default: 0] += 1
                }
                findings.violations += violations.map { "seed \(seed), \(scope), \(kind): \($0)" }
            }
        }
    }
    return findings
}

private func differences(
    _ snapshot: any LedgerSnapshot, _ naive: NaiveSuggestions, _ kind: SuggestionKind, _ random: inout SplitMix64,
    note: (String) -> Void
) async throws -> [String] {
    var differences: [String] = []
    let (records, scope) = (naive.ledger, naive.scope)
    for text in [""] + (0..<6).map({ _ in random.searchText(records) }) {
        for limit in [1000, random.between(-1...3)] {
            let expected = naive.matching(text, kind, limit: limit)
            let actual = try await snapshot.suggestions(kind, matching: text, scope: scope, limit: limit)
            note(expected.isEmpty ? "nothing" : "suggestions")
            if actual != expected {
                differences.append("\(String(reflecting: text)), \(limit): expected \(expected), got \(actual)")
            }
        }
    }
    // Whatever there is in the whole ledger; the names of other branches must not come.
    let everything = NaiveSuggestions(ledger: records, scope: .everything).all(kind).map(\.id)
    let ids = everything + ["nobody", ""]
    let visible = Dictionary(uniqueKeysWithValues: naive.all(kind).map { ($0.id, $0.name) })
    note(visible.count < everything.count ? "hidden" : "all visible")
    let actual = try await snapshot.names(of: kind, ids: ids, scope: scope)
    if actual != visible { differences.append("names: expected \(visible), got \(actual)") }
    let one = random.pick(ids)
    let single = try await snapshot.names(of: kind, ids: [one, one], scope: scope)
    if single != visible.filter({ $0.key == one }) { differences.append("the name of \(one): got \(single)") }
    return differences
}

extension LedgerRecords {
    private static let hostileNames: [ExactText] = [
        "Operator", "operator", "<script>alert('x')</script>", "=1+1", "'; DROP TABLE client; --", "a\r\nb",
        "\u{202E}gnp",
        "straße", "STRASSE", "STRAẞE", "ΟΔΟΣ", "οδος", "İzmir", "izmir", "ızmir", "é", "e\u{301}", "É", "two words",
        "two\u{A0}words", "\u{FEFF}x", "%", "_", "\\", "\"", "a.b.c", "R2-D2", "½ price", "Ⅳ", "👩\u{200D}💻 dev",
        "日本語 テスト", "null", "\u{1}control", ExactText(String(repeating: "ǅx ", count: 84) + "ß"),
    ]

    /// A random ledger in which resellers, packages and tags have names that are meant to hurt.
    static func withHostileNames(seed: UInt64) -> LedgerRecords {
        var random = SplitMix64(seed: ~seed)
        var records = RandomLedger(seed: seed).records
        // Tags are trimmed.
        let tags = hostileNames.filter { tag in
            let ends = [tag.string.unicodeScalars.first, tag.string.unicodeScalars.last]
            return !ends.contains { $0?.properties.isWhitespace ?? true } && !tag.string.contains(";")
        }
        for i in records.clients.indices {
            records.clients[i].name = random.pick(hostileNames)
            if random.chance(70) { records.clients[i].tags = Set(random.some(tags, percent: 10)) }
        }
        for i in records.packages.indices { records.packages[i].name = random.pick(hostileNames) }
        return records
    }

    fileprivate var texts: [ExactText] {
        clients.flatMap { [$0.id, $0.name] + $0.tags.sorted() } + packages.flatMap { [$0.id, $0.name] } + ["Operator"]
    }
}

extension SplitMix64 {
    /// A part of some text of the ledger, in the case of its letters or another.
    fileprivate mutating func searchText(_ records: LedgerRecords) -> String {
        let scalars = Array(pick(records.texts).string.unicodeScalars)
        let start = chance(30) ? 0 : between(0...(scalars.count - 1))
        let end = min(scalars.count, start + between(1...4))
        let part = String(String.UnicodeScalarView(scalars[start..<end]))
        return pick([part, part.uppercased(), part.lowercased()])
    }
}
