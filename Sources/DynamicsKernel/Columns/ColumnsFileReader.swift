import DynamicsModel
import Foundation
import Synchronization

/// What a columns file holds, as far as it can be trusted: mapped, and checked once against its checksums.
package struct ColumnsFile: Sendable {
    /// The base, then the changes; clients that later parts replace or remove are marked as superseded.
    package let parts: [LedgerColumns]
    /// Of the ledger, that the parts together are at.
    package let revision: LedgerRevision
    /// Bytes up to the end of the last good part: where to append.
    package let length: Int
    /// How many of the parts are changes.
    package let changeCount: Int
    /// Bytes of the changes among them.
    package let changeLength: Int

    /// Opens and verifies a file, on `workers` threads.
    ///
    /// - Returns: nil when it is missing or of another version, or its base is damaged: build it anew.
    package static func open(_ path: String, workers: Int) -> ColumnsFile? {
        guard let memory = MappedFile(path), ColumnsFileHeader.isValid(memory.bytes) else { return nil }
        var places: [PartPlace] = []
        var offset = ColumnsFileHeader.size
        while let place = PartPlace(memory, at: offset) {
            places.append(place)
            offset = place.end
        }
        let good = places.prefix(verified(places, workers: workers))
        // A base that has lost a part is worth nothing.
        guard let last = good.last, let baseEnd = good.firstIndex(where: { $0.header.kind == .baseEnd }) else {
            return nil
        }
        let baseCount = baseEnd + 1
        guard let columns = try? good.map({ try $0.columns() }) else { return nil }
        var parts = columns.map(\.columns)
        supersede(&parts, removed: columns.map(\.removed), firstChange: baseCount)
        let changes = good.dropFirst(baseCount)
        return ColumnsFile(
            parts: parts, revision: last.header.revision, length: last.end, changeCount: changes.count,
            changeLength: changes.isEmpty ? 0 : last.end - changes[baseCount].start)
    }

    /// How many of the parts, from the first, are as they were written.
    private static func verified(_ places: [PartPlace], workers: Int) -> Int {
        let blocks = places.enumerated().flatMap { part, place in (0..<place.blockCount).map { (part, $0) } }
        let next = Atomic<Int>(0)
        let firstBad = Atomic<Int>(places.count)
        DispatchQueue.concurrentPerform(iterations: max(1, workers)) { _ in
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < blocks.count else { return }
                let (part, block) = blocks[index]
                if !places[part].isIntact(block: block) { firstBad.min(part, ordering: .relaxed) }
            }
        }
        return firstBad.load(ordering: .relaxed)
    }

    /// Marks in each part the clients that a later one replaces or removes.
    private static func supersede(_ parts: inout [LedgerColumns], removed: [[UInt32]], firstChange: Int) {
        for change in firstChange..<max(firstChange, parts.count) {
            let numbers = (0..<parts[change].clients.count).map { parts[change].clients.numbers[$0] } + removed[change]
            for older in 0..<change { parts[older].supersede(numbers) }
        }
    }
}

extension LedgerColumns {
    /// Marks those of the clients that are here as superseded. `clients.numbers` ascend.
    package mutating func supersede(_ numbers: [UInt32]) {
        for number in numbers {
            var low = 0
            var high = clients.count
            while low < high {
                let middle = (low + high) / 2
                if clients.numbers[middle] < number { low = middle + 1 } else { high = middle }
            }
            guard low < clients.count, clients.numbers[low] == number else { continue }
            if isSuperseded == nil { isSuperseded = Array(repeating: false, count: clients.count) }
            isSuperseded?[low] = true
        }
    }
}

/// A file in memory, read-only, for as long as somebody holds it. What has been found good in it is never written again: files are
/// replaced by renaming, and changes come behind it.
private final class MappedFile: Sendable {
    nonisolated(unsafe) let bytes: UnsafeRawBufferPointer

    init?(_ path: String) {
        let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size > 0,
            let start = mmap(nil, Int(status.st_size), PROT_READ, MAP_SHARED, descriptor, 0), start != MAP_FAILED
        else { return nil }
        bytes = UnsafeRawBufferPointer(start: start, count: Int(status.st_size))
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }
}

/// Where a part lies in a mapped file, and what its header says.
private struct PartPlace: Sendable {
    let file: MappedFile
    let header: ColumnsPartHeader
    let start: Int
    /// Sections and details.
    let content: Range<Int>
    let end: Int

    /// nil when there is no whole part at `offset`.
    init?(_ file: MappedFile, at offset: Int) {
        guard offset + ColumnsPartHeader.size <= file.bytes.count,
            let header = ColumnsPartHeader(UnsafeRawBufferPointer(rebasing: file.bytes[offset...]))
        else { return nil }
        let start = offset + ColumnsPartHeader.size
        let length = header.sectionLengths.reduce(0) { $0 + BlockChecksum.padded($1) }
        let blocks = (length + BlockChecksum.blockSize - 1) / BlockChecksum.blockSize
        let end = start + length + BlockChecksum.padded(blocks * 8)
        guard end <= file.bytes.count else { return nil }
        self.file = file
        self.header = header
        self.start = offset
        content = start..<start + length
        self.end = end
    }

    var blockCount: Int { (content.count + BlockChecksum.blockSize - 1) / BlockChecksum.blockSize }

    func isIntact(block: Int) -> Bool {
        let from = content.lowerBound + block * BlockChecksum.blockSize
        let to = min(content.upperBound, from + BlockChecksum.blockSize)
        let stored = file.bytes.loadUnaligned(fromByteOffset: content.upperBound + block * 8, as: UInt64.self)
        return UInt64(littleEndian: stored) == BlockChecksum.of(UnsafeRawBufferPointer(rebasing: file.bytes[from..<to]))
    }

    /// - Throws: for details that cannot be read.
    func columns() throws -> (columns: LedgerColumns, removed: [UInt32]) {
        let detailsStart = content.upperBound - BlockChecksum.padded(Int(header.detailsLength))
        let details = try JSONDecoder().decode(
            ColumnsPartDetails.self,
            from: Data(file.bytes[detailsStart..<detailsStart + Int(header.detailsLength)]))
        var sections = SectionReader(file: file, offset: content.lowerBound)
        return (LedgerColumns(&sections, header, details), details.removed)
    }
}

/// Hands out the sections of a part one after the other.
private struct SectionReader {
    let file: MappedFile
    var offset: Int

    mutating func column<Element>(_ count: UInt64) -> Column<Element> {
        let length = Int(count) * MemoryLayout<Element>.stride
        precondition(offset % MemoryLayout<Element>.alignment == 0 && offset + length <= file.bytes.count)
        let start = (file.bytes.baseAddress! + offset).assumingMemoryBound(to: Element.self)
        offset += BlockChecksum.padded(length)
        return Column(base: start, count: Int(count), owner: file)
    }
}

extension ColumnsPartHeader {
    /// Bytes of each section, and of the details behind them, without padding.
    fileprivate var sectionLengths: [Int] {
        let perClient = [4, 1, 4, 4, 2, 4, 4, 1].map { $0 * Int(clients) }
        let starts = [Int](repeating: 4 * (Int(clients) + 1), count: 4)
        let perTransaction = [4 * Int(transactions), 8 * Int(transactions), 4 * Int(purchases)]
        let perSubscription = [Int](repeating: 4 * Int(subscriptions), count: 5)
        return perClient + starts + perTransaction + perSubscription + [4 * Int(usedPackages), Int(detailsLength)]
    }
}

extension LedgerColumns {
    /// In the order of `forEachColumn`.
    fileprivate init(_ sections: inout SectionReader, _ header: ColumnsPartHeader, _ details: ColumnsPartDetails) {
        let (clients, starts) = (header.clients, header.clients + 1)
        self.init(
            clients: Clients(
                numbers: sections.column(clients), types: sections.column(clients), owners: sections.column(clients),
                tagSets: sections.column(clients), currencies: sections.column(clients),
                created: sections.column(clients), closed: sections.column(clients),
                isExclusive: sections.column(clients),
                transactionStarts: sections.column(starts), subscriptionStarts: sections.column(starts),
                purchaseStarts: sections.column(starts), usedPackageStarts: sections.column(starts)),
            transactions: Transactions(
                stamps: sections.column(header.transactions), effects: sections.column(header.transactions),
                purchases: sections.column(header.purchases)),
            subscriptions: Subscriptions(
                packages: sections.column(header.subscriptions), started: sections.column(header.subscriptions),
                ended: sections.column(header.subscriptions), firstTransactions: sections.column(header.subscriptions),
                lastTransactions: sections.column(header.subscriptions)),
            usedPackages: sections.column(header.usedPackages), owners: details.owners,
            tagSets: details.tagSets.map { Set($0.map { ExactText($0) }) }, magnitude: header.magnitude,
            span: header.span.isEmpty ? nil : Tick(header.span.lowerBound)..<Tick(header.span.upperBound))
    }

    /// All columns as bytes, in the order of the file.
    func forEachColumn(_ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        try body(clients.numbers.bytes)
        try body(clients.types.bytes)
        try body(clients.owners.bytes)
        try body(clients.tagSets.bytes)
        try body(clients.currencies.bytes)
        try body(clients.created.bytes)
        try body(clients.closed.bytes)
        try body(clients.isExclusive.bytes)
        try body(clients.transactionStarts.bytes)
        try body(clients.subscriptionStarts.bytes)
        try body(clients.purchaseStarts.bytes)
        try body(clients.usedPackageStarts.bytes)
        try body(transactions.stamps.bytes)
        try body(transactions.effects.bytes)
        try body(transactions.purchases.bytes)
        try body(subscriptions.packages.bytes)
        try body(subscriptions.started.bytes)
        try body(subscriptions.ended.bytes)
        try body(subscriptions.firstTransactions.bytes)
        try body(subscriptions.lastTransactions.bytes)
        try body(usedPackages.bytes)
    }
}
