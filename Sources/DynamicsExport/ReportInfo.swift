public import DynamicsModel

/// How a report came about: what a spreadsheet's second sheet says beside what the result itself knows.
public struct ReportInfo: Sendable, Hashable {
    /// The query in words, with the names of owners and packages where the caller knows them.
    public var facts: [QueryFact]
    /// Who asked, as a role: the file may be forwarded to anybody.
    public var generatedBy: String
    public var generatedAt: Instant
    public var duration_ms: Int

    public init(facts: [QueryFact], generatedBy: String, generatedAt: Instant, duration_ms: Int) {
        self.facts = facts
        self.generatedBy = generatedBy
        self.generatedAt = generatedAt
        self.duration_ms = duration_ms
    }
}
