public import DynamicsImport
public import DynamicsModel
import Foundation

extension Ledger {
    /// Imports files, all of them or nothing.
    ///
    /// Waits while another import has the ledger. When this returns, everything is on the disk, in a revision of its own; an
    /// import that changes nothing makes no revision. When it throws, when the task is cancelled, or when the process ends
    /// before, the ledger is as it was.
    ///
    /// - Parameters:
    ///   - baseCurrency: nil: that of the ledger, or USD when this is the first import.
    ///   - onlyIntoEmpty: refuse, when the ledger already has a revision by the time that this import has it to itself.
    ///   - dryRun: do all of it, but leave the ledger as it was.
    ///   - progress: is told now and then how far the import is, from any thread.
    /// - Throws: `ImportFailure` with the first bad rows; `DynamicsError`; `CancellationError`.
    public func importSources(
        _ sources: [ImportSource], baseCurrency: CurrencyCode? = nil, onlyIntoEmpty: Bool = false, dryRun: Bool = false,
        progress: @escaping @Sendable (ImportProgress) -> Void = { _ in }
    ) async throws -> ImportSummary {
        try await importInputs(
            sources.map { ImportInput($0) }, baseCurrency: baseCurrency, onlyIntoEmpty: onlyIntoEmpty, dryRun: dryRun,
            tuning: ImportTuning(), progress: progress)
    }

    /// The same for inputs that need not be files.
    public func importInputs(
        _ inputs: [ImportInput], baseCurrency: CurrencyCode? = nil, dryRun: Bool = false,
        progress: @escaping @Sendable (ImportProgress) -> Void = { _ in }
    ) async throws -> ImportSummary {
        try await importInputs(
            inputs, baseCurrency: baseCurrency, dryRun: dryRun, tuning: ImportTuning(), progress: progress)
    }

    package func importInputs(
        _ inputs: [ImportInput], baseCurrency: CurrencyCode?, onlyIntoEmpty: Bool = false, dryRun: Bool,
        tuning: ImportTuning,
        progress: @escaping @Sendable (ImportProgress) -> Void = { _ in }
    ) async throws -> ImportSummary {
        guard inputs.count <= ArrivingTransaction.fileLimit else {
            throw DynamicsError(
                .usage, "too_many_files", "one import takes at most \(ArrivingTransaction.fileLimit) files")
        }
        let order = RecordKind.allCases
        let sorted = order.flatMap { kind in inputs.filter { $0.kind == kind } }
        let control = ImportControl(progress)
        let run = ImportRun(
            ledger: self, inputs: sorted, baseCurrency: baseCurrency, isDryRun: dryRun,
            onlyIntoEmpty: onlyIntoEmpty, tuning: tuning, control: control)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                // Not on Swift's cooperative pool: an import waits for files, locks and threads of its own.
                Thread.detachNewThread {
                    continuation.resume(
                        with: Result {
                            try LedgerFile.translatingErrors(in: self.folder) { try run.run() }
                        })
                }
            }
        } onCancel: {
            control.cancel()
        }
    }
}
