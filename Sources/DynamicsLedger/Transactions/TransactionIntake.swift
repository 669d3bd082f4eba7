import DynamicsImport

/// Takes in an import's transactions, in any order and from several threads, and sorts them in two ways.
final class TransactionIntake: Sendable {
    /// By client, in the form of `ArrivingTransaction`.
    let byClient: ExternalSorter
    /// By key, in the form of `ArrivingKey`.
    let byKey: ExternalSorter
    private let hash: SipHash
    private let memory: Int

    /// - Parameters:
    ///   - folder: where temporary files go.
    ///   - memory: bytes for each thread.
    init(folder: String, hash: SipHash, memory: Int) {
        byClient = ExternalSorter(folder: folder)
        byKey = ExternalSorter(folder: folder)
        self.hash = hash
        self.memory = memory
    }

    /// What one thread uses; not for more than one at a time.
    final class Part: @unchecked Sendable {
        private let byClient: SortBuffer
        private let byKey: SortBuffer
        private let hash: SipHash

        fileprivate init(_ intake: TransactionIntake) {
            byClient = SortBuffer(intake.byClient, memory: intake.memory / 2)
            byKey = SortBuffer(intake.byKey, memory: intake.memory / 2)
            hash = intake.hash
        }

        /// - Parameter file: the file's place among those of the import.
        func take(_ batch: TransactionBatch, file: UInt16) throws {
            try batch.ids.withUnsafeBytes { ids in
                for entry in batch.entries {
                    let start = Int(entry.idStart)
                    let id = UnsafeRawBufferPointer(rebasing: ids[start..<start + Int(entry.idLength)])
                    let client = entry.isRemoval ? 0 : entry.client
                    try ArrivingKey.add(
                        to: byKey, key: TransactionKey(id: id, hash: hash), file: file, line: entry.line, client: client
                    )
                    if entry.isRemoval { continue }
                    try ArrivingTransaction.add(
                        to: byClient, client: client, at: entry.at, id: id, kind: entry.kind, amount: entry.amount,
                        package: entry.package == .max ? 0 : entry.package, file: file)
                }
            }
        }

        /// Must be called when nothing more comes.
        func finish() throws {
            try byClient.spill()
            try byKey.spill()
        }
    }

    func makePart() -> Part { Part(self) }
}
