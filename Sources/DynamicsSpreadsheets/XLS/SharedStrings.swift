/// The texts of all sheets, each once: SST, [MS-XLS] 2.4.265.
struct SharedStrings {
    /// By UTF-8 bytes: Swift's equality would take é and e + U+0301 for one.
    private var places: [[UInt8]: Int] = [:]
    private var texts: [[UInt16]] = []
    private var uses = 0
    /// Rows often repeat what the row before says.
    private var last: (text: String, place: Int)?

    /// The place of a text, which is added when it is new. Too long a text is cut.
    mutating func place(of text: String) -> Int {
        uses += 1
        if let last, last.text.utf8.elementsEqual(text.utf8) { return last.place }
        let key = Array(text.utf8)
        let place: Int
        if let known = places[key] {
            place = known
        } else {
            place = texts.count
            texts.append(Array(CellText.cut(text, toUnits: SheetLimits.textLength).utf16))
            places[key] = place
        }
        last = (text, place)
        return place
    }

    /// Writes SST, its continuations, and ExtSST ([MS-XLS] 2.4.107), by which readers find every so many strings.
    ///
    /// - Parameter bytes: everything of the stream before.
    func write(to bytes: inout RecordBytes) {
        // At most 128 places fit well; fewer than 8 strings a place are not allowed.
        let step = max(8, (texts.count + 127) / 128)
        var places: [(position: Int, offset: Int)] = []
        var record = OpenRecord(.sst, in: &bytes)
        bytes.u32(uses)
        bytes.u32(texts.count)
        for (index, text) in texts.enumerated() {
            let isWide = text.contains { $0 > 0xFF }
            // The head of a string and its first character stay together.
            if record.room(in: bytes) < (isWide ? 5 : 4) { record.goOn(in: &bytes) }
            if index % step == 0 { places.append((bytes.count, bytes.count - record.start)) }
            bytes.u16(text.count)
            bytes.u8(isWide ? 1 : 0)
            write(text, isWide: isWide, to: &bytes, &record)
        }
        record.close(in: &bytes)
        bytes.record(.extSST) { data in
            data.u16(step)
            for place in places {
                data.u32(place.position)
                data.u16(place.offset)
                data.u16(0)
            }
        }
    }

    /// Characters go on in the next record behind a byte that says again how wide they are: [MS-XLS] 2.5.293.
    private func write(_ text: [UInt16], isWide: Bool, to bytes: inout RecordBytes, _ record: inout OpenRecord) {
        for (index, unit) in text.enumerated() {
            // A character of two units stays in one record: some readers decode record by record.
            let startsPair = UTF16.isLeadSurrogate(unit) && index + 1 < text.count
            if record.room(in: bytes) < (isWide ? (startsPair ? 4 : 2) : 1) {
                record.goOn(in: &bytes)
                bytes.u8(isWide ? 1 : 0)
            }
            if isWide { bytes.u16(Int(unit)) } else { bytes.u8(Int(unit)) }
        }
    }
}

/// A record whose length is not known yet, and that is continued in others: [MS-XLS] 2.4.58.
private struct OpenRecord {
    /// Where its type stands.
    private(set) var start: Int

    init(_ type: RecordType, in bytes: inout RecordBytes) {
        start = bytes.count
        bytes.u16(type.rawValue)
        bytes.u16(0)
    }

    func room(in bytes: RecordBytes) -> Int { RecordBytes.longestRecord - (bytes.count - start - 4) }

    mutating func goOn(in bytes: inout RecordBytes) {
        close(in: &bytes)
        self = OpenRecord(.continuation, in: &bytes)
    }

    func close(in bytes: inout RecordBytes) { bytes.set16(bytes.count - start - 4, at: start + 2) }
}
