/// What a TZif file (RFC 9636, versions 1 to 4) says about a zone's offsets from UTC. Names, daylight-saving flags and the
/// indicators for POSIX-style rules have no bearing on reports and are skipped.
struct TZifFile {
    /// The bytes that every TZif file begins with.
    static let magic: [UInt8] = Array("TZif".utf8)

    /// The offset before the first change: that of local time type 0.
    let initialOffset: Int64
    /// In order of time, no two at the same instant. A change need not differ from what was before it.
    let changes: [OffsetChange]
    /// The rule for all instants after the last change; nil when the file leaves them open. The last change holds until the
    /// rule's next one: where a zone takes up a rule in its summer, some files have it in force too early (America/Ojinaga
    /// in October 2022, as `zic -b slim` writes it).
    let footer: PosixZone?

    /// - Throws: when `bytes` break RFC 9636 in anything that bears on offsets, or count leap seconds.
    init(_ bytes: [UInt8]) throws(MalformedTimeZone) {
        var cursor = ByteCursor(bytes[...])
        var header = try Header(&cursor)
        if header.version == 1 {
            (initialOffset, changes) = try Self.readBlock(header, timeSize: 4, &cursor)
            footer = nil
            return
        }
        // Newer versions begin with a block of 32-bit times for old readers, and repeat it with 64 bits.
        _ = try cursor.take(header.blockSize(timeSize: 4))
        header = try Header(&cursor)
        (initialOffset, changes) = try Self.readBlock(header, timeSize: 8, &cursor)
        footer = try Self.readFooter(&cursor)
        if let footer, footer.changes.isEmpty, let last = changes.last, last.offset != footer.initialOffset {
            throw MalformedTimeZone("its footer contradicts its last transition")
        }
    }

    /// Section 3.2: transition times, their types, the types, designations, leap seconds and indicators.
    private static func readBlock(
        _ header: Header, timeSize: Int, _ cursor: inout ByteCursor
    ) throws(MalformedTimeZone) -> (initialOffset: Int64, changes: [OffsetChange]) {
        guard header.leapCount == 0 else { throw MalformedTimeZone("it counts leap seconds") }
        var block = ByteCursor(try cursor.take(header.blockSize(timeSize: timeSize)))
        var times = ByteCursor(try block.take(header.timeCount * timeSize))
        let types = try block.take(header.timeCount)
        var offsets: [Int64] = []
        for _ in 0..<header.typeCount {
            let offset = try block.takeInteger(bytes: 4)
            guard OffsetChange.offsets.contains(offset) else { throw MalformedTimeZone("an offset exceeds a day") }
            _ = try block.take(2)
            offsets.append(offset)
        }
        guard let initialOffset = offsets.first else { throw MalformedTimeZone("it has no local time types") }

        var changes: [OffsetChange] = []
        for type in types {
            let instant = try times.takeInteger(bytes: timeSize)
            guard Int(type) < offsets.count else { throw MalformedTimeZone("a transition has no local time type") }
            if let last = changes.last, last.instant >= instant {
                throw MalformedTimeZone("its transitions are out of order")
            }
            changes.append(OffsetChange(instant: instant, offset: offsets[Int(type)]))
        }
        return (initialOffset, changes)
    }

    /// Section 3.3: a rule between two line feeds, or nothing between them.
    private static func readFooter(_ cursor: inout ByteCursor) throws(MalformedTimeZone) -> PosixZone? {
        let lineFeed = UInt8(ascii: "\n")
        guard cursor.takeIf(lineFeed) else { throw MalformedTimeZone("its footer is missing") }
        let rule = cursor.takeWhile { $0 != lineFeed }
        guard cursor.takeIf(lineFeed) else { throw MalformedTimeZone("its footer does not end") }
        return rule.isEmpty ? nil : try PosixZone(rule)
    }

    /// Section 3.1.
    private struct Header {
        let version: Int
        let utcIndicatorCount, standardIndicatorCount, leapCount, timeCount, typeCount, designationSize: Int

        init(_ cursor: inout ByteCursor) throws(MalformedTimeZone) {
            guard try cursor.take(4).elementsEqual(TZifFile.magic) else {
                throw MalformedTimeZone("it is no TZif file")
            }
            switch try cursor.takeByte() {
            case 0: version = 1
            case UInt8(ascii: "2"): version = 2
            case UInt8(ascii: "3"): version = 3
            case UInt8(ascii: "4"): version = 4
            default: throw MalformedTimeZone("its version is not one of 1 to 4")
            }
            _ = try cursor.take(15)
            utcIndicatorCount = try cursor.takeCount()
            standardIndicatorCount = try cursor.takeCount()
            leapCount = try cursor.takeCount()
            timeCount = try cursor.takeCount()
            typeCount = try cursor.takeCount()
            designationSize = try cursor.takeCount()
        }

        /// In bytes. Counts have 32 bits, so the sum cannot overflow.
        func blockSize(timeSize: Int) -> Int {
            timeCount * (timeSize + 1) + typeCount * 6 + designationSize + leapCount * (timeSize + 4)
                + standardIndicatorCount + utcIndicatorCount
        }
    }
}

/// From `instant` on, local clocks are `offset` seconds ahead of UTC.
struct OffsetChange {
    /// Seconds since 1970-01-01T00:00:00Z.
    let instant: Int64
    let offset: Int64

    /// What RFC 9636 section 3.2 allows: more than -25 and less than 26 hours.
    static let offsets: ClosedRange<Int64> = -89_999...93_599
}
