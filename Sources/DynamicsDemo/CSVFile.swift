import DynamicsModel
import Foundation

/// A CSV file that is written from beginning to end, in chunks.
struct CSVFile {
    private let file: FileHandle
    private let path: String
    private var buffer: [UInt8] = []
    private(set) var rows = 0
    private var isRowStart = true
    /// The date part of the last timestamp, since the next one is often of the same day.
    private var dateText: [UInt8] = []
    private var dateNumber: Int64 = .min

    private static let chunk = 1 << 20

    /// Creates the file, or empties it, and writes the header line.
    init(path: String, columns: [String]) throws(DynamicsError) {
        self.path = path
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
        else {
            throw DynamicsError(.unavailable, "cannot_write", "\(path) cannot be created; is the folder writable?")
        }
        self.file = file
        buffer.reserveCapacity(Self.chunk + 4096)
        buffer.append(contentsOf: columns.joined(separator: ",").utf8)
        buffer.append(0x0A)
    }

    private mutating func separate() {
        if isRowStart { isRowStart = false } else { buffer.append(0x2C) }
    }

    mutating func empty() { separate() }

    /// Text without any character that needs quoting: ids and words of ours.
    mutating func plain(_ text: String) {
        separate()
        buffer.append(contentsOf: text.utf8)
    }

    mutating func plain(_ text: StaticString) {
        separate()
        buffer.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// The two parts of an id, with a dash between them.
    mutating func serial(_ stem: String, _ number: Int) {
        plain(stem)
        buffer.append(0x2D)
        digits(UInt64(number))
    }

    /// Any text; quoted where RFC 4180 asks for it.
    mutating func text(_ text: String) {
        separate()
        guard text.utf8.contains(where: { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }) else {
            buffer.append(contentsOf: text.utf8)
            return
        }
        buffer.append(0x22)
        for byte in text.utf8 {
            if byte == 0x22 { buffer.append(0x22) }
            buffer.append(byte)
        }
        buffer.append(0x22)
    }

    /// Micro-units as a decimal number with two to six fractional digits.
    mutating func amount(_ micro: Int64) {
        separate()
        if micro < 0 { buffer.append(0x2D) }
        digits(micro.magnitude / 1_000_000)
        buffer.append(0x2E)
        var fraction = micro.magnitude % 1_000_000
        var power: UInt64 = 100_000
        var written = 0
        while written < 2 || fraction > 0 {
            buffer.append(0x30 + UInt8(fraction / power))
            fraction %= power
            power /= 10
            written += 1
        }
    }

    /// Seconds since 1970, not before, as `YYYY-MM-DDTHH:MM:SSZ`.
    mutating func timestamp(_ second: Int64) {
        separate()
        let day = second / 86_400
        if day != dateNumber {
            dateNumber = day
            dateText = Array("\(CivilDate(dayNumber: Int32(day)))T".utf8)
        }
        buffer.append(contentsOf: dateText)
        let time = Int(second % 86_400)
        twoDigits(time / 3600)
        buffer.append(0x3A)
        twoDigits(time / 60 % 60)
        buffer.append(0x3A)
        twoDigits(time % 60)
        buffer.append(0x5A)
    }

    private mutating func twoDigits(_ number: Int) {
        buffer.append(0x30 + UInt8(number / 10))
        buffer.append(0x30 + UInt8(number % 10))
    }

    private mutating func digits(_ number: UInt64) {
        var power: UInt64 = 1
        while number / power >= 10 { power *= 10 }
        while power > 0 {
            buffer.append(0x30 + UInt8(number / power % 10))
            power /= 10
        }
    }

    mutating func endRow() throws(DynamicsError) {
        buffer.append(0x0A)
        rows += 1
        isRowStart = true
        if buffer.count >= Self.chunk { try flush() }
    }

    private mutating func flush() throws(DynamicsError) {
        do { try file.write(contentsOf: buffer) } catch { throw failure(error) }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Writes what is left. Nothing can be added afterwards.
    mutating func close() throws(DynamicsError) {
        try flush()
        do { try file.close() } catch { throw failure(error) }
    }

    private func failure(_ error: any Error) -> DynamicsError {
        DynamicsError(.unavailable, "cannot_write", "\(path) cannot be written: \(error.localizedDescription)")
    }
}
