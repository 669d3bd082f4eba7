public import DynamicsModel

/// Asks a ledger one question and settles the answer. Nothing is stored.
///
/// - Parameter progress: is told which part (0...1) of the work is done.
/// - Throws: `DynamicsError` for a query or data that make no sense, `CancellationError` when the task is cancelled.
@concurrent
public func runReport(
    _ query: ReportQuery, scope: Scope, on backend: any ReportBackend, zones: TimeZoneDirectory,
    progress: @escaping @Sendable (Double) -> Void = { _ in }
) async throws -> ReportResult {
    try await runReport(query, scope: scope, in: backend.snapshot(), zones: zones, progress: progress)
}

/// As above, for one revision of a ledger.
@concurrent
public func runReport(
    _ query: ReportQuery, scope: Scope, in snapshot: any LedgerSnapshot, zones: TimeZoneDirectory,
    progress: @escaping @Sendable (Double) -> Void = { _ in }
) async throws -> ReportResult {
    let plan = try await makePlan(query, scope: scope, on: snapshot, zones: zones)
    let sums = try await snapshot.sums(for: plan, progress: progress)
    return try ReportResult(settling: sums, of: plan, catalog: snapshot.catalog)
}

/// Works a query out against a snapshot; asks it only what a reseller's package filter needs to know.
public func makePlan(
    _ query: ReportQuery, scope: Scope, on snapshot: any LedgerSnapshot, zones: TimeZoneDirectory
) async throws -> ReportPlan {
    var packagesInScope: Set<ExactText> = []
    if case .reseller(let id) = scope, !query.packages.isEmpty {
        let owners = ResellerTree(snapshot.catalog.resellers).subtree(of: id)
        packagesInScope = try await snapshot.packagesInUse(byClientsOf: owners)
    }
    return try ReportPlan(
        query, scope: scope, catalog: snapshot.catalog, zone: try zones.rules(named: query.timezone),
        zoneVersion: zones.version, packagesInScope: packagesInScope)
}
