import DynamicsClickHouse
import DynamicsImport
import DynamicsLedger
import DynamicsModel
import DynamicsWeb

/// Brings what has arrived over HTTP into the embedded ledger.
struct EmbeddedIntake: LedgerIntake {
    let ledger: Ledger
    let backend: LedgerBackend

    func take(_ file: IntakeFile) async throws -> IntakeOutcome {
        let base = try file.baseCurrency.map { try ImportCommand.currency($0) }
        let source = try ImportSource(file)
        return try await refusing {
            let summary = try await ledger.importSources([source], baseCurrency: base)
            // The next report finds its columns ready, or nearly so.
            Task { _ = try? await backend.snapshot() }
            let counts = summary.files.first?.counts ?? RowCounts()
            return IntakeOutcome(
                added: counts.added, replaced: counts.replaced, removed: counts.removed, unchanged: counts.unchanged,
                revision: summary.revision, seconds: summary.seconds)
        }
    }
}

/// Brings what has arrived over HTTP into a ledger on ClickHouse.
struct ClusterIntake: LedgerIntake {
    let server: ClickHouseServer

    func take(_ file: IntakeFile) async throws -> IntakeOutcome {
        let base = try file.baseCurrency.map { try ImportCommand.currency($0) }
        let source = try ImportSource(file)
        return try await refusing {
            let summary = try await ClusterImport(server).run([source], baseCurrency: base)
            let counts = summary.files.first
            return IntakeOutcome(
                added: counts?.added ?? 0, replaced: counts?.replaced ?? 0, removed: counts?.removed ?? 0,
                unchanged: counts?.unchanged ?? 0, revision: summary.revision, seconds: summary.seconds)
        }
    }
}

/// Tells bad rows in the words of the HTTP interface.
private func refusing(_ body: () async throws -> IntakeOutcome) async throws -> IntakeOutcome {
    do {
        return try await body()
    } catch let failure as ImportFailure {
        throw IntakeRefusal(rows: failure.problems.map { .init(line: $0.line, field: $0.column, detail: $0.message) })
    }
}

extension ImportSource {
    fileprivate init(_ file: IntakeFile) throws {
        guard let kind = RecordKind(rawValue: file.kind.rawValue),
            let format = ImportFormat(rawValue: file.format.rawValue)
        else { throw DynamicsError(.fault, "intake", "there are no records of the kind \(file.kind.rawValue)") }
        self.init(kind: kind, name: file.kind.rawValue, format: format, isGzipped: file.isGzipped, path: file.path)
    }
}
