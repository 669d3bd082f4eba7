import DynamicsModel
import Foundation

/// Values of a message's header, which is ASCII in short lines. Lines of one value are separated by a line break and a blank.
enum MailHeader {
    private static let lineBreak = "\r\n "

    /// Whether a text can stand in a header when it is encoded. A line break in it would begin a header of its own.
    static func isOneLine(_ text: String) -> Bool {
        !text.unicodeScalars.contains {
            [.control, .lineSeparator, .paragraphSeparator].contains($0.properties.generalCategory)
        }
    }

    /// Whether it is ASCII without control characters.
    static func isPlain(_ text: String) -> Bool { text.utf8.allSatisfy { (0x20..<0x7F).contains($0) } }

    /// RFC 2047: as it is when it is ASCII and short, else in words of base64 that hold whole characters, each on a line of its own
    /// of at most 76 characters, the first one behind `Subject: `.
    static func words(_ text: String) -> String {
        if isPlain(text), text.utf8.count <= 67, !text.contains("=?") { return text }
        return pieces(text.unicodeScalars.map { Array(String($0).utf8) }, longest: 39)
            .map { "=?UTF-8?B?\(Data($0).base64EncodedString())?=" }.joined(separator: lineBreak)
    }

    /// `Content-Disposition` of a file: RFC 2183 when the name is ASCII and short, else RFC 2231.
    static func disposition(fileName: String) -> String {
        let isQuotable = isPlain(fileName) && !fileName.contains { "\"\\".contains($0) }
        if isQuotable, fileName.utf8.count <= 60 {
            return "Content-Disposition: attachment;\(lineBreak)filename=\"\(fileName)\""
        }
        let parts = pieces(fileName.utf8.map { percentEncoded($0) }, longest: 48).enumerated().map { number, part in
            "filename*\(number)*=\(number == 0 ? "UTF-8''" : "")\(String(decoding: part, as: UTF8.self))"
        }
        return "Content-Disposition: attachment;" + lineBreak + parts.joined(separator: ";" + lineBreak)
    }

    /// RFC 5322 section 3.3, in UTC.
    static func date(_ instant: Instant) -> String {
        let time = CivilTime(seconds: instant.seconds)
        let (year, month, day) = time.date.components
        let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
        let second = time.secondOfDay
        let clock = "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))"
        let weekday = days[Schedule.Weekday(time.date).rawValue - 1]
        return "\(weekday), \(two(day)) \(months[month - 1]) \(year) \(clock) +0000"
    }

    /// Puts as many units as fit into each piece; none is torn.
    private static func pieces(_ units: [[UInt8]], longest: Int) -> [[UInt8]] {
        var pieces: [[UInt8]] = [[]]
        for unit in units {
            if pieces[pieces.count - 1].count + unit.count > longest { pieces.append([]) }
            pieces[pieces.count - 1] += unit
        }
        return pieces
    }

    /// RFC 5987 `attr-char`, the rest as %XX.
    private static func percentEncoded(_ byte: UInt8) -> [UInt8] {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            return [byte]
        case _ where "-._~".utf8.contains(byte): return [byte]
        default:
            let digits = Array("0123456789ABCDEF".utf8)
            return [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
}
