import Glibc

/// How far a stretch of bytes consists of whole records.
struct RecordBoundaries {
    /// The index behind the last record that is complete and not too long, as are all before it.
    private(set) var end = 0
    /// Whether a record longer than `longestRecord` begins at `end`.
    private(set) var isTooLong = false

    private let bytes: UnsafeBufferPointer<UInt8>

    /// - Parameters:
    ///   - bytes: begin where a record does.
    ///   - isAll: nothing follows, so that the last record needs no line end.
    init(_ bytes: UnsafeBufferPointer<UInt8>, format: ImportFormat, isAll: Bool) {
        self.bytes = bytes
        switch format {
        case .csv: findWithQuotes()
        case .ndjson: findLines(before: bytes.count)
        }
        let rest = bytes.count - end
        if !isTooLong, rest > RecordChunks.longestRecord { isTooLong = true }
        if !isTooLong, isAll { end = bytes.count }
    }

    /// Lines as far as there is no quote, then the record with the quote, and so on.
    private mutating func findWithQuotes() {
        while !isTooLong {
            let quoteIndex = index(of: quote, from: end) ?? bytes.count
            findLines(before: quoteIndex)
            guard !isTooLong, quoteIndex < bytes.count, let next = CSVSyntax.endOfRecord(bytes, from: end) else {
                return
            }
            if next - end > RecordChunks.longestRecord { isTooLong = true } else { end = next }
        }
    }

    /// Moves `end` behind the last line feed before `limit`, in steps that no record that is too long fits in.
    private mutating func findLines(before limit: Int) {
        while end < limit {
            let reach = min(limit, end + RecordChunks.longestRecord)
            guard let lineEnd = lastLineFeed(in: end..<reach) else {
                isTooLong = reach < limit
                return
            }
            end = lineEnd + 1
        }
    }

    private func index(of byte: UInt8, from start: Int) -> Int? {
        guard let base = bytes.baseAddress, start < bytes.count,
            let found = memchr(base + start, Int32(byte), bytes.count - start)
        else { return nil }
        return UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
    }

    private func lastLineFeed(in range: Range<Int>) -> Int? {
        var index = range.upperBound
        while index > range.lowerBound {
            index -= 1
            if bytes[index] == lineFeed { return index }
        }
        return nil
    }
}
